import { BehaviorSubject, combineLatest, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource, RoomStatus, RtcError } from "../index.js";

/**
 * Creates a member of a room.
 * @param id - the member's id
 * @param name - display name. Default: the id.
 * @param attributes - attributes that the app attaches to the member. Default: none.
 * @returns the member
 */
export function fakeMember(id: string, name = id, attributes: Readonly<Record<string, unknown>> = {}): IRoomMember {
    return { id, name, attributes };
}

/**
 * Room source that a test controls; changes take effect at once. Initially in no room. Has no member list, so all members of the RTC room are
 * heard.
 */
export class FakeRoomSource implements IRoomSource {
    /** Subject of `status$`, for statuses that the methods below do not set. */
    public readonly status = new BehaviorSubject<RoomStatus>({ state: "idle" });
    public readonly status$: Observable<RoomStatus> = this.status.asObservable();
    /** The local member. */
    public readonly self: IRoomMember;

    /** @param self - the local member, or its id. Default: `me`. */
    public constructor(self: IRoomMember | string = "me") {
        this.self = typeof self === "string" ? fakeMember(self) : self;
    }

    /** Sets the status `processing`: joining or leaving has started. */
    public process(): void {
        this.status.next({ state: "processing" });
    }

    /**
     * Sets the status `inRoom`.
     * @param room - id and name of the room. Default: `lobby`.
     */
    public enter(room = "lobby"): void {
        this.status.next({ state: "inRoom", room: { id: room, name: room }, self: this.self });
    }

    /** Sets the status `idle`: no room. */
    public leave(): void {
        this.status.next({ state: "idle" });
    }

    /**
     * Sets the status `notAvailable`.
     * @param error - error of the status. Default: none.
     */
    public fail(error?: RtcError): void {
        this.status.next({ state: "notAvailable", ...(error && { error }) });
    }
}

const nobody: ReadonlyMap<string, IRoomMember> = new Map();

/** Room source with a member list, which restricts the members that are heard. The list is empty initially, and outside of a room. */
export class FakeListedRoomSource extends FakeRoomSource {
    /** Subject of the member list, for example to emit a map whose keys differ from the members' ids. */
    public readonly members = new BehaviorSubject(nobody);
    public readonly members$: Observable<ReadonlyMap<string, IRoomMember>> = combineLatest([this.status, this.members]).pipe(
        map(([{ state }, members]) => (state === "inRoom" ? members : nobody)),
        distinctUntilChanged(),
    );

    /**
     * Replaces the member list.
     * @param members - the members, or their ids, in the order of joining
     */
    public list(...members: readonly (IRoomMember | string)[]): void {
        const all = members.map((each) => (typeof each === "string" ? fakeMember(each) : each));
        this.members.next(new Map(all.map((each) => [each.id, each])));
    }
}
