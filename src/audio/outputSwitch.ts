import { RtcError } from "../errors/rtcError.js";

/**
 * Switches a context to another output device. Loaded on the first switch.
 * @param context - the audio context
 * @param deviceId - id from `enumerateDevices`; "" = the system's default device
 * @returns a promise that resolves when the switch is done; rejects with `unsupported`, `deviceNotFound` or `microphoneDenied`
 */
export async function switchOutputAsync(
    context: AudioContext & { setSinkId?(id: string): Promise<void> },
    deviceId: string,
): Promise<void> {
    if (!context.setSinkId) {
        throw new RtcError("unsupported", "This browser does not let a page choose the output device. Choose it in the system's settings.");
    }
    try {
        await context.setSinkId(deviceId);
    } catch (cause) {
        if (cause instanceof DOMException && cause.name === "NotAllowedError") {
            const message = "The browser lets a page choose the output device only if the microphone is allowed. Allow it first.";
            throw new RtcError("microphoneDenied", message, { cause });
        }
        throw new RtcError("deviceNotFound", "The output device cannot be used. It may have been unplugged.", { cause });
    }
}
