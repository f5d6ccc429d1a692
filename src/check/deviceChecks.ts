import type { ProbeContext } from "../audio/probeContext.js";
import { browserMedia } from "../capture/devices/mediaPort.js";
import { microphoneError } from "../capture/microphoneError.js";
import { RtcError } from "../errors/rtcError.js";
import { orAbortedAsync } from "../interop/abortable.js";
import { skipped } from "./checkRow.js";
import type { Finding, IRtcCheckOptions } from "./checkRow.js";

/** A browser that will not start sound never says so; a busy one takes a while. In milliseconds. */
const startTimeoutMs = 3_000;
/** The longest wait for an output to take sound, in milliseconds. */
const outputTimeoutMs = 3_000;
/** Time in which the browser's question for the microphone can be answered, in milliseconds. */
const promptTimeoutMs = 60_000;
/** Time without any sound after which a microphone counts as silent, in milliseconds; some take two seconds to wake up. */
const silenceMs = 4_000;
/** Below one step of 16 bits: no microphone that hears anything at all is that still. Root mean square. */
const nothingLevel = 1e-5;
/** Nothing is taken out of what the microphone hears, so that only a dead one is silent. */
const untouched: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** @returns whether the page is secure; throws `unsupported` if not */
export function checkSecureContext(): Finding {
    if (!globalThis.isSecureContext) {
        throw new RtcError(
            "unsupported",
            "This page is not secure, so browsers give it no microphone. Serve it by https, or from localhost.",
        );
    }
    return { text: "The page is secure." };
}

/**
 * @param audio - what shall sound
 * @param signal - cancels
 * @returns that sound runs; rejects with `audioBlocked` if the browser wants a click first
 */
export async function checkAutoplayAsync(audio: ProbeContext, signal: AbortSignal): Promise<Finding> {
    if (!(await audio.startAsync(startTimeoutMs, signal))) {
        throw new RtcError(
            "audioBlocked",
            "The browser plays no sound yet. It wants a click or a key first: begin in one, as with entering a room. If there was one, look for an output device.",
        );
    }
    return { text: "The browser lets this page play sound." };
}

/**
 * @param audio - what sounds
 * @param signal - cancels
 * @returns that an output plays; rejects with `deviceNotFound` if there is none
 */
export async function checkOutputAsync(audio: ProbeContext, signal: AbortSignal): Promise<Finding> {
    if (!audio.isRunning) {
        return skipped("No sound runs, so no output was tried.");
    }
    const devices = await orAbortedAsync(
        browserMedia.listAsync().catch(() => []),
        signal,
    );
    const outputs = devices.filter(({ kind }) => kind === "audiooutput");
    // Without the right to a microphone browsers name no device, and some no output at all.
    const isToldAll = "setSinkId" in HTMLMediaElement.prototype && devices.some(({ label }) => label !== "");
    if ((isToldAll && outputs.length === 0) || !(await audio.playsAsync(outputTimeoutMs, signal))) {
        throw new RtcError(
            "deviceNotFound",
            "No output device takes the sound. Connect loudspeakers or headphones, and see that the system plays on them.",
        );
    }
    const named = outputs.find(({ label }) => label !== "")?.label;
    const device = named === undefined ? "An output device" : `An output device (${named})`;
    return { text: `${device} plays, at ${audio.sampleRate} Hz. If you hear nothing, turn up the system's volume.` };
}

/** A microphone that was opened, or is the app's. */
export interface IOpenMicrophone {
    readonly track: MediaStreamTrack;
    /** Stops it, if it is not the app's. */
    close(): void;
}

/**
 * Opens the microphone; the browser may ask its user, who has a minute.
 * @param microphone - constraints, or a stream of the app's
 * @param signal - cancels; what is opened afterwards is stopped at once
 * @returns the microphone, which the caller closes; rejects with an `RtcError`
 */
export async function openMicrophoneAsync(microphone: IRtcCheckOptions["microphone"], signal: AbortSignal): Promise<IOpenMicrophone> {
    if (typeof MediaStream !== "undefined" && microphone instanceof MediaStream) {
        const track = microphone.getAudioTracks().find(({ readyState }) => readyState === "live");
        if (!track) {
            throw new RtcError("microphoneMissing", "The stream of the option microphone has no live audio track. Open it anew.");
        }
        return { track, close: () => undefined };
    }
    const timeout = AbortSignal.timeout(promptTimeoutMs);
    const opening = browserMedia.openAsync({ ...untouched, ...(microphone as MediaTrackConstraints | undefined) });
    const stop = (stream: MediaStream): void => stream.getTracks().forEach((track) => track.stop());
    try {
        const stream = await orAbortedAsync(opening, AbortSignal.any([signal, timeout]));
        const [track] = stream.getAudioTracks();
        if (!track) {
            stop(stream);
            throw new RtcError("microphoneMissing", "The browser gave no microphone. Plug one in.");
        }
        return { track, close: () => stop(stream) };
    } catch (error) {
        // A microphone that opens after the cancellation is closed; after any other failure there is none.
        opening.then(stop, () => undefined);
        if (timeout.aborted && !signal.aborted) {
            throw new RtcError(
                "microphoneDenied",
                "The browser's question for the microphone was not answered. Allow it, then check again.",
                {
                    cause: error,
                },
            );
        }
        throw microphoneError(error);
    }
}

/**
 * @param microphone - an open one
 * @param audio - what listens to it
 * @param signal - cancels
 * @returns that it gives sound; rejects with `microphoneSilent` if it gives none at all
 */
export async function checkMicrophoneAsync(
    { track }: Pick<IOpenMicrophone, "track">,
    audio: ProbeContext | null,
    signal: AbortSignal,
): Promise<Finding> {
    const device = track.label === "" ? "The microphone" : `The microphone (${track.label})`;
    if (audio?.isRunning !== true) {
        return { text: `${device} is open. No sound runs, so it was not listened to.` };
    }
    if (!(await audio.hearsAsync(track, nothingLevel, silenceMs, signal))) {
        throw new RtcError(
            "microphoneSilent",
            `${device} gives no sound at all. Look for a switch on it, choose another one, or plug it in again.`,
        );
    }
    return { text: `${device} is open and gives sound.` };
}
