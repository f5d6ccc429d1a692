import type { PointerInfoBase } from "@babylonjs/core/Events/pointerEvents.js";
import type { Vector2 } from "@babylonjs/core/Maths/math.vector.js";
import type { Nullable } from "@babylonjs/core/types.js";
import { Button } from "@babylonjs/gui/2D/controls/button.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Slider } from "@babylonjs/gui/2D/controls/sliders/slider.js";

/** Width and height of what a finger can press, at least, in pixels; what is drawn may be smaller. */
const reach = 44;

/**
 * @param control - what is pressed
 * @param at - where, across or down, in pixels of the texture
 * @param begin - of the control, in the same direction
 * @param size - of the control
 * @returns where that is within the control; the place itself if it is out of reach
 */
function reached({ host }: Control, at: number, begin: number, size: number): number {
    const around = Math.max(0, reach * host.idealRatio - size) / 2;
    // A button that is pressed is drawn a little smaller.
    const within = size * 0.04;
    return at >= begin - around && at <= begin + size + around ? Math.min(begin + size - within, Math.max(begin + within, at)) : at;
}

/** A button that is pressed by a finger beside it as well, and that does not look pointed at when the finger is gone. */
export class ReachedButton extends Button {
    /** @internal */
    public override _processPicking(
        x: number,
        y: number,
        pi: PointerInfoBase,
        ...rest: [type: number, pointerId: number, buttonIndex: number, deltaX?: number, deltaY?: number]
    ): boolean {
        const { left, top, width, height } = this._currentMeasure;
        return super._processPicking(reached(this, x, left, width), reached(this, y, top, height), pi, ...rest);
    }

    /** @internal */
    public override _onPointerUp(
        target: Control,
        at: Vector2,
        pointerId: number,
        buttonIndex: number,
        notifyClick: boolean,
        pi: PointerInfoBase,
    ): void {
        super._onPointerUp(target, at, pointerId, buttonIndex, notifyClick, pi);
        if (isTouch(pi)) {
            this._onPointerOut(this, pi, true);
        }
    }
}

/** A slider that is moved by a finger above and below it as well. */
export class ReachedSlider extends Slider {
    /** @internal */
    public override _processPicking(
        x: number,
        y: number,
        pi: Nullable<PointerInfoBase>,
        ...rest: [type: number, pointerId: number, buttonIndex: number, deltaX?: number, deltaY?: number]
    ): boolean {
        const { top, height } = this._currentMeasure;
        return super._processPicking(x, reached(this, y, top, height), pi, ...rest);
    }
}

/** @returns whether a pointer is a finger on a screen */
export function isTouch(pi: Nullable<PointerInfoBase> | undefined): boolean {
    return (pi?.event as Partial<PointerEvent> | undefined)?.pointerType === "touch";
}
