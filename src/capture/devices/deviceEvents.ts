import { errorRow } from "../../errors/errorTable.js";
import type { RtcError } from "../../errors/rtcError.js";
import { deviceForm } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";

/** Fault of a device. */
export type DeviceFault = "noPermission" | "busy" | "notFound" | "unplugged" | "silent" | "unsupported" | "failure";

/** Event of an input or output device. */
export type DeviceEvent =
    | { readonly type: "added" | "removed"; readonly device: IAudioDevice }
    /** `started`: the microphone is captured. `stopped`: it was released. */
    | { readonly type: "started" | "stopped"; readonly device: IAudioDevice }
    /** The output has switched to this device, chosen by the user or by the system. The whole audio engine has moved. */
    | { readonly type: "outputChanged"; readonly device: IAudioDevice }
    | { readonly type: "error"; readonly reason: DeviceFault; readonly kind: IAudioDevice["kind"]; readonly error: RtcError };

/** @returns the event that reports an error */
export function deviceFault(kind: IAudioDevice["kind"], error: RtcError): DeviceEvent {
    return { type: "error", reason: errorRow(error.code).device ?? "failure", kind, error };
}

/** @returns the device of a track, from the track's settings and label */
export function deviceOf(track: MediaStreamTrack): IAudioDevice {
    const { deviceId = "" } = track.getSettings();
    return { id: deviceId, label: track.label, kind: "input", isDefault: deviceId === "default", form: deviceForm(track.label) };
}
