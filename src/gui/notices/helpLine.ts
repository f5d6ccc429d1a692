import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { setPixels, surface, text, widthOf } from "../kit/surface.js";
import type { IGuiTheme } from "../kit/theme.js";

/** A line of help for each kind of input; empty or absent = none. */
export interface IInputHelp {
    /** On a screen, with mouse and keyboard. */
    readonly keys?: string;
    /** On a screen that is touched. */
    readonly touch?: string;
    /** On the board in a headset. */
    readonly headset?: string;
}

/** Kind of input. */
export type InputKind = keyof IInputHelp;

const look = { size: 14 } as const;
/** Height of a line, and what lies around the words, in pixels. */
const [lineHeight, side, above] = [20, 14, 5];

/**
 * @param help - the app's; a string is for the screen, whatever it is operated with
 * @returns the words for a kind of input; empty = none. Pure.
 */
export function helpFor(help: string | IInputHelp, kind: InputKind): string {
    return (typeof help === "string" ? (kind === "headset" ? "" : help) : help[kind]) ?? "";
}

/** Help at the lower edge, in as many lines as it needs there, on paper so that it can be read over whatever scene. What is pressed on it is the scene's. */
export class HelpLine {
    /** Control to add to the screen. */
    public readonly control: Rectangle;
    private readonly _theme: IGuiTheme;
    private readonly _text: TextBlock;

    /** @param theme - how it looks */
    public constructor(theme: IGuiTheme) {
        this._theme = theme;
        this._text = text("", theme, { ...look, height: lineHeight, align: "center" });
        this._text.textWrapping = true;
        this.control = surface("help", 1, theme);
        this.control.adaptHeightToChildren = false;
        this.control.cornerRadius = 12;
        this.control.isPointerBlocker = this.control.isHitTestVisible = false;
        this.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        this.control.addControl(this._text);
    }

    /**
     * Shows words.
     * @param words - empty = it is not to be seen
     * @param maxWidth - in pixels
     * @returns how high it is, in pixels
     */
    public show(words: string, maxWidth: number): number {
        this.control.isVisible = words !== "";
        if (words === "") {
            return 0;
        }
        const room = maxWidth - 2 * side;
        // A little more than the words need, for a width that is rounded does not wrap them.
        const width = widthOf(words, this._theme, look) + 2;
        const lines = Math.ceil(width / room);
        // Lines of about the same length, with some air for words that do not fill them.
        const balanced = lines === 1 ? width : Math.min(room, width / lines + 48);
        const height = lines * lineHeight + 2 * above;
        this._text.text = words;
        setPixels(this.control, "width", Math.round(balanced + 2 * side));
        setPixels(this._text, "width", Math.round(balanced));
        setPixels(this.control, "height", height);
        setPixels(this._text, "height", height - 2 * above);
        return height;
    }
}
