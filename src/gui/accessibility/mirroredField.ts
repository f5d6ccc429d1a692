import { Mirrored } from "./mirrored.js";
import type { ITypable } from "./operable.js";

/** The real `<input>` of a text field: it holds caret and selection, and brings the system's keyboard on phones. */
export class MirroredField extends Mirrored<ITypable> {
    public readonly element = document.createElement("input");

    /** @param operable - the field on the canvas */
    public constructor(operable: ITypable) {
        super(operable);
        const { element } = this;
        element.type = operable.secret ? "password" : "text";
        element.autocomplete = operable.secret ? "new-password" : "off";
        element.spellcheck = false;
        // Below 16 pixels, phones enlarge the page when it gets the focus.
        element.style.fontSize = "16px";
        this.listen(element);
        const write = (): void => this.operable.write(element.value, element.selectionEnd ?? element.value.length);
        element.addEventListener("input", write);
        element.addEventListener("selectionchange", write);
        element.addEventListener("keydown", (event) => {
            // What is typed shall not walk, mute or jump in the game around.
            event.stopPropagation();
            if (event.key === "Enter" && !event.isComposing) {
                this.operable.submit();
            }
        });
    }

    protected refresh(): void {
        const { element } = this;
        this.operable.takeFocus = () => element.focus();
        this.operable.written = () => this._write();
        const { name, maxLength, fault } = this.operable;
        element.ariaLabel = name;
        element.maxLength = maxLength;
        element.ariaInvalid = fault === "" ? null : "true";
        element.ariaDescription = fault === "" ? null : fault;
        this._write();
    }

    private _write(): void {
        const { value } = this.operable;
        if (this.element.value !== value) {
            this.element.value = value;
        }
    }
}
