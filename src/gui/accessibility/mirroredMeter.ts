import type { IGauge } from "./operable.js";
import { Mirrored } from "./mirrored.js";

/** A meter in the DOM: read when somebody looks at it, never announced. */
export class MirroredMeter extends Mirrored<IGauge> {
    public readonly element = document.createElement("div");

    /** @param operable - what it stands for */
    public constructor(operable: IGauge) {
        super(operable);
        this.element.role = "meter";
    }

    protected refresh(): void {
        const { name, min, max, value, valueText } = this.operable;
        this.element.ariaLabel = name;
        this.element.ariaValueMin = String(min);
        this.element.ariaValueMax = String(max);
        this.element.ariaValueNow = String(value);
        this.element.ariaValueText = valueText;
    }
}
