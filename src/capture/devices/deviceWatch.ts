import { filter, map, merge, pairwise, startWith } from "rxjs";
import type { Observable } from "rxjs";
import type { RtcError } from "../../errors/rtcError.js";
import type { MicrophoneState } from "../microphoneState.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import { inputFaults$ } from "./inputWatch.js";
import type { IWatchedInput } from "./inputWatch.js";
import { outputFaults$ } from "./outputWatch.js";
import type { IWatchedOutput } from "./outputWatch.js";

export { findDeviceAsync, findHeadsetAsync } from "./deviceSearch.js";
export { untilAwakeAsync } from "./silence.js";

/**
 * Watches the input and output devices while subscribed, and replaces missing devices; see `inputFaults$` and `outputFaults$`.
 * @param input - input device
 * @param output - output device
 * @param chosenOutput - returns the chosen output device
 * @returns errors to show to the user, with the kind of the device. Never errors.
 */
export function deviceFaults$(
    input: IWatchedInput,
    output: IWatchedOutput,
    chosenOutput: () => IChosenDevice | null,
): Observable<readonly [IAudioDevice["kind"], RtcError]> {
    const started$ = input.state$.pipe(
        // If the microphone is already live, it started while this module was loading.
        startWith<MicrophoneState>({ state: "asking" }),
        pairwise(),
        filter(([before, after]) => before.state === "asking" && after.state === "live"),
        map(([, after]) => after),
        filter((state) => state.state === "live"),
        map(({ track }) => track),
    );
    return merge(
        inputFaults$(input, started$).pipe(map((error) => ["input", error] as const)),
        outputFaults$(output, input.context.media, chosenOutput, started$).pipe(map((error) => ["output", error] as const)),
    );
}
