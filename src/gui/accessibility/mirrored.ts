import type { Mirrorable } from "./operable.js";
import { scrollIntoView } from "./scrollIntoView.js";

/** One element of the DOM that stands for something on the canvas. */
export abstract class Mirrored<Of extends Mirrorable = Mirrorable> {
    public abstract readonly element: HTMLElement;
    protected operable: Of;

    protected constructor(operable: Of) {
        this.operable = operable;
    }

    /** Makes the element say what that says. */
    public show(operable: Mirrorable): void {
        // Of each id there is one kind only.
        this.operable = operable as Of;
        this.refresh();
    }

    /** Removes the element. */
    public remove(): void {
        this.element.remove();
        // Not every browser tells of a focus that is lost this way.
        if ("focused" in this.operable) {
            this.operable.focused = false;
        }
    }

    /** Frames on the canvas what has the keyboard's focus here, and brings it into view. */
    protected listen(element: HTMLElement): void {
        const focus = (focused: boolean): void => {
            if ("focused" in this.operable) {
                this.operable.focused = focused;
            }
        };
        element.addEventListener("focus", () => {
            focus(true);
            scrollIntoView(this.operable.control);
        });
        element.addEventListener("blur", () => focus(false));
    }

    /** Writes the operable's state into the element. */
    protected abstract refresh(): void;
}

/** Setting the same text again would have it read out again. */
export function setText(element: HTMLElement, words: string): void {
    if (element.textContent !== words) {
        element.textContent = words;
    }
}
