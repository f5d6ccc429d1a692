import { checkOptions } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import type { ICaptureProcessing } from "./processing.js";

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
