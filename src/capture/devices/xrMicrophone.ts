import { EMPTY, catchError, concatMap, filter, from, map } from "rxjs";
import type { Subscription } from "rxjs";
import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import type { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { checkOptions } from "../../errors/checkOptions.js";
import { fromBabylon } from "../../interop/observables.js";
import type { Microphone } from "../microphone.js";

/** As much of a Babylon `WebXRExperienceHelper` (`xr.baseExperience`) as is needed. */
export interface IXrStateSource {
    readonly onStateChangedObservable: BabylonObservable<WebXRState>;
}

/** Babylon's `WebXRState.IN_XR` and `NOT_IN_XR`; the enum itself would be code to load. */
const inXr = 2;
const notInXr = 3;

/**
 * Hears through the headset's own microphone while in XR, and gives the one before back afterwards.
 * @param microphone - `rtc.microphone`
 * @param experience - `xr.baseExperience`
 * @returns the subscription, which the caller ends. What fails is told by `microphone.deviceEvents$`.
 */
export function useHeadsetMicrophone(
    microphone: Pick<Microphone, "enterXrAsync" | "exitXrAsync">,
    experience: IXrStateSource,
): Subscription {
    checkOptions(microphone, "enterXrAsync! exitXrAsync!", "argument microphone.");
    checkOptions(experience, "onStateChangedObservable.add!", "argument experience.");
    return fromBabylon(experience.onStateChangedObservable)
        .pipe(
            map((state): number => state),
            filter((state) => state === inXr || state === notInXr),
            // One after the other: who takes a headset off quickly gets the old microphone back all the same.
            concatMap((state) =>
                from(state === inXr ? microphone.enterXrAsync() : microphone.exitXrAsync()).pipe(
                    map(() => undefined),
                    catchError(() => EMPTY),
                ),
            ),
        )
        .subscribe();
}
