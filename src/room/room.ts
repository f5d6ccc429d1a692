import type { Observable } from "rxjs";
import type { RtcError } from "../rtcError.js";

/** One person in a room, as the room service tells it. A change makes a new object; treat it as frozen. */
export interface IRoomMember {
    /** The server's word for who this is: the same in the room and in the RTC room. */
    readonly id: string;
    /** The name to show. Chosen by the member, so not unique and not to be trusted. */
    readonly name: string;
    /** What the app attached to the member (a colour, a team). Chosen by the member. */
    readonly attributes: Readonly<Record<string, unknown>>;
}

/** Where the local member stands with regard to rooms. Voice follows this and nothing else. */
export type RoomStatus =
    /** The room service cannot be used; `error` says why. A later join may succeed. */
    | { readonly state: "notAvailable"; readonly error?: RtcError }
    /** In no room. */
    | { readonly state: "idle" }
    /** Joining or leaving. */
    | { readonly state: "processing" }
    /** In a room, as `self`. */
    | { readonly state: "inRoom"; readonly room: { readonly id: string; readonly name: string }; readonly self: IRoomMember };

/** What the voice needs to know of rooms. Any room service can be made to fit. */
export interface IRoomSource {
    /** Replays the present status, then every change. Never errors. */
    readonly status$: Observable<RoomStatus>;
    /**
     * The members of the present room by id in the order in which they joined, oneself included; empty outside of a room. Replays.
     * A source without it gets the members that the RTC room names.
     */
    readonly members$?: Observable<ReadonlyMap<string, IRoomMember>>;
}

/** How to enter a room. */
export interface IRoomJoinOptions {
    /** Cancels the join; it then rejects with `aborted`. */
    readonly signal?: AbortSignal;
    /** Whether to create the room if there is none of that name. Default: true. */
    readonly create?: boolean;
    /** If the room is created by this join: the most members it takes, 1 to the server's own limit. Default: the server's (16). */
    readonly maxMembers?: number;
    /** What the other members see attached to this one, at most 2 KiB as JSON. Default: the plugin user's attributes. */
    readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Something that another member said to the whole room. */
export interface IRoomMessage {
    /** The sender's id, as the server knows it. */
    readonly from: string;
    /** The app's word for what kind of message this is. */
    readonly topic: string;
    /** What was sent: anything that JSON can hold, at most 2 KiB. Chosen by the sender, so check it. */
    readonly data: unknown;
}

/** A room service that one can join and leave through: our server's rooms by default. */
export interface IRoomService extends IRoomSource {
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** What other members send by `send`; hot, completes never. */
    readonly messages$: Observable<IRoomMessage>;
    /**
     * Enters a room, leaving the present one first. While it runs, status is `processing`.
     * @param name - 1 to 64 characters without control characters; the room is created if there is none (see `create`)
     * @param options - how to enter
     * @returns a promise that resolves once inside; it rejects with an `RtcError` (`roomFull`, `roomNotFound`, `invalidRoomName`,
     * `unauthorized`, `serverUnreachable`, `aborted`), and the status is back at `idle`
     */
    joinAsync(name: string, options?: IRoomJoinOptions): Promise<void>;
    /** Leaves the present room. Harmless outside of one. */
    leaveAsync(): Promise<void>;
    /**
     * Changes what the other members see attached to this one. Keys that are not named stay. Throws `invalidArgument` above 2 KiB.
     * @param attributes - the keys to change
     */
    setAttributes(attributes: Readonly<Record<string, unknown>>): void;
    /**
     * Sends something small to everybody else in the room, in order, up to 60 times a second (a pose, an emote). Outside of a room it does nothing.
     * @param topic - the app's word for what kind of message this is, 1 to 64 characters
     * @param data - anything that JSON can hold, at most 2 KiB
     */
    send(topic: string, data: unknown): void;
}
