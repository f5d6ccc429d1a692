import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import type { PointerInfoBase } from "@babylonjs/core/Events/pointerEvents.js";
import { Vector2 } from "@babylonjs/core/Maths/math.vector.js";
import type { Nullable } from "@babylonjs/core/types.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import { ScrollBar } from "@babylonjs/gui/2D/controls/sliders/scrollBar.js";
import { Slider } from "@babylonjs/gui/2D/controls/sliders/slider.js";
import { isTouch } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Width of the scroll bar, in pixels. */
export const scrollBarSize = 7;

/**
 * Computes the height of a scroll viewer. Babylon (9.34) logs an error in each frame if a viewer's height is less than the width of its scroll bar.
 * @param height - preferred height, in pixels
 * @returns the height, in pixels: at least twice the width of the scroll bar
 */
export function scrolledHeight(height: number): number {
    return Math.max(2 * scrollBarSize, height);
}

/** Drag distance from which a press becomes a scroll, in pixels: for a finger, and for a mouse or an unsteady ray. */
const [fingersWay, raysWay] = [8, 24];

/** A press on a control inside a scroll viewer. */
interface IPress {
    readonly pointerId: number;
    readonly x: number;
    readonly y: number;
    readonly control: Control;
    /** Drag distance from which the press becomes a scroll, in pixels of the texture. */
    readonly way: number;
    /** Values of all sliders before the press. */
    readonly values: ReadonlyMap<Slider, number>;
}

/** Scroll viewer that takes over a press from one of its controls when the press becomes a vertical drag. */
class Scroller extends ScrollViewer {
    private _press: IPress | null = null;

    /** @internal */
    public override _processPicking(
        x: number,
        y: number,
        pi: Nullable<PointerInfoBase>,
        type: number,
        pointerId: number,
        ...rest: [buttonIndex: number, deltaX?: number, deltaY?: number]
    ): boolean {
        const sliders = type === PointerEventTypes.POINTERDOWN ? this.getDescendants(false, (each) => each instanceof Slider) : [];
        const values = new Map((sliders as Slider[]).map((slider) => [slider, slider.value]));
        const isPicked = super._processPicking(x, y, pi, type, pointerId, ...rest);
        if (type === PointerEventTypes.POINTERDOWN && isPicked) {
            const control = this.host._lastControlDown[pointerId] ?? this;
            const way = (isTouch(pi) ? fingersWay : raysWay) * this.host.idealRatio;
            // Scroll bars handle drags themselves, and controls that do not block the pointer pass the press on to the viewer.
            const isOn = control.isPointerBlocker && control.isAscendant(this) && !(control instanceof ScrollBar);
            this._press = isOn ? { pointerId, x, y, control, way, values } : null;
            if (isOn && values.has(control as Slider)) {
                const moves = control.onPointerMoveObservable.add((at) => this._consider(at.x, at.y, pointerId));
                control.onPointerUpObservable.addOnce(() => control.onPointerMoveObservable.remove(moves));
            }
        } else if (type === PointerEventTypes.POINTERMOVE) {
            this._consider(x, y, pointerId);
        }
        return isPicked;
    }

    private _consider(x: number, y: number, pointerId: number): void {
        const press = this._press;
        const { host } = this;
        if (press?.pointerId !== pointerId) {
            return;
        }
        const { control, values, way } = press;
        const [across, down] = [Math.abs(x - press.x), Math.abs(y - press.y)];
        if (host._lastControlDown[pointerId] !== control || across > way) {
            // Released, or dragged horizontally, as on a slider.
            this._press = null;
        } else if (down > way) {
            this._press = null;
            const at = new Vector2(x, y);
            control._onPointerUp(control, at, pointerId, 0, false);
            // The pointer may have left the pressed control and be over another one.
            new Set([control, host._lastControlOver[pointerId]]).forEach((each) => each?._onPointerOut(each, null, true));
            values.forEach((value, slider) => (slider.value = value));
            Reflect.deleteProperty(host._lastControlOver, pointerId);
            host._lastControlDown[pointerId] = host._capturingControl[pointerId] = this;
            this._onPointerDown(this, at, pointerId, 0, null);
            this.onPointerUpObservable.addOnce(() => Reflect.deleteProperty(host._capturingControl, pointerId));
        }
    }
}

/**
 * Creates a scroll viewer, operated by its scroll bar, by a mouse wheel, and by dragging with a mouse, a finger, or a ray in XR.
 * @param width - width of the surface that contains the viewer, in pixels; the viewer fills the width inside the surface's border
 */
export function scroller(name: string, width: number, theme: IGuiTheme): ScrollViewer {
    const viewer = new Scroller(name);
    viewer.widthInPixels = width - 2;
    // Initial height: Babylon warns about a height in percent inside a stack.
    viewer.heightInPixels = scrolledHeight(0);
    viewer.thickness = 0;
    viewer.barSize = scrollBarSize;
    viewer.barColor = theme.faint;
    viewer.barBackground = theme.raised;
    // Colour of the border around the scroll bar.
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
        // In pixels of the texture, like the pointer's position.
        const hidden = content._currentMeasure.height - viewer._currentMeasure.height;
        if (hidden > 0) {
            const { verticalBar } = viewer;
            verticalBar.value = Math.min(1, Math.max(0, verticalBar.value + (grabbedAt - y) / hidden));
        }
        grabbedAt = y;
    });
    return viewer;
}
