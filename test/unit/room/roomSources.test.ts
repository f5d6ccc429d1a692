import { BehaviorSubject, Subject } from "rxjs";
import type { IRoomMember, IRoomSource, RoomStatus } from "../../../src/room/room.js";
import { colyseusRoomSource, roomSourceOf } from "../../../src/room/roomSources.js";
import type { IColyseusRoomLike } from "../../../src/room/roomSources.js";
import { describeRoomSource } from "./roomSourceContract.js";

class FakeColyseusRoom implements IColyseusRoomLike {
    public readonly name = "battle";
    public readonly sessionId = "session";
    public leave: () => void = () => undefined;
    public readonly roomId: string;

    constructor(roomId: string) {
        this.roomId = roomId;
    }

    onLeave(callback: (code: number) => void): void {
        this.leave = () => callback(1000);
    }
}

/** Records each status of a source: the id of the room while in a room, otherwise the state. */
function heard(source: IRoomSource): string[] {
    const said: string[] = [];
    source.status$.subscribe((status) => said.push(status.state === "inRoom" ? status.room.id : status.state));
    return said;
}

describeRoomSource("roomSourceOf", () => {
    const statuses = new BehaviorSubject<RoomStatus>({ state: "idle" });
    const members = new BehaviorSubject<ReadonlyMap<string, IRoomMember>>(new Map());
    const self: IRoomMember = { id: "me", name: "Me", attributes: {} };
    return {
        source: roomSourceOf(statuses, members),
        enter: (room) => {
            members.next(new Map([[self.id, self]]));
            statuses.next({ state: "inRoom", room: { id: room, name: room }, self });
        },
        leave: () => {
            statuses.next({ state: "idle" });
            members.next(new Map());
        },
    };
});

describeRoomSource("colyseusRoomSource", () => {
    const source = colyseusRoomSource();
    return { source, enter: (room) => source.follow(new FakeColyseusRoom(room)), leave: () => source.follow(null) };
});

describe("roomSourceOf", () => {
    it("replays the latest status of the app's stream to late subscribers", () => {
        const statuses = new Subject<RoomStatus>();
        const source = roomSourceOf(statuses);
        const first = heard(source);
        statuses.next({ state: "processing" });
        statuses.next({ state: "idle" });
        expect(first).toEqual(["processing", "idle"]);
        expect(heard(source)).toEqual(["idle"]);
    });

    it("subscribes to the app's stream once, and only while it has subscribers", () => {
        const statuses = new Subject<RoomStatus>();
        const { status$ } = roomSourceOf(statuses);
        expect(statuses.observed).toBe(false);
        const one = status$.subscribe();
        const other = status$.subscribe();
        one.unsubscribe();
        expect(statuses.observed).toBe(true);
        other.unsubscribe();
        expect(statuses.observed).toBe(false);
    });

    it("has a member list only if the app has one, and replays it", () => {
        const status = new BehaviorSubject<RoomStatus>({ state: "idle" });
        expect(roomSourceOf(status).members$).toBeUndefined();
        const members = new Subject<ReadonlyMap<string, IRoomMember>>();
        const source = roomSourceOf(status, members);
        const list = new Map<string, IRoomMember>();
        source.members$?.subscribe();
        members.next(list);
        const late = jest.fn();
        source.members$?.subscribe(late);
        expect(late.mock.calls).toEqual([[list]]);
    });
});

describe("colyseusRoomSource", () => {
    it("is idle until it follows a room, and again when that room is left", () => {
        const source = colyseusRoomSource();
        const said = heard(source);
        const room = new FakeColyseusRoom("one");
        source.follow(room);
        room.leave();
        expect(said).toEqual(["idle", "one", "idle"]);
    });

    it("starts in a room that is already joined", () => {
        expect(heard(colyseusRoomSource(new FakeColyseusRoom("one")))).toEqual(["one"]);
    });

    it("uses Colyseus' session id for the local member, unless the app passes a member", () => {
        const statuses: RoomStatus[] = [];
        const source = colyseusRoomSource(new FakeColyseusRoom("one"));
        source.status$.subscribe((status) => statuses.push(status));
        source.follow(new FakeColyseusRoom("two"), { id: "alice", name: "Alice" });
        expect(statuses).toMatchObject([
            { state: "inRoom", self: { id: "session", name: "", attributes: {} } },
            { state: "inRoom", room: { id: "two", name: "battle" }, self: { id: "alice", name: "Alice" } },
        ]);
    });

    it("ignores the end of a room that it no longer follows", () => {
        const first = new FakeColyseusRoom("one");
        const source = colyseusRoomSource(first);
        const said = heard(source);
        source.follow(new FakeColyseusRoom("two"));
        first.leave();
        expect(said).toEqual(["one", "two"]);
    });

    it("emits the same last status to all subscribers when one of them follows another room in response", () => {
        const first = new FakeColyseusRoom("one");
        const source = colyseusRoomSource(first);
        source.status$.subscribe(({ state }) => {
            if (state === "idle") {
                source.follow(new FakeColyseusRoom("two"));
            }
        });
        const said = heard(source);
        first.leave();
        expect(said).toEqual(["one", "two"]);
    });

    it("is idle after follow(null)", () => {
        const source = colyseusRoomSource(new FakeColyseusRoom("one"));
        const said = heard(source);
        source.follow(null);
        source.follow(null);
        expect(said).toEqual(["one", "idle"]);
    });
});
