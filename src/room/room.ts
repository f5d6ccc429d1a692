import type { Observable } from "rxjs";
import type { RtcError } from "../errors/rtcError.js";

/** One member of a room, as the room service reports it. Immutable: a change creates a new object. */
export interface IRoomMember {
    /** Member id from the server: the same in the room and in the RTC room. */
    readonly id: string;
    /** Display name. Chosen by the member, so not unique and not trusted. */
    readonly name: string;
    /** Values that the app attached to the member (a colour, a team). Chosen by the member. */
    readonly attributes: Readonly<Record<string, unknown>>;
    /** True while the member's connection is lost and the server keeps their place; their voice may still be heard. Default: false. */
    readonly reconnecting?: boolean;
}

/** Room status of the local member. Voice follows it: the member stays in the RTC room exactly while the status is `inRoom`. */
export type RoomStatus =
    /** The room service cannot be used, or the stay in the room ended other than by choice; `error` gives the reason. A later join may succeed. */
    | { readonly state: "notAvailable"; readonly error?: RtcError }
    /** In no room. */
    | { readonly state: "idle" }
    /** Joining or leaving. */
    | { readonly state: "processing" }
    /**
     * In a room, as `self`. Emitted again when the name of `self` changes, but not when attributes do: `members$` has the current attributes.
     * `reconnecting`: the connection to the room dropped and the client reconnects; voices continue meanwhile. Default: false.
     */
    | {
          readonly state: "inRoom";
          readonly room: { readonly id: string; readonly name: string };
          readonly self: IRoomMember;
          readonly reconnecting?: boolean;
      };

/** Room interface that voice needs. Any room service can be adapted to it. */
export interface IRoomSource {
    /** Current status, and every change. Replays. Never errors. */
    readonly status$: Observable<RoomStatus>;
    /**
     * Members of the current room by id, in join order, including the local member; empty outside of a room. Only these members are heard.
     * Replays. Default: the members of the RTC room.
     */
    readonly members$?: Observable<ReadonlyMap<string, IRoomMember>>;
}
