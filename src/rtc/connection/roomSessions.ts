import {
    BehaviorSubject,
    EMPTY,
    NEVER,
    Observable,
    Subject,
    catchError,
    connect,
    defer,
    distinctUntilChanged,
    filter,
    finalize,
    firstValueFrom,
    fromEvent,
    ignoreElements,
    map,
    merge,
    of,
    retry,
    scan,
    startWith,
    switchMap,
    tap,
    timer,
} from "rxjs";
import { throwIfAborted, RtcError } from "../../errors/rtcError.js";
import { stayEnd } from "../../errors/leaveReasons.js";
import { abortable$ } from "../../interop/abortable.js";
import type { IRoomMember, RoomStatus } from "../../room/room.js";
import { RetryCount } from "../../transport/retryCount.js";
import { EnduringRetryPolicy } from "../../transport/retryPolicy.js";
import type { IVoiceGrant, IVoiceSession } from "../../transport/voiceTransport.js";
import { blockedIn, blockSync$ } from "./blockSync.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";
import { earlyEntranceOf, grantFromAsync, isFinal } from "./grantSource.js";
import type { IGrantRequest } from "./grantSource.js";
import type { LocalVoice } from "../local/localVoice.js";
import { grantRenewal$ } from "./grantRenewal.js";
import type { IRtcBehaviorOptions } from "../rtcBehaviorOptions.js";
import type { ISessionInfo } from "./sessionInfo.js";
import type { RtcRoomState } from "./voiceConnection.js";
import type { MemberVoices } from "../remote/memberVoices.js";

/** A session, and the grant that it was entered with. */
interface IEntered {
    readonly session: IVoiceSession;
    readonly grant: IVoiceGrant;
    /** Ids that the RTC room has as blocked by us. */
    readonly blocks: readonly string[];
}

/** A session that is entered ahead of its room. */
interface IEarlyEntry {
    readonly room: string;
    readonly entering: Promise<IEntered>;
    readonly cancel: AbortController;
}

/** A session that holds this long counts as good, in milliseconds; one that is lost sooner counts as another failure. */
const stableMs = 5_000;

/** A connection that is not back after so long is told as lost, and is tried again all the same, in milliseconds (PICO's figure). */
const overdueMs = 10_000;

const outside: RtcRoomState = { state: "outside" };

/** The sessions in RTC rooms, one after the other. It outlives rooms and attachments, since it knows when the session before is left. */
export class RoomSessions {
    private readonly _options: IRtcBehaviorOptions;
    private readonly _local: LocalVoice;
    private readonly _preferences: VoicePreferences;
    private readonly _errors = new Subject<RtcError>();
    /** Ends when the session before is left, so that a member is never in two RTC rooms. Never rejects. */
    private _left: Promise<void> = Promise.resolve();
    private _early: IEarlyEntry | null = null;
    /** Whether the room is not on its way back. */
    private readonly _ready = new BehaviorSubject(true);

    /**
     * @param options - the behavior's
     * @param local - what the others get of us
     * @param preferences - whom we have blocked
     */
    public constructor(options: IRtcBehaviorOptions, local: LocalVoice, preferences: VoicePreferences) {
        this._options = options;
        this._local = local;
        this._preferences = preferences;
    }

    /**
     * Follows the room: is in the RTC room exactly while the status is `inRoom`.
     * @param status$ - the room's status
     * @param voices - where the others are heard
     * @returns how we stand with the RTC room, and what goes wrong there; errors as `status$` does; unsubscribing leaves
     */
    public follow$(status$: Observable<RoomStatus>, voices: MemberVoices): Observable<RtcRoomState | RtcError> {
        const rooms$ = status$.pipe(tap((status) => this._setReady(status.state !== "inRoom" || status.reconnecting !== true)));
        const state$ = rooms$.pipe(
            map(stayIn),
            distinctUntilChanged((a, b) => a.request?.room === b.request?.room && a.request?.user.id === b.request?.user.id),
            switchMap(({ request, after }) =>
                request ? lostIfOverdue$(this._inRoom$(request, voices)).pipe(startWith(after)) : of(after),
            ),
        );
        return merge(this._errors, state$, this._enteredEarly$(status$));
    }

