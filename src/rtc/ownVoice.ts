import { BehaviorSubject, combineLatest, distinctUntilChanged, map, of, shareReplay, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { Microphone } from "../capture/microphone.js";
import type { IOwnVoiceState, IVoiceSession, MutedState } from "../transport/voiceTransport.js";
import type { Choices } from "./choices.js";
import type { ISelf } from "./rtcBehaviorOptions.js";

/** What the local member lets the others have, and what becomes of it. */
export class OwnVoice {
    /** Whether we want to be muted. */
    public readonly mute = new BehaviorSubject(false);
    /** Whether we want to offer a voice at all. */
    public readonly publish = new BehaviorSubject(true);
    /** What goes to the RTC room: the microphone's track, or nothing. Replays. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** What the others shall see of us. Replays. */
    public readonly state$: Observable<IOwnVoiceState>;
    /** Whether nobody hears us, and by whose will. Replays. */
    public readonly muted$: Observable<MutedState>;
    /** See `RtcBehavior.self$`. */
    public readonly self$: Observable<ISelf>;

    /**
     * @param microphone - where our voice comes from
     * @param session$ - the stay in an RTC room, if there is one; replays
     * @param choices - whether voices are switched on
     */
    public constructor(microphone: Microphone, session$: Observable<IVoiceSession | null>, choices: Choices) {
        const publishing$ = combineLatest([this.publish, choices.changes$]).pipe(
            map(([publish, { enabled }]) => publish && enabled),
            distinctUntilChanged(),
        );
        const capturing$ = microphone.state$.pipe(
            map(({ state }) => state === "live"),
            distinctUntilChanged(),
        );
        this.track$ = combineLatest([microphone.track$, publishing$]).pipe(
            map(([track, publishing]) => (publishing ? track : null)),
            distinctUntilChanged(),
        );
        this.state$ = combineLatest([publishing$, capturing$]).pipe(map(([publishing, capturing]) => ({ publishing, capturing })));
        const server$ = session$.pipe(switchMap((session) => session?.muted$ ?? of<MutedState>("no")));
        this.muted$ = combineLatest([this.mute, server$]).pipe(
            map(([mute, server]): MutedState => (server === "moderator" ? "moderator" : mute ? "self" : "no")),
        );
        this.self$ = combineLatest([this.muted$, choices.changes$, this.track$, session$, capturing$]).pipe(
            map(([muted, { deafened }, track, session, capturing]): ISelf => ({
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
}
