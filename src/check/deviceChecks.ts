import type { ProbeContext } from "../audio/probeContext.js";
import { browserMedia } from "../capture/devices/mediaPort.js";
import { microphoneError } from "../capture/microphoneError.js";
import { RtcError } from "../errors/rtcError.js";
import { orAbortedAsync } from "../interop/abortable.js";
import { skipped } from "./checkRow.js";
import type { Finding, IRtcCheckOptions } from "./checkRow.js";

/** Timeout for starting sound, in milliseconds. A browser that blocks sound never reports that, and a busy browser needs some time. */
const startTimeoutMs = 3_000;
/** Timeout for an output device to play sound, in milliseconds. */
const outputTimeoutMs = 3_000;
/** Timeout for the user to answer the browser's permission prompt for the microphone, in milliseconds. */
const promptTimeoutMs = 60_000;
/** Time without any sound after which a microphone counts as silent, in milliseconds. Some microphones need two seconds to start. */
const silenceMs = 4_000;
/** Level (root mean square) below which a microphone counts as silent: below one step of 16-bit samples. A working microphone is always louder. */
const nothingLevel = 1e-5;
/** Constraints that turn off the browser's audio processing, so that only a broken or muted microphone is silent. */
const untouched: MediaTrackConstraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/**
 * Checks that the page is secure.
 * @returns the finding; throws `unsupported` if the page is not secure
 */
export function checkSecureContext(): Finding {
    if (!globalThis.isSecureContext) {
        throw new RtcError(
            "unsupported",
            "This page is not secure, so browsers block the microphone. Serve it over https or from localhost.",
        );
    }
    return { text: "The page is secure." };
}

/**
 * Checks that the browser lets the page play sound.
 * @param audio - the audio context to start
 * @param signal - cancels
 * @returns the finding; rejects with `audioBlocked` if the browser requires a click first
 */
export async function checkAutoplayAsync(audio: ProbeContext, signal: AbortSignal): Promise<Finding> {
    if (!(await audio.startAsync(startTimeoutMs, signal))) {
        throw new RtcError(
            "audioBlocked",
            "The browser blocks sound until a click or a key press. Start the check from one. If you did, check the output device.",
        );
    }
    return { text: "The browser lets this page play sound." };
}

/**
 * Checks that an output device plays sound.
 * @param audio - the audio context that plays
 * @param signal - cancels
 * @returns the finding, `skipped` if the context does not run; rejects with `deviceNotFound` if no output device plays
 */
export async function checkOutputAsync(audio: ProbeContext, signal: AbortSignal): Promise<Finding> {
    if (!audio.isRunning) {
        return skipped("Sound is off; no output was checked.");
    }
    const devices = await orAbortedAsync(
        browserMedia.listAsync().catch(() => []),
        signal,
    );
    const outputs = devices.filter(({ kind }) => kind === "audiooutput");
    // Without microphone permission, browsers hide the device labels, and some hide all output devices.
    const isToldAll = "setSinkId" in HTMLMediaElement.prototype && devices.some(({ label }) => label !== "");
    if ((isToldAll && outputs.length === 0) || !(await audio.playsAsync(outputTimeoutMs, signal))) {
        throw new RtcError(
            "deviceNotFound",
            "No output device plays the sound. Connect loudspeakers or headphones, and select them in the system.",
        );
    }
    const named = outputs.find(({ label }) => label !== "")?.label;
    const device = named === undefined ? "An output device" : `An output device (${named})`;
    return { text: `${device} plays, at ${audio.sampleRate} Hz. If you hear nothing, turn up the system's volume.` };
}

/** An open microphone: opened for the check, or provided by the app. */
export interface IOpenMicrophone {
    readonly track: MediaStreamTrack;
    /** Stops the microphone, unless the app provided it. */
    close(): void;
}

/**
 * Opens the microphone. The browser may show a permission prompt; the answer must come within a minute.
 * @param microphone - constraints, or a stream of the app
 * @param signal - cancels; a microphone that opens after that is stopped at once
 * @returns the microphone, which the caller closes; rejects with an `RtcError`
 */
export async function openMicrophoneAsync(microphone: IRtcCheckOptions["microphone"], signal: AbortSignal): Promise<IOpenMicrophone> {
    if (typeof MediaStream !== "undefined" && microphone instanceof MediaStream) {
        const track = microphone.getAudioTracks().find(({ readyState }) => readyState === "live");
        if (!track) {
            throw new RtcError("microphoneMissing", "The option microphone's stream has no live audio track. Open a new one.");
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
            throw new RtcError("microphoneMissing", "No microphone was found. Plug one in.");
        }
        return { track, close: () => stop(stream) };
    } catch (error) {
        // A microphone that opens after the cancellation or the timeout is stopped. After any other failure there is none to stop.
        opening.then(stop, () => undefined);
        if (timeout.aborted && !signal.aborted) {
            throw new RtcError("microphoneDenied", "The microphone prompt was not answered. Allow the microphone, then check again.", {
                cause: error,
            });
        }
        throw microphoneError(error);
    }
}

/**
 * Checks that the microphone gives sound.
 * @param microphone - an open microphone
 * @param audio - the audio context that measures the level, if it runs; null = the level is not measured
 * @param signal - cancels
 * @returns the finding; rejects with `microphoneSilent` if the microphone gives no sound at all
 */
export async function checkMicrophoneAsync(
    { track }: Pick<IOpenMicrophone, "track">,
    audio: ProbeContext | null,
    signal: AbortSignal,
): Promise<Finding> {
    const device = track.label === "" ? "The microphone" : `The microphone (${track.label})`;
    if (audio?.isRunning !== true) {
        return { text: `${device} is open. Sound is off, so it was not measured.` };
    }
    if (!(await audio.hearsAsync(track, nothingLevel, silenceMs, signal))) {
        throw new RtcError(
            "microphoneSilent",
            `${device} delivers only silence. Check its switch, choose another one, or plug it in again.`,
        );
    }
    return { text: `${device} is open and gives sound.` };
}
