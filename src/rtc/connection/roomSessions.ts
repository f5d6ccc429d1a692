import {
    BehaviorSubject,
    EMPTY,
    NEVER,
    Observable,
    Subject,
    catchError,
    combineLatest,
    concat,
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
    pairwise,
    retry,
    scan,
    startWith,
    switchMap,
    take,
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

/** A session, and the grant that was used to enter it. */
interface IJoined {
    readonly session: IVoiceSession;
    readonly grant: IVoiceGrant;
    /** Blocked ids that were sent with the join. */
    readonly blocks: readonly string[];
}

/** A session, its grant, and the request for the grant. */
interface IEntered extends IJoined {
    readonly request: IGrantRequest;
}

/** The latest entry: its request, grant and blocks, and the public info of the stay that began with it. */
interface IEntrance extends Omit<IEntered, "session"> {
    readonly info: ISessionInfo;
    /** True after the server has lost the client's place (a restart), until the client has entered again. Default: false. */
    readonly isOver?: boolean;
}

/** A stay in a room, or outside of rooms. */
interface IStay {
    /** Request for a grant; null outside of rooms. */
    readonly request: IGrantRequest | null;
    /** The room's name. */
    readonly name: string;
    /** True while the room's connection is lost and the room service reconnects. */
    readonly isAway: boolean;
    /** Number of the stay. Unchanged when a room is entered again after a server restart: the room then has the same name, but another id. */
    readonly number: number;
    /** Final state of the previous stay. */
    readonly after: RtcRoomState;
}

/** A session that is entered while its room is still being entered. */
interface IEarlyEntry {
    readonly room: string;
    readonly entering: Promise<IJoined>;
    readonly cancel: AbortController;
}

/** Duration after which a session counts as successful, in milliseconds. The loss of a shorter one is another failure for the retry policy. */
const stableMs = 5_000;

/** Time of reconnecting after which the connection is reported as lost, in milliseconds (PICO's figure). The retries continue. */
const overdueMs = 10_000;

const outside: RtcRoomState = { state: "outside" };

const noStay: IStay = { request: null, name: "", isAway: false, number: 0, after: outside };

/** Thrown when the session belongs to a room that the client is no longer in. */
const moved = new Error("The room has changed.");

/** The sessions in RTC rooms, one after the other. One object for all rooms and attachments, since it knows when the previous session is left. */
export class RoomSessions {
    private readonly _options: IRtcBehaviorOptions;
    private readonly _local: LocalVoice;
    private readonly _preferences: VoicePreferences;
    private readonly _errors = new Subject<RtcError>();
    /** Resolves when the previous session is left, so that a member is never in two RTC rooms. Never rejects. */
    private _left: Promise<void> = Promise.resolve();
    private _early: IEarlyEntry | null = null;
    private readonly _stay = new BehaviorSubject(noStay);
    /** Number of the stay in which a moderator muted the local member; null = none. Kept here, since a restarted server has lost its mutes. */
    private _mutedIn: number | null = null;

    /**
     * @param options - options of the behavior
     * @param local - the local voice
     * @param preferences - local playback preferences, with the blocked members
     */
    public constructor(options: IRtcBehaviorOptions, local: LocalVoice, preferences: VoicePreferences) {
        this._options = options;
        this._local = local;
        this._preferences = preferences;
    }

    /**
     * Follows the room: stays in the RTC room exactly while the status is `inRoom`.
     * @param status$ - the room's status
     * @param voices - voices of the members
     * @returns states and errors of the RTC room; errors as `status$` does; unsubscribing leaves
     */
    public follow$(status$: Observable<RoomStatus>, voices: MemberVoices): Observable<RtcRoomState | RtcError> {
        const state$ = status$.pipe(
            tap((status) => this._stay.next(nextStay(this._stay.value, status))),
            map(() => this._stay.value),
            distinctUntilChanged((a, b) => a.number === b.number),
            switchMap(({ request, after }) => (request ? lostIfOverdue$(this._inRoom$(voices)).pipe(startWith(after)) : of(after))),
            finalize(() => this._stay.next(noStay)),
        );
        return merge(this._errors, state$, this._enteredEarly$(status$));
    }

    /**
     * Enters the RTC room in parallel with its room, as soon as the server has reserved a seat. The server completes this entry only after the room
     * has admitted the member.
     */
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
            early.cancel.abort(new RtcError("aborted", "The room was not joined."));
            this._left = early.entering.then(({ session }) => session.leaveAsync()).catch(() => undefined);
        }
    }

    /**
     * Takes the pending early entry into a room; drops one into another room.
     * @returns the entry, which the caller then owns; null if there is none
     */
    private _takeEarly(room: string): IEarlyEntry | null {
        const early = this._early;
        if (early?.room !== room) {
            this._dropEarly();
            return null;
        }
        this._early = null;
        return early;
    }

    /** Stays in the RTC room of the current room until unsubscribed. Reconnects as the retry policy allows. */
    private _inRoom$(voices: MemberVoices): Observable<RtcRoomState> {
        return new Observable<RtcRoomState>((subscriber) => {
            const retries = new RetryCount(this._options.retryPolicy ?? new EnduringRetryPolicy(), (error) => this._errors.next(error));
            let begin = performance.now();
            let again = false;
            /** Id of the room whose RTC room is entered; null = none. */
            let room: string | null = null;
            subscriber.next({ state: "connecting" });
            const inside$ = this._entered$().pipe(
                switchMap((entered) => {
                    room = entered.request.room;
                    return this._inside$(entered, infoOf(entered, begin, again), voices, retries);
                }),
                retry({
                    delay: (failure: unknown) => {
                        const isElsewhere = room !== null && room !== this._stay.value.request?.room;
                        if (room !== null) {
                            room = null;
                            begin = performance.now();
                            again = true;
                        }
                        if (failure === moved) {
                            subscriber.next(outside);
                            subscriber.next({ state: "connecting" });
                            again = false;
                            return timer(0);
                        }
                        const error = asError(failure);
                        this._errors.next(error);
                        // A final error of the old room is retried if the client is in another room by now.
                        const delay = isFinal(error) && !isElsewhere ? null : retries.failed();
                        // Emits the state before the old session is released.
                        const cause = { error, reason: stayEnd(error.code).voice };
                        subscriber.next({ state: delay === null ? "lost" : "reconnecting", cause });
                        return delay === null ? this._roomReturn$(error) : timer(delay);
                    },
                }),
            );
            return inside$.subscribe(subscriber);
        });
    }

    /**
     * Emits when the room's connection is back after a loss, since the server then decides again who may enter the RTC room. Never emits after
     * `duplicateIdentity`.
     */
    private _roomReturn$({ code }: RtcError): Observable<unknown> {
        return code === "duplicateIdentity"
            ? NEVER
            : this._stay.pipe(
                  pairwise(),
                  filter(([before, now]) => before.isAway && !now.isAway),
                  take(1),
              );
    }

    /** Enters the RTC room; unsubscribing leaves it, or cancels the pending entry. */
    private _entered$(): Observable<IEntered> {
        return defer(() => {
            let entering: Promise<IEntered>;
            return abortable$((signal) => (entering = this._enterAsync(signal))).pipe(
                finalize(() => {
                    this._left = entering.then(({ session }) => session.leaveAsync()).catch(() => undefined);
                }),
            );
        });
    }

    private async _enterAsync(signal: AbortSignal): Promise<IEntered> {
        const { request: present } = this._stay.value;
        const early = present && this._takeEarly(present.room);
        const left = this._left;
        const joined = early && (await earlySessionAsync(early, signal));
        if (joined) {
            return { ...joined, request: present };
        }
        await left;
        throwIfAborted(signal);
        const request = await this._requestAsync(signal);
        return { ...(await this._joinAsync(await grantFromAsync(this._options.token, request, signal), signal)), request };
    }

    /** Waits until the room's connection is back, since grants are for members of the room, and the room may have another id then. */
    private async _requestAsync(signal: AbortSignal): Promise<IGrantRequest> {
        const ready$ = this._stay.pipe(
            filter(({ isAway }) => !isAway),
            map(({ request }) => request),
        );
        const request = await firstValueFrom(merge(ready$, fromEvent(signal, "abort").pipe(map(() => null))));
        throwIfAborted(signal);
        if (!request) {
            throw new RtcError("aborted", "The room was left.");
        }
        return request;
    }

    private async _joinAsync(grant: IVoiceGrant, signal: AbortSignal): Promise<IJoined> {
        const blocks = blockedIn(this._preferences);
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- the old name works, too
        const { ridesData, dataInRtp = ridesData } = this._options;
        const session = await this._options.transport.joinAsync(grant, signal, { blocks, dataInRtp, ridesData: dataInRtp });
        return { session, grant, blocks };
    }

    /**
     * Emits null each time the server has lost the client's place (a restart), then the new entry. Errors after a final error, or when the retry
     * policy gives up.
     */
    private _reentered$(session: IVoiceSession, retries: RetryCount): Observable<IEntrance | null> {
        return (session.displaced$ ?? EMPTY).pipe(
            tap((error) => this._errors.next(error)),
            switchMap(() => {
                const begin = performance.now();
                const back$ = defer(() => abortable$((signal) => this._reenterAsync(session, begin, signal)));
                const tried$ = back$.pipe(
                    retry({
                        delay: (failure: unknown) => {
                            const error = asError(failure);
                            const delay = isFinal(error) ? null : retries.failed();
                            if (delay === null) {
                                throw error;
                            }
                            this._errors.next(error);
                            return timer(delay);
                        },
                    }),
                );
                return concat(of(null), tried$);
            }),
        );
    }

    private async _reenterAsync(session: IVoiceSession, begin: number, signal: AbortSignal): Promise<IEntrance> {
        const request = await this._requestAsync(signal);
        const grant = await grantFromAsync(this._options.token, request, signal);
        const blocks = blockedIn(this._preferences);
        await session.reenterAsync?.(grant, signal, { blocks });
        return { request, grant, blocks, info: infoOf({ session, request }, begin, true) };
    }

    /** Runs everything that a session needs while inside. Errors when the session is lost. */
    private _inside$(
        { session, ...first }: IEntered,
        info: ISessionInfo,
        voices: MemberVoices,
        retries: RetryCount,
    ): Observable<RtcRoomState> {
        const { token, rooms } = this._options;
        const { number } = this._stay.value;
        const entrance = new BehaviorSubject<IEntrance>({ ...first, info });
        const onError = (error: RtcError): void => this._errors.next(error);
        const list$: Observable<ReadonlyMap<string, IRoomMember> | null> = rooms.members$ ?? of(null);
        const members$ = list$.pipe(
            catchError((error: unknown) => {
                // Keeps the last list: a source that fails must not let more members be heard.
                onError(RtcError.From(error, "unknown", "The room's member list has failed."));
                return EMPTY;
            }),
        );
        let reason = new RtcError("serverUnreachable", "The connection to the RTC room was lost. The client reconnects by itself.");
        const errors$ = session.error$.pipe(
            tap((error) => {
                reason = error;
                onError(error);
            }),
            ignoreElements(),
        );
        const state$ = combineLatest([session.state$, entrance, this._stay]).pipe(
            map(([connection, { info: present, request, isOver }, stay]): RtcRoomState => {
                if (connection === "lost") {
                    throw reason;
                }
                if (connection !== "connected" || isOver) {
                    return { state: "inside", info: present, connection: isOver ? "reconnecting" : connection };
                }
                if (stay.number === number && stay.request?.room !== request.room) {
                    throw moved;
                }
                return { state: "inside", info: present, connection };
            }),
            distinctUntilChanged(
                (a, b) => a.state === "inside" && b.state === "inside" && a.info === b.info && a.connection === b.connection,
            ),
        );
        const whileInside$ = entrance.pipe(
            switchMap(({ request, grant, blocks, isOver }) =>
                isOver
                    ? EMPTY
                    : merge(
                          timer(stableMs).pipe(tap(() => retries.succeeded())),
                          grantRenewal$({ session, grant, request, token, onError }),
                          blockSync$(session, blocks, this._preferences, onError),
                      ),
            ),
            ignoreElements(),
        );
        const mutes$ = session.muted$.pipe(
            tap((muted) => {
                if (muted === "no" && this._mutedIn === number) {
                    // Turns a moderator's mute into the user's own mute when it ends, so that only the user can unmute.
                    this._local.muted = true;
                }
                this._mutedIn = muted === "moderator" ? number : null;
            }),
            ignoreElements(),
        );
        const invitations$ = (session.notices$ ?? EMPTY).pipe(
            tap(({ type }) => {
                if (type === "unmuteInvited") {
                    // As above: only the user can unmute.
                    this._local.muted = true;
                }
            }),
            ignoreElements(),
        );
        // The state is emitted before the streams after it are subscribed, since they depend on the session's privileges.
        return merge(
            errors$,
            state$,
            mutes$,
            invitations$,
            this._local.sendTo$(session),
            voices.hear$(session, members$),
            whileInside$,
            this._reentered$(session, retries).pipe(
                tap((next) => entrance.next(next ?? { ...entrance.value, isOver: true })),
                ignoreElements(),
            ),
        );
    }
}

