import type { PeerOptions } from "peerjs";
import type {
    IRtcAsks,
    IRtcClientMessages,
    IRtcJoinRequest,
    IRtcPeer,
    IRtcServerMessages,
    LeaveReason,
    ProtocolErrorCode,
} from "../../protocol/wire.js";
import { Blocks } from "../../server/src/rooms/voice/blocks.js";
import { errorFromServer } from "../../src/interop/serverError.js";
import type { IServerRoom, IServerRoomRequest } from "../../src/interop/serverRoom.js";
import { RtcError } from "../../src/errors/rtcError.js";
import type { RtcErrorCode } from "../../src/errors/rtcError.js";
import { FakePeer } from "./fakePeer.js";
import type { IFakePeerServer } from "./fakePeer.js";
import { FakePeerNetwork } from "./fakePeerNetwork.js";
import { FakeVoiceServer } from "../../src/testing/fakeVoiceServer.js";

type Request = IServerRoomRequest<IRtcServerMessages>;
type ClientMessage = { [Type in keyof IRtcClientMessages]: { type: Type; payload: IRtcClientMessages[Type] } }[keyof IRtcClientMessages];

/** One control connection to an RTC room. */
class Connection {
    public readonly room: string;
    public readonly secret: string;
    public readonly request: Request;
    public info: IRtcPeer;

    constructor(room: string, secret: string, request: Request, info: IRtcPeer) {
        this.room = room;
        this.secret = secret;
        this.request = request;
        this.info = info;
    }

    say<Type extends keyof IRtcServerMessages>(type: Type, payload: IRtcServerMessages[Type]): void {
        this.request.onMessage({ type, payload } as Parameters<Request["onMessage"]>[0]);
    }
}

/** A reserved seat in an RTC room. */
interface IHeld {
    seat: object | null;
    readonly join: object;
    readonly peerId: string;
    readonly secret: string;
}

/** An in-memory server with the protocol of the real one: control sockets, signalling sockets, and calls between peers. */
export class FakeRtcServer implements IFakePeerServer {
    public readonly grants = new FakeVoiceServer();
    public readonly network = new FakePeerNetwork();
    /** All requests to join an RTC room, in order. */
    public readonly requests: Request[] = [];
    /** All created peers, in order. */
    public readonly peers: FakePeer[] = [];
    /** All messages from clients, in order. */
    public readonly heard: { readonly from: string; readonly type: string; readonly payload: unknown }[] = [];
    public reachable = true;
    /** True if created peers have PeerJS' `_handleMessage`. */
    public isGuardable = true;
    /** True if the server handles and answers messages from clients. Otherwise it only records them in `heard`. */
    public answering = true;
    /** Error with which the server answers each `askAsync` (renew, block, moderate). Null: it accepts them. Joining is not affected. */
    public refusal: ProtocolErrorCode | null = null;
    private readonly _held: IHeld[] = [];
    private readonly _connections: Connection[] = [];
    /** Blocks by room. */
    private readonly _blocks = new Map<string, Blocks>();
    private _order = 0;
    private _peerIds = 0;
    private _life = 1;
    private _secret = 1;

    /** Fake of `openServerRoomAsync`. */
    async openAsync(request: Request): Promise<IServerRoom<IRtcClientMessages, IRtcAsks>> {
        this.requests.push(request);
        await Promise.resolve();
        if (request.signal?.aborted) {
            throw new RtcError("aborted", "The operation was cancelled.");
        }
        const held = this._held.find(({ seat }) => seat !== null && seat === request.seat);
        const { token, room, blocks = [], peerToken } = { ...request.options, ...held?.join } as IRtcJoinRequest;
        const claims = this.grants.verify(token);
        const { user: id, name, publish: mayPublish, subscribe: maySubscribe } = claims;
        const order = ++this._order;
        const before = this._in(room).find((other) => other.info.id === id);
        const kept = /^(.*) of (.*) by (.*)$/.exec(peerToken ?? "");
        const isKept = kept?.[2] === id && kept[3] === String(this._secret) && !before;
        const fresh = `peer-${++this._peerIds}`;
        const peerId = (isKept ? kept[1] : undefined) ?? held?.peerId ?? fresh;
        const info: IRtcPeer = {
            id,
            name,
            peerId,
            order,
            ready: this.peers.some((peer) => peer.id === peerId && peer.open),
            mayPublish,
            maySubscribe,
            muted: "no",
            publishing: true,
            capturing: true,
            dataInRtp: false,
        };
        const secret = isKept ? `secret-${this._peerIds}` : (held?.secret ?? `secret-${this._peerIds}`);
        const connection = new Connection(room, secret, request, info);
        if (before) {
            this.putOut(before.info.peerId, "duplicateIdentity");
        }
        this._connections.push(connection);
        const peers = this._in(room).map((other) => other.info);
        this._blocksIn(room).set(id, blocks);
        connection.say("welcome", {
            self: peerId,
            secret,
            peerToken: `${peerId} of ${id} by ${this._secret}`,
            peers,
            blocked: this._blocksIn(room).listOf(id),
            life: String(this._life),
        });
        const apart = this._in(room).filter((other) => this._blocksIn(room).between(other.info.id, id) && other !== connection);
        apart.forEach((other) => other.say("blocked", { ids: this._blocksIn(room).listOf(other.info.id) }));
        this._tellOthers(connection, "peerJoined", info);
        return {
            send: (type, payload) => this._hear(connection, { type, payload } as ClientMessage),
            askAsync: async (type, value) => (await this._answerAsync(connection, type, value)) as never,
            probe: () => undefined,
            extendProbe: () => undefined,
            leaveAsync: async () => this._remove(connection, "left"),
        };
    }

