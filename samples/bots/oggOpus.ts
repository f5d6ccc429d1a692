/** Opus packets from an Ogg file, ready for RTP. */
export interface IOpusClip {
    /** One packet per 20 ms, in order. */
    readonly packets: readonly Uint8Array[];
    /** Total duration of all packets, in milliseconds. */
    readonly durationMs: number;
}

/** Duration of the Opus packets that the bots send, in milliseconds. WebRTC uses the same by default. */
export const frameMs = 20;

const headerBytes = 27;
const continued = 0x01;

/**
 * Splits an Ogg file into its packets (RFC 3533). Checksums are not verified, because the files come with the repository.
 * @param file - whole file, with one logical stream
 * @returns the packets, header packets included. Throws if the file is not Ogg, or is cut short.
 */
export function readOggPackets(file: Uint8Array): Uint8Array[] {
    const packets: Uint8Array[] = [];
    let parts: Uint8Array[] = [];
    let offset = 0;
    while (offset < file.length) {
        const page = file.subarray(offset);
        const segments = page[26];
        if (String.fromCharCode(...page.subarray(0, 4)) !== "OggS" || segments === undefined) {
            throw new Error(`Not an Ogg page at byte ${offset}.`);
        }
        if (((page[5] ?? 0) & continued) === 0) {
            parts = [];
        }
        let start = headerBytes + segments;
        for (const length of page.subarray(headerBytes, start)) {
            const end = start + length;
            if (end > page.length) {
                throw new Error(`The Ogg page at byte ${offset} is cut short.`);
            }
            parts.push(page.subarray(start, end));
            start = end;
            // After a segment of 255 bytes, the packet continues with the next segment, possibly on the next page.
            if (length < 255) {
                packets.push(join(parts));
                parts = [];
            }
        }
        offset += start;
    }
    return packets;
}

/**
 * Reads an Ogg Opus file (RFC 7845) with one channel and packets of 20 ms.
 * @param file - the whole file
 * @returns the audio packets. Throws if the file has another format.
 */
export function readOpusClip(file: Uint8Array): IOpusClip {
    const [head, tags, ...packets] = readOggPackets(file);
    if (!startsWith(head, "OpusHead") || !startsWith(tags, "OpusTags")) {
        throw new Error("Not an Ogg Opus file.");
    }
    if (head[9] !== 1) {
        throw new Error(`The clip has ${head[9] ?? 0} channels; the bots send one.`);
    }
    for (const packet of packets) {
        if (opusPacketMs(packet) !== frameMs) {
            throw new Error(`The clip has a packet of ${opusPacketMs(packet)} ms; the bots send packets of ${frameMs} ms.`);
        }
    }
    return { packets, durationMs: packets.length * frameMs };
}

/**
 * Duration of an Opus packet, from its first byte (RFC 6716, section 3.1) and, if its code is 3, the frame count in the second byte.
 * @param packet - RTP payload
 * @returns milliseconds; 0 for an empty packet
 */
export function opusPacketMs(packet: Uint8Array): number {
    const toc = packet[0];
    if (toc === undefined) {
        return 0;
    }
    const config = toc >> 3;
    const silk = [10, 20, 40, 60];
    const celt = [2.5, 5, 10, 20];
    const frame = (config < 12 ? silk[config & 3] : config < 16 ? silk[config & 1] : celt[config & 3]) ?? 0;
    const code = toc & 3;
    return frame * (code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
    const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let offset = 0;
    for (const part of parts) {
        whole.set(part, offset);
        offset += part.length;
    }
    return whole;
}

function startsWith(packet: Uint8Array | undefined, magic: string): packet is Uint8Array {
    return packet !== undefined && String.fromCharCode(...packet.subarray(0, magic.length)) === magic;
}
