import type { Observable } from "rxjs";
import { Subscription } from "rxjs";

/**
 * Listens to each of a changing set of members from when they come until they go; the others go on undisturbed.
 * @param members$ - how to hear of each member, by id
 * @param onValue - called with what a member says
 * @param onGone - called when a member has gone, or is heard of otherwise
 * @returns what to unsubscribe from
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
