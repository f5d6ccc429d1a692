import type { IReadable } from "./operable.js";
import { Mirrored, setText } from "./mirrored.js";

/** Words in the DOM: a heading, what stands below one, or what is read out by itself. */
export class MirroredText extends Mirrored<IReadable> {
    public readonly element: HTMLElement;

    /** @param operable - what it stands for */
    public constructor(operable: IReadable) {
        super(operable);
        this.element = document.createElement(operable.kind === "heading" ? "h3" : "p");
        if (operable.kind === "alert" || operable.kind === "status") {
            this.element.role = operable.kind;
        }
    }

    protected refresh(): void {
        setText(this.element, this.operable.name);
    }
}
