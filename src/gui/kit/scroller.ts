import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import type { IGuiTheme } from "./theme.js";

/** Width of its bar, in pixels. */
export const scrollBarSize = 7;

/**
 * @param height - wanted, in pixels
 * @returns how high something that scrolls is, in pixels: never lower than its bar is wide, for which Babylon (9.34) logs an error at each frame
 */
export function scrolledHeight(height: number): number {
    return Math.max(2 * scrollBarSize, height);
}

/**
 * Scrolls what is too high, by its bar, by a wheel, and by dragging what can be pressed nowhere: with a finger, or with a ray in XR.
 * @param width - of the sheet that it lies on, in pixels; it fills it up to the line around it
 */
export function scroller(name: string, width: number, theme: IGuiTheme): ScrollViewer {
    const viewer = new ScrollViewer(name);
    viewer.widthInPixels = width - 2;
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