    /** Reserves a place in an RTC room for the given token. The test sets `seat`; a later request with that seat uses the reservation. */
    promise(join: { readonly room: string; readonly token: string }): IHeld {
        const promise: IHeld = { seat: null, join, peerId: `promised-${this._held.length}`, secret: `held-${this._held.length}` };
        this._held.push(promise);
        return promise;
    }

    /** Fake of `new Peer`. */
    createPeer(id: string, options: PeerOptions): FakePeer {
        const peer = new FakePeer(id, options, this);
        if (!this.isGuardable) {
            Object.defineProperty(peer, "_handleMessage", { value: undefined });
        }
        this.peers.push(peer);
        return peer;
    }

    /** Ends a peer's control connection, as the server does, with this code as the reason. */
    putOut(peerId: string, code: RtcErrorCode & LeaveReason): void {
        const connection = this._connections.find(({ info }) => info.peerId === peerId);
        if (connection) {
            this._remove(connection, code);
            connection.request.onLost(new RtcError(code, "The server said so."));
        }
    }

    /**
     * Simulates a restart that loses all state. The clients learn that their places are lost.
     * @param secret - `the same`: earlier peer tokens stay valid; `another`: they become invalid
     */
    restart(secret: "the same" | "another" = "the same"): void {
        const before = this._connections.splice(0);
        this._blocks.clear();
        this._order = 0;
        this._life += 1;
        this._secret += secret === "the same" ? 0 : 1;
        this.peers.filter(({ open }) => open).forEach((peer) => peer.drop());
        const gone = new RtcError("serverUnreachable", "The server keeps our place no longer.");
        before.forEach(({ request }) => request.onAway?.(gone));
        before.forEach(({ request }) => request.onLost(gone));
    }

    /** Changes a member's privileges or mute, as the app or a moderator would. */
    rule(id: string, change: Pick<Partial<IRtcPeer>, "mayPublish" | "maySubscribe" | "muted">): void {
        this._connections.filter(({ info }) => info.id === id).forEach((connection) => this._change(connection, change));
    }

    /** Ids of the members with an open control socket, in join order. */
    inside(room: string): string[] {
        return this._in(room).map(({ info }) => info.id);
    }

    admits(peerId: string, secret: string | undefined): boolean {
        return (
            this._connections.some((connection) => connection.info.peerId === peerId && connection.secret === secret) ||
            this._held.some((promise) => promise.peerId === peerId && promise.secret === secret)
        );
    }

    onSocket(peerId: string, stands: boolean): void {
        const connection = this._connections.find(({ info }) => info.peerId === peerId);
        if (connection && connection.info.ready !== stands) {
            this._change(connection, { ready: stands });
        }
    }

    private _in(room: string): Connection[] {
        return this._connections.filter((connection) => connection.room === room);
    }

    private _blocksIn(room: string): Blocks {
        const blocks = this._blocks.get(room) ?? new Blocks();
        this._blocks.set(room, blocks);
        return blocks;
    }

    private _hear(connection: Connection, { type, payload }: ClientMessage): void {
        if (!this._connections.includes(connection)) {
            return;
        }
        this.heard.push({ from: connection.info.id, type, payload });
        if (!this.answering) {
            return;
        }
        switch (type) {
            case "mute":
                this._change(connection, { muted: payload.muted ? "self" : "no" });
                break;
            case "state":
                this._change(connection, payload);
                break;
            case "interest": {
                const isApart = this._blocksIn(connection.room).between(connection.info.id, payload.to);
                const other = isApart ? undefined : this._in(connection.room).find(({ info }) => info.id === payload.to);
                other?.say("interest", { from: connection.info.id, interest: payload.interest });
                break;
            }
        }
    }

    private async _answerAsync(connection: Connection, type: keyof IRtcAsks, value: unknown): Promise<unknown> {
        this.heard.push({ from: connection.info.id, type, payload: value });
        if (!this.answering) {
            return await new Promise(() => undefined);
        }
        if (this.refusal) {
            throw errorFromServer(this.refusal);
        }
        if (type === "renew") {
            const { user, room } = this.grants.verify((value as { token: string }).token);
            if (user !== connection.info.id || room !== connection.room) {
                throw errorFromServer("tokenInvalid");
            }
            return { expiresAt: 0 };
        }
        if (type === "block") {
            const { id, blocked } = value as IRtcAsks["block"][0];
            const blocks = this._blocksIn(connection.room);
            blocks.change(connection.info.id, id, blocked);
            const both = this._in(connection.room).filter(({ info }) => info.id === id || info.id === connection.info.id);
            both.forEach((each) => each.say("blocked", { ids: blocks.listOf(each.info.id) }));
        }
        return undefined;
    }

    private _change(connection: Connection, change: Partial<IRtcPeer>): void {
        connection.info = { ...connection.info, ...change };
        this._in(connection.room).forEach((each) => each.say("peerChanged", connection.info));
    }

    private _remove(connection: Connection, reason: LeaveReason): void {
        const index = this._connections.indexOf(connection);
        if (index >= 0) {
            this._connections.splice(index, 1);
            this._blocksIn(connection.room).forget(connection.info.id);
            this._tellOthers(connection, "peerLeft", { id: connection.info.id, peerId: connection.info.peerId, reason });
        }
    }

    private _tellOthers<Type extends keyof IRtcServerMessages>(of: Connection, type: Type, payload: IRtcServerMessages[Type]): void {
        this._in(of.room).forEach((each) => {
            if (each !== of) {
                each.say(type, payload);
            }
        });
    }
}
