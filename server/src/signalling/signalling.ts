import { WebSocketServer } from "ws";
import { maxSignalBytes } from "../../../protocol/limits.js";
import { refuseUpgrade } from "../http/upgrade.js";
import { ProtocolError, closeCodeOf } from "../protocolError.js";
import { unreadableFrame } from "../rooms/frameGuard.js";
import { networkOf } from "../util/network.js";
import { sameSecret } from "../util/random.js";
import { CallBook } from "./callBook.js";
import { judge } from "./messageRule.js";
import { startPeerServer } from "./peerServerShell.js";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import type { ISettings } from "../config/settings.js";
import type { IServerContext } from "../context.js";
import type { Tally } from "../metrics/tally.js";
import type { RtcServerLog } from "../log.js";
import type { ILivePeer, IMeetingPlace, PeerDirectory, SignallingPass } from "../rooms/voice/peerDirectory.js";
import type { UnsentBudget } from "../util/unsentBudget.js";
import type { ISignal } from "./messageRule.js";

/** Send queue, in bytes, above which a peer gets no further messages until the queue drains. */
const maxBufferedBytes = 512 * 1024;
/** Ping interval, in milliseconds. A socket that leaves two pings unanswered is closed: 6 to 9 s after its network went down. */
const pingIntervalMs = 3000;
const maxMissedPings = 2;

/** State of one signalling socket. */
interface ILine {
    readonly socket: WebSocket;
    readonly pass: SignallingPass;
    missedPings: number;
    /** True if the current frame exceeds the rate limit. */
    dropping: boolean;
}

/**
 * Signalling: PeerServer with access control. A socket is accepted only with the secret of a connection to an RTC room: one with a valid grant, or
 * one that holds a seat and is about to join. Each message that it sends must pass `judge`.
 */
export class Signalling {
    private readonly _sockets = new WebSocketServer({ noServer: true, maxPayload: maxSignalBytes, perMessageDeflate: false });
    private readonly _lines = new Map<string, ILine>();
    private readonly _calls = new WeakMap<IMeetingPlace, CallBook>();
    private readonly _pinging: NodeJS.Timeout;
    private readonly _peers: PeerDirectory;
    private readonly _log: RtcServerLog;
    private readonly _ticks: () => number;
    private readonly _unsent: UnsentBudget;
    private readonly _addressOf: ISettings["addressOf"];
    private readonly _tally: Tally;

    /**
     * @param context - shared parts of the server
     */
    public constructor({ peers, unsent, settings, tally }: Pick<IServerContext, "peers" | "unsent" | "settings" | "tally">) {
        this._tally = tally;
        this._peers = peers;
        this._unsent = unsent;
        this._log = settings.log;
        this._ticks = settings.ticks;
        this._addressOf = settings.addressOf;
        const peerServer = startPeerServer(this._sockets);
        // Runs before PeerServer handles the message. A refused message gets an unknown type, so that PeerServer drops it.
        peerServer.on("message", (client, message) => {
            if (!this._mayPass(client.getId(), message)) {
                (message as ISignal).type = "REFUSED";
            }
        });
        // Without a listener, one malformed message would end the process.
        peerServer.on("error", (error) => this._log("debug", `signalling: ${error.message}`));
        this._peers.sockets = { isOpen: (peerId) => this._isReachable(peerId), hangUp: (peerId) => this._hangUp(peerId) };
        this._pinging = setInterval(() => this._ping(), pingIntervalMs);
        this._pinging.unref();
    }

    /** Number of open sockets. */
    public get size(): number {
        return this._lines.size;
    }

    /**
     * Accepts a WebSocket upgrade, or refuses it (401).
     * @param request - upgrade request; its query holds `key`, `id` and `token`
     * @param socket - its socket
     * @param head - first packet of the upgraded stream
     * @returns false if it was refused
     */
    public async upgradeAsync(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
        const id = this._identify(request.url ?? "");
        if (id === undefined) {
            refuseUpgrade(socket, 401);
            return false;
        }
        const destroy = (): void => void socket.destroy();
        socket.on("error", destroy);
        // PeerServer would keep the old socket open beside the new one, so the old one is closed first.
        for (let line = this._lines.get(id); line; line = this._lines.get(id)) {
            await closedAsync(line.socket);
        }
        const pass = this._peers.passOf(id);
        if (socket.destroyed || !pass) {
            refuseUpgrade(socket, 401);
            return false;
        }
        socket.off("error", destroy);
        const address = this._addressOf(request);
        this._sockets.handleUpgrade(request, socket, head, (webSocket) => this._connect(webSocket, pass, address));
        return true;
    }

    /** Closes every socket. */
    public dispose(): void {
        clearInterval(this._pinging);
        this._peers.sockets = null;
        for (const socket of this._sockets.clients) {
            socket.terminate();
        }
        this._sockets.close();
    }

