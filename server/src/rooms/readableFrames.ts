import { Protocol } from "@colyseus/core";
import type { Client } from "@colyseus/core";

/** Colyseus keeps its code in the lower five bits of the first byte. */
const codeMask = 0x1f;
/** Longest type of a message, in bytes; ours have at most 10. */
const maxTypeBytes = 64;

/** The part of a Colyseus room that reads frames; private by its types. */
interface IFrameReader {
    _onMessage(client: Client, frame: Uint8Array): void;
}

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

/**
 * Puts `isReadableFrame` in front of what Colyseus reads.
 * @param room - a Colyseus room
 * @param refuse - called with whoever sent another one, which nobody has looked at
 */
export function guardFrames(room: object, refuse: (client: Client) => void): void {
    const reader = room as IFrameReader;
    const read = reader._onMessage.bind(reader);
    reader._onMessage = (client, frame) => {
        // Something that is no frame is Colyseus' own affair.
        if (!(frame instanceof Uint8Array) || isReadableFrame(frame)) {
            read(client, frame);
        } else {
            refuse(client);
        }
    };
}
