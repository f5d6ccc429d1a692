import type { SendMode } from "../linkFacts.js";
import type { IOpusSettings } from "../opusSettings.js";

/** Bitrate of the send mode `narrow`, in bit/s: the upper limit that RFC 7587, section 3.1.1, names for narrow-band speech. */
export const narrowBitrate = 12_000;
/** Frame length of the send mode `narrow`, in milliseconds. Packet headers take 9 kbit/s, instead of 28 kbit/s with frames of 20 ms (IPv4, Ethernet). */
export const narrowFrameMs = 60;
/**
 * Bitrate of each copy in the send mode `redundant`, as a share of the requested bitrate. Both copies together take 1.5 times the requested bitrate.
 */
const redundantShare = 0.75;

/**
 * Writes our Opus settings into an offer or answer, which asks the other end to send with them: channels, forward error correction, DTX, target
 * bitrate and frame length. Also removes transport-wide congestion control. Single lines are edited, so that all other lines stay unchanged and in order: a library that parses
 * and writes whole descriptions (sdp-transform 3.0, which would also add 3.5 KiB) reorders the lines of every browser's offer, and changes Firefox' `msid-semantic`. Pure.
 * @param sdp - the session description as the browser made it
 * @param settings - the settings to request
 * @returns the description to send; if it offers no Opus, only transport-wide congestion control is removed
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
 * Limits the other end's request to our own settings. Otherwise a modified client could make every member send 510 kbit/s to that client. Pure.
 * @param sdp - the other end's session description, as received
 * @param settings - Opus settings of this end
 * @returns the description to apply; unchanged if it offers no Opus
 */
export function withinOpusSettings(sdp: string, settings: IOpusSettings): string {
    const asked = Number(/^a=ptime:(\d+)/m.exec(sdp)?.[1] ?? 20);
    return edited(sdp, asked < settings.frameMs ? settings.frameMs : null, (bitrate) => ({
        maxaveragebitrate: String(Math.min(bitrate ?? Infinity, Math.round(settings.bitrate))),
        ...(!settings.stereo && { stereo: "0" }),
    }));
}

/**
 * Changes the other end's request so that the browser sends in a given mode. Pure.
 * @param sdp - the other end's session description, as first applied
 * @param mode - send mode
 * @returns the description to apply; unchanged for `full`, and if it offers no Opus
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
        // Browsers send with the first payload type of the list.
        (line, start: string, types: string) =>
            red === undefined ? line : `${start} ${red}${` ${types.trim()} `.replace(` ${red} `, " ").trimEnd()}`,
    );
}

/**
 * Removes transport-wide congestion control of the audio. Browsers need it to find the bitrate of video, but the bitrate of Opus is negotiated. It
 * costs 5 kbit/s of reports in each direction and 3 kbit/s of headers. On packet loss, Chromium 156 also sends a hundred padding packets per second
 * to probe the bandwidth.
 */
function withoutTransportFeedback(sdp: string): string {
    return sdp.replace(/^a=(?:rtcp-fb:\S+ transport-cc|extmap:\S+ \S+transport-wide-cc-extensions-01)\r?\n/gm, "");
}

/** True if a session description offers redundant Opus (RED, RFC 2198). Firefox 153 does not. */
export function hasRedundancy(sdp: string | undefined): boolean {
    return sdp !== undefined && redundancyOf(sdp) !== undefined;
}

/** Payload type of RED; undefined = not offered. */
function redundancyOf(sdp: string): string | undefined {
    return /^a=rtpmap:(\d+) red\/48000/im.exec(sdp)?.[1];
}

/**
 * Sets Opus parameters and the frame length.
 * @param frameMs - frame length in milliseconds; null = unchanged
 * @param change - gets the requested bitrate (null = none), and returns the parameters to set, by name
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
    // Parameters by name, so that each occurs once. A parameter may have no value.
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

/** Sets `a=ptime` of the audio section. For 20 ms no line is added, because that is the default. */
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
