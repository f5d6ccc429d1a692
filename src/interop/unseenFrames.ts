import type { Scene } from "@babylonjs/core/scene.js";
import { EMPTY, filter, fromEvent, interval, map, startWith, switchMap, tap } from "rxjs";
import type { Observable } from "rxjs";
import { browserPage } from "./page.js";
import type { IPage } from "./page.js";

/** As fast as browsers let the timers of a hidden page go. In milliseconds. */
const periodMs = 1_000;

/** As much of a scene as is needed. */
export type IUnseenScene = Pick<Scene, "getFrameId" | "incrementRenderId">;

/**
 * Stands in for the frames of a scene that is not rendered because its page is hidden: `requestAnimationFrame` pauses there
 * (https://html.spec.whatwg.org/#rendering-opportunity), while sounds go on and messages move avatars. World matrices are computed anew
 * where something moved. While the page is seen, or the scene is rendered all the same (in a headset), there is no timer, or it tells nothing.
 * @param scene - the scene
 * @param page - the page that it is in. Default: the browser's.
 * @returns emits once a second, or less often where the browser slows a hidden page down further
 */
export function unseenFrames$(scene: IUnseenScene, page: IPage | null = browserPage()): Observable<unknown> {
    if (!page) {
        return EMPTY;
    }
    return fromEvent(page.document, "visibilitychange").pipe(
        startWith(null),
        map(() => page.document.visibilityState === "hidden"),
        switchMap((hidden) => {
            let frame = scene.getFrameId();
            return hidden
                ? interval(periodMs).pipe(
                      filter(() => {
                          const before = frame;
                          frame = scene.getFrameId();
                          return frame === before;
                      }),
                      // Otherwise Babylon takes every node for looked at already.
                      tap(() => scene.incrementRenderId()),
                  )
                : EMPTY;
        }),
    );
}
