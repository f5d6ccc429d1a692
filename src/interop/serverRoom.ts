import type { Room } from "./colyseusClient.js";
import type { IAnswer, IAsked, ISeat } from "../../protocol/wire.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { orAbortedAsync } from "./abortable.js";
import { notOurServer, serverTimeoutMs, unreachable } from "./serverApi.js";
import { codeOfRefusal, errorFromServer } from "./serverError.js";

/** One message, typed by a map from message type to payload. */
export type MessageOf<Messages> = {
    [Type in keyof Messages & string]: { readonly type: Type; readonly payload: Messages[Type] };
}[keyof Messages & string];

/** Requests with an answer, by message type: what is asked, and the answer. */
export type Asks = object;
type AskedOf<All extends Asks, Type extends keyof All> = All[Type] extends readonly [infer Value, unknown] ? Value : never;
type AnswerOf<All extends Asks, Type extends keyof All> = All[Type] extends readonly [unknown, infer Value] ? Value : never;

/** What it takes to enter one of our server's Colyseus rooms. */
export interface IServerRoomRequest<ServerMessages> {
    /** The server's address. */
    readonly server: string;
    /** The Colyseus room type. */
    readonly type: "room" | "rtc";
    /** What the server's `onAuth` looks at. */
    readonly options: object;
    /** True: makes the room if there is none. */
    readonly create: boolean;
    /** A seat that is taken already, so that the server need not be asked for one. An RTC room is told the options as it is entered. */
    readonly seat?: TakenSeat | undefined;
    /** Cancels. */
    readonly signal?: AbortSignal | undefined;
    /** Gets every message from the first one, the welcome, on; from then on until `leaveAsync`. */
    readonly onMessage: (message: MessageOf<ServerMessages>) => void;
    /** Called once when the connection ends after the welcome without our asking, or the server is silent for 12 s, with the reason. */
    readonly onLost: (error: RtcError) => void;
}