/**
 * Computes the stay for a room status. Pure.
 * @param before - the stay so far
 * @param status - current status of the room
 * @returns the updated stay, or the next one
 */
function nextStay(before: IStay, status: RoomStatus): IStay {
    if (status.state === "inRoom") {
        const { room, self: user } = status;
        const isAway = status.reconnecting === true;
        const { request } = before;
        const isSame = request?.room === room.id && request.user.id === user.id;
        const isBack = before.isAway && before.name === room.name && request?.user.id === user.id;
        const number = before.number + (isSame || isBack ? 0 : 1);
        return { request: isSame ? request : { room: room.id, user }, name: room.name, isAway, number, after: outside };
    }
    // The room may report the removal before the RTC room does; the reason is the same.
    const error = status.state === "notAvailable" ? status.error : undefined;
    const reason = error ? stayEnd(error.code).voice : "lost";
    const after: RtcRoomState = error && reason !== "lost" ? { state: "outside", cause: { error, reason } } : outside;
    return { ...noStay, number: before.number + (before.request ? 1 : 0), after };
}

function infoOf({ session, request }: Pick<IEntered, "session" | "request">, begin: number, again: boolean): ISessionInfo {
    const since = performance.now();
    return { session, ...request, join: { elapsedMs: since - begin, again }, since };
}

function asError(failure: unknown): RtcError {
    return RtcError.From(failure, "unknown", "The RTC room could not be entered. `cause` says why; it is tried again.");
}

/** @returns the session; null if the early entry failed or the session is lost: the normal entry then reports the reason */
async function earlySessionAsync({ entering, cancel }: IEarlyEntry, signal: AbortSignal): Promise<IJoined | null> {
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

/** Reports `lost` for a connection that is `reconnecting` for too long. The retries continue, but do not report `reconnecting` again. */
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
