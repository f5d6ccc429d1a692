import type { Room } from "@colyseus/sdk";
import { RtcError, throwIfAborted } from "../rtcError.js";
import { orAborted } from "./orAborted.js";
import { serverTimeoutMs, unreachable } from "./serverApi.js";
import { codeOfRefusal, errorFromServer } from "./serverError.js";

/** One message, typed by a map from message type to payload. */
export type MessageOf<Messages> = {
    [Type in keyof Messages & string]: { readonly type: Type; readonly payload: Messages[Type] };
}[keyof Messages & string];

/** What it takes to enter one of our server's Colyseus rooms. */
export interface IServerRoomRequest<ServerMessages> {
    /** The server's address. */
    readonly server: string;
    /** The Colyseus room type. */
    readonly type: "room" | "rtc";
    /** What the server's `onAuth` looks at. */
    readonly options: object;
    /** Whether to make the room where there is none. */
    readonly create: boolean;
    /** Cancels. */
    readonly signal?: AbortSignal | undefined;
    /** Gets every message from the first one, the welcome, on; from then on until `leaveAsync`. */
    readonly onMessage: (message: MessageOf<ServerMessages>) => void;
    /** Called once when the connection ends after the welcome without our asking, with the reason. */
    readonly onLost: (error: RtcError) => void;
}

/** An open connection to one of our server's Colyseus rooms. Whoever opened it leaves it. */
export interface IServerRoom<ClientMessages> {
    /** Sends a message; does nothing once the connection has ended. */
    send<Type extends keyof ClientMessages & string>(type: Type, payload: ClientMessages[Type]): void;
    /** Leaves; resolves when the socket is closed, after a second at most. Never rejects. */
    leaveAsync(): Promise<void>;
}

/** How long the server may take to confirm that we leave, in milliseconds. */
const leaveTimeoutMs = 1_000;

/** Loads Colyseus' client ahead of the first join. Never rejects. */
export async function preloadServerRoomsAsync(): Promise<void> {
    await import("@colyseus/sdk").catch(() => undefined);
}

/**
 * Enters a room and waits for the server's welcome. Colyseus' client is loaded here, on demand.
 * @param request - which room, and who listens
 * @returns the connection; rejects with an `RtcError` after at most ten seconds and then leaves nothing behind
 */
export async function openServerRoomAsync<ServerMessages extends object, ClientMessages extends object>(
    request: IServerRoomRequest<ServerMessages>,
): Promise<IServerRoom<ClientMessages>> {
    throwIfAborted(request.signal);
    const { Client } = await import("@colyseus/sdk");
    throwIfAborted(request.signal);

    const timeout = AbortSignal.timeout(serverTimeoutMs);
    const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
    const client = new Client(request.server, {
        // Colyseus sends cookies by default; who we are is in the options, so the page's cookies stay out of it.
        fetchFn: (input: RequestInfo | URL, init?: RequestInit) => fetch(input, { ...init, credentials: "omit", signal }),
    });
    const joining = request.create ? client.joinOrCreate(request.type, request.options) : client.join(request.type, request.options);
    let room: ServerRoom<ServerMessages, ClientMessages> | null = null;
    try {
        room = new ServerRoom<ServerMessages, ClientMessages>(await orAborted(joining, signal), request);
        await orAborted(room.welcomed, signal);
        return room;
    } catch (error) {
        // A join that is still on its way is left as soon as it arrives.
        void (room?.leaveAsync() ?? joining.then(closeAsync, () => undefined));
        throwIfAborted(request.signal);
        const code = codeOfRefusal(error);
        throw error instanceof RtcError ? error : code === null ? unreachable(request.server, error) : errorFromServer(code, error);
    }
}

class ServerRoom<ServerMessages, ClientMessages> implements IServerRoom<ClientMessages> {
    /** Resolves with the first message; rejects if the connection ends before it. */
    public readonly welcomed: Promise<void>;
    private readonly _room: Room;
    private _ended = false;
    private _reason: RtcError | null = null;

    public constructor(room: Room, request: IServerRoomRequest<ServerMessages>) {
        this._room = room;
        // The rest of this library decides when and how to come back; Colyseus' own retries would race with it.
        room.reconnection.enabled = false;
        this.welcomed = new Promise((resolve, reject) => {
            let lost: (error: RtcError) => void = reject;
            room.onMessage("*", (type, payload: unknown) => {
                if (this._ended) {
                    return;
                }
                if (type === "closed") {
                    this._reason = errorFromServer((payload as { code?: unknown } | undefined)?.code, payload);
                }
                request.onMessage({ type, payload } as MessageOf<ServerMessages>);
                if (type === "welcome") {
                    lost = request.onLost;
                    resolve();
                }
            });
            // Colyseus reports every fault of the socket here as well; the leave that follows is what counts.
            room.onError(() => undefined);
            room.onLeave((code, reason) => {
                if (!this._ended) {
                    this._ended = true;
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

    public async leaveAsync(): Promise<void> {
        this._ended = true;
        await closeAsync(this._room);
    }
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
