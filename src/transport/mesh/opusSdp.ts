import type { IOpusSettings } from "../opusSettings.js";

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
    const payloadType = /^a=rtpmap:(\d+) opus\/48000/im.exec(sdp)?.[1];
    if (payloadType === undefined) {
        return sdp;
    }
    const wanted: Readonly<Record<string, string>> = {
        minptime: "10",
        useinbandfec: settings.fec ? "1" : "0",
        usedtx: settings.dtx ? "1" : "0",
        stereo: settings.stereo ? "1" : "0",
        "sprop-stereo": settings.stereo ? "1" : "0",
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
    setFrame(lines, settings.frameMs);
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
