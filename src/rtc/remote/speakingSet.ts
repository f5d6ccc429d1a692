import { Observable, distinctUntilChanged } from "rxjs";
import { subscribeEach } from "./subscribeEach.js";

/**
 * Who speaks, of a changing set of members.
 * @param members$ - how to hear of each member, by id
 * @returns the ids of those who speak, on every change; it listens to nobody while nobody listens to it
 */
export function speakingSet(members$: Observable<ReadonlyMap<string, Observable<boolean>>>): Observable<ReadonlySet<string>> {
    return new Observable<ReadonlySet<string>>((subscriber) => {
        let speaking: ReadonlySet<string> = new Set();
        const set = (id: string, speaks: boolean): void => {
            if (speaking.has(id) !== speaks) {
                const next = new Set(speaking);
                if (speaks) {
                    next.add(id);
                } else {
                    next.delete(id);
                }
                speaking = next;
                subscriber.next(speaking);
            }
        };
        subscriber.next(speaking);
        subscriber.add(subscribeEach(members$, set, (id) => set(id, false)));
    }).pipe(distinctUntilChanged());
}
