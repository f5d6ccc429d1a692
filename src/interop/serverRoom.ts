import type { Room } from "./colyseusClient.js";
import type { IAnswer, IAsked, IResume, IResumeReply, ISeat } from "../../protocol/wire.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "./abortable.js";
import { onDemandAsync } from "./onDemand.js";
import { comeBackAsync, listen } from "./comeBack.js";
import { notOurServer, postAsync, serverTimeoutMs, unreachable } from "./serverApi.js";
import { codeOfRefusal, errorFromServer } from "./serverError.js";

/** One message, typed by a map from message type to payload. */
export type MessageOf<Messages> = {
    [Type in keyof Messages & string]: { readonly type: Type; readonly payload: Messages[Type] };
}[keyof Messages & string];

/** Requests that are answered: a map from message type to `[request, answer]`. */
export type Asks = object;
type AskedOf<All extends Asks, Type extends keyof All> = All[Type] extends readonly [infer Value, unknown] ? Value : never;
type AnswerOf<All extends Asks, Type extends keyof All> = All[Type] extends readonly [unknown, infer Value] ? Value : never;

/** Request to enter one of our server's Colyseus rooms. */
export interface IServerRoomRequest<ServerMessages> {
    /** The server's address. */
    readonly server: string;
    /** The Colyseus room type. */
    readonly type: "room" | "rtc";
    /** Options for the server's `onAuth`. */
    readonly options: object;
    /** True = the room is created if it does not exist. */
    readonly create: boolean;
    /** Seat that is used instead of requesting one from the server. An RTC room then gets the options in an `enter` message. */
    readonly seat?: TakenSeat | undefined;
    /** Cancels. */
    readonly signal?: AbortSignal | undefined;
    /**
     * Called for every message except answers to requests, until `leaveAsync`. The first message is the welcome, and so is the first message after
     * each reconnect.
     */
    readonly onMessage: (message: MessageOf<ServerMessages>) => void;
    /**
     * Called each time the connection drops, or counts as dropped because the server is silent, while the server keeps our place. Reconnecting
     * has then started.
     */
    readonly onAway?: (error: RtcError) => void;
    /** Called once, with the reason, when the connection ends permanently after the welcome, unless we have left. */
    readonly onLost: (error: RtcError) => void;
}

