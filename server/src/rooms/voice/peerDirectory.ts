import { randomId } from "../../util/random.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import type { ProtocolErrorCode } from "../../../../protocol/wire.js";
import type { ISettings } from "../../config/settings.js";
import type { IRate } from "../../util/tokenBucket.js";

/** Maximum burst of signalling messages above the rate limit. After more, the peer is removed. */
const maxDropped = 2000;
/** Rate limit of messages that the babylon-rtc client never sends, such as offers of data connections. Above it, the peer is removed. */
const offenceRate: IRate = { perSecond: 0.5, burst: 30 };

/** The part of an RTC room that signalling uses. */
export interface IMeetingPlace {
    /** True if either of two users of the room has blocked the other. */
    isBlocked(a: string, b: string): boolean;
}

/** Access of one connection to signalling: peer id, secret and rate limits. The peer id is new, or that of an earlier connection of the same user. */
export class SignallingPass {
    /** Id of the connection's user. */
    public readonly user: string;
    /** Peer id in signalling: letters and digits. */
    public readonly peerId: string;
    /** Secret with which the client opens its signalling socket. Only that client and the server know it. */
    public readonly secret = randomId();
    /** Rate limit of signalling messages. It belongs to the pass, so that a new signalling socket does not reset it. */
    public readonly allowance: TokenBucket;
    /** Tolerance for messages above the rate limit. When it is used up, the peer is removed. */
    public readonly patience: TokenBucket;
    /** Tolerance for messages that break the rules. When it is used up, the peer is removed. */
    public readonly offences: TokenBucket;

    /**
     * @param settings - settings of the server
     * @param user - id of the connection's user
     * @param peerId - peer id of an earlier connection of the user. Default: a new one.
     */
    public constructor({ signallingRate, ticks }: ISettings, user: string, peerId: string = randomId()) {
        this.user = user;
        this.peerId = peerId;
        this.allowance = new TokenBucket(signallingRate, ticks);
        this.patience = new TokenBucket({ perSecond: signallingRate.perSecond, burst: maxDropped }, ticks);
        this.offences = new TokenBucket(offenceRate, ticks);
    }
}

/** The part of a peer that signalling uses. A peer is one connection to an RTC room, with a valid grant. */
export interface ILivePeer {
    /** The user's id. */
    readonly id: string;
    /** Access to signalling: peer id, secret and rate limits. */
    readonly pass: SignallingPass;
    /** Position in the join order. Of two peers, the one with the higher number calls. */
    readonly order: number;
    /** RTC room of the peer. Messages pass only between peers of the same RTC room. */
    readonly room: IMeetingPlace;
    /** Called when the peer's signalling socket has opened or closed. */
    setReady(ready: boolean): void;
    /** Called when a message of the peer was refused. */
    refuse(error: Error): void;
    /** Removes the peer from the RTC room. */
    putOut(code: ProtocolErrorCode, sentence: string): void;
}

/** The part of signalling that the directory uses. */
export interface ISignallingSockets {
    /** True while that peer's socket is open. */
    isOpen(peerId: string): boolean;
    /** Closes that peer's socket, if it is open. */
    hangUp(peerId: string): void;
}

/** Reservation of a pass for a connection that has not joined its RTC room yet. */
interface IPromise {
    readonly pass: SignallingPass;
    readonly timer: NodeJS.Timeout;
    /** Called if the reservation ends without having been taken; null = not assigned to a client yet. */
    onEnd: (() => void) | null;
}

/**
 * Directory of all connections to RTC rooms with a valid grant, and of the passes reserved for connections that are about to join. Signalling
 * relies on it alone: a socket may open for a connection or a reserved pass, but messages pass only between connections.
 */
export class PeerDirectory {
    /** Set by signalling. */
    public sockets: ISignallingSockets | null = null;

    private readonly _peers = new Map<string, ILivePeer>();
    private readonly _promises = new Map<string, IPromise>();

    /** Number of peers in RTC rooms. */
    public get size(): number {
        return this._peers.size;
    }

    /**
     * Reserves a pass, so that its signalling socket can open before the connection has joined the RTC room.
     * @param pass - the pass
     * @param milliseconds - time after which the reservation expires
     */
    public promise(pass: SignallingPass, milliseconds: number): void {
        const timer = setTimeout(() => this.withdraw(pass.peerId), milliseconds);
        timer.unref();
        this._promises.set(pass.peerId, { pass, timer, onEnd: null });
    }

    /**
     * Assigns a reservation to a client that is about to join.
     * @param peerId - peer id of the reserved pass
     * @param then - called if the reservation ends without having been taken
     * @returns false if there is no such reservation, or if it is already assigned
     */
    public holdPromise(peerId: string, then: () => void): boolean {
        const promise = this._promises.get(peerId);
        if (!promise || promise.onEnd) {
            return false;
        }
        promise.onEnd = then;
        return true;
    }

    /**
     * Takes a reserved pass, for a connection that joins the RTC room.
     * @param peerId - peer id of the reserved pass
     * @returns the pass; undefined if there is no such reservation, or if it has expired
     */
    public takePromise(peerId: string): SignallingPass | undefined {
        const promise = this._promises.get(peerId);
        clearTimeout(promise?.timer);
        this._promises.delete(peerId);
        return promise?.pass;
    }

    /**
     * Cancels a reservation and closes the socket that was opened with it.
     * @param peerId - peer id of the reserved pass; ignored if there is no such reservation
     */
    public withdraw(peerId: string): void {
        const promise = this._promises.get(peerId);
        if (this.takePromise(peerId)) {
            this.sockets?.hangUp(peerId);
            promise?.onEnd?.();
        }
    }

    /**
     * @param peerId - a peer id
     * @returns the pass with that peer id, reserved or of a present connection; undefined if there is none
     */
    public passOf(peerId: string): SignallingPass | undefined {
        return (this._peers.get(peerId) ?? this._promises.get(peerId))?.pass;
    }

    /**
     * @param peerId - a peer id
     * @returns true if the signalling socket of that peer is open
     */
    public isOpen(peerId: string): boolean {
        return this.sockets?.isOpen(peerId) === true;
    }

    /**
     * @param peerId - a peer id
     * @returns the peer; undefined if it is not in an RTC room
     */
    public get(peerId: string): ILivePeer | undefined {
        return this._peers.get(peerId);
    }

    /**
     * Adds a peer.
     * @param peer - peer that has joined an RTC room
     */
    public add(peer: ILivePeer): void {
        this._peers.set(peer.pass.peerId, peer);
    }

    /**
     * Removes a peer and closes its signalling socket.
     * @param peerId - peer id; ignored if there is no such peer
     */
    public remove(peerId: string): void {
        if (this._peers.delete(peerId)) {
            this.sockets?.hangUp(peerId);
        }
    }
}
