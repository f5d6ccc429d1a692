import { errorRow } from "../../errors/errorTable.js";
import type { RtcError } from "../../errors/rtcError.js";
import { deviceForm } from "./audioDevice.js";
import type { IAudioDevice } from "./audioDevice.js";

/** Fault of a device. */
export type DeviceFault = "noPermission" | "busy" | "notFound" | "unplugged" | "silent" | "unsupported" | "failure";

/** Something that happened to microphones, loudspeakers and headphones. */
export type DeviceEvent =
    | { readonly type: "added" | "removed"; readonly device: IAudioDevice }
    /** The microphone is being heard / was let go of. */
    | { readonly type: "started" | "stopped"; readonly device: IAudioDevice }
    /** Sound comes out there from now on: chosen, or the system's own choice. The whole audio engine has moved. */
    | { readonly type: "outputChanged"; readonly device: IAudioDevice }
    | { readonly type: "error"; readonly reason: DeviceFault; readonly kind: IAudioDevice["kind"]; readonly error: RtcError };

/** @returns the event that tells of an error */
export function deviceFault(kind: IAudioDevice["kind"], error: RtcError): DeviceEvent {
    return { type: "error", reason: errorRow(error.code).device ?? "failure", kind, error };
}

/** @returns the device behind a track, as the track itself tells */
export function deviceOf(track: MediaStreamTrack): IAudioDevice {
    const { deviceId = "" } = track.getSettings();
    return { id: deviceId, label: track.label, kind: "input", isDefault: deviceId === "default", form: deviceForm(track.label) };
}
