import { RtcError } from "../../rtcError.js";

/** How voices are coded. */
export interface IOpusSettings {
    /** Target bitrate in bit/s, 6,000 to 510,000 (RFC 7587, section 6.1). Default: 32,000. */
    readonly bitrate: number;
}

/** 32 kbit/s: full-band speech that is hard to tell from the original (RFC 7587, section 3.1.1, names 28–40 kbit/s). */
export const defaultOpusSettings: IOpusSettings = { bitrate: 32_000 };

/**
 * @param settings - what the caller set
 * @returns the complete settings; throws `invalidArgument`
 */
export function resolveOpusSettings(settings: Partial<IOpusSettings> = {}): IOpusSettings {
    const resolved = { ...defaultOpusSettings, ...settings };
    if (!(resolved.bitrate >= 6_000 && resolved.bitrate <= 510_000)) {
        throw new RtcError("invalidArgument", `The bitrate must lie between 6,000 and 510,000 bit/s, not ${resolved.bitrate}.`);
    }
    return resolved;
}

/**
 * Asks the other end, in an offer or answer, for mono Opus with forward error correction, no packets in silence (DTX) and a target bitrate.
 * Everything else in the description stays as it is. Pure.
 * @param sdp - the session description as the browser made it
 * @param settings - what to ask for
 * @returns the description with the Opus parameters in place; unchanged if it offers no Opus
 */
export function withOpusSettings(sdp: string, settings: IOpusSettings): string {
    const payloadType = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
    if (payloadType === undefined) {
        return sdp;
    }
    const wanted: Readonly<Record<string, string>> = {
        minptime: "10",
        useinbandfec: "1",
        usedtx: "1",
        stereo: "0",
        "sprop-stereo": "0",
        maxaveragebitrate: String(Math.round(settings.bitrate)),
    };
    const lineEnd = sdp.includes("\r\n") ? "\r\n" : "\n";
    const lines = sdp.split(lineEnd);
    const fmtp = `a=fmtp:${payloadType} `;
    const at = lines.findIndex((line) => line.startsWith(fmtp));
    const present = at < 0 ? [] : (lines[at] ?? "").slice(fmtp.length).split(";");
    // By name, so that each is there once; a parameter may stand without a value.
    const parameters = new Map(present.flatMap((each) => (each.trim() ? [[nameOf(each), each.trim()]] : [])));
    for (const [name, value] of Object.entries(wanted)) {
        parameters.set(name, `${name}=${value}`);
    }
    const line = fmtp + [...parameters.values()].join(";");
    if (at >= 0) {
        lines[at] = line;
    } else {
        lines.splice(lines.findIndex((each) => each.startsWith(`a=rtpmap:${payloadType} `)) + 1, 0, line);
    }
    return lines.join(lineEnd);
}

function nameOf(parameter: string): string {
    return parameter.split("=", 1).join("").trim();
}
