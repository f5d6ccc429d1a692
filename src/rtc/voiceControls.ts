import type { Observable } from "rxjs";
import type { Microphone } from "../capture/microphone.js";
import type { Moderation } from "./moderation.js";
import type { ISelf } from "./rtcBehaviorOptions.js";

/**
 * Controls of voice chat: publishing of the local member's voice, and playback of the other members' voices. All of them work inside and outside of
 * rooms, and throw `invalidArgument` for a value of the wrong type.
 */
// eslint-disable-next-line @typescript-eslint/naming-convention -- a public name from when it was a class
export interface VoiceControls {
    /** The local member's microphone. */
    readonly microphone: Microphone;
    /** Actions of moderators. */
    readonly moderation: Moderation;
    /** State of the local member's own voice and playback. Replays. */
    readonly self$: Observable<ISelf>;
    /** Current `volume`, and every change. Replays. */
    readonly volume$: Observable<number>;
    /** True = muted: digital silence is sent, and the other members see the mute. Default: false. */
    muted: boolean;
    /** True = the voice is published; false = no packets are sent, and the other members see that the voice is not published. Default: true. */
    published: boolean;
    /** True while the microphone is on. */
    readonly capturing: boolean;
    /**
     * Starts the microphone: asks for the device, and the other members see that it is on. Call it from a click. Entering a room does this
     * automatically.
     * @returns a promise that resolves when the user has answered the prompt, whatever the answer: see `microphone.state$`. Never rejects.
     */
    startCaptureAsync(): Promise<void>;
    /**
     * Stops the microphone: releases the device, and the other members see that it is off. The microphone stays off until `startCaptureAsync`, or
     * until a room is entered from outside of rooms (not by a direct change of room).
     */
    stopCapture(): void;
    /**
     * Single switch for all voice, for example for a lobby. False = nothing is published, and no voice is received. True = as set by `published` and
     * the subscriptions, which can also be changed while this is false. Default: true.
     */
    voiceEnabled: boolean;
    /** True = no voice is heard. Default: false. */
    deafened: boolean;
    /** Volume of all voices, multiplied with each member's volume: 1 = as sent. 0 to 4. Default: 1. Kept in `storage`. Throws `invalidArgument`. */
    volume: number;
    /**
     * Silences a member for the local member only, even after the member leaves and returns. Kept in `storage`.
     * @param memberId - id of a member, present or not
     */
    silence(memberId: string): void;
    /**
     * Makes a silenced member audible again.
     * @param memberId - id of a member, present or not
     */
    unsilence(memberId: string): void;
    /**
     * Blocks calls and messages with a user, in both directions. The server and both ends enforce the block. It stays when either of the two leaves
     * and returns. Kept in `storage`. Throws `invalidArgument`.
     * @param memberId - id of another member, present or not
     */
    block(memberId: string): void;
    /**
     * Removes the local member's block; a block by the other user stays. Throws `invalidArgument`.
     * @param memberId - id of another member, present or not
     */
    unblock(memberId: string): void;
    /**
     * Resumes a member's voice, which is then received within half a second. Applies across rooms, until the page is closed.
     * @param memberId - id of a member, present or not
     */
    subscribe(memberId: string): void;
    /**
     * Pauses a member's voice: within half a second, the voice is no longer received. The link to a member who continues to send is closed. Applies
     * across rooms, until the page is closed.
     * @param memberId - id of a member, present or not
     */
    unsubscribe(memberId: string): void;
    /** Resumes the voices of all present and future members. */
    subscribeAll(): void;
    /** Pauses the voices of all present and future members, until `subscribe` or `subscribeAll`. */
    unsubscribeAll(): void;
}
