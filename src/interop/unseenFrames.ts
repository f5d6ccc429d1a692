import { EMPTY, defer, filter, interval, tap } from "rxjs";
import type { Observable } from "rxjs";
import type { Scene } from "@babylonjs/core/scene.js";
import { browserPage } from "./page.js";

/** As fast as browsers let the timers of a hidden page go. In milliseconds. */
const periodMs = 1_000;

/** As much of a scene as is needed. */
export type IUnseenScene = Pick<Scene, "getFrameId" | "incrementRenderId">;

/**
 * Stands in for the frames of a scene that is not rendered: in a hidden page `requestAnimationFrame` pauses
 * (https://html.spec.whatwg.org/#rendering-opportunity), and an app stops its render loop behind a menu or until a picture changes, while
 * sounds go on and messages move avatars. World matrices are computed anew where something moved. While the scene is rendered it tells nothing.
 * @param scene - the scene
 * @param page - the page that it is in. Default: the browser's.
 * @returns emits once a second, or less often where the browser slows a hidden page down further; completes outside of browsers
 */
export function unseenFrames$(scene: IUnseenScene, page: object | null = browserPage()): Observable<unknown> {
    if (!page) {
        return EMPTY;
    }
    return defer(() => {
        let frame = scene.getFrameId();
        return interval(periodMs).pipe(
            filter(() => {
                const before = frame;
                frame = scene.getFrameId();
                return frame === before;
            }),
            // Otherwise Babylon takes every node for looked at already.
            tap(() => scene.incrementRenderId()),
        );
    });
}
