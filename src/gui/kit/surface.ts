import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { IGuiTheme } from "./theme.js";

/** Padding between the edge of a surface and the controls on it, in pixels. */
export const edge = 16;
/** Padding between the focus frame of a control and its content, in pixels. The frame extends this far into the padding of the surface (`edge`). */
export const inset = 8;

/** Creates a background for controls. `width` in pixels. */
export function surface(name: string, width: number, theme: IGuiTheme): Rectangle {
    const paper = new Rectangle(name);
    paper.widthInPixels = width;
    paper.adaptHeightToChildren = true;
    paper.background = theme.paper;
    paper.color = theme.line;
    paper.thickness = 1;
    paper.cornerRadius = 14;
    paper.isPointerBlocker = true;
    return paper;
}

/** Creates an invisible container. Sizes in pixels; without a width it is as wide as its parent. */
export function box(name: string, size: { readonly width?: number; readonly height: number }): Rectangle {
    const rectangle = new Rectangle(name);
    if (size.width !== undefined) {
        rectangle.widthInPixels = size.width;
    }
    rectangle.heightInPixels = size.height;
    rectangle.thickness = 0;
    rectangle.isPointerBlocker = false;
    return rectangle;
}

/** Stacks controls vertically or horizontally. */
export function stack(name: string, direction: "down" | "right", ...controls: readonly Control[]): StackPanel {
    const panel = new StackPanel(name);
    panel.isVertical = direction === "down";
    controls.forEach((control) => panel.addControl(control));
    return panel;
}

/** Creates empty space between controls, in pixels. */
export function gap(pixels: number): Rectangle {
    return box("gap", { width: pixels, height: pixels });
}

/** Appearance of a text. */
export interface ITextOptions {
    /** Font size, in pixels. Default: 16. */
    readonly size?: number;
    /** Default: the theme's ink. */
    readonly color?: string;
    readonly bold?: boolean;
    /** Height of a text on a single line, in pixels; for text that may be too long, see `oneLine`. Default: wraps into as many lines as needed. */
    readonly height?: number;
    /** Default: `left`. */
    readonly align?: "left" | "center" | "right";
}

const alignments = {
    left: Control.HORIZONTAL_ALIGNMENT_LEFT,
    center: Control.HORIZONTAL_ALIGNMENT_CENTER,
    right: Control.HORIZONTAL_ALIGNMENT_RIGHT,
} as const;

/** Creates a text. */
export function text(content: string, theme: IGuiTheme, options: ITextOptions = {}): TextBlock {
    const { size = 16, color = theme.ink, bold = false, height, align = "left" } = options;
    const block = new TextBlock(undefined, content);
    block.fontFamily = theme.font;
    block.fontSize = size;
    block.fontWeight = bold ? "700" : "400";
    block.color = color;
    block.textHorizontalAlignment = alignments[align];
    block.isPointerBlocker = block.isHitTestVisible = false;
    if (height === undefined) {
        block.textWrapping = true;
        block.resizeToFit = true;
        block.textVerticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        block.paddingBottomInPixels = 4;
    } else {
        block.heightInPixels = height;
    }
    return block;
}

let ruler: CanvasRenderingContext2D | null = null;

/** @returns the width of a single line of text, in pixels; `size` in pixels */
export function widthOf(words: string, theme: IGuiTheme, { size = 16, bold = false }: Pick<ITextOptions, "size" | "bold"> = {}): number {
    ruler ??= document.createElement("canvas").getContext("2d");
    if (!ruler) {
        return 0;
    }
    ruler.font = `${bold ? 700 : 400} ${size}px ${theme.font}`;
    return ruler.measureText(words).width;
}

/** Letters of right-to-left scripts. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** Puts a right-to-left name between Unicode isolate characters, so that an ellipsis or bracket stays at the end of the name. Pure. */
export function isolated(name: string): string {
    return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}

/**
 * Cuts a name that is too long for its place.
 * @param name - name of a person or room
 * @param room - available width, in pixels
 * @param theme - theme with the font
 * @param look - appearance of the text
 * @param words - puts the name into a longer text. Default: the name alone
 * @returns the text; a cut name ends with an ellipsis
 */
export function fitted(
    name: string,
    room: number,
    theme: IGuiTheme,
    look: Pick<ITextOptions, "size" | "bold"> = {},
    words: (name: string) => string = (each) => each,
): string {
    const letters = Array.from(name);
    let [least, most] = [0, letters.length];
    const cut = (count: number): string =>
        words(isolated(count === letters.length ? name : `${letters.slice(0, count).join("").trimEnd()}…`));
    while (least < most) {
        const count = Math.ceil((least + most) / 2);
        if (widthOf(cut(count), theme, look) <= room) {
            least = count;
        } else {
            most = count - 1;
        }
    }
    return cut(least);
}

/** Creates a text with a single line, which ends with an ellipsis if it is too long. `height` in pixels. */
export function oneLine(content: string, theme: IGuiTheme, options: ITextOptions & { readonly height: number }): TextBlock {
    const block = text(content, theme, options);
    // `TextWrapping.Ellipsis`: a `const enum` cannot be used with `isolatedModules`.
    Object.assign(block, { textWrapping: 2 });
    return block;
}

/**
 * Sets a dimension, in pixels. Babylon (9.34) compares the new value with the old one after it has scaled the old one to pixels of the texture: at a
 * scale of 2, it ignores a change from 42 to 84. Setting another value first avoids that.
 */
export function setPixels(control: Control, measure: "left" | "top" | "width" | "height" | "paddingRight", pixels: number): void {
    control[measure] = "1px";
    control[measure] = `${pixels}px`;
}

/** Sets a height, in pixels; see `setPixels`. */
export function setHeight(control: Control, pixels: number): void {
    setPixels(control, "height", pixels);
}
