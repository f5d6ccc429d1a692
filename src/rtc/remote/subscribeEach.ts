import type { Observable } from "rxjs";
import { Subscription } from "rxjs";

/**
 * Subscribes to the streams of a changing set of members. A change of one member does not affect the subscriptions of the others.
 * @param members$ - stream of each present member, by id
 * @param onValue - called with each value of a member's stream
 * @param onGone - called when a member has left, or has another stream
 * @returns the subscription
 */
export function subscribeEach<T>(
    members$: Observable<ReadonlyMap<string, Observable<T>>>,
    onValue: (id: string, value: T) => void,
    onGone: (id: string) => void,
): Subscription {
    const heard = new Map<string, { readonly source: Observable<T>; readonly subscription: Subscription }>();
    const all = new Subscription(() => heard.forEach(({ subscription }) => subscription.unsubscribe()));
    all.add(
        members$.subscribe((members) => {
            for (const [id, { source, subscription }] of heard) {
                if (members.get(id) !== source) {
                    subscription.unsubscribe();
                    heard.delete(id);
                    onGone(id);
                }
            }
            for (const [id, source] of members) {
                if (!heard.has(id)) {
                    heard.set(id, { source, subscription: source.subscribe((value) => onValue(id, value)) });
                }
            }
        }),
    );
    return all;
}
