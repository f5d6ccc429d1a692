import type { ProtocolErrorCode } from "../../../../protocol/wire.js";
import type { TokenBucket } from "../../util/tokenBucket.js";

/** An RTC room, as signalling sees it. */
export interface IMeetingPlace {
    /** Whether nothing passes between two users there. */
    isBlocked(a: string, b: string): boolean;
}

/** One connection to an RTC room with a grant that holds, as signalling sees it. */
export interface ILivePeer {
    /** The user's id. */
    readonly id: string;
    /** Its id in signalling. */
    readonly peerId: string;
    /** What its signalling socket must show. */
    readonly secret: string;
    /** The RTC room that it is in; messages pass only between peers that share it. */
    readonly room: IMeetingPlace;
    /** What it may still send. Belongs to the connection, so a new socket is no new allowance. */
    readonly allowance: TokenBucket;
    /** How much of what is too much is dropped before it is put out. */
    readonly patience: TokenBucket;
    /** Told when its signalling socket stands, and when it is gone. */
    setReady(ready: boolean): void;
    /** Puts it out of the RTC room. */
    putOut(code: ProtocolErrorCode, sentence: string): void;
}

/** Every connection to an RTC room whose grant holds. Signalling believes this and nothing else. */
export class PeerDirectory {
    /** Told of every connection that ends; set by signalling, which closes its socket. */
    public onRemoved: ((peerId: string) => void) | null = null;

    private readonly _peers = new Map<string, ILivePeer>();

    /** How many there are. */
    public get size(): number {
        return this._peers.size;
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
        this._peers.set(peer.peerId, peer);
    }

    /**
     * @param peerId - who went; harmless if they are gone already
     */
    public remove(peerId: string): void {
        if (this._peers.delete(peerId)) {
            this.onRemoved?.(peerId);
        }
    }
}
