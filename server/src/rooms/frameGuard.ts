import { TokenBucket } from "../util/tokenBucket.js";
import type { Client } from "@colyseus/core";
import type { IRate } from "../util/tokenBucket.js";

/** What one connection may send, whatever is in it. */
export interface IFrameLimits {
    /** Largest frame, in bytes. Our own transport closes the connection at a larger one before it is read. */
    readonly largest: number;
    readonly frames: IRate;
    readonly bytes: IRate;
}

/** Counts frames of one connection before anybody looks into them: taking them apart is what costs. */
export class FrameGuard {
    private readonly _limits: IFrameLimits;
    private readonly _frames: TokenBucket;
    private readonly _bytes: TokenBucket;

    /**
     * @param limits - of the room
     * @param now - the clock, in milliseconds
     */
    public constructor(limits: IFrameLimits, now: () => number) {
        this._limits = limits;
        this._frames = new TokenBucket(limits.frames, now);
        this._bytes = new TokenBucket(limits.bytes, now);
    }

    /**
     * @param bytes - the size of a frame that came
     * @returns whether it may be looked at; if not, its sender breaks a limit that no client of ours comes near
     */
    public take(bytes: number): boolean {
        return bytes <= this._limits.largest && this._frames.take() && this._bytes.take(bytes);
    }
}

/** A part of Colyseus' room that its types hide. */
interface IDecoder {
    _onMessage(client: Client, frame: Uint8Array): void;
}

/**
 * Lets a Colyseus room take apart only what is let through.
 * @param room - the room; called before anybody is in it
 * @param letsThrough - called for each frame
 */
export function guardFrames(room: object, letsThrough: (client: Client, frame: Uint8Array) => boolean): void {
    const inside = room as IDecoder;
    const decode = inside._onMessage.bind(room);
    inside._onMessage = (client, frame) => {
        // Something that is no frame is Colyseus' own affair.
        if (!(frame instanceof Uint8Array) || letsThrough(client, frame)) {
            decode(client, frame);
        }
    };
}
