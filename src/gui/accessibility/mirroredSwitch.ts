import type { ISwitchable } from "./operable.js";
import { Mirrored, setText } from "./mirrored.js";

/** A switch in the DOM. */
export class MirroredSwitch extends Mirrored<ISwitchable> {
    public readonly element = document.createElement("button");

    /** @param operable - what it stands for */
    public constructor(operable: ISwitchable) {
        super(operable);
        this.element.type = "button";
        this.element.role = "switch";
        this.listen(this.element);
        this.element.addEventListener("click", () => this.operable.toggle());
    }

    protected refresh(): void {
        setText(this.element, this.operable.name);
        this.element.ariaChecked = String(this.operable.on);
    }
}
