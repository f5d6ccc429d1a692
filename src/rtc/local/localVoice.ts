import { checkSwitch } from "../../errors/checkOptions.js";
import {
    BehaviorSubject,
    combineLatest,
    concatMap,
    distinctUntilChanged,
    ignoreElements,
    map,
    merge,
    of,
    scan,
    shareReplay,
    skipWhile,
    switchMap,
    take,
    tap,
} from "rxjs";
import type { Observable } from "rxjs";
import type { Microphone } from "../../capture/microphone.js";
import type { IOwnVoiceState, IVoiceSession, MutedState } from "../../transport/voiceTransport.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";
import type { ISelf } from "../rtcBehaviorOptions.js";

/** Our own voice: mute, publishing, and their state in the RTC room. */
export class LocalVoice {
    /** The published track: the microphone's, or null. Replays. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** True if the RTC room permits publishing; null while unknown. Replays. */
    public readonly mayPublish$: Observable<boolean | null>;
    /** Our state as the other members see it. Replays. */
    public readonly state$: Observable<IOwnVoiceState>;
    /** Our mute state, and who set it. Replays. */
    public readonly muted$: Observable<MutedState>;
    /** See `RtcBehavior.self$`. */
    public readonly self$: Observable<ISelf>;

    private readonly _microphone: Microphone;
    private readonly _mute = new BehaviorSubject(false);
    private readonly _publish = new BehaviorSubject(true);

    /**
     * @param microphone - source of our voice
     * @param session$ - session in the RTC room; null outside; replays
     * @param preferences - local preferences, with the switch for all voice
     */
    public constructor(microphone: Microphone, session$: Observable<IVoiceSession | null>, preferences: VoicePreferences) {
        this._microphone = microphone;
        const publishing$ = combineLatest([this._publish, preferences.changes$]).pipe(
            map(([publish, { enabled }]) => publish && enabled),
            distinctUntilChanged(),
        );
        const capturing$ = microphone.state$.pipe(
            map(({ state }) => state === "live"),
            distinctUntilChanged(),
        );
        this.mayPublish$ = session$.pipe(
            switchMap((session) => session?.privileges$?.pipe(map(({ publish }) => publish)) ?? of(session ? true : null)),
            distinctUntilChanged(),
        );
        this.track$ = combineLatest([microphone.track$, publishing$, this.mayPublish$]).pipe(
            map(([track, publishing, mayPublish]) => (publishing && mayPublish !== false ? track : null)),
            distinctUntilChanged(),
        );
        // During the microphone prompt the others see the previous state. Until a member has sent a state, they assume that the microphone is on.
        const shown$ = microphone.state$.pipe(
            scan((before, { state }) => (state === "asking" ? before : state === "live"), true),
            distinctUntilChanged(),
        );
        this.state$ = combineLatest([publishing$, shown$]).pipe(map(([publishing, capturing]) => ({ publishing, capturing })));
        const server$ = session$.pipe(switchMap((session) => session?.muted$ ?? of<MutedState>("no")));
        this.muted$ = combineLatest([this._mute, server$]).pipe(
            map(([mute, server]): MutedState => (server === "moderator" ? "moderator" : mute ? "self" : "no")),
        );
        this.self$ = combineLatest([this.muted$, preferences.changes$, capturing$, this.track$, session$]).pipe(
            map(([muted, { deafened }, capturing, track, session]): ISelf => ({
                muted,
                deafened,
                publishing: track !== null && session !== null && muted !== "moderator",
                capturing,
            })),
            distinctUntilChanged(
                (a, b) => a.muted === b.muted && a.deafened === b.deafened && a.publishing === b.publishing && a.capturing === b.capturing,
            ),
            shareReplay({ bufferSize: 1, refCount: true }),
        );
    }

    /** See `VoiceControls.muted`. */
    public get muted(): boolean {
        return this._mute.value;
    }
    public set muted(muted: boolean) {
        checkSwitch("muted", muted);
        this._microphone.enabled = !muted;
        this._mute.next(muted);
    }

    /** See `VoiceControls.published`. */
    public get published(): boolean {
        return this._publish.value;
    }
    public set published(published: boolean) {
        checkSwitch("published", published);
        this._publish.next(published);
    }

    /** True if the RTC room is known not to permit publishing. */
    public get isForbidden(): boolean {
        let isForbidden = false;
        this.mayPublish$.pipe(take(1)).subscribe((mayPublish) => (isForbidden = mayPublish === false));
        return isForbidden;
    }

    /**
     * Sends our track, state and mute to a session.
     * @param session - session in the RTC room
     * @returns emits nothing; active while subscribed. Errors if the session rejects a track.
     */
    public sendTo$(session: IVoiceSession): Observable<never> {
        return merge(
            this.track$.pipe(concatMap((track) => session.publishAsync(track))),
            this.state$.pipe(
                // Skips the initial state that the RTC room assumes of every new member.
                skipWhile(({ publishing, capturing }) => publishing && capturing),
                tap((state) => session.setState?.(state)),
            ),
            this._mute.pipe(
                skipWhile((muted) => !muted),
                tap((muted) => session.setMuted(muted)),
            ),
        ).pipe(ignoreElements());
    }
}
