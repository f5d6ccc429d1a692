import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import type { GuiContext } from "../guiContext.js";
import { setPixels, surface, text, widthOf } from "../kit/surface.js";

/** Help text for each kind of input. Empty or absent = no help text. */
export interface IInputHelp {
    /** On a screen, with mouse and keyboard. */
    readonly keys?: string;
    /** On a touch screen. */
    readonly touch?: string;
    /** On the board in a headset. */
    readonly headset?: string;
}

/** Kind of input. */
export type InputKind = keyof IInputHelp;

const look = { size: 14 } as const;
/** Line height, and horizontal and vertical padding, in pixels. */
const [lineHeight, side, above] = [20, 14, 5];

/**
 * Selects the help text for a kind of input. Pure.
 * @param help - the app's help; a string is for the screen, with any kind of input
 * @returns the help text; empty = none
 */
export function helpFor(help: string | IInputHelp, kind: InputKind): string {
    return (typeof help === "string" ? (kind === "headset" ? "" : help) : help[kind]) ?? "";
}

/**
 * Help text at the lower edge of the screen or board, wrapped if needed, on a background that keeps it readable over any scene. Pointer events pass
 * through it to the scene. Mirrored in the DOM as a text that screen readers do not announce.
 */
export class HelpLine {
    /** Control to add to the screen. */
    public readonly control: Rectangle;
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _text: TextBlock;

    /** @param context - theme and DOM mirror */
    public constructor(context: GuiContext) {
        const { theme } = context;
        this._context = context;
        this._group = context.group("");
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
     * Shows a help text.
     * @param words - the text; empty = hide
     * @param maxWidth - maximum width, in pixels
     * @returns the height, in pixels
     */
    public show(words: string, maxWidth: number): number {
        this.control.isVisible = words !== "";
        this._group.show([{ kind: "note", id: "help", name: words, control: this.control }]);
        if (words === "") {
            return 0;
        }
        const room = maxWidth - 2 * side;
        // Slightly more than the text needs, so that rounding does not wrap it.
        const width = widthOf(words, this._context.theme, look) + 2;
        const lines = Math.ceil(width / room);
        // Lines of similar length, with some space for words that do not fill a line.
        const balanced = lines === 1 ? width : Math.min(room, width / lines + 48);
        const height = lines * lineHeight + 2 * above;
        this._text.text = words;
        setPixels(this.control, "width", Math.round(balanced + 2 * side));
        setPixels(this._text, "width", Math.round(balanced));
        setPixels(this.control, "height", height);
        setPixels(this._text, "height", height - 2 * above);
        return height;
    }

    /** Disposes the help text and its counterpart in the DOM mirror. */
    public dispose(): void {
        this.control.dispose();
        this._context.release(this._group);
    }
}
