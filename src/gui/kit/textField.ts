import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { closeKeyboard, openKeyboard } from "./boardKeyboard.js";
import type { ITypable } from "../accessibility/operable.js";
import { box, setPixels, text, widthOf } from "./surface.js";
import { ReachedButton } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Options of a text field. */
export interface ITextFieldOptions {
    /** See `ITypable.id`. */
    readonly id: string;
    /** Accessible name. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels. */
    readonly width: number;
    /** In pixels. Default: 42. */
    readonly height?: number;
    /** Placeholder, shown while the field is empty. Default: `name`. */
    readonly placeholder?: string;
    /** Initial text. Default: empty. */
    readonly value?: string;
    /** True = shows dots instead of the characters, as for a password. Default: false. */
    readonly secret?: boolean;
    /** Maximum length, in characters. Default: 64. */
    readonly maxLength?: number;
    /** Called when an edit of the text clears `fault`. Default: no-op. */
    edited?(): void;
    /** Called when the user presses Enter in the field. */
    submit(): void;
}

const fontSize = 16;
const padding = 12;

/**
 * Single-line text field. On a screen, the user types into the `<input>` in the DOM mirror, with the system's keyboard, and the field shows the
 * value. On a board in XR, a virtual keyboard opens at the lower edge of the board.
 */
export class TextField implements ITypable {
    public readonly kind = "field";
    public readonly id: string;
    public readonly control: Button;
    public readonly secret: boolean;
    public readonly maxLength: number;
    public readonly submit: () => void;
    public name: string;
    public takeFocus: (() => void) | null = null;
    public written: (() => void) | null = null;
    private readonly _edited: () => void;
    private readonly _theme: IGuiTheme;
    private readonly _room: number;
    private readonly _text: TextBlock;
    private readonly _placeholder: TextBlock;
    private readonly _caret = new Rectangle("caret");
    private _value = "";
    private _caretAt = 0;
    private _fault = "";
    private _focused = false;

    /** @param options - appearance and callbacks */
    public constructor(options: ITextFieldOptions) {
        const { id, name, theme, width, height = 42, placeholder = name, value = "", secret = false, maxLength = 64 } = options;
        this.id = id;
        this.name = name;
        this.secret = secret;
        this.maxLength = maxLength;
        this.submit = () => options.submit();
        this._edited = () => options.edited?.();
        this._theme = theme;
        this._room = width - 2 * padding;
        this.control = new ReachedButton(id);
        this.control.widthInPixels = width;
        this.control.heightInPixels = height;
        this.control.cornerRadius = 10;
        this.control.background = theme.raised;
        this.control.hoverCursor = "text";
        // Unlike a button, a field has no animations for press and hover.
        this.control.pointerDownAnimation = this.control.pointerUpAnimation = () => undefined;
        this.control.pointerEnterAnimation = this.control.pointerOutAnimation = () => undefined;
        this.control.onPointerClickObservable.add(() => this.edit());
        this._text = text("", theme, { size: fontSize, height });
        this._placeholder = text(placeholder, theme, { size: fontSize, height, color: theme.faint });
        this._caret.widthInPixels = 2;
        this._caret.heightInPixels = 22;
        this._caret.thickness = 0;
        this._caret.background = theme.accent;
        this._caret.isHitTestVisible = false;
        const inside = box(`${id} inside`, { width: this._room, height });
        inside.isHitTestVisible = false;
        for (const control of [this._placeholder, this._text, this._caret]) {
            control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
            inside.addControl(control);
        }
        this.control.addControl(inside);
        this.reset(value);
    }

    /** The text. */
    public get value(): string {
        return this._value;
    }

    /** {@inheritDoc ITypable.fault} */
    public get fault(): string {
        return this._fault;
    }
    public set fault(fault: string) {
        this._fault = fault;
        this._frame();
    }

    /** {@inheritDoc ITypable.focused} */
    public get focused(): boolean {
        return this._focused;
    }
    public set focused(focused: boolean) {
        this._focused = focused;
        this._frame();
        this._show();
    }

    /** Starts editing, as a click does: opens the virtual keyboard on a board in XR, or moves the keyboard focus to the field on a screen. */
    public edit(): void {
        if (!openKeyboard(this, this._theme)) {
            this.takeFocus?.();
        }
    }

    /** Closes the virtual keyboard of the field; no-op if there is none. */
    public done(): void {
        closeKeyboard(this);
    }

    /** {@inheritDoc ITypable.write} */
    public write(value: string, caret: number): void {
        const characters = value.slice(0, this.maxLength);
        const isMended = characters !== this._value && this._fault !== "";
        this._value = characters;
        this._caretAt = Math.min(caret, characters.length);
        this._show();
        this.written?.();
        if (isMended) {
            this.fault = "";
            this._edited();
        }
    }

    /** Sets the text and clears `fault`, without calling the `edited` option. Default: empty. */
    public reset(value = ""): void {
        this._fault = "";
        this.write(value, value.length);
    }

    private _frame(): void {
        this.control.thickness = this._focused ? 3 : 1;
        this.control.color = this._focused ? this._theme.accent : this._fault !== "" ? this._theme.danger : this._theme.line;
    }

    private _show(): void {
        const shown = this.secret ? "•".repeat(this._value.length) : this._value;
        const before = widthOf(shown.slice(0, this._caretAt), this._theme, { size: fontSize });
        // Shifts the text so that the caret stays visible.
        const shift = this._focused ? Math.min(0, this._room - before - 4) : 0;
        this._text.text = shown;
        setPixels(this._text, "width", Math.max(this._room, widthOf(shown, this._theme, { size: fontSize }) + 8));
        setPixels(this._text, "left", shift);
        setPixels(this._caret, "left", before + shift);
        this._caret.isVisible = this._focused;
        this._placeholder.isVisible = shown === "";
        this._frame();
    }
}
