/**
 * Loudspeaker audio that echo cancellation removes from the microphone's audio.
 *
 * - `false`: none.
 * - `true`: the browser decides, but removes at least audio from calls.
 * - `"all"`: everything that this machine plays. Treated as `true` where it is not supported: in Chromium before 141, Firefox and Safari, and on
 *   some devices.
 * - `"remote-only"`: only audio directly from calls. Voices of this library pass through WebAudio for positioning, so they are not removed.
 *
 * Source: https://www.w3.org/TR/mediacapture-streams/#dom-echocancellationmodeenum
 */
export type EchoCancellation = boolean | "all" | "remote-only";

/** Processing of the microphone's audio before it is sent. */
export interface ICaptureProcessing {
    /** Default: `"all"`. */
    readonly echoCancellation: EchoCancellation;
    /** Noise suppression of the browser. Not requested while a suppressor is set, see `microphone.setSuppressorAsync`. Default: true. */
    readonly noiseSuppression: boolean;
    /** Automatic gain control of the browser. Default: true. */
    readonly autoGainControl: boolean;
    /** Cutoff of a high-pass filter (12 dB per octave) against rumble, handling noise and fan hum. In hertz, 20 to 500; 0 = off. Default: 0. */
    readonly highPassHz: number;
}

/** Default processing. */
export const defaultProcessing: ICaptureProcessing = {
    // Not `true`, which need not remove audio that WebAudio plays, such as the voices.
    echoCancellation: "all",
    noiseSuppression: true,
    autoGainControl: true,
    highPassHz: 0,
};

const askedNames = ["echoCancellation", "noiseSuppression", "autoGainControl"] as const;

/** @returns true if browsers accept the value for the named constraint */
function isWish(name: string, wish: unknown): boolean {
    return typeof wish === "boolean" || (name === "echoCancellation" && (wish === "all" || wish === "remote-only"));
}

/** @returns the processing that the app's constraints request, completed with the defaults */
export function processingOf(constraints: MediaTrackConstraints): ICaptureProcessing {
    const wishes = askedNames.map((name) => {
        const wish: unknown = constraints[name];
        const { exact, ideal } = (typeof wish === "object" ? wish : {}) as { readonly exact?: unknown; readonly ideal?: unknown };
        return [name, exact ?? ideal ?? wish] as const;
    });
    return { ...defaultProcessing, ...Object.fromEntries(wishes.filter(([name, wish]) => isWish(name, wish))) };
}

/** @returns the browser constraints for the changed settings */
export function constraintsOf(changes: Partial<ICaptureProcessing>): MediaTrackConstraints {
    return Object.fromEntries(askedNames.flatMap((name) => (changes[name] === undefined ? [] : [[name, changes[name]]])));
}

/** @returns true if the track's reported settings match the constraints; an unsupported kind of echo cancellation may be replaced by another kind */
export function obeys(track: MediaStreamTrack, asked: MediaTrackConstraints): boolean {
    const settings = track.getSettings();
    return askedNames.every((name) => {
        const is: unknown = settings[name];
        return is === undefined || asked[name] === undefined || Boolean(is) === Boolean(asked[name]);
    });
}
