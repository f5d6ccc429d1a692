import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource, RoomStatus } from "../../src/room/room.js";

/** A member without attributes. */
export function member(id: string, name = id): IRoomMember {
    return { id, name, attributes: {} };
}

/** Rooms that do what the test says. */
export class FakeRoomSource implements IRoomSource {
    public readonly status = new BehaviorSubject<RoomStatus>({ state: "idle" });
    public readonly status$: Observable<RoomStatus> = this.status;
    public readonly self: IRoomMember;

    constructor(selfId = "me") {
        this.self = member(selfId);
    }

    process(): void {
        this.status.next({ state: "processing" });
    }

    enter(room = "lobby"): void {
        this.status.next({ state: "inRoom", room: { id: room, name: room }, self: this.self });
    }

    leave(): void {
        this.status.next({ state: "idle" });
    }

    fail(): void {
        this.status.next({ state: "notAvailable" });
    }
}

/** The same, with a member list of its own. */
export class FakeListedRoomSource extends FakeRoomSource {
    public readonly members = new BehaviorSubject<ReadonlyMap<string, IRoomMember>>(new Map());
    public readonly members$: Observable<ReadonlyMap<string, IRoomMember>> = this.members;

    list(...ids: string[]): void {
        this.members.next(new Map(ids.map((id) => [id, member(id)])));
    }
}
