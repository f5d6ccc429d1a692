import type { Observable as BabylonObservable } from "@babylonjs/core/Misc/observable.js";
import { Observable } from "rxjs";

/**
 * Converts a Babylon observable to an RxJS observable: cold, one observer per subscriber, no replay.
 * @param observable - the Babylon observable; owned by the caller
 * @returns an observable of the notified values. Never completes, because Babylon observables do not report their end.
 */
export function fromBabylon<T>(observable: BabylonObservable<T>): Observable<T> {
    return new Observable<T>((subscriber) => {
        const observer = observable.add((value) => subscriber.next(value));
        // Not observer.remove(), which can leave hasObservers() true and make a running notification skip the next observer.
        return () => observable.remove(observer);
    });
}
