import type { Observable } from "rxjs";
import type { Microphone } from "../capture/microphone.js";
import type { Moderation } from "./moderation.js";
import type { ISelf } from "./rtcBehaviorOptions.js";

/** The switches of voice chat: what the others get of us, and whom we hear how loud. All of them work inside and outside of rooms. */
// eslint-disable-next-line @typescript-eslint/naming-convention -- a public name from when it was a class
export interface VoiceControls {
    /** The local member's microphone. */
    readonly microphone: Microphone;
    /** Actions of moderators. */
    readonly moderation: Moderation;
    /** Our own state: what the others get of us, and we of them. Replays. */
    readonly self$: Observable<ISelf>;
    /** `volume`, and every change. Replays. */
    readonly volume$: Observable<number>;
    /** True = muted: real silence is sent, and everybody sees it. Default: false. */
    muted: boolean;
    /** True = we offer a voice; false = no packet goes to anybody, and everybody sees that we do not publish. Default: true. */
    published: boolean;
    /** True while the microphone is on. */
    readonly capturing: boolean;
    /**
     * Switches the microphone on: asks for the device, and everybody sees that we capture. Call it from a click. Entering a room does it
     * by itself.
     * @returns a promise that resolves when the user has decided, whatever the outcome: see `microphone.state$`. Never rejects.
     */
    startCaptureAsync(): Promise<void>;
    /** Switches the microphone off: lets go of the device, and everybody sees that we do not capture. It stays off in this room. */
    stopCapture(): void;
    /**
     * The one switch for a lobby. Off: we publish nothing and nothing of anybody arrives. On: as `published` and the subscriptions say,
     * which can be changed meanwhile. Default: true.
     */
    voiceEnabled: boolean;
    /** True = we hear nobody. Default: false. */
    deafened: boolean;
    /** Volume of all voices, beside each one's own: 1 = as sent. 0 to 4. Default: 1. Kept in `storage`. Throws `invalidArgument`. */
    volume: number;
    /**
     * No longer hears that member, now and when they come again. The others hear them as before. Kept in `storage`.
     * @param memberId - need not be present
     */
    silence(memberId: string): void;
    /**
     * Hears that member again.
     * @param memberId - need not be present
     */
    unsilence(memberId: string): void;
    /**
     * Lets nothing pass between that user and us, in either direction, neither calls nor messages: the server and both ends see to it. It holds
     * when either comes again. Kept in `storage`. Throws `invalidArgument`.
     * @param memberId - need not be present; not our own
     */
    block(memberId: string): void;
    /**
     * Takes our block back; if they, too, have blocked us, theirs stays. Throws `invalidArgument`.
     * @param memberId - need not be present
     */
    unblock(memberId: string): void;
    /**
     * Resumes a member's voice: it is asked for, and arrives within half a second. It holds for this page, from room to room.
     * @param memberId - need not be present
     */
    subscribe(memberId: string): void;
    /**
     * Pauses a member's voice: within half a second nothing of it arrives any longer. A sender that goes on is cut off. It holds for this
     * page, from room to room.
     * @param memberId - need not be present
     */
    unsubscribe(memberId: string): void;
    /** Resumes everybody's voice: of those who are there, and of those who come. */
    subscribeAll(): void;
    /** Pauses everybody's voice: of those who are there, and of those who come, until `subscribe` or `subscribeAll`. */
    unsubscribeAll(): void;
}