    /** While a room is being entered, its RTC room is entered beside it as soon as the server holds a way in: the server lets nobody in before the room does. */
    private _enteredEarly$(status$: Observable<RoomStatus>): Observable<never> {
        const held$ = earlyEntranceOf(this._options.token)?.held$ ?? EMPTY;
        return status$.pipe(
            map(({ state }) => state),
            distinctUntilChanged(),
            switchMap((state) => {
                if (state !== "inRoom") {
                    this._dropEarly();
                }
                return state === "processing" ? held$ : EMPTY;
            }),
            tap((room) => {
                this._dropEarly();
                this._early = room === null ? null : this._enterEarly(room);
            }),
            ignoreElements(),
            finalize(() => this._dropEarly()),
        );
    }

    private _enterEarly(room: string): IEarlyEntry | null {
        const grant = earlyEntranceOf(this._options.token)?.takeGrant(room);
        if (!grant) {
            return null;
        }
        const cancel = new AbortController();
        const entering = this._left.then(() => {
            throwIfAborted(cancel.signal);
            return this._joinAsync(grant, cancel.signal);
        });
        entering.catch(() => undefined);
        return { room, entering, cancel };
    }

    private _dropEarly(): void {
        const early = this._early;
        if (early) {
            this._early = null;
            early.cancel.abort(new RtcError("aborted", "The room is not entered."));
            this._left = early.entering.then(({ session }) => session.leaveAsync()).catch(() => undefined);
        }
    }

    /** @returns the entry into that room that is under way, which is its caller's now; any other one is dropped */
    private _takeEarly(room: string): IEarlyEntry | null {
        const early = this._early;
        if (early?.room !== room) {
            this._dropEarly();
            return null;
        }
        this._early = null;
        return early;
    }

    private _setReady(ready: boolean): void {
        if (ready !== this._ready.value) {
            this._ready.next(ready);
        }
    }

    /** In this RTC room until unsubscribed, coming back as often as the retry policy allows. */
    private _inRoom$(request: IGrantRequest, voices: MemberVoices): Observable<RtcRoomState> {
        return new Observable<RtcRoomState>((subscriber) => {
            const retries = new RetryCount(this._options.retryPolicy ?? new EnduringRetryPolicy(), (error) => this._errors.next(error));
            let begin = performance.now();
            let again = false;
            let isInside = false;
            subscriber.next({ state: "connecting" });
            const inside$ = this._entered$(request).pipe(
                switchMap((entered) => {
                    isInside = true;
                    const since = performance.now();
                    const info = { session: entered.session, ...request, join: { elapsedMs: since - begin, again }, since };
                    const stable$ = timer(stableMs).pipe(
                        tap(() => retries.succeeded()),
                        ignoreElements(),
                    );
                    return merge(stable$, this._inside$(entered, info, voices));
                }),
                retry({
                    delay: (failure: unknown) => {
                        const error = RtcError.From(
                            failure,
                            "unknown",
                            "The RTC room could not be entered. `cause` says why; it is tried again.",
                        );
                        this._errors.next(error);
                        if (isInside) {
                            isInside = false;
                            begin = performance.now();
                            again = true;
                        }
                        const delay = isFinal(error) ? null : retries.failed();
                        // Told before the session is let go of.
                        const cause = { error, reason: stayEnd(error.code).voice };
                        subscriber.next({ state: delay === null ? "lost" : "reconnecting", cause });
                        return delay === null ? NEVER : timer(delay);
                    },
                }),
            );
            return inside$.subscribe(subscriber);
        });
    }

    /** Enters; unsubscribing leaves, or cancels what is under way. */
    private _entered$(request: IGrantRequest): Observable<IEntered> {
        return defer(() => {
            let entering: Promise<IEntered>;
            return abortable$((signal) => (entering = this._enterAsync(request, signal))).pipe(
                finalize(() => {
                    this._left = entering.then(({ session }) => session.leaveAsync()).catch(() => undefined);
                }),
            );
        });
    }

    private async _enterAsync(request: IGrantRequest, signal: AbortSignal): Promise<IEntered> {
        const early = this._takeEarly(request.room);
        const left = this._left;
        const entered = early && (await earlySessionAsync(early, signal));
        if (entered) {
            return entered;
        }
        await left;
        throwIfAborted(signal);
        // Grants are for those in the room, and whoever comes back to it may find another one.
        await firstValueFrom(merge(this._ready.pipe(filter(Boolean)), fromEvent(signal, "abort")));
        throwIfAborted(signal);
        return await this._joinAsync(await grantFromAsync(this._options.token, request, signal), signal);
    }

