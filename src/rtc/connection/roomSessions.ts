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

/** A session, and the grant that it was entered with. */
interface IJoined {
    readonly session: IVoiceSession;
    readonly grant: IVoiceGrant;
    /** Ids that the RTC room has as blocked by us. */
    readonly blocks: readonly string[];
}

/** The same, and what the grant was asked with. */
interface IEntered extends IJoined {
    readonly request: IGrantRequest;
}

/** Grant and blocks of the latest entrance, and what is told of the stay since. */
interface IEntrance extends Omit<IEntered, "session"> {
    readonly info: ISessionInfo;
    /** True while the server keeps our place no longer. Default: false. */
    readonly isOver?: boolean;
}

/** A stay in a room. */
interface IStay {
    /** Request for a grant; null outside of rooms. */
    readonly request: IGrantRequest | null;
    /** The room's name. */
    readonly name: string;
    /** True while the room's connection is away. */
    readonly isAway: boolean;
    /** The same for one stay: a room that is entered again after its server's restart has the same name, and another id. */
    readonly number: number;
    /** State that the stay before ends in. */
    readonly after: RtcRoomState;
}

/** A session that is entered ahead of its room. */
interface IEarlyEntry {
    readonly room: string;
    readonly entering: Promise<IJoined>;
    readonly cancel: AbortController;
}

/** A session that holds this long counts as good, in milliseconds; one that is lost sooner counts as another failure. */
const stableMs = 5_000;

/** A connection that is not back after so long is told as lost, and is tried again all the same, in milliseconds (PICO's figure). */
const overdueMs = 10_000;

const outside: RtcRoomState = { state: "outside" };

const noStay: IStay = { request: null, name: "", isAway: false, number: 0, after: outside };

/** The session is in the RTC room of another room than we are in by now. */
const moved = new Error("The room is another one.");

/** The sessions in RTC rooms, one after the other. It outlives rooms and attachments, since it knows when the session before is left. */
export class RoomSessions {
    private readonly _options: IRtcBehaviorOptions;
    private readonly _local: LocalVoice;
    private readonly _preferences: VoicePreferences;
    private readonly _errors = new Subject<RtcError>();
    /** Ends when the session before is left, so that a member is never in two RTC rooms. Never rejects. */
    private _left: Promise<void> = Promise.resolve();
    private _early: IEarlyEntry | null = null;
    private readonly _stay = new BehaviorSubject(noStay);
    /** Number of the stay in which a moderator has muted us; null = in none. A server that has restarted knows of no mute. */
    private _mutedIn: number | null = null;

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
        const state$ = status$.pipe(
            tap((status) => this._stay.next(nextStay(this._stay.value, status))),
            map(() => this._stay.value),
            distinctUntilChanged((a, b) => a.number === b.number),
            switchMap(({ request, after }) => (request ? lostIfOverdue$(this._inRoom$(voices)).pipe(startWith(after)) : of(after))),
            finalize(() => this._stay.next(noStay)),
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

    /** In the RTC room of the present room until unsubscribed, coming back as often as the retry policy allows. */
    private _inRoom$(voices: MemberVoices): Observable<RtcRoomState> {
        return new Observable<RtcRoomState>((subscriber) => {
            const retries = new RetryCount(this._options.retryPolicy ?? new EnduringRetryPolicy(), (error) => this._errors.next(error));
            let begin = performance.now();
            let again = false;
            /** Of the room whose RTC room we are in; null = in none. */
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
                        // That room is over for us, and we are in another one by now.
                        const delay = isFinal(error) && !isElsewhere ? null : retries.failed();
                        // Told before the session is let go of.
                        const cause = { error, reason: stayEnd(error.code).voice };
                        subscriber.next({ state: delay === null ? "lost" : "reconnecting", cause });
                        return delay === null ? this._roomReturn$(error) : timer(delay);
                    },
                }),
            );
            return inside$.subscribe(subscriber);
        });
    }

    /** Emits when the room is entered anew after its connection was away: then the server decides again who may be in its RTC room. */
    private _roomReturn$({ code }: RtcError): Observable<unknown> {
        return code === "duplicateIdentity"
            ? NEVER
            : this._stay.pipe(
                  pairwise(),
                  filter(([before, now]) => before.isAway && !now.isAway),
                  take(1),
              );
    }

    /** Enters; unsubscribing leaves, or cancels what is under way. */
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

    /** Grants are for those in the room, and whoever comes back to it may find another one. */
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
        const session = await this._options.transport.joinAsync(grant, signal, { blocks, ridesData: this._options.ridesData });
        return { session, grant, blocks };
    }

    /** Each time that the server keeps our place no longer: null, and then the entrance into the RTC room of its next life. Errors as the policy gives up. */
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

    /** Everything that goes on while inside. Errors when the session is lost. */
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
                    // A moderator's mute ends in our own, so that nobody but us unmutes us.
                    this._local.muted = true;
                }
                this._mutedIn = muted === "moderator" ? number : null;
            }),
            ignoreElements(),
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
 * The stay that a status is of. Pure.
 * @param before - the stay so far
 * @param status - of the room, now
 * @returns the same stay, as it is now, or the next one
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
    // The room may tell that it put us out before the RTC room does, and the reason is the same then.
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

/** @returns the session; null if it did not come to one, or it is over: then the usual way says why */
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
