import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import type { IGuiTheme } from "./theme.js";

/** Width of its bar, in pixels. */
export const scrollBarSize = 8;

/** Scrolls what is too high, by its bar, by a wheel, and by dragging what can be pressed nowhere: with a finger, or with a ray in XR. */
export function scroller(name: string, width: number, theme: IGuiTheme): ScrollViewer {
    const viewer = new ScrollViewer(name);
    viewer.widthInPixels = width;
    viewer.thickness = 0;
    viewer.barSize = scrollBarSize;
    viewer.barColor = theme.faint;
    viewer.barBackground = theme.raised;
    // The edge around the bar.
    viewer.color = "transparent";
    viewer.forceHorizontalBar = false;
    let grabbedAt: number | null = null;
    viewer.onPointerDownObservable.add(({ y }) => (grabbedAt = y));
    viewer.onPointerUpObservable.add(() => (grabbedAt = null));
    viewer.onPointerOutObservable.add(() => (grabbedAt = null));
    viewer.onPointerMoveObservable.add(({ y }) => {
        const [content] = viewer.children;
        if (grabbedAt === null || !content) {
            return;
        }
        // Both in pixels of the texture, as the pointer is.
        const hidden = content._currentMeasure.height - viewer._currentMeasure.height;
        if (hidden > 0) {
            const { verticalBar } = viewer;
            verticalBar.value = Math.min(1, Math.max(0, verticalBar.value + (grabbedAt - y) / hidden));
        }
        grabbedAt = y;
    });
    return viewer;
}
