import { Observable } from "@babylonjs/core/Misc/observable.js";
import { take } from "rxjs";
import { fromBabylon } from "../../../src/interop/observables.js";

describe("fromBabylon", () => {
    it("emits what the Babylon observable notifies, without Babylon's event state", () => {
        const babylon = new Observable<number>();
        const heard = jest.fn();
        fromBabylon(babylon).subscribe(heard);
        babylon.notifyObservers(1);
        babylon.notifyObservers(2);
        expect(heard.mock.calls).toEqual([[1], [2]]);
    });

    it("observes the Babylon observable only while it has subscribers", () => {
        const babylon = new Observable<number>();
        const stream$ = fromBabylon(babylon);
        expect(babylon.hasObservers()).toBe(false);
        const subscriptions = [stream$.subscribe(), stream$.subscribe()];
        expect(babylon.observers).toHaveLength(2);
        subscriptions.forEach((subscription) => subscription.unsubscribe());
        expect(babylon.hasObservers()).toBe(false);
    });

    it("skips no other observer when a subscriber unsubscribes during a notification", () => {
        const babylon = new Observable<number>();
        const other = jest.fn((value: number) => value);
        fromBabylon(babylon).pipe(take(1)).subscribe();
        babylon.add((value) => other(value));
        babylon.notifyObservers(1);
        expect(other.mock.calls).toEqual([[1]]);
        expect(babylon.hasObservers()).toBe(true);
    });
});
