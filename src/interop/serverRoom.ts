import type { Room } from "./colyseusClient.js";
import type { IAnswer, IAsked, IResume, IResumeReply, ISeat } from "../../protocol/wire.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "./abortable.js";
import { comeBackAsync, listen } from "./comeBack.js";
import { notOurServer, postAsync, serverTimeoutMs, unreachable } from "./serverApi.js";
import { codeOfRefusal, errorFromServer } from "./serverError.js";

/** One message, typed by a map from message type to payload. */
export type MessageOf<Messages> = {
    [Type in keyof Messages & string]: { readonly type: Type; readonly payload: Messages[Type] };
}[keyof Messages & string];

/** Requests with an answer, by message type: what is asked, and the answer. */
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
    /** True: makes the room if there is none. */
    readonly create: boolean;
    /** A seat that is taken already, so that the server need not be asked for one. An RTC room is told the options as it is entered. */
    readonly seat?: TakenSeat | undefined;
    /** Cancels. */
    readonly signal?: AbortSignal | undefined;
    /** Gets every message from the first one, the welcome, on; from then on until `leaveAsync`. Each return begins with a welcome, too. */
    readonly onMessage: (message: MessageOf<ServerMessages>) => void;
    /** Called each time when the connection dropped, or the server is silent for 12 s, and it is tried to come back to the place that the server keeps. */
    readonly onAway?: (error: RtcError) => void;
    /** Called once when the connection has ended after the welcome without our asking, and does not come back, with the reason. */
    readonly onLost: (error: RtcError) => void;
}

