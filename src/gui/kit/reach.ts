import type { PointerInfoBase } from "@babylonjs/core/Events/pointerEvents.js";
import type { Vector2 } from "@babylonjs/core/Maths/math.vector.js";
import type { Nullable } from "@babylonjs/core/types.js";
import { Button } from "@babylonjs/gui/2D/controls/button.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Slider } from "@babylonjs/gui/2D/controls/sliders/slider.js";

/** Minimum width and height of a touch target, in pixels. The drawn control may be smaller. */
const reach = 44;

/**
 * Maps a pointer position inside a control's touch target to the nearest position on the control. Handles one axis.
 * @param control - the control
 * @param at - pointer position on the axis, in pixels of the texture
 * @param begin - start of the control on the axis
 * @param size - size of the control on the axis
 * @returns the position on the control; `at` if it is outside the touch target
 */
function reached({ host }: Control, at: number, begin: number, size: number): number {
    const around = Math.max(0, reach * host.idealRatio - size) / 2;
    // Keeps away from the edge, because a pressed button is drawn slightly smaller.
    const within = size * 0.04;
    return at >= begin - around && at <= begin + size + around ? Math.min(begin + size - within, Math.max(begin + within, at)) : at;
}

/** Button with an enlarged touch target. Ends its hover state when a finger is lifted. */
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

/** Slider whose touch target is enlarged above and below. */
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

/** @returns true if a pointer is a finger on a touch screen */
export function isTouch(pi: Nullable<PointerInfoBase> | undefined): boolean {
    return (pi?.event as Partial<PointerEvent> | undefined)?.pointerType === "touch";
}
