import { checkOptions } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { constraintsOf } from "./processing.js";
import type { ICaptureProcessing } from "./processing.js";

/** Actions that apply a change of processing. */
export interface IProcessingEffects {
    /** True if the browser's processing cannot be changed, since the app provides the stream. */
    isFixed(): boolean;
    /** Sets the high-pass filter; null = none. */
    setHighPassAsync(make: AudioProcessorFactory | null): Promise<void>;
    /** Reopens the device, if it is open. Rejects with `aborted` if another operation superseded this one. */
    reopenAsync(): Promise<void>;
}

/** Settings that a change of processing reads and writes. */
export interface IProcessingState {
    /** Current settings. */
    readonly processing: ICaptureProcessing;
    /** Constraints of all settings that were changed since the start. */
    readonly asked: MediaTrackConstraints;
    /** Replaces the settings, and the constraints if they are given. */
    change(processing: ICaptureProcessing, asked?: MediaTrackConstraints): void;
    /** Restores the browser's processing of the open device, after the device could not be replaced. */
    revert(): void;
}

const isBoolean = (value: unknown): boolean => typeof value === "boolean";

const checks: Readonly<Record<keyof ICaptureProcessing, { readonly is: (value: unknown) => boolean; readonly wanted: string }>> = {
    echoCancellation: {
        is: (value) => isBoolean(value) || value === "all" || value === "remote-only",
        wanted: 'true, false, "all" or "remote-only"',
    },
    noiseSuppression: { is: isBoolean, wanted: "true or false" },
    autoGainControl: { is: isBoolean, wanted: "true or false" },
    highPassHz: {
        is: (value) => typeof value === "number" && (value === 0 || (value >= 20 && value <= 500)),
        wanted: "0 or a number from 20 to 500",
    },
};

/**
 * Validates changed settings and merges them into the previous ones.
 * @param changes - settings to change
 * @param before - previous settings
 * @returns all settings; throws `invalidArgument` for an unknown name or a value out of range
 */
export function resolveProcessing(changes: Partial<ICaptureProcessing>, before: ICaptureProcessing): ICaptureProcessing {
    checkOptions({ changes }, "changes!=object", "argument ");
    for (const [name, value] of Object.entries(changes) as [string, unknown][]) {
        const check = Object.hasOwn(checks, name) ? checks[name as keyof ICaptureProcessing] : null;
        if (!check) {
            throw new RtcError("invalidArgument", `Unknown audio processing "${name}".`);
        }
        if (!check.is(value)) {
            throw new RtcError("invalidArgument", `${name} must be ${check.wanted}, not ${String(value)}.`);
        }
    }
    return { ...before, ...changes };
}

/** @returns the settings that differ from the previous ones */
export function changesOf(after: ICaptureProcessing, before: ICaptureProcessing): Partial<ICaptureProcessing> {
    const names = Object.keys(after) as (keyof ICaptureProcessing)[];
    return Object.fromEntries(names.flatMap((name) => (after[name] === before[name] ? [] : [[name, after[name]]])));
}

/** Q of a Butterworth filter, which has no peak at the cutoff, in decibels: the unit of WebAudio's high-pass. */
const butterworthQ = 20 * Math.log10(Math.SQRT1_2);

/**
 * @param hz - cutoff, in hertz: −3 dB there, and 12 dB per octave below; 0 = no filter
 * @returns a factory of a high-pass filter against rumble; null = no filter
 */
function highPass(hz: number): AudioProcessorFactory | null {
    return hz === 0
        ? null
        : (context) => {
              const node = new BiquadFilterNode(context, { type: "highpass", frequency: hz, Q: butterworthQ });
              return { input: node, output: node };
          };
}

/** Applies changed settings. See `Microphone.setProcessingAsync`. */
export async function changeProcessingAsync(
    state: IProcessingState,
    effects: IProcessingEffects,
    changes: Partial<ICaptureProcessing>,
): Promise<void> {
    const before = state.processing;
    const after = resolveProcessing(changes, before);
    const news = changesOf(after, before);
    const wishes = constraintsOf(news);
    const isAsked = Object.keys(wishes).length > 0;
    if (isAsked && effects.isFixed()) {
        throw new RtcError("unsupported", "The app passed its own microphone stream, so only the app controls its processing.");
    }
    const asked = isAsked ? { ...state.asked, ...wishes } : state.asked;
    state.change(after, asked);
    try {
        if (news.highPassHz !== undefined) {
            await effects.setHighPassAsync(highPass(after.highPassHz));
        }
        if (isAsked) {
            await effects.reopenAsync();
        }
    } catch (error) {
        const failure = microphoneError(error);
        if (failure.code === "aborted") {
            // A newer switch, change or stop has superseded this change, and decides which settings are in effect.
            return;
        }
        if (isAsked && state.asked === asked) {
            state.revert();
        }
        const { highPassHz } = state.processing;
        if (news.highPassHz !== undefined && highPassHz === after.highPassHz) {
            state.change({ ...state.processing, highPassHz: before.highPassHz });
            await effects.setHighPassAsync(highPass(before.highPassHz)).catch(() => undefined);
        }
        throw failure;
    }
}
