import { BehaviorSubject, combineLatest, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource, RoomStatus, RtcError } from "../index.js";

/**
 * Makes a member of a room.
 * @param id - the member's id
 * @param name - the name to show. Default: the id.
 * @param attributes - what the app attaches to the member. Default: none.
 * @returns the member
 */
export function fakeMember(id: string, name = id, attributes: Readonly<Record<string, unknown>> = {}): IRoomMember {
    return { id, name, attributes };
}

/** A room source that does what a test says, at once. In no room at first. It has no list of members: whoever is in the RTC room counts. */
export class FakeRoomSource implements IRoomSource {
    /** Statuses, for what the methods below do not say. */
    public readonly status = new BehaviorSubject<RoomStatus>({ state: "idle" });
    public readonly status$: Observable<RoomStatus> = this.status.asObservable();
    /** The local member. */
    public readonly self: IRoomMember;

    /** @param self - the local member, or its id. Default: `me`. */
    public constructor(self: IRoomMember | string = "me") {
        this.self = typeof self === "string" ? fakeMember(self) : self;
    }

    /** Begins to join or to leave: status `processing`. */
    public process(): void {
        this.status.next({ state: "processing" });
    }

    /**
     * Is in a room: status `inRoom`.
     * @param room - the room's id, which is its name too. Default: `lobby`.
     */
    public enter(room = "lobby"): void {
        this.status.next({ state: "inRoom", room: { id: room, name: room }, self: this.self });
    }

    /** Is in no room any more: status `idle`. */
    public leave(): void {
        this.status.next({ state: "idle" });
    }

    /**
     * Cannot be used: status `notAvailable`.
     * @param error - why. Default: no reason is told.
     */
    public fail(error?: RtcError): void {
        this.status.next({ state: "notAvailable", ...(error && { error }) });
    }
}

const nobody: ReadonlyMap<string, IRoomMember> = new Map();

/** A room source with a list of members, which narrows who is heard. The list is empty at first, and outside of a room. */
export class FakeListedRoomSource extends FakeRoomSource {
    /** Lists of members, for what `list` does not say. */
    public readonly members = new BehaviorSubject(nobody);
    public readonly members$: Observable<ReadonlyMap<string, IRoomMember>> = combineLatest([this.status, this.members]).pipe(
        map(([{ state }, members]) => (state === "inRoom" ? members : nobody)),
        distinctUntilChanged(),
    );

    /**
     * Lists these members in place of those before.
     * @param members - the members, or their ids, in the order of joining
     */
    public list(...members: readonly (IRoomMember | string)[]): void {
        const all = members.map((each) => (typeof each === "string" ? fakeMember(each) : each));
        this.members.next(new Map(all.map((each) => [each.id, each])));
    }
}
