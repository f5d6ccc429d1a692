import { Protocol } from "@colyseus/core";
import { TokenBucket } from "../util/tokenBucket.js";
import type { Client } from "@colyseus/core";
import type { IRate } from "../util/tokenBucket.js";

/** Limits of one connection, whatever it sends. */
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

/**
 * @param largest - the largest frame that is taken, in bytes
 * @returns what is told of a frame that ends its connection unread
 */
export function unreadableFrame(largest: number): string {
    return `A frame has more than ${largest} bytes, or is no frame of a WebSocket.`;
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
    const inside = room as Partial<IDecoder>;
    const decode = inside._onMessage?.bind(room);
    if (!decode) {
        // Unguarded, each frame would be taken apart before it is counted.
        throw new TypeError(
            "This version of @colyseus/core takes frames by another method than `_onMessage`. Install the one that babylon-rtc-server names.",
        );
    }
    inside._onMessage = (client, frame) => {
        // Something that is no frame is Colyseus' own affair.
        if (!(frame instanceof Uint8Array) || letsThrough(client, frame)) {
            decode(client, frame);
        }
    };
}

/** Colyseus keeps its code in the lower five bits of the first byte. */
const codeMask = 0x1f;
/** Longest type of a message, in bytes; ours have at most 10. */
const maxTypeBytes = 64;

/**
 * Says whether Colyseus can read who a frame is for. A type that is no UTF-8 it prints on the console, past every log, once for each frame.
 * @param frame - as it came from the socket
 * @returns false for a message whose type is neither a number nor a short text in ASCII, and for the requests of Colyseus' own, which we have not
 */
export function isReadableFrame(frame: Uint8Array): boolean {
    switch ((frame[0] ?? 0) & codeMask) {
        case Protocol.ROOM_DATA:
        case Protocol.ROOM_DATA_BYTES:
            return hasReadableType(frame);
        case Protocol.ROOM_REQUEST:
            return false;
        default:
            return true;
    }
}

/** The type is written as MessagePack: a text begins with 0xa1 to 0xbf (its length in it), or 0xd9 to 0xdb (its length in 1, 2, 4 bytes). */
function hasReadableType(frame: Uint8Array): boolean {
    const prefix = frame[1] ?? 0;
    const isShort = prefix > 0xa0 && prefix < 0xc0;
    if (!isShort && (prefix < 0xd9 || prefix > 0xdb)) {
        return true;
    }
    const begin = isShort ? 2 : 3;
    const length = isShort ? prefix & 0x1f : (frame[2] ?? 0);
    const isOfOneByte = isShort || prefix === 0xd9;
    const type = frame.subarray(begin, begin + length);
    return isOfOneByte && length <= maxTypeBytes && type.length === length && type.every((byte) => byte >= 0x20 && byte < 0x7f);
}
