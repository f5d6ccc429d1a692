import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";

/** One person in a room, as the room service tells it. A change makes a new object; treat it as frozen. */
export interface IRoomMember {
    /** The server's word for who this is: the same in the room and in the RTC room. */
    readonly id: string;
    /** The name to show. Chosen by the member, so not unique and not to be trusted. */
    readonly name: string;
    /** Values that the app attached to the member (a colour, a team). Chosen by the member. */
    readonly attributes: Readonly<Record<string, unknown>>;
    /** True while the member's connection is lost and their place is kept; they may be heard all the same. Default: false. */
    readonly reconnecting?: boolean;
}

/** Room status of the local member. Voice follows this and nothing else. */
export type RoomStatus =
    /** The room service cannot be used; `error` says why. A later join may succeed. */
    | { readonly state: "notAvailable"; readonly error?: RtcError }
    /** In no room. */
    | { readonly state: "idle" }
    /** Joining or leaving. */
    | { readonly state: "processing" }
    /**
     * In a room, as `self`, with the present name; told again if that changes. Present attributes are in `members$`. `reconnecting`: the connection
     * to the room dropped, and it is tried to come back; voices go on meanwhile. Default: false.
     */
    | {
          readonly state: "inRoom";
          readonly room: { readonly id: string; readonly name: string };
          readonly self: IRoomMember;
          readonly reconnecting?: boolean;
      };

/** The room interface that voice needs. Any room service can be adapted to it. */
export interface IRoomSource {
    /** Replays the present status, then every change. Never errors. */
    readonly status$: Observable<RoomStatus>;
    /**
     * The members of the present room by id in the order in which they joined, oneself included; empty outside of a room. Replays.
     * A source without it gets the members that the RTC room names.
     */
    readonly members$?: Observable<ReadonlyMap<string, IRoomMember>>;
}
