import { distinctUntilChanged, filter, map, merge, mergeMap, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";
import { rememberedDeviceAsync } from "./rememberedDevice.js";

/** The part of the output device that the watch uses. */
export interface IWatchedOutput {
    /** Id of the chosen device; null = the system's default device. */
    readonly id: string | null;
    /** Current value and changes of `id`. Replays. */
    readonly id$: Observable<string | null>;
    /** Output devices that have an id. */
    readonly outputs$: Observable<readonly IAudioDevice[]>;
    selectAsync(id: string | null): Promise<boolean>;
}

/**
 * Watches the output device while subscribed. Once devices have labels, restores the device that was chosen on an earlier page. Replaces a
 * missing device by the system's default device.
 * @param output - output device
 * @param media - the browser's media devices
 * @param chosen - returns the stored choice
 * @param started$ - emits when the microphone has started; from then on the browser reveals device labels
 * @returns errors to show to the user. Never errors.
 */
export function outputFaults$(
    output: IWatchedOutput,
    media: IMediaPort,
    chosen: () => IChosenDevice | null,
    started$: Observable<unknown>,
): Observable<RtcError> {
    const gone$ = output.id$.pipe(
        distinctUntilChanged(),
        switchMap((id) =>
            id === null
                ? of(false)
                : output.outputs$.pipe(map((outputs) => outputs.length > 0 && !outputs.some((device) => device.id === id))),
        ),
        filter((gone) => gone),
    );
    return merge(
        started$.pipe(mergeMap(() => restoreAsync(output, media, chosen()))),
        gone$.pipe(
            mergeMap(() =>
                merge(
                    of(new RtcError("deviceUnplugged", "Your output device was unplugged. The system's default is used.")),
                    output.selectAsync(null).then(() => null, microphoneError),
                ),
            ),
        ),
    ).pipe(filter((error) => error !== null));
}

async function restoreAsync(output: IWatchedOutput, media: IMediaPort, chosen: IChosenDevice | null): Promise<RtcError | null> {
    if (!chosen || output.id !== null) {
        return null;
    }
    const found = await rememberedDeviceAsync(media, "output", chosen);
    if (!found) {
        return new RtcError("deviceNotFound", "The chosen output device was not found. The default one is used.");
    }
    return await output.selectAsync(found.id).then(
        () => null,
        (error: unknown) => RtcError.From(error, "unknown", "The chosen output cannot be used."),
    );
}
