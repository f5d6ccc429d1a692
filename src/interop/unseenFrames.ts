import { EMPTY, defer, filter, interval, tap } from "rxjs";
import type { Observable } from "rxjs";
import type { Scene } from "@babylonjs/core/scene.js";
import { browserPage } from "./page.js";

/** Poll interval, in milliseconds: the shortest timer interval that browsers allow in a hidden page. */
const periodMs = 1_000;

/** The part of a scene that is used here. */
export type IUnseenScene = Pick<Scene, "getFrameId" | "incrementRenderId">;

/**
 * Emits instead of the frames of a scene while it is not rendered. In a hidden page, `requestAnimationFrame` pauses
 * (https://html.spec.whatwg.org/#rendering-opportunity), and an app may stop its render loop behind a menu or while the picture does not change.
 * Meanwhile sounds continue, and messages may move avatars. Before each emission, the scene's render id is incremented, so that world matrices of
 * moved nodes are computed again. Does not emit while the scene is rendered.
 * @param scene - the scene
 * @param page - the page of the scene. Default: the browser's page.
 * @returns emits once a second, or less often if the browser throttles a hidden page further; completes at once outside of browsers
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
            // Otherwise Babylon assumes that the world matrices of all nodes are already up to date for this frame.
            tap(() => scene.incrementRenderId()),
        );
    });
}
