import { EMPTY, distinctUntilChanged, merge, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { gestures$ } from "../interop/page.js";
import type { AudioHost } from "./audioHost.js";
import { conversing$ } from "./audioSession.js";
import { keepSounding$ } from "./keepSounding.js";
import { xrEntries$ } from "./xrEntry.js";
import type { IXrScene } from "./xrEntry.js";

/**
 * What browsers want in return for sound, while it is wanted; `docs/browsers.md` tells of each.
 * @param wanted$ - whether sound is wanted
 * @param host - whose sound
 * @param scene - where it is heard
 * @returns emits nothing; subscribed, it follows. Errors as `wanted$` does.
 */
export function browserWays$(wanted$: Observable<boolean>, host: AudioHost, scene: IXrScene): Observable<never> {
    return wanted$.pipe(
        distinctUntilChanged(),
        switchMap((wanted) =>
            wanted ? merge(conversing$(), keepSounding$(host, { gestures$: merge(gestures$(), xrEntries$(scene)) })) : EMPTY,
        ),
    );
}
