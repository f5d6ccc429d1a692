import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { IReadable } from "../accessibility/operable.js";
import { text } from "./surface.js";
import type { IGuiTheme } from "./theme.js";

/** Height of the message, in pixels: enough for three lines. */
const faultHeight = 62;

/** Error message beside the control that it is about. Hidden while its text is empty. */
export class InlineError implements IReadable {
    public readonly kind = "alert";
    public readonly id: string;
    public readonly control: TextBlock;

    /**
     * @param id - see `IReadable.id`
     * @param width - in pixels
     * @param theme - colours and font
     */
    public constructor(id: string, width: number, theme: IGuiTheme) {
        this.id = id;
        this.control = text("", theme, { size: 14, color: theme.danger, height: faultHeight });
        this.control.widthInPixels = width;
        this.control.textWrapping = true;
        this.control.textVerticalAlignment = Control.VERTICAL_ALIGNMENT_CENTER;
        this.control.isVisible = false;
    }

    /** Current height, in pixels. */
    public get height(): number {
        return this.control.isVisible ? faultHeight : 0;
    }

    /** Text of the error; empty = none. */
    public get name(): string {
        return this.control.text;
    }
    public set name(words: string) {
        this.control.text = words;
        this.control.isVisible = words !== "";
    }
}