/** An open connection to one of our server's Colyseus rooms. The caller that opened it leaves it. */
export interface IServerRoom<ClientMessages, All extends Asks = object> {
    /** Sends a message. No-op while the connection is away, or after it has ended. */
    send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void;
    /**
     * Sends a request and waits for the answer. A request that is made while the connection is away is sent after the reconnect.
     * @returns the answer; rejects with an `RtcError`: the server's refusal, `serverUnreachable` after ten seconds or if the connection drops
     * before the answer, the reason if the connection ends permanently before the answer, `aborted` if we leave before the answer, if the
     * connection has ended, or if it is away and 64 requests are pending already
     */
    askAsync<Type extends keyof All & string>(type: Type, value: AskedOf<All, Type>): Promise<AnswerOf<All, Type>>;
    /**
     * Pings the server at once. If nothing is received within 1.5 s, or 4 s with `extendProbe`, the connection counts as dropped, and other
     * connections to the same server are probed, too. A no-op while the connection is away, or after it has ended.
     */
    probe(): void;
    /** Extends the timeout of a running probe to 4 s in total. For callers that know that the network works, so that only a packet may be lost. */
    extendProbe(): void;
    /** Leaves; resolves when the socket is closed, after a second at most. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** Ping interval, in milliseconds. */
const askEveryMs = 4_000;

/**
 * Heartbeat timeout, after which the connection counts as dropped, in milliseconds (as in PICO's RTC service). A browser alone needs minutes to
 * notice.
 */
const silenceMs = 12_000;

/** Timeout of a ping that probes the connection, in milliseconds. */
const probeMs = 1_500;

/**
 * Timeout of a ping after `extendProbe`, in milliseconds. TCP sends a lost packet again after 0.2, 0.6, 1.4 and 3 s: Linux starts with a timeout
 * of at least 200 ms, which doubles each time (RFC 6298).
 */
const extendedProbeMs = 4_000;

/** Timeout for the server's confirmation that we leave, in milliseconds. */
const leaveTimeoutMs = 1_000;

/** Loads Colyseus' client before the first join. Never rejects. */
export async function preloadServerRoomsAsync(): Promise<void> {
    await loadClientAsync().catch(() => undefined);
}

/** Loads Colyseus' client; rejects with `serverUnreachable` if that fails. */
const loadClientAsync = () => onDemandAsync(() => import("./colyseusClient.js"));

/**
 * Enters a room and waits for the server's welcome. Colyseus' client is loaded here, on demand.
 * @param request - the room, and the callbacks
 * @returns the connection; rejects with an `RtcError` after ten seconds at the latest, and everything is released then
 */
export async function openServerRoomAsync<ServerMessages extends object, ClientMessages extends object, All extends Asks = object>(
    request: IServerRoomRequest<ServerMessages>,
): Promise<IServerRoom<ClientMessages, All>> {
    throwIfAborted(request.signal);
    const timeout = AbortSignal.timeout(serverTimeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    const { Client } = await orAbortedAsync(loadClientAsync(), signal).catch((error: unknown) => {
        throwIfAborted(request.signal);
        throw error instanceof RtcError ? error : unreachable(request.server, error);
    });

    const client = new Client(request.server, {
        // Colyseus sends cookies by default. Our credentials are in the options, so the page's cookies are not sent.
        fetchFn: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, { ...init, credentials: "omit", signal }),
    });
    const taken = request.seat && sockets.get(request.seat);
    if (request.seat && !taken) {
        throw heldNoLonger(request.server);
    }
    const joining =
        taken ?? (request.create ? client.joinOrCreate(request.type, request.options) : client.join(request.type, request.options));
    let room: ServerRoom<ServerMessages, ClientMessages, All> | null = null;
    try {
        const joined = await orAbortedAsync(joining, signal);
        if (request.seat?.isOver) {
            throw heldNoLonger(request.server);
        }
        room = new ServerRoom<ServerMessages, ClientMessages, All>(joined, request);
        if (request.seat && request.type === "rtc") {
            joined.send("enter", request.options);
        }
        await orAbortedAsync(room.welcomed, signal);
        return room;
    } catch (error) {
        // If the join is still pending, its room is left as soon as it is open.
        void (room?.leaveAsync() ?? joining.then(closeAsync, () => undefined));
        throwIfAborted(request.signal);
        if (error instanceof RtcError) {
            throw error;
        }
        const code = codeOfRefusal(error);
        if (code !== null) {
            throw errorFromServer(code, error);
        }
        const { status } = Object(error) as { readonly status?: unknown };
        throw (status === 404 ? notOurServer : unreachable)(request.server, error);
    }
}

/** Time after a reconnect within which another drop delays the first attempt to reconnect, in milliseconds. */
const stableMs = 5_000;

/** Maximum number of pending requests while the connection is away. */
const maxHeldAsks = 64;

/** All open connections, by the server's address. When one of them detects a network failure, the others are probed. */
const standing = new Map<string, Set<{ probe(): void }>>();

/** Close code that tells the server that we may reconnect (defined by Colyseus). */
const mayReturn = 4010;

/** Pending request. */
interface IAsker {
    /** Sends a request that waits for the reconnect; null = already sent. */
    ask: (() => void) | null;
    readonly timer: ReturnType<typeof setTimeout>;
    resolve(value: unknown): void;
    reject(error: RtcError): void;
}

class ServerRoom<ServerMessages, ClientMessages, All extends Asks> implements IServerRoom<ClientMessages, All> {
    /** Resolves at the welcome; rejects if the connection ends before that. */
    public readonly welcomed: Promise<void>;
    private readonly _request: IServerRoomRequest<ServerMessages>;
    private readonly _askers = new Map<number, IAsker>();
    private readonly _stopListening: () => void;
    private _room: Room;
    private _asked = 0;
    private _heartbeat: Heartbeat | null = null;
    /** Credentials for reconnecting; null = the server keeps no place. */
    private _resume: IResume | null = null;
    /** Cancels reconnecting; null unless the connection is away. */
    private _return: AbortController | null = null;
    private _backAt = -Infinity;
    private _ended = false;
    /** Reason why the server closes the connection, if it has sent one. */
    private _reason: { readonly error: RtcError; readonly isFinal: boolean } | null = null;

