import { distinctUntilChanged, filter, map, merge, mergeMap, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { IChosenDevice } from "./deviceStorage.js";
import type { IMediaPort } from "./mediaPort.js";
import { rememberedDeviceAsync } from "./rememberedDevice.js";

/** The output as its watch sees it. */
export interface IWatchedOutput {
    /** Id of the device in use; null = the system's choice. */
    readonly id: string | null;
    /** The same, and every change. Replays. */
    readonly id$: Observable<string | null>;
    /** The outputs that have an id. */
    readonly outputs$: Observable<readonly IAudioDevice[]>;
    selectAsync(id: string | null): Promise<boolean>;
}

/**
 * Watches where sound comes out while subscribed: what was chosen in an earlier page is used again once devices have names, and the system's
 * choice takes over when it is gone.
 * @param output - the output
 * @param media - the browser's devices
 * @param chosen - the kept choice
 * @param started$ - emits when the microphone has started, which makes the browser name its devices
 * @returns what the local member should know of. Never errors.
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
                    of(new RtcError("deviceUnplugged", "What you heard with is gone; the sound comes out of the system's choice now.")),
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
        return new RtcError("deviceNotFound", "What you chose to hear with is not there; the system's choice is used.");
    }
    return await output.selectAsync(found.id).then(
        () => null,
        (error: unknown) => RtcError.From(error, "unknown", "The sound cannot come out where you chose."),
    );
}