    /** Peer id of the request; undefined if its secret is wrong, or if a parameter is missing or repeated. */
    private _identify(url: string): string | undefined {
        const query = url.includes("?") ? url.slice(url.indexOf("?") + 1) : "";
        const parameters = new URLSearchParams(query);
        const [ids, tokens, keys] = [parameters.getAll("id"), parameters.getAll("token"), parameters.getAll("key")];
        const [id, token] = [ids[0], tokens[0]];
        if (
            ids.length !== 1 ||
            tokens.length !== 1 ||
            keys.length !== 1 ||
            keys[0] !== "peerjs" ||
            id === undefined ||
            token === undefined
        ) {
            return undefined;
        }
        const pass = this._peers.passOf(id);
        return pass && sameSecret(token, pass.secret) ? id : undefined;
    }

    private _connect(socket: WebSocket, pass: SignallingPass, address: string): void {
        const { peerId, secret } = pass;
        const line: ILine = { socket, pass, missedPings: 0, dropping: false };
        this._lines.set(peerId, line);
        socket.on("pong", () => (line.missedPings = 0));
        // Added before PeerServer's own listener, so that unreadable messages are counted too.
        socket.on("message", () => this._count(line));
        socket.once("error", () => this._peers.get(peerId)?.refuse(new ProtocolError("invalidRequest", unreadableFrame(maxSignalBytes))));
        const end = (sentence: string): void => {
            this._tally.cutOff.add("signalling");
            socket.terminate();
            this._peers.get(peerId)?.refuse(new ProtocolError("rateLimited", sentence));
        };
        this._unsent.add(socket, { address: networkOf(address), user: pass.user, end });
        socket.on("close", () => {
            this._unsent.remove(socket);
            if (this._lines.get(peerId) === line) {
                this._lines.delete(peerId);
                this._peers.get(peerId)?.setReady(false);
            }
        });
        // PeerServer reads only the URL of the request. This URL has the checked values, not those of the client's own URL.
        const url = `/peerjs?${new URLSearchParams({ key: "peerjs", id: peerId, token: secret }).toString()}`;
        this._sockets.emit("connection", socket, { url });
        this._peers.get(peerId)?.setReady(true);
    }

    private _count(line: ILine): void {
        const { allowance, patience } = line.pass;
        line.dropping = !allowance.take();
        if (line.dropping) {
            this._tally.limited.add("signalling");
        }
        if (line.dropping && !patience.take()) {
            this._putOut(line, "Too many signalling messages.");
        }
    }

    private _putOut({ socket, pass }: ILine, sentence: string): void {
        this._log("debug", `signalling: a peer was disconnected. ${sentence}`);
        this._tally.cutOff.add("signalling");
        socket.removeAllListeners("message");
        socket.terminate();
        this._peers.get(pass.peerId)?.putOut("rateLimited", sentence);
        this._peers.withdraw(pass.peerId);
    }

    private _mayPass(peerId: string, signal: ISignal): boolean {
        const line = this._lines.get(peerId);
        const peer = this._peers.get(peerId);
        if (!line || line.dropping || peer?.pass !== line.pass) {
            return false;
        }
        const verdict = judge(peer, signal, {
            peers: this._peers,
            calls: this._callsOf(peer),
            isReachable: (id) => this._isReachable(id),
        });
        if (verdict === "passes" || verdict === "dropped") {
            return verdict === "passes";
        }
        peer.refuse(verdict);
        if (!line.pass.offences.take()) {
            this._putOut(line, "Too many invalid signalling messages.");
        }
        return false;
    }

    private _callsOf({ room }: ILivePeer): CallBook {
        let calls = this._calls.get(room);
        if (!calls) {
            calls = new CallBook(this._ticks);
            this._calls.set(room, calls);
        }
        return calls;
    }

    private _isReachable(peerId: string): boolean {
        const socket = this._lines.get(peerId)?.socket;
        if (!socket || socket.readyState !== socket.OPEN) {
            return false;
        }
        // The budget closes the connection of a client that does not read.
        this._unsent.sent(socket);
        return socket.bufferedAmount <= maxBufferedBytes;
    }

    private _hangUp(peerId: string): void {
        const socket = this._lines.get(peerId)?.socket;
        socket?.removeAllListeners("message");
        socket?.close(closeCodeOf("removed"));
    }

    private _ping(): void {
        for (const line of this._lines.values()) {
            if (line.missedPings >= maxMissedPings) {
                line.socket.terminate();
            } else {
                line.missedPings += 1;
                line.socket.ping();
            }
        }
    }
}

async function closedAsync(socket: WebSocket): Promise<void> {
    await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        socket.removeAllListeners("message");
        socket.terminate();
    });
}
