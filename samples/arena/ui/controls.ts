import { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { iconUrl } from "./icons.js";
import type { IconName } from "./icons.js";
import { theme } from "./theme.js";

const left = Control.HORIZONTAL_ALIGNMENT_LEFT;

/** A sheet of paper to put controls on. */
export function card(name: string, width: number): Rectangle {
    const sheet = new Rectangle(name);
    sheet.widthInPixels = width;
    sheet.adaptHeightToChildren = true;
    sheet.background = theme.paper;
    sheet.color = theme.line;
    sheet.thickness = 1;
    sheet.cornerRadius = 14;
    sheet.isPointerBlocker = true;
    return sheet;
}

/** Controls above or beside each other. */
export function stack(name: string, direction: "down" | "right", ...controls: readonly Control[]): StackPanel {
    const panel = new StackPanel(name);
    panel.isVertical = direction === "down";
    controls.forEach((control) => panel.addControl(control));
    return panel;
}

/** How a text looks. */
export interface ITextOptions {
    /** In pixels. Default: 16. */
    readonly size?: number;
    readonly color?: string;
    readonly bold?: boolean;
    /** In pixels. Default: as much as the text wants. */
    readonly height?: number;
    readonly center?: boolean;
}

/** A text; without a `height` it wraps and takes as many lines as it needs. */
export function text(content: string, options: ITextOptions = {}): TextBlock {
    const { size = 16, color = theme.ink, bold = false, height, center = false } = options;
    const block = new TextBlock(undefined, content);
    block.fontFamily = theme.font;
    block.fontSize = size;
    block.fontWeight = bold ? "700" : "400";
    block.color = color;
    block.textHorizontalAlignment = center ? Control.HORIZONTAL_ALIGNMENT_CENTER : left;
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

/** A button with a picture. `size` in pixels. */
export function iconButton(name: string, icon: IconName, size: number, press: () => void): Button {
    const button = plainButton(name, press);
    button.widthInPixels = button.heightInPixels = size;
    const image = new Image(`${name} icon`, iconUrl(icon, theme.ink));
    image.widthInPixels = image.heightInPixels = Math.min(26, size * 0.58);
    image.isPointerBlocker = false;
    button.addControl(image);
    return button;
}

/** A button with a picture and a word below. */
export function captionButton(name: string, icon: IconName, caption: string, press: () => void): Button {
    const button = iconButton(name, icon, 60, press);
    button.widthInPixels = 64;
    const image = button.children[0];
    if (image) {
        image.topInPixels = -9;
    }
    const word = text(caption, { size: 12, color: theme.faint, height: 18, center: true });
    word.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
    word.topInPixels = -5;
    word.isPointerBlocker = false;
    button.addControl(word);
    return button;
}

/** Changes the picture of an `iconButton`. */
export function setIcon(button: Button, icon: IconName, color: string = theme.ink): void {
    const image = button.children[0];
    const source = iconUrl(icon, color);
    if (image instanceof Image && image.source !== source) {
        image.source = source;
    }
}

/** Changes the word of a `captionButton`. */
export function setCaption(button: Button, caption: string): void {
    const word = button.children[1];
    if (word instanceof TextBlock) {
        word.text = caption;
    }
}

/** A button with a text. */
export function textButton(name: string, label: string, width: number, press: () => void): Button {
    const button = plainButton(name, press);
    button.widthInPixels = width;
    button.heightInPixels = 42;
    button.background = theme.accent;
    const content = text(label, { size: 16, bold: true, color: "#2b1a08", height: 42, center: true });
    content.isPointerBlocker = false;
    button.addControl(content);
    return button;
}

function plainButton(name: string, press: () => void): Button {
    const button = new Button(name);
    button.background = theme.paperLight;
    button.thickness = 0;
    button.cornerRadius = 10;
    button.hoverCursor = "pointer";
    button.onPointerClickObservable.add(press);
    return button;
}

/** Empty space, in pixels. */
export function gap(pixels: number): Rectangle {
    const space = new Rectangle();
    space.widthInPixels = space.heightInPixels = pixels;
    space.thickness = 0;
    space.isPointerBlocker = false;
    return space;
}

/**
 * Changes a height, in pixels. Babylon (9.34) compares the new one with the old one as scaled to the screen, and so may take 84 for the
 * same as 42; hence the detour.
 */
export function setHeight(control: Control, pixels: number): void {
    control.height = "1px";
    control.heightInPixels = pixels;
}
