import type { SendMode } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";

/** Bitrate of a line that takes no more, in bit/s: the upper end of what RFC 7587, section 3.1.1, names for narrow-band speech. */
export const narrowBitrate = 12_000;
/** Sound in one packet of such a line, in milliseconds. Headers of 20 ms packets take 28 kbit/s, these 9 (IPv4, Ethernet). */
export const narrowFrameMs = 60;
/** Bitrate of sound that is sent twice, as a part of what is asked for: both together take half as much again. */
const redundantShare = 0.75;

/**
 * Asks the other end, in an offer or answer, for Opus as it is set: channels, forward error correction, silence without packets (DTX), target
 * bitrate and length of frames.
 * Everything else in the description stays as it is, and in its place. So lines are edited here: a parser and writer of whole descriptions
 * (sdp-transform 3.0, 3.5 KiB) sorts the lines of every browser's offer anew, and rewrites Firefox' `msid-semantic`. Pure.
 * @param sdp - the session description as the browser made it
 * @param settings - what to ask for
 * @returns the description with the Opus parameters in place; unchanged if it offers no Opus
 */
export function withOpusSettings(sdp: string, settings: IOpusSettings): string {
    return edited(withoutTransportFeedback(sdp), settings.frameMs, () => ({
        minptime: "10",
        useinbandfec: settings.fec ? "1" : "0",
        usedtx: settings.dtx ? "1" : "0",
        stereo: settings.stereo ? "1" : "0",
        "sprop-stereo": settings.stereo ? "1" : "0",
        maxaveragebitrate: String(Math.round(settings.bitrate)),
    }));
}

/**
 * Lets the other end ask for no more than we are set to send: a changed page could have every member send it 510 kbit/s. Pure.
 * @param sdp - the other end's session description, as it came
 * @param settings - of this end
 * @returns the description to send by; unchanged if it offers no Opus
 */
export function withinOpusSettings(sdp: string, settings: IOpusSettings): string {
    const asked = Number(/^a=ptime:(\d+)/m.exec(sdp)?.[1] ?? 20);
    return edited(sdp, asked < settings.frameMs ? settings.frameMs : null, (bitrate) => ({
        maxaveragebitrate: String(Math.min(bitrate ?? Infinity, Math.round(settings.bitrate))),
        ...(!settings.stereo && { stereo: "0" }),
    }));
}

/**
 * Makes of what the other end asks for what the line allows. Pure.
 * @param sdp - the other end's session description, as it came
 * @param mode - how is to be sent
 * @returns the description to send by; unchanged for `full`, and if it offers no Opus
 */
export function withSendMode(sdp: string, mode: SendMode): string {
    if (mode === "full") {
        return sdp;
    }
    if (mode === "narrow") {
        return edited(sdp, narrowFrameMs, (asked) => ({ maxaveragebitrate: String(Math.min(narrowBitrate, asked ?? Infinity)) }));
    }
    const red = redundancyOf(sdp);
    return edited(sdp, null, (asked) => (asked === null ? {} : { maxaveragebitrate: String(Math.round(redundantShare * asked)) })).replace(
        /^(m=audio \S+ \S+)(.*)$/m,
        // Browsers send the first payload type.
        (line, start: string, types: string) =>
            red === undefined ? line : `${start} ${red}${` ${types.trim()} `.replace(` ${red} `, " ").trimEnd()}`,
    );
}

/**
 * Leaves out transport-wide congestion control of the audio. Browsers find the bitrate of video by it; that of Opus is as it was negotiated. It takes 5 kbit/s of
 * reports each way and 3 of headers, and where packets get lost Chromium 156 adds a hundred packets of padding a second to find out more.
 */
function withoutTransportFeedback(sdp: string): string {
    return sdp.replace(/^a=(?:rtcp-fb:\S+ transport-cc|extmap:\S+ \S+transport-wide-cc-extensions-01)\r?\n/gm, "");
}

/** True if a session description offers redundant Opus (RED, RFC 2198). Firefox 153 does not. */
export function hasRedundancy(sdp: string | undefined): boolean {
    return sdp !== undefined && redundancyOf(sdp) !== undefined;
}

/** The payload type. */
function redundancyOf(sdp: string): string | undefined {
    return /^a=rtpmap:(\d+) red\/48000/im.exec(sdp)?.[1];
}

/**
 * Sets parameters of Opus, and the length of frames.
 * @param frameMs - in milliseconds; null = as it is
 * @param change - what to set, by name; is told the bitrate that is asked for, null = none
 */
function edited(sdp: string, frameMs: number | null, change: (bitrate: number | null) => Readonly<Record<string, string>>): string {
    const payloadType = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
    if (payloadType === undefined) {
        return sdp;
    }
    const lineEnd = sdp.includes("\r\n") ? "\r\n" : "\n";
    const lines = sdp.split(lineEnd);
    const fmtp = `a=fmtp:${payloadType} `;
    const at = lines.findIndex((line) => line.startsWith(fmtp));
    const present = at < 0 ? [] : (lines[at] ?? "").slice(fmtp.length).split(";");
    // By name, so that each is there once; a parameter may stand without a value.
    const parameters = new Map(present.flatMap((each) => (each.trim() ? [[nameOf(each), each.trim()]] : [])));
    const bitrate = Number(parameters.get("maxaveragebitrate")?.split("=")[1]);
    for (const [name, value] of Object.entries(change(bitrate > 0 ? bitrate : null))) {
        parameters.set(name, `${name}=${value}`);
    }
    const line = fmtp + [...parameters.values()].join(";");
    if (at >= 0) {
        lines[at] = line;
    } else if (parameters.size > 0) {
        lines.splice(lines.findIndex((each) => each.startsWith(`a=rtpmap:${payloadType} `)) + 1, 0, line);
    }
    if (frameMs !== null) {
        setFrame(lines, frameMs);
    }
    return lines.join(lineEnd);
}

/** `a=ptime` of the audio section. Without it, frames have 20 ms; then nothing is said. */
function setFrame(lines: string[], frameMs: number): void {
    const audio = lines.findIndex((line) => line.startsWith("m=audio"));
    if (audio < 0) {
        return;
    }
    const next = lines.findIndex((line, index) => index > audio && line.startsWith("m="));
    const end = next < 0 ? lines.length : next;
    const at = lines.findIndex((line, index) => index > audio && index < end && line.startsWith("a=ptime:"));
    if (at >= 0) {
        lines[at] = `a=ptime:${frameMs}`;
    } else if (frameMs !== 20) {
        const codec = lines.findIndex((line, index) => index > audio && index < end && line.startsWith("a=rtpmap:"));
        lines.splice(codec < 0 ? end : codec, 0, `a=ptime:${frameMs}`);
    }
}

function nameOf(parameter: string): string {
    return parameter.split("=", 1).join("").trim();
}
