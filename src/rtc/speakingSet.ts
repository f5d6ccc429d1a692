import { Observable, distinctUntilChanged } from "rxjs";
import type { Subscription } from "rxjs";

/**
 * Who speaks, of a changing set of members. Each member is listened to from when they come until they go; the others go on undisturbed.
 * @param members$ - how to hear of each member, by id
 * @returns the ids of those who speak, on every change; it listens to nobody while nobody listens to it
 */
export function speakingSet(members$: Observable<ReadonlyMap<string, Observable<boolean>>>): Observable<ReadonlySet<string>> {
    return new Observable<ReadonlySet<string>>((subscriber) => {
        const heard = new Map<string, { readonly source: Observable<boolean>; readonly subscription: Subscription }>();
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
        const forget = (id: string): void => {
            heard.get(id)?.subscription.unsubscribe();
            heard.delete(id);
            set(id, false);
        };
        subscriber.next(speaking);
        subscriber.add(
            members$.subscribe((members) => {
                for (const [id, { source }] of heard) {
                    if (members.get(id) !== source) {
                        forget(id);
                    }
                }
                for (const [id, source] of members) {
                    if (!heard.has(id)) {
                        heard.set(id, { source, subscription: source.subscribe((speaks) => set(id, speaks)) });
                    }
                }
            }),
        );
        subscriber.add(() => heard.forEach(({ subscription }) => subscription.unsubscribe()));
    }).pipe(distinctUntilChanged());
}