    public constructor(room: Room, request: IServerRoomRequest<ServerMessages>) {
        this._room = room;
        this._request = request;
        this.welcomed = this._listenTo(room);
        // Colyseus' client closes its connections when the browser goes offline. The close event of a socket may follow much later.
        const stops = [listen("offline", () => this._drop(new Error("the page is offline"))), listen("online", () => this.probe())];
        const peers = standing.get(request.server) ?? new Set();
        standing.set(request.server, peers.add(this));
        this._stopListening = () => {
            stops.forEach((stop) => stop());
            peers.delete(this);
        };
    }

    public send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void {
        if (!this._ended && !this._return && this._room.connection.isOpen) {
            this._room.send(type, payload);
        }
    }

    public askAsync<Type extends keyof All & string>(type: Type, value: AskedOf<All, Type>): Promise<AnswerOf<All, Type>> {
        const isHeld = this._return !== null && this._askers.size < maxHeldAsks;
        if (this._ended || (!isHeld && !this._room.connection.isOpen)) {
            return Promise.reject(gone());
        }
        const ask = ++this._asked;
        return new Promise<AnswerOf<All, Type>>((resolve, reject) => {
            const timer = setTimeout(() => {
                this._askers.delete(ask);
                reject(unreachable(this._request.server, new Error(`no answer to ${type}`)));
            }, serverTimeoutMs);
            const send = (): void => this._room.send(type, { ask, value } satisfies IAsked<unknown>);
            this._askers.set(ask, {
                ask: isHeld ? send : null,
                timer,
                resolve: (answer) => resolve(answer as AnswerOf<All, Type>),
                reject,
            });
            if (!isHeld) {
                send();
            }
        });
    }

    public probe(): void {
        if (!this._ended && !this._return) {
            this._heartbeat?.probe();
        }
    }

    public extendProbe(): void {
        this._heartbeat?.extendProbe();
    }

    public async leaveAsync(): Promise<void> {
        this._end();
        await closeAsync(this._room);
    }

    /** Handles the events of a connection: the first one, or one after a reconnect. Resolves at its welcome; rejects if it ends before that. */
    private _listenTo(room: Room, signal?: AbortSignal): Promise<void> {
        // This class reconnects by itself; the retries of Colyseus would race with it.
        room.reconnection.enabled = false;
        return new Promise((resolve, reject) => {
            let isWelcome = false;
            const isOver = (): boolean =>
                this._ended || (isWelcome ? room !== this._room || this._return !== null : signal?.aborted === true);
            room.onMessage("*", (type, payload: unknown) => {
                if (isOver()) {
                    return;
                }
                this._heartbeat?.heard();
                if (type === "answer") {
                    this._onAnswer(payload as IAnswer);
                    return;
                }
                if (type === "closed") {
                    const { code } = Object(payload) as { readonly code?: unknown };
                    this._reason = { error: errorFromServer(code, payload), isFinal: code !== "serverStopping" };
                }
                const isFirst = type === "welcome" && !isWelcome;
                if (isFirst) {
                    isWelcome = true;
                    this._onWelcome(room, payload);
                }
                this._request.onMessage({ type, payload } as MessageOf<ServerMessages>);
                if (isFirst) {
                    this._askHeld();
                    resolve();
                }
            });
            // Colyseus also reports every socket error here. These errors are ignored, because `onLeave` follows.
            room.onError(() => undefined);
            room.onLeave((code, reason) => {
                if (!isWelcome) {
                    reject(this._reason?.error ?? unreachable(this._request.server, { code, reason }));
                } else if (!isOver()) {
                    this._drop({ code, reason });
                }
            });
        });
    }

    private _onWelcome(room: Room, payload: unknown): void {
        const { resume } = Object(payload) as { readonly resume?: IResume };
        this._room = room;
        this._resume = resume ?? null;
        if (this._return) {
            this._return = null;
            this._backAt = performance.now();
        }
        this._reason = null;
        this._heartbeat = new Heartbeat(
            (answered) => room.ping(answered),
            () => {
                this._drop(new Error("the server sent nothing"));
                standing.get(this._request.server)?.forEach((each) => each.probe());
            },
        );
    }

