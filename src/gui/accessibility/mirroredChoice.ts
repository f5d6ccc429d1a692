import type { IChoosable } from "./operable.js";
import { Mirrored, setText } from "./mirrored.js";

/** A choice in the DOM: a `select` with the same options. */
export class MirroredChoice extends Mirrored<IChoosable> {
    public readonly element = document.createElement("select");

    /** @param operable - what it stands for */
    public constructor(operable: IChoosable) {
        super(operable);
        this.listen(this.element);
        this.element.addEventListener("change", () => this.operable.choose(this.element.value));
    }

    protected refresh(): void {
        const { name, options, value } = this.operable;
        this.element.ariaLabel = name;
        while (this.element.options.length > options.length) {
            this.element.options.remove(options.length);
        }
        options.forEach((option, index) => {
            let element = this.element.options.item(index);
            if (!element) {
                element = document.createElement("option");
                this.element.options.add(element);
            }
            element.value = option.value;
            setText(element, option.label);
        });
        this.element.value = value;
    }
}