    private async _joinAsync(grant: IVoiceGrant, signal: AbortSignal): Promise<IEntered> {
        const blocks = blockedIn(this._preferences);
        const session = await this._options.transport.joinAsync(grant, signal, { blocks, ridesData: this._options.ridesData });
        return { session, grant, blocks };
    }

    /** Everything that goes on while inside. Errors when the session is lost. */
    private _inside$({ session, grant, blocks }: IEntered, info: ISessionInfo, voices: MemberVoices): Observable<RtcRoomState> {
        const { token, rooms } = this._options;
        const { room, user } = info;
        const onError = (error: RtcError): void => this._errors.next(error);
        const list$: Observable<ReadonlyMap<string, IRoomMember> | null> = rooms.members$ ?? of(null);
        const members$ = list$.pipe(
            catchError((error: unknown) => {
                // The list as it was stays in force: a source that fails must not widen who is heard.
                onError(RtcError.From(error, "unknown", "The room's member list has failed."));
                return EMPTY;
            }),
        );
        let reason = new RtcError("serverUnreachable", "The connection to the RTC room was lost. It is tried again by itself.");
        const errors$ = session.error$.pipe(
            tap((error) => {
                reason = error;
                onError(error);
            }),
            ignoreElements(),
        );
        const state$ = session.state$.pipe(
            map((connection): RtcRoomState => {
                if (connection === "lost") {
                    throw reason;
                }
                return { state: "inside", info, connection };
            }),
        );
        const invitations$ = (session.notices$ ?? EMPTY).pipe(
            tap(({ type }) => {
                if (type === "unmuteInvited") {
                    // A moderator's mute ends in our own, so that nobody but us unmutes us.
                    this._local.muted = true;
                }
            }),
            ignoreElements(),
        );
        // The state goes before whatever depends on what the session lets us do.
        return merge(
            errors$,
            state$,
            invitations$,
            this._local.sendTo$(session),
            voices.hear$(session, members$),
            grantRenewal$({ session, grant, request: { room, user }, token, onError }).pipe(ignoreElements()),
            blockSync$(session, blocks, this._preferences, onError),
        );
    }
}

/** @returns what asks for a grant, null outside of rooms; `after`: the state that the stay before ends in */
function stayIn(status: RoomStatus): { readonly request: IGrantRequest | null; readonly after: RtcRoomState } {
    if (status.state === "inRoom") {
        return { request: { room: status.room.id, user: status.self }, after: outside };
    }
    // The room may tell that it put us out before the RTC room does, and the reason is the same then.
    const error = status.state === "notAvailable" ? status.error : undefined;
    const reason = error ? stayEnd(error.code).voice : "lost";
    return { request: null, after: error && reason !== "lost" ? { state: "outside", cause: { error, reason } } : outside };
}

/** @returns the session; null if it did not come to one, or it is over: then the usual way says why */
async function earlySessionAsync({ entering, cancel }: IEarlyEntry, signal: AbortSignal): Promise<IEntered | null> {
    const abort = (): void => cancel.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
        const entered = await entering;
        const isLost = await firstValueFrom(entered.session.state$.pipe(map((state) => state === "lost")));
        return isLost ? null : entered;
    } catch {
        return null;
    } finally {
        signal.removeEventListener("abort", abort);
    }
}

/** Tells a connection as lost that has not come back in time. It is tried again all the same, which needs no further word. */
function lostIfOverdue$(state$: Observable<RtcRoomState>): Observable<RtcRoomState> {
    return state$.pipe(
        connect((told$) => {
            const overdue$ = told$.pipe(
                distinctUntilChanged((a, b) => a.state === b.state),
                switchMap((state) =>
                    state.state === "reconnecting" ? timer(overdueMs).pipe(map((): RtcRoomState => ({ ...state, state: "lost" }))) : EMPTY,
                ),
            );
            return merge(told$, overdue$);
        }),
        scan((before, now) => (before.state === "lost" && now.state === "reconnecting" ? before : now)),
        distinctUntilChanged(),
    );
}