    /** Handles a connection that is closed or no longer answers: starts to reconnect, or reports the end. */
    private _drop(cause: unknown): void {
        if (this._ended || this._return || !this._heartbeat) {
            return;
        }
        this._heartbeat.stop();
        const reason = this._reason;
        const error = reason?.error ?? unreachable(this._request.server, cause);
        const resume = this._resume;
        const { connection } = this._room;
        // Colyseus' client calls `onLeave` at once when we close the connection, so the state is set first.
        if (resume === null || reason?.isFinal === true) {
            this._end(error);
            connection.close(mayReturn);
            this._request.onLost(error);
            return;
        }
        const back = new AbortController();
        this._return = back;
        connection.close(mayReturn);
        this._rejectAll(unreachable(this._request.server, new Error("the connection dropped before the answer came")));
        // A server that stops needs some time to restart, and its clients must not reconnect at the same moment.
        const again = reason !== null || performance.now() - this._backAt < stableMs;
        const { server } = this._request;
        const tryAsync = (signal: AbortSignal): Promise<void> => this._returnAsync(resume, signal);
        comeBackAsync({ server, tryAsync, signal: back.signal, again }).catch((failure: unknown) => {
            if (!this._ended) {
                const reason = notAwaited(RtcError.From(failure, "unknown", "Reconnecting to the room failed."));
                this._end(reason);
                this._request.onLost(reason);
            }
        });
        this._request.onAway?.(error);
    }

    /** Reconnects to the place that the server keeps. */
    private async _returnAsync({ id, secret }: IResume, signal: AbortSignal): Promise<void> {
        const { server } = this._request;
        const { seat } = await postAsync<IResumeReply>(
            server,
            "/resume",
            { room: this._room.roomId, id, secret },
            { signal, type: "text/plain" },
        );
        const { Client } = await loadClientAsync();
        const joining = new Client(server).consumeSeatReservation(seat);
        try {
            await orAbortedAsync(this._listenTo(await orAbortedAsync(joining, signal), signal), signal);
        } catch (error) {
            // Closed without leaving, because the server would then no longer keep our place.
            joining.then(
                (room) => room !== this._room && room.connection.close(mayReturn),
                () => undefined,
            );
            const code = codeOfRefusal(error);
            throw code === null ? error : errorFromServer(code, error);
        }
    }

    private _askHeld(): void {
        for (const asker of this._askers.values()) {
            asker.ask?.();
            asker.ask = null;
        }
    }

    private _onAnswer({ ask, value, refused }: IAnswer): void {
        const asker = this._askers.get(ask);
        if (!asker) {
            return;
        }
        this._askers.delete(ask);
        clearTimeout(asker.timer);
        if (refused) {
            asker.reject(errorFromServer(refused.code, refused));
        } else {
            asker.resolve(value);
        }
    }

    private _end(reason = gone()): void {
        this._ended = true;
        this._stopListening();
        this._heartbeat?.stop();
        this._return?.abort(reason);
        this._rejectAll(reason);
    }

