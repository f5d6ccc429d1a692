import { Protocol } from "@colyseus/core";
import { TokenBucket } from "../util/tokenBucket.js";
import type { Client } from "@colyseus/core";
import type { IRate } from "../util/tokenBucket.js";

/** Limits of one connection, for frames of any kind. */
export interface IFrameLimits {
    /** Largest frame, in bytes. Our own transport closes the connection at a larger frame, without reading it. */
    readonly largest: number;
    readonly frames: IRate;
    readonly bytes: IRate;
}

/** Rate limiter for the frames of one connection. Runs before frames are decoded, because decoding is the expensive part. */
export class FrameGuard {
    private readonly _limits: IFrameLimits;
    private readonly _frames: TokenBucket;
    private readonly _bytes: TokenBucket;

    /**
     * @param limits - limits of the room type
     * @param now - the clock, in milliseconds
     */
    public constructor(limits: IFrameLimits, now: () => number) {
        this._limits = limits;
        this._frames = new TokenBucket(limits.frames, now);
        this._bytes = new TokenBucket(limits.bytes, now);
    }

    /**
     * @param bytes - size of a received frame
     * @returns true if the frame may be decoded; false if it breaks a limit, which our own client never approaches
     */
    public take(bytes: number): boolean {
        return bytes <= this._limits.largest && this._frames.take() && this._bytes.take(bytes);
    }
}

/**
 * @param largest - largest accepted frame, in bytes
 * @returns message for a frame that is not read and whose connection is closed
 */
export function unreadableFrame(largest: number): string {
    return `A frame has more than ${largest} bytes, or is not a valid WebSocket frame.`;
}

/** Part of Colyseus' `Room` that is missing in its types. */
interface IDecoder {
    _onMessage(client: Client, frame: Uint8Array): void;
}

/**
 * Installs a filter in front of a Colyseus room's decoder.
 * @param room - the room, before any client has joined
 * @param letsThrough - called for each frame; false = the frame is ignored
 */
export function guardFrames(room: object, letsThrough: (client: Client, frame: Uint8Array) => boolean): void {
    const inside = room as Partial<IDecoder>;
    const decode = inside._onMessage?.bind(room);
    if (!decode) {
        // Without the filter, each frame would be decoded before it is counted.
        throw new TypeError(
            "This version of @colyseus/core is not supported: it has no method `_onMessage`. Install the version that babylon-rtc-server requires.",
        );
    }
    inside._onMessage = (client, frame) => {
        // Colyseus itself handles values that are not frames.
        if (!(frame instanceof Uint8Array) || letsThrough(client, frame)) {
            decode(client, frame);
        }
    };
}

/** Mask of Colyseus' protocol code: the lower five bits of the first byte. */
const codeMask = 0x1f;
/** Longest message type, in bytes; ours have at most 10. */
const maxTypeBytes = 64;

/**
 * Checks the message type of a frame. For a type that is not UTF-8, Colyseus prints to the console, once per frame and outside of the log.
 * @param frame - frame as received from the socket
 * @returns false for a message whose type is neither a number nor a short ASCII text, and for Colyseus' own requests, which are not supported
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

/** Checks the type, which is encoded as MessagePack: a string starts with 0xa1 to 0xbf (includes the length), or 0xd9 to 0xdb (length in 1, 2, 4 bytes). */
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
