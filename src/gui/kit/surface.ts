import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { IGuiTheme } from "./theme.js";

/** From the edge of a sheet to what is on it, in pixels. */
export const edge = 16;
/** From the frame that the keyboard's focus draws around a control to what is in it, in pixels. The frame lies that much outside of `edge`. */
export const inset = 8;

/** A sheet of paper to put controls on. `width` in pixels. */
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

/** A box that is not seen. Sizes in pixels; without a width it is as wide as what it lies in. */
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

/** Controls above or beside each other. */
export function stack(name: string, direction: "down" | "right", ...controls: readonly Control[]): StackPanel {
    const panel = new StackPanel(name);
    panel.isVertical = direction === "down";
    controls.forEach((control) => panel.addControl(control));
    return panel;
}

/** Empty space, in pixels. */
export function gap(pixels: number): Rectangle {
    return box("gap", { width: pixels, height: pixels });
}

/** Look of a text. */
export interface ITextOptions {
    /** In pixels. Default: 16. */
    readonly size?: number;
    /** Default: the theme's ink. */
    readonly color?: string;
    readonly bold?: boolean;
    /** In pixels: the text then has one line; see `oneLine` for one that may be too long. Default: as many lines as it needs. */
    readonly height?: number;
    /** Default: `left`. */
    readonly align?: "left" | "center" | "right";
}

const alignments = {
    left: Control.HORIZONTAL_ALIGNMENT_LEFT,
    center: Control.HORIZONTAL_ALIGNMENT_CENTER,
    right: Control.HORIZONTAL_ALIGNMENT_RIGHT,
} as const;

/** A text. */
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

/** @returns how wide a text of one line is, in pixels; `size` in pixels */
export function widthOf(words: string, theme: IGuiTheme, { size = 16, bold = false }: Pick<ITextOptions, "size" | "bold"> = {}): number {
    ruler ??= document.createElement("canvas").getContext("2d");
    if (!ruler) {
        return 0;
    }
    ruler.font = `${bold ? 700 : 400} ${size}px ${theme.font}`;
    return ruler.measureText(words).width;
}

/** Letters of scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** A name set apart from what is around it, where it runs the other way: dots and brackets stay at its end. Pure. */
export function isolated(name: string): string {
    return rightToLeft.test(name) ? `\u2068${name}\u2069` : name;
}

/**
 * @param name - somebody's, or a room's
 * @param room - for the words, in pixels
 * @param theme - its font
 * @param look - of the words
 * @param words - what is said with the name. Default: nothing else
 * @returns the words, with dots at the name's own end where it is too long
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

/** A text of one line that ends in dots where it is too long. `height` in pixels. */
export function oneLine(content: string, theme: IGuiTheme, options: ITextOptions & { readonly height: number }): TextBlock {
    const block = text(content, theme, options);
    // `TextWrapping.Ellipsis`: a `const enum` cannot be had with `isolatedModules`.
    Object.assign(block, { textWrapping: 2 });
    return block;
}

/**
 * Changes a measure, in pixels. Babylon (9.34) compares the new one with the old one as scaled to the screen, and so may take 84 for the
 * same as 42; hence the detour.
 */
export function setPixels(control: Control, measure: "left" | "top" | "width" | "height" | "paddingRight", pixels: number): void {
    control[measure] = "1px";
    control[measure] = `${pixels}px`;
}

/** Changes a height, in pixels; see `setPixels`. */
export function setHeight(control: Control, pixels: number): void {
    setPixels(control, "height", pixels);
}
