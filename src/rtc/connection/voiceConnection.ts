import { BehaviorSubject, Subject, distinctUntilChanged, filter, finalize, ignoreElements, map, pairwise, tap } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import type { ConnectionState, IVoiceSession } from "../../transport/voiceTransport.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { ISessionEnd, ISessionInfo } from "./sessionInfo.js";

/** State of the connection to the RTC room. */
export type RtcRoomState =
    /** `cause`: of the end of the stay in the room itself, unless we left it. */
    | { readonly state: "outside"; readonly cause?: StayCause }
    | { readonly state: "connecting"; readonly cause?: undefined }
    /** `connection`: of the session, which may come back by itself. */
    | { readonly state: "inside"; readonly info: ISessionInfo; readonly connection: ConnectionState }
    /** Not inside any more, or not let in, by this cause. `lost`: for so long, or for good. */
    | { readonly state: "reconnecting" | "lost"; readonly cause: StayCause };

/** Cause of the end of a stay. */
export type StayCause = Required<Pick<ISessionEnd, "reason" | "error">>;

const outside: RtcRoomState = { state: "outside" };

/** The connection to the RTC room: one state, and what follows from it. It outlives rooms. */
export class VoiceConnection {
    /** Replays. */
    public readonly state$: Observable<RtcRoomState>;
    /** See `RtcBehavior.connection$`. Replays. */
    public readonly connection$: Observable<VoiceConnectionState>;
    /** The stay in the RTC room; null outside. Replays. */
    public readonly info$: Observable<ISessionInfo | null>;
    /** The session of that stay; null outside. Replays. */
    public readonly session$: Observable<IVoiceSession | null>;
    /** Each end of a stay that a listener has heard of. */
    public readonly ends$: Observable<ISessionEnd>;
    /** Errors of the RTC room. Hot. */
    public readonly error$: Observable<RtcError>;

    private readonly _state = new BehaviorSubject(outside);
    private readonly _errors = new Subject<RtcError>();
    /** End of the last stay. A listener who leaves on hearing of it does not change its cause for the others. */
    private _end: ISessionEnd | null = null;

    public constructor() {
        this.state$ = this._state.pipe(
            // A listener may cause a newer state; the others then get only that one.
            map(() => this._state.value),
            distinctUntilChanged((a, b) => a === b || (a.state === "outside" && b.state === "outside")),
        );
        this.connection$ = this.state$.pipe(map(connectionIn), distinctUntilChanged());
        this.info$ = this.state$.pipe(map(infoIn), distinctUntilChanged());
        this.session$ = this.info$.pipe(map((info) => info?.session ?? null));
        this.ends$ = this.state$.pipe(
            pairwise(),
            map(([before, now]) => (infoIn(before) && !infoIn(now) ? this._end : null)),
            filter((end) => end !== null),
        );
        this.error$ = this._errors.asObservable();
    }

    /** The session of the stay in the RTC room; null outside. */
    public get session(): IVoiceSession | null {
        return infoIn(this._state.value)?.session ?? null;
    }

    /**
     * Takes over what is told of the RTC room.
     * @param news$ - states and errors
     * @returns emits nothing, errors as `news$` does; unsubscribed, we are outside
     */
    public follow$(news$: Observable<RtcRoomState | RtcError>): Observable<never> {
        return news$.pipe(
            tap((news) => (news instanceof RtcError ? this._errors.next(news) : this._change(news))),
            finalize(() => this._change(outside)),
            ignoreElements(),
        );
    }

    private _change(state: RtcRoomState): void {
        const info = infoIn(this._state.value);
        if (info && state.state !== "inside") {
            this._end = { room: info.room, reason: "left", ...state.cause };
        }
        this._state.next(state);
    }
}

/**
 * @param state - how we stand with the RTC room
 * @returns the same in the words of `RtcBehavior.connection$`
 */
export function connectionIn(state: RtcRoomState): VoiceConnectionState {
    return state.state === "outside" ? "disconnected" : state.state === "inside" ? state.connection : state.state;
}

function infoIn(state: RtcRoomState): ISessionInfo | null {
    return state.state === "inside" ? state.info : null;
}
