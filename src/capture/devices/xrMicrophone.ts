import { EMPTY, catchError, concatMap, filter, from, map } from "rxjs";
import type { Subscription } from "rxjs";
import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import type { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { checkOptions } from "../../errors/checkOptions.js";
import { fromBabylon } from "../../interop/observables.js";
import type { Microphone } from "../microphone.js";

/** State observable of a Babylon `WebXRExperienceHelper` (`xr.baseExperience`). */
export interface IXrStateSource {
    readonly onStateChangedObservable: BabylonObservable<WebXRState>;
}

/** Babylon's `WebXRState.IN_XR` and `NOT_IN_XR`. Copied, since importing the enum would load its module. */
const inXr = 2;
const notInXr = 3;

/**
 * Uses the headset's own microphone while in XR, and the previous microphone afterwards. If the headset's microphone cannot be opened, the
 * previous one stays, and `deviceEvents$` emits the error.
 * @param microphone - `rtc.microphone`
 * @param experience - `xr.baseExperience`, before XR is entered
 * @returns the subscription. The caller unsubscribes, which does not switch the microphone.
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
            // In sequence, so that the previous microphone is restored even if XR is left while the headset's microphone is being opened.
            concatMap((state) =>
                from(state === inXr ? microphone.enterXrAsync() : microphone.exitXrAsync()).pipe(
                    map(() => undefined),
                    // `deviceEvents$` has emitted the error, unless another switch has superseded this one.
                    catchError(() => EMPTY),
                ),
            ),
        )
        .subscribe();
}
