import { Client } from "@colyseus/sdk";
import type { Room } from "@colyseus/sdk";
import type { IErrorReply } from "babylon-rtc-server/wire";

/** Timeouts for the server's response, and for its confirmation when a room is left, in milliseconds. */
const answerTimeoutMs = 10_000;
const leaveTimeoutMs = 1_000;

/**
 * Sends an HTTP POST request to the server.
 * @param url - full URL
 * @param body - request body, sent as JSON
 * @param signal - cancels the request
 * @param identity - identity of the sender, if the endpoint requires it
 * @returns the response body; rejects with an `Error` that contains the server's message
 */
export async function postAsync<Reply>(url: string, body: object, signal: AbortSignal, identity?: string): Promise<Reply> {
    const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...(identity === undefined ? {} : { authorization: `Bearer ${identity}` }) },
        body: JSON.stringify(body),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]),
    });
    const reply: unknown = await response.json().catch(() => null);
    if (!response.ok) {
        const { error } = (reply ?? {}) as Partial<IErrorReply>;
        throw new Error(`${url} answers ${response.status} ${error ? `${error.code}: ${error.message}` : response.statusText}`);
    }
    return reply as Reply;
}

/** Room to join, and callbacks. `Messages` maps the server's message types to their payloads. */
export interface IRoomRequest<Messages> {
    /** URL of the server, without a trailing slash. */
    readonly server: string;
    /** `room` = a room, `rtc` = an RTC room. */
    readonly type: "room" | "rtc";
    /** Join options, as defined by the wire protocol. */
    readonly options: object;
    /** Cancels joining. */
    readonly signal: AbortSignal;
    /** Handlers by message type. The first message is `welcome`. */
    readonly on: { readonly [Type in keyof Messages]?: (payload: Messages[Type]) => void };
    /** The connection was lost. Called at most once, after `welcome` and before `leaveAsync`. */
    readonly onLost: (reason: string) => void;
}

/** An open connection to one of the server's rooms. */
export interface IOpenRoom<Welcome, Messages> {
    /** Payload of the first message from the server. */
    readonly welcome: Welcome;
    /** Sends a message. No-op once the connection is closed. */
    send<Type extends keyof Messages & string>(type: Type, payload: Messages[Type]): void;
    /** Leaves the room and closes the socket. Never rejects. */
    leaveAsync(): Promise<void>;
}

/**
 * Joins a room of the server and waits for its welcome message.
 * @param request - room and callbacks
 * @returns the connection; the caller must call `leaveAsync`. Rejects with the server's reason, and then nothing is left open.
 */
export async function enterRoomAsync<ServerMessages extends { welcome: unknown }, ClientMessages extends object>(
    request: IRoomRequest<ServerMessages>,
): Promise<IOpenRoom<ServerMessages["welcome"], ClientMessages>> {
    const { signal } = request;
    const client = new Client(request.server, {
        fetchFn: (input: RequestInfo | URL, init?: RequestInit) =>
            fetch(input, { ...init, signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]) }),
    });
    const room: Room = await client.joinOrCreate(request.type, request.options);
    // The bot itself rejoins. Colyseus' automatic reconnection would interfere.
    room.reconnection.enabled = false;
    let ended = false;
    const leaveAsync = async (): Promise<void> => {
        ended = true;
        await closeAsync(room);
    };
    const welcomed = new Promise<ServerMessages["welcome"]>((resolve, reject) => {
        let reason = "";
        let lost = (why: string): void => reject(new Error(why));
        room.onMessage<unknown>("*", (type, payload) => {
            if (ended) {
                return;
            }
            if (type === "closed") {
                const { code, message } = (payload ?? {}) as Partial<IErrorReply["error"]>;
                reason = `${code ?? "closed"}: ${message ?? ""}`;
            }
            const handlers = request.on as Readonly<Record<string, ((payload: unknown) => void) | undefined>>;
            handlers[type]?.(payload);
            if (type === "welcome") {
                lost = request.onLost;
                resolve(payload);
            }
        });
        room.onError((_code, message) => (reason ||= message ?? ""));
        room.onLeave((code) => {
            if (!ended) {
                ended = true;
                lost(reason || `the connection to the ${request.type} ended (${code})`);
            }
        });
    });
    try {
        const welcome = await orAbortedAsync(welcomed, AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]));
        return {
            welcome,
            send: (type, payload) => {
                if (!ended && room.connection.isOpen) {
                    room.send(type, payload);
                }
            },
            leaveAsync,
        };
    } catch (error) {
        await leaveAsync();
        throw error;
    }
}

async function closeAsync(room: Room): Promise<void> {
    if (!room.connection.isOpen) {
        return;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([room.leave(true), new Promise((resolve) => (timer = setTimeout(resolve, leaveTimeoutMs)))]);
    clearTimeout(timer);
    room.connection.close();
}

function orAbortedAsync<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
        const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
        if (signal.aborted) {
            abort();
        }
        signal.addEventListener("abort", abort, { once: true });
        promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    });
}
