import { BehaviorSubject, filter } from "rxjs";
import type { Observable } from "rxjs";
import { Microphone } from "../capture/microphone.js";
import type { AudioHost } from "../audio/audioHost.js";
import type { IVoiceSession } from "../transport/voiceTransport.js";
import { RtcError } from "../errors/rtcError.js";
import { VoicePreferences } from "./remote/voicePreferences.js";
import { Moderation } from "./moderation.js";
import { LocalVoice } from "./local/localVoice.js";
import type { IRtcBehaviorOptions, ISelf } from "./rtcBehaviorOptions.js";
import { browserVoiceStorage } from "./remote/preferenceStorage.js";

/** The switches of voice chat: what the others get of us, and whom we hear how loud. All of them work inside and outside of rooms. */
export abstract class VoiceControls {
    /** The local member's microphone. */
    public readonly microphone: Microphone;
    /** What moderators can do. */
    public readonly moderation: Moderation;
    /** What the others get of us, and we of them. Replays. */
    public readonly self$: Observable<ISelf>;
    /** `volume`, and every change. Replays. */
    public readonly volume$: Observable<number>;

    /** The engine's host; null while there is none. */
    protected readonly _host = new BehaviorSubject<AudioHost | null>(null);
    /** The stay in an RTC room; null outside of them. */
    protected readonly _session = new BehaviorSubject<IVoiceSession | null>(null);
    /** Whom we hear, and how loud. */
    protected readonly _preferences: VoicePreferences;
    /** What the others get of us. */
    protected readonly _local: LocalVoice;

    /** @param options - the behavior's */
    protected constructor({ microphone, storage = browserVoiceStorage, deviceStorage, autoSubscribe = true }: IRtcBehaviorOptions) {
        this.microphone = new Microphone(microphone, this._host.pipe(filter((host) => host !== null)), {
            storage: storage === null ? null : deviceStorage,
        });
        this._preferences = new VoicePreferences(storage, autoSubscribe);
        this._local = new LocalVoice(this.microphone, this._session, this._preferences);
        this.self$ = this._local.self$;
        this.volume$ = this._preferences.volume$;
        this.moderation = new Moderation(this._session);
    }

    /** Whether nobody shall hear us: real silence is sent, and everybody sees that we are muted. Default: false. */
    public get muted(): boolean {
        return this._local.mute.value;
    }
    public set muted(muted: boolean) {
        this.microphone.enabled = !muted;
        this._local.mute.next(muted);
    }

    /** Whether we offer a voice at all. While not, no packet goes to anybody, and everybody sees that we do not publish. Default: true. */
    public get published(): boolean {
        return this._local.publish.value;
    }
    public set published(published: boolean) {
        this._local.publish.next(published);
    }

    /** Whether the microphone is on. */
    public get capturing(): boolean {
        return this.microphone.state.state === "live";
    }

    /**
     * Switches the microphone on: asks for the device, and everybody sees that we capture. Call it from a click. Entering a room does it
     * by itself.
     * @returns a promise that resolves when the user has decided, whatever the outcome: see `microphone.state$`. Never rejects.
     */
    public async startCaptureAsync(): Promise<void> {
        await this.microphone.startAsync();
    }

    /** Switches the microphone off: lets go of the device, and everybody sees that we do not capture. It stays off in this room. */
    public stopCapture(): void {
        this.microphone.stop();
    }

    /**
     * The one switch for a lobby. Off: we publish nothing and nothing of anybody arrives. On: as `published` and the subscriptions say,
     * which can be changed meanwhile. Default: true.
     */
    public get voiceEnabled(): boolean {
        return this._preferences.enabled;
    }
    public set voiceEnabled(enabled: boolean) {
        this._preferences.enabled = enabled;
    }

    /** Whether we hear nobody. Default: false. */
    public get deafened(): boolean {
        return this._preferences.deafened;
    }
    public set deafened(deafened: boolean) {
        this._preferences.deafened = deafened;
    }

    /** How loud all voices are, beside each one's own volume: 1 = as sent. 0 to 4. Default: 1. Kept in `storage`. Throws `invalidArgument`. */
    public get volume(): number {
        return this._preferences.volume;
    }
    public set volume(volume: number) {
        this._preferences.volume = volume;
    }

    /**
     * No longer hears that member, now and when they come again. The others hear them as before. Kept in `storage`.
     * @param memberId - need not be present
     */
    public silence(memberId: string): void {
        this._preferences.setSilenced(memberId, true);
    }

    /**
     * Hears that member again.
     * @param memberId - need not be present
     */
    public unsilence(memberId: string): void {
        this._preferences.setSilenced(memberId, false);
    }

    /**
     * Lets nothing pass between that user and us, in either direction, neither calls nor messages: the server and both ends see to it. It holds
     * when either comes again. Kept in `storage`. Throws `invalidArgument`.
     * @param memberId - need not be present; not our own
     */
    public block(memberId: string): void {
        this._preferences.setBlocked(blockable(memberId, this._session.value), true);
    }

    /**
     * Takes our block back; if they, too, have blocked us, theirs stays. Throws `invalidArgument`.
     * @param memberId - need not be present
     */
    public unblock(memberId: string): void {
        this._preferences.setBlocked(blockable(memberId, this._session.value), false);
    }

    /**
     * Resumes a member's voice: it is asked for, and arrives within half a second. It holds for this page, from room to room.
     * @param memberId - need not be present
     */
    public subscribe(memberId: string): void {
        this._preferences.setSubscribed(memberId, true);
    }

    /**
     * Pauses a member's voice: within half a second nothing of it arrives any longer. A sender that goes on is cut off. It holds for this
     * page, from room to room.
     * @param memberId - need not be present
     */
    public unsubscribe(memberId: string): void {
        this._preferences.setSubscribed(memberId, false);
    }

    /** Resumes everybody's voice: of those who are there, and of those who come. */
    public subscribeAll(): void {
        this._preferences.setAllSubscribed(true);
    }

    /** Pauses everybody's voice: of those who are there, and of those who come, until `subscribe` or `subscribeAll`. */
    public unsubscribeAll(): void {
        this._preferences.setAllSubscribed(false);
    }
}

/** A join with an id that is none would be refused as a whole. */
function blockable(memberId: unknown, session: IVoiceSession | null): string {
    if (typeof memberId === "string" && memberId.length >= 1 && memberId.length <= 128 && memberId !== session?.selfId) {
        return memberId;
    }
    throw new RtcError("invalidArgument", "Another member's id (`member.id`) is wanted to block or unblock.");
}
