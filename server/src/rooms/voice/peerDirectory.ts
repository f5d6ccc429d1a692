import { randomId } from "../../util/random.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import type { ProtocolErrorCode } from "../../../../protocol/wire.js";
import type { ISettings } from "../../config/settings.js";
import type { IRate } from "../../util/tokenBucket.js";

/** Signalling messages above the rate, at once, that end the connection. */
const maxDropped = 2000;
/** Messages that no client of ours sends, such as offers of data, that end the connection. */
const offenceRate: IRate = { perSecond: 0.5, burst: 30 };

/** An RTC room, as signalling sees it. */
export interface IMeetingPlace {
    /** True if two users there are blocked from each other. */
    isBlocked(a: string, b: string): boolean;
}

/** Id in signalling of one connection to an RTC room, and what its socket must show and may send. Minted for that connection, or that of an earlier one of the same user. */
export class SignallingPass {
    /** Id of the user whose connection it is. */
    public readonly user: string;
    /** Letters and digits. */
    public readonly peerId: string;
    /** Known to the connection's client and to us. */
    public readonly secret = randomId();
    /** Its remaining allowance. Belongs to the connection, so a new socket is no new allowance. */
    public readonly allowance: TokenBucket;
    /** Number of messages dropped for excess before it is put out. */
    public readonly patience: TokenBucket;
    /** Number of messages dropped for breaking a rule before it is put out. */
    public readonly offences: TokenBucket;

    /**
     * @param settings - the server's
     * @param user - id of the user whose connection it is
     * @param peerId - the id that a connection of theirs had before a restart. Default: a fresh one.
     */
    public constructor({ signallingRate, ticks }: ISettings, user: string, peerId: string = randomId()) {
        this.user = user;
        this.peerId = peerId;
        this.allowance = new TokenBucket(signallingRate, ticks);
        this.patience = new TokenBucket({ perSecond: signallingRate.perSecond, burst: maxDropped }, ticks);
        this.offences = new TokenBucket(offenceRate, ticks);
    }
}

/** One connection to an RTC room with a grant that holds, as signalling sees it. */
export interface ILivePeer {
    /** The user's id. */
    readonly id: string;
    /** Its id in signalling, with what goes with it. */
    readonly pass: SignallingPass;
    /** Position in the order of joining, by which one of two calls the other. */
    readonly order: number;
    /** The RTC room that it is in; messages pass only between peers that share it. */
    readonly room: IMeetingPlace;
    /** Told when its signalling socket stands, and when it is gone. */
    setReady(ready: boolean): void;
    /** Told when a message of its was refused. */
    refuse(error: Error): void;
    /** Puts it out of the RTC room. */
    putOut(code: ProtocolErrorCode, sentence: string): void;
}

/** Interface of signalling to the directory. */
export interface ISignallingSockets {
    /** True while that peer's socket stands. */
    isOpen(peerId: string): boolean;
    /** Closes that peer's socket, if it stands. */
    hangUp(peerId: string): void;
}

/** A pass whose connection has yet to enter its RTC room. */
interface IPromise {
    readonly pass: SignallingPass;
    readonly timer: NodeJS.Timeout;
    onEnd: (() => void) | null;
}

/**
 * Every connection to an RTC room whose grant holds, and every pass that was promised to one which is about to come. Signalling believes this and
 * nothing else: a socket opens for either, and messages pass between the former alone.
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
     * Lets a signalling socket open before its connection has entered the RTC room.
     * @param pass - what the socket must show
     * @param milliseconds - when the promise is void, unless it was taken
     */
    public promise(pass: SignallingPass, milliseconds: number): void {
        const timer = setTimeout(() => this.withdraw(pass.peerId), milliseconds);
        timer.unref();
        this._promises.set(pass.peerId, { pass, timer, onEnd: null });
    }

    /**
     * @param peerId - an id in signalling
     * @param then - called if that promise ends without having been taken
     * @returns whether there is such a promise, to which nobody else holds on
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
     * Ends a promise because its connection enters the RTC room.
     * @param peerId - an id in signalling
     * @returns the pass; undefined if there is no such promise (any more)
     */
    public takePromise(peerId: string): SignallingPass | undefined {
        const promise = this._promises.get(peerId);
        clearTimeout(promise?.timer);
        this._promises.delete(peerId);
        return promise?.pass;
    }

    /**
     * Ends a promise, and the socket that was opened on it.
     * @param peerId - an id in signalling; harmless if nothing is promised to it
     */
    public withdraw(peerId: string): void {
        const promise = this._promises.get(peerId);
        if (this.takePromise(peerId)) {
            this.sockets?.hangUp(peerId);
            promise?.onEnd?.();
        }
    }

    /**
     * @param peerId - an id in signalling
     * @returns what its socket must show, be it of a connection that stands or of one that is about to come
     */
    public passOf(peerId: string): SignallingPass | undefined {
        return (this._peers.get(peerId) ?? this._promises.get(peerId))?.pass;
    }

    /**
     * @param peerId - an id in signalling
     * @returns whether its socket stands
     */
    public isOpen(peerId: string): boolean {
        return this.sockets?.isOpen(peerId) === true;
    }

    /**
     * @param peerId - an id in signalling
     * @returns whose it is, if they are there
     */
    public get(peerId: string): ILivePeer | undefined {
        return this._peers.get(peerId);
    }

    /**
     * @param peer - who came
     */
    public add(peer: ILivePeer): void {
        this._peers.set(peer.pass.peerId, peer);
    }

    /**
     * @param peerId - who went; harmless if they are gone already
     */
    public remove(peerId: string): void {
        if (this._peers.delete(peerId)) {
            this.sockets?.hangUp(peerId);
        }
    }
}