/** An open connection to one of our server's Colyseus rooms. Whoever opened it leaves it. */
export interface IServerRoom<ClientMessages, All extends Asks = object> {
    /** Sends a message; does nothing once the connection has ended. */
    send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void;
    /**
     * Asks, and waits for the answer.
     * @returns the answer; rejects with an `RtcError`: the server's refusal, `serverUnreachable` after ten seconds, `aborted` if the
     * connection ends before
     */
    askAsync<Type extends keyof All & string>(type: Type, value: AskedOf<All, Type>): Promise<AnswerOf<All, Type>>;
    /** Leaves; resolves when the socket is closed, after a second at most. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** How often the other end is asked whether it is still there, in milliseconds. */
const askEveryMs = 4_000;

/** So long may the answer take until the connection counts as gone, in milliseconds (PICO's figure). A browser alone takes minutes to notice. */
const silenceMs = 12_000;

/** How long the server may take to confirm that we leave, in milliseconds. */
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
    const joining =
        (request.seat && sockets.get(request.seat)) ??
        (request.create ? client.joinOrCreate(request.type, request.options) : client.join(request.type, request.options));
    let room: ServerRoom<ServerMessages, ClientMessages, All> | null = null;
    try {
        const joined = await orAbortedAsync(joining, signal);
        if (request.seat?.isOver) {
            throw unreachable(request.server, new Error("the seat is held no longer"));
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

/** Somebody who waits for an answer. */
interface IAsker {
    readonly timer: ReturnType<typeof setTimeout>;
    resolve(value: unknown): void;
    reject(error: RtcError): void;
}

class ServerRoom<ServerMessages, ClientMessages, All extends Asks> implements IServerRoom<ClientMessages, All> {
    /** Resolves with the first message; rejects if the connection ends before it. */
    public readonly welcomed: Promise<void>;
    private readonly _room: Room;
    private readonly _server: string;
    private readonly _askers = new Map<number, IAsker>();
    private _asked = 0;
    private _heartbeat: Heartbeat | null = null;
    private _ended = false;
    private _reason: RtcError | null = null;

    public constructor(room: Room, request: IServerRoomRequest<ServerMessages>) {
        this._room = room;
        this._server = request.server;
        // The rest of this library decides when and how to come back; Colyseus' own retries would race with it.
        room.reconnection.enabled = false;
        this.welcomed = new Promise((resolve, reject) => {
            let lost: (error: RtcError) => void = reject;
            room.onMessage("*", (type, payload: unknown) => {
                if (this._ended) {
                    return;
                }
                if (type === "answer") {
                    this._onAnswer(payload as IAnswer);
                    return;
                }
                if (type === "closed") {
                    this._reason = errorFromServer((payload as { code?: unknown } | undefined)?.code, payload);
                }
                request.onMessage({ type, payload } as MessageOf<ServerMessages>);
                if (type === "welcome" && this._heartbeat === null) {
                    lost = request.onLost;
                    this._heartbeat = new Heartbeat(
                        (answered) => room.ping(answered),
                        () => {
                            this._end();
                            room.connection.close();
                            lost(unreachable(request.server, new Error("it has been silent for too long")));
                        },
                    );
                    resolve();
                }
            });
            // Colyseus reports every fault of the socket here as well; the leave that follows is what counts.
            room.onError(() => undefined);
            room.onLeave((code, reason) => {
                if (!this._ended) {
                    this._end();
                    lost(this._reason ?? unreachable(request.server, { code, reason }));
                }
            });
        });
    }

    public send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void {
        if (!this._ended && this._room.connection.isOpen) {
            this._room.send(type, payload);
        }
    }

    public askAsync<Type extends keyof All & string>(type: Type, value: AskedOf<All, Type>): Promise<AnswerOf<All, Type>> {
        if (this._ended || !this._room.connection.isOpen) {
            return Promise.reject(gone());
        }
        const ask = ++this._asked;
        return new Promise<AnswerOf<All, Type>>((resolve, reject) => {
            const timer = setTimeout(() => {
                this._askers.delete(ask);
                reject(unreachable(this._server, new Error(`no answer to ${type}`)));
            }, serverTimeoutMs);
            this._askers.set(ask, { timer, resolve: (answer) => resolve(answer as AnswerOf<All, Type>), reject });
            this._room.send(type, { ask, value } satisfies IAsked<unknown>);
        });
    }

    public async leaveAsync(): Promise<void> {
        this._end();
        await closeAsync(this._room);
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
        this._heartbeat?.stop();
        for (const asker of this._askers.values()) {
            clearTimeout(asker.timer);
            asker.reject(gone());
        }
        this._askers.clear();
    }
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
    private _askedAt: number | null = null;

    /**
     * Begins at once; whoever makes it stops it.
     * @param ask - asks the other end, and calls back when it answers
     * @param onSilence - called once, after 12 to 16 s without a sign of life
     */
    public constructor(ask: (answered: () => void) => void, onSilence: () => void) {
        this._timer = setInterval(() => {
            const now = performance.now();
            if (this._askedAt === null) {
                this._askedAt = now;
                ask(() => (this._askedAt = null));
            } else if (now - this._askedAt >= silenceMs) {
                this.stop();
                onSilence();
            }
        }, askEveryMs);
    }

    /** Ends it. Harmless if called twice. */
    public stop(): void {
        clearInterval(this._timer);
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
                room.onLeave(() => (this._isOver = true));
            },
            () => (this._isOver = true),
        );
    }

    /** Whether the seat could not be taken, or the connection has ended. */
    public get isOver(): boolean {
        return this._isOver;
    }

    /** Ends the connection. Harmless if called twice. */
    public close(): void {
        sockets.get(this)?.then(closeAsync, () => undefined);
    }
}

async function takeAsync(server: string, seat: ISeat): Promise<Room> {
    const { Client } = await import("./colyseusClient.js");
    const room = await new Client(server).consumeSeatReservation(seat);
    room.reconnection.enabled = false;
    return room;
}
