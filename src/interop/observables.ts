import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import { Observable } from "rxjs";

/**
 * Gives a Babylon observable as an RxJS one: cold, one observer per subscriber, no replay.
 * @param observable - the Babylon observable; it stays its owner's
 * @returns a stream of what it notifies. Never ends by itself, since Babylon observables do not tell.
 */
export function fromBabylon<T>(observable: BabylonObservable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
        const observer = observable.add((value) => subscriber.next(value));
        // Not observer.remove(): that one can leave hasObservers() true and make a running notification skip the next observer.
        return () => observable.remove(observer);
    });
}
