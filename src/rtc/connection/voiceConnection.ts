import { BehaviorSubject, Subject, distinctUntilChanged, filter, finalize, ignoreElements, map, pairwise, tap } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import type { ConnectionState, IVoiceSession } from "../../transport/voiceTransport.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { ISessionEnd, ISessionInfo } from "./sessionInfo.js";

/** State of the connection to the RTC room. */
export type RtcRoomState =
    /** `cause`: why the stay in the room ended, unless the member left by choice. */
    | { readonly state: "outside"; readonly cause?: StayCause }
    | { readonly state: "connecting"; readonly cause?: undefined }
    /** `connection`: state of the session, which may reconnect by itself. */
    | { readonly state: "inside"; readonly info: ISessionInfo; readonly connection: ConnectionState }
    /** No longer inside, or not admitted, for this cause. `lost`: reconnecting takes too long, or there are no more retries. */
    | { readonly state: "reconnecting" | "lost"; readonly cause: StayCause };

/** Cause of the end of a stay. */
export type StayCause = Required<Pick<ISessionEnd, "reason" | "error">>;

const outside: RtcRoomState = { state: "outside" };

/** The connection to the RTC room: one state, and values derived from it. One object for all rooms. */
export class VoiceConnection {
    /** Current state. Replays. */
    public readonly state$: Observable<RtcRoomState>;
    /** See `RtcBehavior.connection$`. Replays. */
    public readonly connection$: Observable<VoiceConnectionState>;
    /** The stay in the RTC room; null outside. Replays. */
    public readonly info$: Observable<ISessionInfo | null>;
    /** The session of that stay; null outside. Replays. */
    public readonly session$: Observable<IVoiceSession | null>;
    /** Ends of stays that the subscriber saw as `inside`. */
    public readonly ends$: Observable<ISessionEnd>;
    /** Errors of the RTC room. Hot. */
    public readonly error$: Observable<RtcError>;

    private readonly _state = new BehaviorSubject(outside);
    private readonly _errors = new Subject<RtcError>();
    /** End of the last stay. Stored, so that its cause stays the same for all subscribers, even if one of them reacts by leaving the room. */
    private _end: ISessionEnd | null = null;

    public constructor() {
        this.state$ = this._state.pipe(
            // A subscriber may cause a newer state; the subscribers after it then get only the newer one.
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
     * Takes over states and errors of the RTC room.
     * @param news$ - states and errors
     * @returns emits nothing, errors as `news$` does; unsubscribing sets the state to `outside`
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
 * @param state - state of the RTC room
 * @returns the matching value of `RtcBehavior.connection$`
 */
export function connectionIn(state: RtcRoomState): VoiceConnectionState {
    return state.state === "outside" ? "disconnected" : state.state === "inside" ? state.connection : state.state;
}

function infoIn(state: RtcRoomState): ISessionInfo | null {
    return state.state === "inside" ? state.info : null;
}
