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
    /** True if the RTC room lets us publish; null while that is not known. Replays. */
    public readonly mayPublish$: Observable<boolean | null>;
    /** Our state as the others see it. Replays. */
    public readonly state$: Observable<IOwnVoiceState>;
    /** Our mute state, and who set it. Replays. */
    public readonly muted$: Observable<MutedState>;
    /** See `RtcBehavior.self$`. */
    public readonly self$: Observable<ISelf>;

    private readonly _microphone: Microphone;
    private readonly _mute = new BehaviorSubject(false);
    private readonly _publish = new BehaviorSubject(true);

    /**
     * @param microphone - where our voice comes from
     * @param session$ - the stay in an RTC room, if there is one; replays
     * @param preferences - whether voices are switched on
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
        // While the user is being asked the others see what they saw before; at first they take everybody for capturing.
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

    /** True once it is known that the RTC room does not let us publish. */
    public get isForbidden(): boolean {
        let isForbidden = false;
        this.mayPublish$.pipe(take(1)).subscribe((mayPublish) => (isForbidden = mayPublish === false));
        return isForbidden;
    }

    /**
     * Gives a session what it may have of us: track, state and mute.
     * @param session - the stay in an RTC room
     * @returns emits nothing; subscribed, it follows. Errors if the session does not take a track.
     */
    public sendTo$(session: IVoiceSession): Observable<never> {
        return merge(
            this.track$.pipe(concatMap((track) => session.publishAsync(track))),
            this.state$.pipe(
                // The state that is assumed of every newcomer is not sent.
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
