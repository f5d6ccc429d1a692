import {
    BehaviorSubject,
    EMPTY,
    NEVER,
    Observable,
    catchError,
    combineLatest,
    concatMap,
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
import type { Subject } from "rxjs";
import { throwIfAborted, RtcError } from "../errors/rtcError.js";
import type { IRoomMember, RoomStatus } from "../room/room.js";
import { EnduringRetryPolicy, RetryCount } from "../transport/retryPolicy.js";
import type { IRetryPolicy } from "../transport/retryPolicy.js";
import type { IVoiceGrant, IVoiceSession } from "../transport/voiceTransport.js";
import { blockedIn, followBlocks$ } from "./blocks.js";
import type { Choices } from "./choices.js";
import { grantFrom } from "./grants.js";
import type { IGrantRequest } from "./grants.js";
import type { OwnVoice } from "./ownVoice.js";
import { isFinal } from "./refusals.js";
import { renewals$ } from "./renewals.js";
import type { IRtcBehaviorOptions, VoiceConnectionState } from "./rtcBehaviorOptions.js";
import { leftReasonOf } from "./stay.js";
import type { IStay, IStayEnd } from "./stay.js";
import type { VoiceStage } from "./voiceStage.js";

/** What the conversation keeps up to date for its behavior. */
export interface IConversationState {
    readonly connection: BehaviorSubject<VoiceConnectionState>;
    readonly session: BehaviorSubject<IVoiceSession | null>;
    readonly errors: Subject<RtcError>;
    /** null = in no RTC room. */
    readonly stay: BehaviorSubject<IStay | null>;
    /** Each end of a stay, told just before `stay` is null. */
    readonly ends: Subject<IStayEnd>;
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
export class Conversation {
    private readonly _options: IRtcBehaviorOptions;
    private readonly _state: IConversationState;
    private readonly _own: Pick<OwnVoice, "mute" | "state$" | "track$">;
    private readonly _choices: Choices;
    private readonly _retryPolicy: IRetryPolicy;
    /** Ends when the session before is left, so that a member is never in two RTC rooms. Never rejects. */
    private _left: Promise<void> = Promise.resolve();

    /**
     * @param options - the behavior's
     * @param state - what to keep up to date
     * @param own - what to publish, and what to say of it
     * @param choices - whom we have blocked
     */
    public constructor(
        options: IRtcBehaviorOptions,
        state: IConversationState,
        own: Pick<OwnVoice, "mute" | "state$" | "track$">,
        choices: Choices,
    ) {
        this._options = options;
        this._state = state;
        this._own = own;
        this._choices = choices;
        this._retryPolicy = options.retryPolicy ?? new EnduringRetryPolicy();
    }

    /**
     * @param status$ - the room's status
     * @param stage - where voices go
     * @returns emits nothing, never errors; subscribed, it follows
     */
    public follow$(status$: Observable<RoomStatus>, stage: VoiceStage): Observable<never> {
        return status$.pipe(
            map((status): IGrantRequest | null => (status.state === "inRoom" ? { room: status.room.id, user: status.self } : null)),
            distinctUntilChanged((a, b) => a?.room === b?.room && a?.user.id === b?.user.id),
            switchMap((request) => (request ? this._stay$(request, stage) : EMPTY)),
        );
    }

    /** In this RTC room until unsubscribed, coming back as often as the retry policy allows. */
    private _stay$(request: IGrantRequest, stage: VoiceStage): Observable<never> {
        const { connection, errors } = this._state;
        const retries = new RetryCount(this._retryPolicy);
        const outside = new BehaviorSubject(false);
        let begin = performance.now();
        let again = false;
        connection.next("connecting");
        const stay$ = this._entered$(request).pipe(
            tap(({ session }) => {
                outside.next(false);
                const since = performance.now();
                const { room, user } = request;
                this._state.stay.next({ session, room, user, join: { elapsedMs: since - begin, again }, since });
            }),
            switchMap((entered) =>
                merge(
                    stableAfter$(() => retries.succeeded()),
                    this._talk$(entered, request, stage),
                ),
            ),
            retry({
                delay: (error: unknown) => {
                    const failure = RtcError.From(error, "unknown", "The RTC room could not be entered.");
                    errors.next(failure);
                    if (this._state.stay.value) {
                        this._end(failure);
                        begin = performance.now();
                        again = true;
                    }
                    const delay = isFinal(failure) ? null : retries.failed();
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
        return merge(overdue$, stay$).pipe(
            finalize(() => {
                this._end(null);
                connection.next("disconnected");
            }),
        );
    }

    /** The stay is over, if there is one: by an error, or because we leave. */
    private _end(error: RtcError | null): void {
        const { stay, ends } = this._state;
        if (stay.value) {
            const { room } = stay.value;
            ends.next(error ? { room, reason: leftReasonOf(error), error } : { room, reason: "left" });
            stay.next(null);
        }
    }

    /** Enters; unsubscribing leaves, or cancels what is under way. */
    private _entered$(request: IGrantRequest): Observable<IEntered> {
        return new Observable<IEntered>((subscriber) => {
            const abort = new AbortController();
            const entering = this._enterAsync(request, abort.signal);
            entering.then(
                (entered) => subscriber.next(entered),
                (error: unknown) => subscriber.error(error),
            );
            return () => {
                abort.abort();
                this._left = entering.then(({ session }) => session.leaveAsync()).catch(() => undefined);
            };
        });
    }

    private async _enterAsync(request: IGrantRequest, signal: AbortSignal): Promise<IEntered> {
        await this._left;
        throwIfAborted(signal);
        const grant = await grantFrom(this._options.token, request, signal);
        const blocks = blockedIn(this._choices);
        const session = await this._options.transport.joinAsync(grant, signal, { blocks, ridesData: this._options.ridesData });
        return { session, grant, blocks };
    }

    /** Everything that goes on while inside. Errors when the session is lost. */
    private _talk$({ session, grant, blocks }: IEntered, request: IGrantRequest, stage: VoiceStage): Observable<never> {
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
            this._own.track$.pipe(concatMap((track) => session.publishAsync(track))),
            this._own.state$.pipe(
                // What every newcomer is taken to do needs no word.
                skipWhile(({ publishing, capturing }) => publishing && capturing),
                tap((state) => session.setState?.(state)),
            ),
            this._own.mute.pipe(
                skipWhile((muted) => !muted),
                tap((muted) => session.setMuted(muted)),
            ),
            combineLatest([session.remotes$, members$]).pipe(tap(([remotes, members]) => stage.update(remotes, members))),
            stage.interest$.pipe(tap((interest) => session.setInterest(interest))),
            renewals$({ session, grant, request, token: this._options.token, onError }),
            followBlocks$(session, blocks, this._choices, onError),
        ];
        this._state.session.next(session);
        return merge(...effects).pipe(
            ignoreElements(),
            finalize(() => {
                this._state.session.next(null);
                stage.clear();
            }),
        );
    }
}

function stableAfter$(then: () => void): Observable<never> {
    return timer(stableMs).pipe(tap(then), ignoreElements());
}
