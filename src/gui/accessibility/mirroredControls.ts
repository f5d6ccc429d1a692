import type { IAdjustable, IChoosable, IGauge, IPressable, IReadable, ISwitchable, ITypable, Mirrorable } from "./operable.js";
import { scrollIntoView } from "./scrollIntoView.js";

/** Values of `KeyboardEvent.key` that press a button. */
const pressKeys: readonly string[] = [" ", "Enter"];
/** Values of `KeyboardEvent.key` that move a slider or a choice. */
const moveKeys: readonly string[] = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

/** DOM element that mirrors a control on the canvas. */
export abstract class Mirrored<Of extends Mirrorable = Mirrorable> {
    public abstract readonly element: HTMLElement;
    protected operable: Of;

    protected constructor(operable: Of) {
        this.operable = operable;
    }

    /** True if the element can have the keyboard focus. */
    public get canFocus(): boolean {
        return "focused" in this.operable;
    }

    /** Updates the element from a control. */
    public show(operable: Mirrorable): void {
        // Controls with the same id have the same kind.
        this.operable = operable as Of;
        this.refresh();
    }

    /** Removes the element. */
    public remove(): void {
        this.element.remove();
        // Not every browser fires `blur` when a focused element is removed.
        if ("focused" in this.operable) {
            this.operable.focused = false;
        }
    }

    /**
     * Frames the control on the canvas while its element has the keyboard focus, and scrolls it into view.
     * @param element - the element
     * @param uses - returns true for a key that the element handles, which must not control the game as well
     */
    protected listen(element: HTMLElement, uses: (key: string) => boolean): void {
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
        // `keyup` passes, so that a key that was pressed in the game before is released there.
        element.addEventListener("keydown", (event) => {
            if (uses(event.key)) {
                event.stopPropagation();
            }
        });
    }

    /** Writes the operable's state into the element. */
    protected abstract refresh(): void;
}

/** Creates the element for a control. */
export function createMirrored(operable: Mirrorable): Mirrored {
    switch (operable.kind) {
        case "button":
            return new MirroredButton(operable);
        case "slider":
            return new MirroredSlider(operable);
        case "switch":
            return new MirroredSwitch(operable);
        case "choice":
            return new MirroredChoice(operable);
        case "field":
            return new MirroredField(operable);
        case "meter":
            return new MirroredMeter(operable);
        case "heading":
        case "note":
        case "alert":
        case "status":
            return new MirroredText(operable);
    }
}

/** Sets a text, unless it is unchanged: setting the same text would make screen readers read it out again. */
export function setText(element: HTMLElement, words: string): void {
    if (element.textContent !== words) {
        element.textContent = words;
    }
}

/** `<button>` in the DOM, with `aria-pressed` for a toggle button and `aria-expanded` for one that opens something. */
class MirroredButton extends Mirrored<IPressable> {
    public readonly element = document.createElement("button");

    public constructor(operable: IPressable) {
        super(operable);
        this.element.type = "button";
        this.listen(this.element, (key) => pressKeys.includes(key));
        this.element.addEventListener("click", () => this.operable.press());
    }

    protected refresh(): void {
        const { name, pressed, expanded } = this.operable;
        setText(this.element, name);
        this.element.ariaPressed = pressed === null ? null : String(pressed);
        this.element.ariaExpanded = expanded === null ? null : String(expanded);
    }
}

/** A slider in the DOM: a range input with the same limits and step. */
class MirroredSlider extends Mirrored<IAdjustable> {
    public readonly element = document.createElement("input");

    public constructor(operable: IAdjustable) {
        super(operable);
        this.element.type = "range";
        this.listen(this.element, (key) => moveKeys.includes(key));
        this.element.addEventListener("input", () => this.operable.adjust(this.element.valueAsNumber));
    }

    protected refresh(): void {
        const { name, min, max, step, value, valueText } = this.operable;
        this.element.ariaLabel = name;
        this.element.ariaValueText = valueText;
        Object.assign(this.element, { min: String(min), max: String(max), step: String(step), value: String(value) });
    }
}

/** A text in the DOM: a heading, a paragraph, or a live region. */
class MirroredText extends Mirrored<IReadable> {
    public readonly element: HTMLElement;

    /** @param operable - the text on the canvas */
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

/** A switch in the DOM: a `<button>` with the role `switch`. */
class MirroredSwitch extends Mirrored<ISwitchable> {
    public readonly element = document.createElement("button");

    /** @param operable - the switch on the canvas */
    public constructor(operable: ISwitchable) {
        super(operable);
        this.element.type = "button";
        this.element.role = "switch";
        this.listen(this.element, (key) => pressKeys.includes(key));
        this.element.addEventListener("click", () => this.operable.toggle());
    }

    protected refresh(): void {
        setText(this.element, this.operable.name);
        this.element.ariaChecked = String(this.operable.on);
    }
}

/** A choice in the DOM: a `select` with the same options. */
class MirroredChoice extends Mirrored<IChoosable> {
    public readonly element = document.createElement("select");

    /** @param operable - the choice on the canvas */
    public constructor(operable: IChoosable) {
        super(operable);
        // A character selects an option that begins with it.
        this.listen(this.element, (key) => moveKeys.includes(key) || pressKeys.includes(key) || key.length === 1);
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

/** The `<input>` of a text field. Holds caret and selection, and opens the system keyboard on phones. */
class MirroredField extends Mirrored<ITypable> {
    public readonly element = document.createElement("input");

    /** @param operable - the field on the canvas */
    public constructor(operable: ITypable) {
        super(operable);
        const { element } = this;
        element.type = operable.secret ? "password" : "text";
        element.autocomplete = operable.secret ? "new-password" : "off";
        element.spellcheck = false;
        // With a font below 16 pixels, phones zoom the page when the field gets the focus.
        element.style.fontSize = "16px";
        this.listen(element, () => true);
        const write = (): void => this.operable.write(element.value, element.selectionEnd ?? element.value.length);
        element.addEventListener("input", write);
        element.addEventListener("selectionchange", write);
        element.addEventListener("keydown", (event) => {
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

/** A meter in the DOM. Screen readers read it on request, and never announce its changes. */
class MirroredMeter extends Mirrored<IGauge> {
    public readonly element = document.createElement("div");

    /** @param operable - the meter on the canvas */
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
