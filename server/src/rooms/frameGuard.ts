import { Protocol } from "@colyseus/core";
import { TokenBucket } from "../util/tokenBucket.js";
import type { Client } from "@colyseus/core";
import type { IRate } from "../util/tokenBucket.js";

/** Limits for the frames of one connection, of any kind. */
export interface IFrameLimits {
    /** Largest frame, in bytes. With the server's own transport, a larger frame closes the connection before it is read. */
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
     * @returns true if the frame may be decoded; false if it exceeds a limit. The babylon-rtc client stays far below all limits.
     */
    public take(bytes: number): boolean {
        return bytes <= this._limits.largest && this._frames.take() && this._bytes.take(bytes);
    }
}

/**
 * @param largest - largest accepted frame, in bytes
 * @returns message for a connection that was closed because a frame could not be read
 */
export function unreadableFrame(largest: number): string {
    return `A frame has more than ${largest} bytes, or is not a valid WebSocket frame.`;
}

/** Method of Colyseus' `Room` that its type declarations lack. */
interface IDecoder {
    _onMessage(client: Client, frame: Uint8Array): void;
}

/**
 * Installs a filter in front of a Colyseus room's decoder.
 * @param room - the room, before any client has joined
 * @param letsThrough - called for each frame; returns false to ignore the frame
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
/** Longest accepted message type, in bytes. The types of the protocol have at most 10. */
const maxTypeBytes = 64;

/**
 * Checks the message type of a frame. Without this check, Colyseus would print a line to the console for each type that is not valid UTF-8.
 * @param frame - frame as received from the socket
 * @returns false for a message whose type is a text that is too long or not printable ASCII, and for Colyseus' own requests, which are not supported
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

/**
 * Checks a message type in MessagePack. A text starts with 0xa1 to 0xbf (the lower five bits are its length), or with 0xd9, 0xda or 0xdb (its length
 * follows in 1, 2 or 4 bytes). Colyseus decodes anything else as a number.
 */
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