/** An open connection to one of our server's Colyseus rooms. Whoever opened it leaves it. */
export interface IServerRoom<ClientMessages, All extends Asks = object> {
    /** Sends a message; does nothing once the connection has ended, or while it is away. */
    send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void;
    /**
     * Asks, and waits for the answer. What is asked while the connection is away is asked when it is back.
     * @returns the answer; rejects with an `RtcError`: the server's refusal, `serverUnreachable` after ten seconds or if the connection drops
     * before the answer, `aborted` if it ends before
     */
    askAsync<Type extends keyof All & string>(type: Type, value: AskedOf<All, Type>): Promise<AnswerOf<All, Type>>;
    /** Asks the server at once whether it is there; without an answer within 1.5 s the connection counts as dropped, and others to the same server are asked, too. */
    probe(): void;
    /** Leaves; resolves when the socket is closed, after a second at most. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** Ping interval, in milliseconds. */
const askEveryMs = 4_000;

/** Silence after which the connection counts as gone, in milliseconds (PICO's figure). A browser alone takes minutes to notice. */
const silenceMs = 12_000;

/** Timeout of a ping that probes a connection in doubt, in milliseconds. */
const probeMs = 1_500;

/** Timeout for the server's confirmation that we leave, in milliseconds. */
const leaveTimeoutMs = 1_000;

/** Loads Colyseus' client ahead of the first join. Never rejects. */
export async function preloadServerRoomsAsync(): Promise<void> {
    await import("./colyseusClient.js").catch(() => undefined);
}

/**
 * Enters a room and waits for the server's welcome. Colyseus' client is loaded here, on demand.
 * @param request - which room, and who listens
 * @returns the connection; rejects with an `RtcError` after at most ten seconds and then leaves nothing behind
 */
export async function openServerRoomAsync<ServerMessages extends object, ClientMessages extends object, All extends Asks = object>(
    request: IServerRoomRequest<ServerMessages>,
): Promise<IServerRoom<ClientMessages, All>> {
    throwIfAborted(request.signal);
    const { Client } = await import("./colyseusClient.js");
    throwIfAborted(request.signal);

    const timeout = AbortSignal.timeout(serverTimeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    const client = new Client(request.server, {
        // Colyseus sends cookies by default; who we are is in the options, so the page's cookies stay out of it.
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
        // A join that is still on its way is left as soon as it arrives.
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

/** A connection that drops so soon after its return is not tried again at once, in milliseconds. */
const stableMs = 5_000;

/** Most requests that wait for the return of a connection. */
const maxHeldAsks = 64;

/** All connections that stand, by the server's address: what one of them finds out of the network is worth asking the others. */
const standing = new Map<string, Set<{ probe(): void }>>();

/** Close code that tells the server that we may come back (Colyseus' own). */
const mayReturn = 4010;

/** Somebody who waits for an answer. */
interface IAsker {
    /** Asks, if the connection was away before. */
    ask: (() => void) | null;
    readonly timer: ReturnType<typeof setTimeout>;
    resolve(value: unknown): void;
    reject(error: RtcError): void;
}

class ServerRoom<ServerMessages, ClientMessages, All extends Asks> implements IServerRoom<ClientMessages, All> {
    /** Resolves with the first message; rejects if the connection ends before it. */
    public readonly welcomed: Promise<void>;
    private readonly _request: IServerRoomRequest<ServerMessages>;
    private readonly _askers = new Map<number, IAsker>();
    private readonly _stopListening: () => void;
    private _room: Room;
    private _asked = 0;
    private _heartbeat: Heartbeat | null = null;
    /** Secret for coming back; null = the server keeps no place. */
    private _resume: IResume | null = null;
    /** While the connection is away. */
    private _return: AbortController | null = null;
    private _backAt = -Infinity;
    private _ended = false;
    /** Why the server ends the connection, if it has said so. */
    private _reason: { readonly error: RtcError; readonly isFinal: boolean } | null = null;

    public constructor(room: Room, request: IServerRoomRequest<ServerMessages>) {
        this._room = room;
        this._request = request;
        this.welcomed = this._listenTo(room);
        // Colyseus' client closes its connections then; the sockets' own end may take long to be told.
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

    public async leaveAsync(): Promise<void> {
        this._end();
        await closeAsync(this._room);
    }

    /** Takes what comes by a connection, the first one or a later one; resolves with its welcome. */
    private _listenTo(room: Room, signal?: AbortSignal): Promise<void> {
        // The rest of this file decides when and how to come back; Colyseus' own retries would race with it.
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
            // Colyseus reports every fault of the socket here as well; the leave that follows is what counts.
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
                this._drop(new Error("it has been silent for too long"));
                standing.get(this._request.server)?.forEach((each) => each.probe());
            },
        );
    }

    /** The connection is gone, or as good as gone. */
    private _drop(cause: unknown): void {
        if (this._ended || this._return || !this._heartbeat) {
            return;
        }
        this._heartbeat.stop();
        const reason = this._reason;
        const error = reason?.error ?? unreachable(this._request.server, cause);
        const resume = this._resume;
        const { connection } = this._room;
        // Colyseus' client tells of a close that we ask for at once, so by then it must be known that this is no news.
        if (resume === null || reason?.isFinal === true) {
            this._end();
            connection.close(mayReturn);
            this._request.onLost(error);
            return;
        }
        const back = new AbortController();
        this._return = back;
        connection.close(mayReturn);
        this._rejectAll(unreachable(this._request.server, new Error("the connection dropped before the answer came")));
        // A server that stops is not there at once, and its clients do not come in step.
        const again = reason !== null || performance.now() - this._backAt < stableMs;
        const { server } = this._request;
        const tryAsync = (signal: AbortSignal): Promise<void> => this._returnAsync(resume, signal);
        comeBackAsync({ server, tryAsync, signal: back.signal, again }).catch((failure: unknown) => {
            if (!this._ended) {
                this._end();
                this._request.onLost(notAwaited(RtcError.From(failure, "unknown", "The connection to the room did not come back.")));
            }
        });
        this._request.onAway?.(error);
    }

    /** Takes the place that the server keeps. */
    private async _returnAsync({ id, secret }: IResume, signal: AbortSignal): Promise<void> {
        const { server } = this._request;
        const { seat } = await postAsync<IResumeReply>(
            server,
            "/resume",
            { room: this._room.roomId, id, secret },
            { signal, type: "text/plain" },
        );
        const { Client } = await import("./colyseusClient.js");
        const joining = new Client(server).consumeSeatReservation(seat);
        try {
            await orAbortedAsync(this._listenTo(await orAbortedAsync(joining, signal), signal), signal);
        } catch (error) {
            // Without a goodbye, which would be the end of our stay.
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

    private _end(): void {
        this._ended = true;
        this._stopListening();
        this._heartbeat?.stop();
        this._return?.abort(gone());
        this._rejectAll(gone());
    }

    private _rejectAll(error: RtcError): void {
        for (const asker of this._askers.values()) {
            clearTimeout(asker.timer);
            asker.reject(error);
        }
        this._askers.clear();
    }
}

/** Error for a place that the server no longer keeps: nobody has decided against us, so the room can be entered again. */
function notAwaited(error: RtcError): RtcError {
    return error.code === "roomNotFound"
        ? new RtcError(
              "serverUnreachable",
              "The connection dropped, and the server keeps our place no longer: it was away for too long, or the server has restarted. The room is entered again by itself.",
              { cause: error },
          )
        : error;
}

function gone(): RtcError {
    return new RtcError("aborted", "The connection to the room has ended, so there is no answer.");
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
 * Notices that the other end of a connection is silent: its network is gone, and nobody closed the socket. A page in the background, whose
 * timers are slowed down, is no silence: what counts is how long an answer is due.
 */
export class Heartbeat {
    private readonly _timer: ReturnType<typeof setInterval>;
    private readonly _ask: (answered: () => void) => void;
    private readonly _onSilence: () => void;
    private _askedAt: number | null = null;
    private _probe: ReturnType<typeof setTimeout> | undefined;
    private _stopped = false;

    /**
     * Begins at once; whoever makes it stops it.
     * @param ask - asks the other end, and calls back when it answers
     * @param onSilence - called once, after 12 to 16 s without a sign of life
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

    /** Asks at once; no sign of life within 1.5 s is silence. */
    public probe(): void {
        if (!this._stopped && this._probe === undefined) {
            this._probe = setTimeout(() => this._end(), probeMs);
            this._ask(() => this.heard());
        }
    }

    /** Whatever comes is a sign of life: behind large messages an answer may wait on a slow line. */
    public heard(): void {
        this._askedAt = null;
        clearTimeout(this._probe);
        this._probe = undefined;
    }

    /** Ends it. Harmless if called twice. */
    public stop(): void {
        this._stopped = true;
        clearInterval(this._timer);
        clearTimeout(this._probe);
    }

    private _end(): void {
        this.stop();
        this._onSilence();
    }
}

/** Sockets of seats. Kept apart, so that no declaration of ours needs the types of Colyseus' client. */
const sockets = new WeakMap<TakenSeat, Promise<Room>>();

/** Seat that the server holds for us, and the socket that takes it: opened at once, ahead of who will use it. */
export class TakenSeat {
    private _isOver = false;

    /**
     * @param server - the server's address
     * @param seat - as the server gave it
     */
    public constructor(server: string, seat: ISeat) {
        const socket = takeAsync(server, seat);
        sockets.set(this, socket);
        socket.then(
            (room) => {
                // Without it, Colyseus' client warns of each message that comes before somebody listens.
                room.onMessage("*", () => undefined);
                room.onError(() => undefined);
                room.onLeave(() => {
                    this._isOver = true;
                    // Whoever has the seat, as long as a stay lasts, would hold on to the connection.
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

    /** Ends the connection. Harmless if called twice. */
    public close(): void {
        sockets.get(this)?.then(closeAsync, () => undefined);
    }
}

function heldNoLonger(server: string): RtcError {
    return unreachable(server, new Error("the seat is held no longer"));
}

async function takeAsync(server: string, seat: ISeat): Promise<Room> {
    const { Client } = await import("./colyseusClient.js");
    const room = await new Client(server).consumeSeatReservation(seat);
    room.reconnection.enabled = false;
    return room;
}
