import {
    BehaviorSubject,
    EMPTY,
    NEVER,
    catchError,
    combineLatest,
    concatMap,
    defer,
    distinctUntilChanged,
    finalize,
    ignoreElements,
    map,
    merge,
    of,
    retry,
    skipWhile,
    switchMap,
    tap,
    throwError,
    timer,
} from "rxjs";
import type { Observable, Subject } from "rxjs";
import { errorRow } from "../../errors/errorTable.js";
import { throwIfAborted, RtcError } from "../../errors/rtcError.js";
import { stayEnd } from "../../errors/leaveReasons.js";
import { abortable$ } from "../../interop/abortable.js";
import type { IRoomMember, RoomStatus } from "../../room/room.js";
import { EnduringRetryPolicy, RetryCount } from "../../transport/retryPolicy.js";
import type { IRetryPolicy } from "../../transport/retryPolicy.js";
import type { IVoiceGrant, IVoiceSession } from "../../transport/voiceTransport.js";
import { blockedIn, blockSync$ } from "./blockSync.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";
import { grantFromAsync } from "./grantSource.js";
import type { IGrantRequest } from "./grantSource.js";
import type { LocalVoice } from "../local/localVoice.js";
import { grantRenewal$ } from "./grantRenewal.js";
import type { IRtcBehaviorOptions, VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { ISessionInfo, ISessionEnd } from "./sessionInfo.js";
import type { MemberVoices } from "../remote/memberVoices.js";

/** What the connection keeps up to date for its behavior. */
export interface IConnectionSubjects {
    readonly connection: BehaviorSubject<VoiceConnectionState>;
    readonly session: BehaviorSubject<IVoiceSession | null>;
    readonly errors: Subject<RtcError>;
    /** null = in no RTC room. */
    readonly info: BehaviorSubject<ISessionInfo | null>;
    /** Each end of a stay, told just before `info` is null. */
    readonly ends: Subject<ISessionEnd>;
}

/** A session, and the grant that it was entered with. */
interface IEntered {
    readonly session: IVoiceSession;
    readonly grant: IVoiceGrant;
    /** Whom the RTC room knows as blocked. */
    readonly blocks: readonly string[];
}

/** A session that holds this long counts as good, in milliseconds; one that is lost sooner counts as another failure. */
const stableMs = 5_000;

/** A connection that is not back after so long is told as lost, and is tried again all the same, in milliseconds (PICO's figure). */
const overdueMs = 10_000;

/** Follows the room: is in the RTC room exactly while the status is `inRoom`. Unsubscribing leaves. */
export class VoiceConnection {
    private readonly _options: IRtcBehaviorOptions;
    private readonly _state: IConnectionSubjects;
    private readonly _local: Pick<LocalVoice, "mute$" | "state$" | "track$">;
    private readonly _preferences: VoicePreferences;
    private readonly _retryPolicy: IRetryPolicy;
    /** Ends when the session before is left, so that a member is never in two RTC rooms. Never rejects. */
    private _left: Promise<void> = Promise.resolve();

    /**
     * @param options - the behavior's
     * @param state - what to keep up to date
     * @param local - what to publish, and what to say of it
     * @param preferences - whom we have blocked
     */
    public constructor(
        options: IRtcBehaviorOptions,
        state: IConnectionSubjects,
        local: Pick<LocalVoice, "mute$" | "state$" | "track$">,
        preferences: VoicePreferences,
    ) {
        this._options = options;
        this._state = state;
        this._local = local;
        this._preferences = preferences;
        this._retryPolicy = options.retryPolicy ?? new EnduringRetryPolicy();
    }

    /**
     * @param status$ - the room's status
     * @param memberVoices - where voices go
     * @returns emits nothing, never errors; subscribed, it follows
     */
    public follow$(status$: Observable<RoomStatus>, memberVoices: MemberVoices): Observable<never> {
        return status$.pipe(
            map((status): IGrantRequest | null => (status.state === "inRoom" ? { room: status.room.id, user: status.self } : null)),
            distinctUntilChanged((a, b) => a?.room === b?.room && a?.user.id === b?.user.id),
            switchMap((request) => (request ? this._inSession$(request, memberVoices) : EMPTY)),
        );
    }

    /** In this RTC room until unsubscribed, coming back as often as the retry policy allows. */
    private _inSession$(request: IGrantRequest, memberVoices: MemberVoices): Observable<never> {
        const { connection, errors } = this._state;
        const retries = new RetryCount(this._retryPolicy);
        const outside = new BehaviorSubject(false);
        let begin = performance.now();
        let again = false;
        connection.next("connecting");
        const inSession$ = this._entered$(request).pipe(
            tap(({ session }) => {
                outside.next(false);
                const since = performance.now();
                const { room, user } = request;
                this._state.info.next({ session, room, user, join: { elapsedMs: since - begin, again }, since });
            }),
            switchMap((entered) =>
                merge(
                    stableAfter$(() => retries.succeeded()),
                    this._talk$(entered, request, memberVoices),
                ),
            ),
            retry({
                delay: (error: unknown) => {
                    const failure = RtcError.From(error, "unknown", "The RTC room could not be entered.");
                    errors.next(failure);
                    if (this._state.info.value) {
                        this._end(failure);
                        begin = performance.now();
                        again = true;
                    }
                    const delay = errorRow(failure.code).retryable === false ? null : retries.failed();
                    if (delay === null) {
                        return throwError(() => failure);
                    }
                    if (connection.value !== "lost") {
                        connection.next("reconnecting");
                    }
                    outside.next(true);
                    return timer(delay);
                },
            }),
            ignoreElements(),
            catchError(() => {
                outside.next(false);
                connection.next("lost");
                return NEVER;
            }),
        );
        const overdue$ = outside.pipe(
            distinctUntilChanged(),
            switchMap((trying) => (trying ? timer(overdueMs) : EMPTY)),
            tap(() => connection.next("lost")),
            ignoreElements(),
        );
        return merge(overdue$, inSession$).pipe(
            finalize(() => {
                this._end(null);
                connection.next("disconnected");
            }),
        );
    }

    /** The stay is over, if there is one: by an error, or because we leave. */
    private _end(error: RtcError | null): void {
        const { info, ends } = this._state;
        if (info.value) {
            const { room } = info.value;
            ends.next(error ? { room, reason: stayEnd(error.code).voice, error } : { room, reason: "left" });
            info.next(null);
        }
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
        await this._left;
        throwIfAborted(signal);
        const grant = await grantFromAsync(this._options.token, request, signal);
        const blocks = blockedIn(this._preferences);
        const session = await this._options.transport.joinAsync(grant, signal, { blocks, ridesData: this._options.ridesData });
        return { session, grant, blocks };
    }

    /** Everything that goes on while inside. Errors when the session is lost. */
    private _talk$({ session, grant, blocks }: IEntered, request: IGrantRequest, memberVoices: MemberVoices): Observable<never> {
        const list$: Observable<ReadonlyMap<string, IRoomMember> | null> = this._options.rooms.members$ ?? of(null);
        const members$ = list$.pipe(
            catchError((error: unknown) => {
                // The list as it was stays in force: a source that fails must not widen who is heard.
                this._state.errors.next(RtcError.From(error, "unknown", "The room's member list has failed."));
                return EMPTY;
            }),
        );
        const onError = (error: RtcError): void => this._state.errors.next(error);
        let reason = new RtcError("serverUnreachable", "The connection to the RTC room was lost.");
        const effects: Observable<unknown>[] = [
            session.error$.pipe(
                tap((error) => {
                    reason = error;
                    this._state.errors.next(error);
                }),
            ),
            session.state$.pipe(
                tap((state) => {
                    if (state === "lost") {
                        throw reason;
                    }
                    this._state.connection.next(state);
                }),
            ),
            this._local.track$.pipe(concatMap((track) => session.publishAsync(track))),
            this._local.state$.pipe(
                // What every newcomer is taken to do needs no word.
                skipWhile(({ publishing, capturing }) => publishing && capturing),
                tap((state) => session.setState?.(state)),
            ),
            this._local.mute$.pipe(
                skipWhile((muted) => !muted),
                tap((muted) => session.setMuted(muted)),
            ),
            combineLatest([session.remotes$, members$]).pipe(tap(([remotes, members]) => memberVoices.update(remotes, members))),
            memberVoices.interest$.pipe(tap((interest) => session.setInterest(interest))),
            grantRenewal$({ session, grant, request, token: this._options.token, onError }),
            blockSync$(session, blocks, this._preferences, onError),
        ];
        this._state.session.next(session);
        return merge(...effects).pipe(
            ignoreElements(),
            finalize(() => {
                this._state.session.next(null);
                memberVoices.clear();
            }),
        );
    }
}

function stableAfter$(then: () => void): Observable<never> {
    return timer(stableMs).pipe(tap(then), ignoreElements());
}