    private _rejectAll(error: RtcError): void {
        for (const asker of this._askers.values()) {
            clearTimeout(asker.timer);
            asker.reject(error);
        }
        this._askers.clear();
    }
}

/** Converts the error for a place that the server no longer keeps. That is no rejection of the user, so the room can be entered again. */
function notAwaited(error: RtcError): RtcError {
    return error.code === "roomNotFound"
        ? new RtcError(
              "serverUnreachable",
              "The connection was down for too long, or the server restarted. The room is entered again automatically.",
              { cause: error },
          )
        : error;
}

function gone(): RtcError {
    return new RtcError("aborted", "The connection to the room closed before the answer came.");
}

async function closeAsync(room: Room): Promise<void> {
    if (!room.connection.isOpen) {
        return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const tooLong = new Promise<void>((resolve) => (timer = setTimeout(resolve, leaveTimeoutMs)));
    await Promise.race([room.leave(true), tooLong]);
    clearTimeout(timer);
    room.connection.close();
}

/**
 * Heartbeat of a connection: detects that the other end no longer answers, for example because the network is lost and the socket stays open. The
 * throttled timers of a page in the background cause no false alarm, because the time is measured from the unanswered ping.
 */
export class Heartbeat {
    private readonly _timer: ReturnType<typeof setInterval>;
    private readonly _ask: (answered: () => void) => void;
    private readonly _onSilence: () => void;
    private _askedAt: number | null = null;
    private _probe: { readonly timer: ReturnType<typeof setTimeout>; readonly at: number; readonly endsAt: number } | null = null;
    private _stopped = false;

    /**
     * Starts at once; the owner must stop it.
     * @param ask - pings the other end, and calls back when it answers
     * @param onSilence - called once, when nothing was received for 12 to 16 s, or within the timeout of a probe
     */
    public constructor(ask: (answered: () => void) => void, onSilence: () => void) {
        this._ask = ask;
        this._onSilence = onSilence;
        this._timer = setInterval(() => {
            const now = performance.now();
            if (this._askedAt === null) {
                this._askedAt = now;
                ask(() => this.heard());
            } else if (now - this._askedAt >= silenceMs) {
                this._end();
            }
        }, askEveryMs);
    }

    /** Pings at once, with a timeout of 1.5 s. During a probe, sends no second ping, and shortens the remaining time to 1.5 s at most. */
    public probe(): void {
        const now = performance.now();
        if (this._probe) {
            this._expect(this._probe.at, Math.min(this._probe.endsAt, now + probeMs));
        } else if (!this._stopped) {
            this._expect(now, now + probeMs);
            this._ask(() => this.heard());
        }
    }

    /** Extends the timeout of a running probe to 4 s in total. */
    public extendProbe(): void {
        if (this._probe) {
            this._expect(this._probe.at, this._probe.at + extendedProbeMs);
        }
    }

    /**
     * Restarts the timeouts. Call it for every received message, not only for answers to pings: on a slow line, an answer may be queued behind
     * large messages.
     */
    public heard(): void {
        this._askedAt = null;
        this._forgetProbe();
    }

    /** Stops the heartbeat. Idempotent. */
    public stop(): void {
        this._stopped = true;
        clearInterval(this._timer);
        this._forgetProbe();
    }

    private _expect(at: number, endsAt: number): void {
        clearTimeout(this._probe?.timer);
        const timer = setTimeout(() => this._end(), Math.max(0, endsAt - performance.now()));
        this._probe = { timer, at, endsAt };
    }

    private _forgetProbe(): void {
        clearTimeout(this._probe?.timer);
        this._probe = null;
    }

    private _end(): void {
        this.stop();
        this._onSilence();
    }
}

/** Sockets of seats. Not a member of the class, so that our type declarations do not need the types of Colyseus' client. */
const sockets = new WeakMap<TakenSeat, Promise<Room>>();

/** Seat that the server holds for us, and its socket, which the constructor opens at once. */
export class TakenSeat {
    private _isOver = false;

    /**
     * @param server - the server's address
     * @param seat - the seat, as the server sent it
     */
    public constructor(server: string, seat: ISeat) {
        const socket = takeAsync(server, seat);
        sockets.set(this, socket);
        socket.then(
            (room) => {
                // Without a handler, Colyseus' client logs a warning for each message that arrives before the real handler is set.
                room.onMessage("*", () => undefined);
                room.onError(() => undefined);
                room.onLeave(() => {
                    this._isOver = true;
                    // Otherwise the owner of the seat would keep the closed connection in memory for the whole session.
                    sockets.delete(this);
                });
            },
            () => (this._isOver = true),
        );
    }

    /** True if the seat could not be taken, or the connection has ended. */
    public get isOver(): boolean {
        return this._isOver;
    }

    /** Closes the connection. Idempotent. */
    public close(): void {
        sockets.get(this)?.then(closeAsync, () => undefined);
    }
}

function heldNoLonger(server: string): RtcError {
    return unreachable(server, new Error("the seat has expired"));
}

async function takeAsync(server: string, seat: ISeat): Promise<Room> {
    const { Client } = await loadClientAsync();
    const room = await new Client(server).consumeSeatReservation(seat);
    room.reconnection.enabled = false;
    return room;
}
