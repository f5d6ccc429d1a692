import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { iconUrl } from "./icons.js";
import type { IconName } from "./icons.js";
import type { IPressable } from "../accessibility/operable.js";
import { text, widthOf } from "./surface.js";
import { ReachedButton } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Options of a button. */
export interface IPushButtonOptions {
    /** See `IPressable.id`. */
    readonly id: string;
    readonly theme: IGuiTheme;
    /** Icon in the middle, or above the caption if there is one. */
    readonly icon?: IconName;
    /** Visible caption. Default: none; the button then shows only its icon. */
    readonly caption?: string;
    /** Accessible name. Default: the caption, or else the id. */
    readonly name?: string;
    /** In pixels. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** True for the main action, in the accent colour. */
    readonly prominent?: boolean;
    press(): void;
}

/** Font sizes, in pixels: of a caption below an icon, and the minimum for a caption that is shrunk to fit. */
const [wordSize, smallest] = [12, 8];

/** Button with an icon, a caption, or both. */
export class PushButton implements IPressable {
    public readonly kind = "button";
    public readonly id: string;
    public readonly control: Button;
    public readonly press: () => void;
    public pressed: boolean | null = null;
    public expanded: boolean | null = null;
    public name: string;
    private readonly _theme: IGuiTheme;
    private readonly _isProminent: boolean;
    private _isLit = false;
    private readonly _image: Image | null = null;
    private readonly _caption: TextBlock | null = null;
    /** Normal font size of the caption, in pixels. */
    private readonly _size: number;
    /** Available width for the caption, in pixels. */
    private readonly _room: number;

    /** @param options - appearance and action */
    public constructor(options: IPushButtonOptions) {
        const { id, theme, icon, caption, name = caption ?? id, width, height, prominent = false } = options;
        this.id = id;
        this.name = name;
        this.press = () => options.press();
        this._theme = theme;
        this.control = new ReachedButton(id);
        this.control.widthInPixels = width;
        this.control.heightInPixels = height;
        this.control.thickness = 0;
        this.control.cornerRadius = 10;
        this.control.hoverCursor = "pointer";
        this._isProminent = prominent;
        this.control.pointerEnterAnimation = () => this._paint(theme.hover);
        this.control.pointerOutAnimation = () => this._paint();
        this._paint();
        this.control.onPointerClickObservable.add(() => this.press());
        if (icon) {
            this._image = new Image(`${id} icon`, iconUrl(icon, theme.ink));
            this._image.widthInPixels = this._image.heightInPixels = Math.min(26, height * 0.58);
            this._image.topInPixels = caption === undefined ? 0 : -9;
            this._image.isPointerBlocker = this._image.isHitTestVisible = false;
            this.control.addControl(this._image);
        }
        this._size = icon ? wordSize : prominent ? 16 : 14;
        this._room = width - 4;
        if (caption !== undefined) {
            const color = prominent ? theme.onAccent : icon ? theme.faint : theme.ink;
            const look = icon ? { height: 18 } : { bold: prominent, height };
            this._caption = text(caption, theme, { ...look, size: this._size, color, align: "center" });
            this._fit(this._caption);
            if (icon) {
                this._caption.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
                this._caption.topInPixels = -5;
            }
            this.control.addControl(this._caption);
        }
    }

    /** {@inheritDoc IPressable.focused} */
    public get focused(): boolean {
        return this.control.thickness > 0;
    }
    public set focused(focused: boolean) {
        this.control.thickness = focused ? 3 : 0;
        this.control.color = this._theme.accent;
    }

    /** True = drawn in the accent colour, for example while the button is held. Default: false. */
    public set lit(lit: boolean) {
        this._isLit = lit;
        if (this._caption) {
            this._caption.color = lit ? this._theme.onAccent : this._theme.faint;
        }
        this._paint();
    }

    /** Changes the caption, if the button has one. */
    public set caption(caption: string) {
        if (this._caption && this._caption.text !== caption) {
            this._caption.text = caption;
            this._fit(this._caption);
        }
    }

    private _paint(color: string = this._theme.raised): void {
        this.control.background = this._isLit || this._isProminent ? this._theme.accent : color;
    }

    /** Shrinks a caption that is too wide. */
    private _fit(caption: TextBlock): void {
        const width = widthOf(caption.text, this._theme, { size: this._size, bold: caption.fontWeight === "700" });
        caption.fontSize = Math.max(smallest, Math.min(this._size, Math.floor((2 * this._size * this._room) / Math.max(1, width)) / 2));
    }

    /** Changes the icon, if the button has one. */
    public setIcon(icon: IconName, color: string = this._theme.ink): void {
        const source = iconUrl(icon, color);
        if (this._image && this._image.source !== source) {
            this._image.source = source;
        }
    }
}
