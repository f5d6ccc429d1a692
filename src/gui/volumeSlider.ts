import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Slider } from "@babylonjs/gui/2D/controls/sliders/slider.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { IAdjustable } from "./operable.js";
import { text } from "./sheet.js";
import type { IGuiTheme } from "./theme.js";

/** How a volume slider is. */
export interface IVolumeSliderOptions {
    /** See `IAdjustable.id`. */
    readonly id: string;
    /** What it is called in words. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** Is told the new volume, 0 to 4. */
    adjust(volume: number): void;
}

/** A volume from 0 to 400 %. */
export class VolumeSlider implements IAdjustable {
    public readonly kind = "slider";
    public readonly min = 0;
    public readonly max = 400;
    public readonly step = 5;
    public readonly id: string;
    public readonly control = new Rectangle("volume");
    public name: string;
    private readonly _slider = new Slider("volume slider");
    private readonly _figure;
    private readonly _theme: IGuiTheme;
    private readonly _adjust: (volume: number) => void;
    private _isShowing = false;

    /** @param options - what it looks like, and what it does */
    public constructor(options: IVolumeSliderOptions) {
        const { id, name, theme, width, height } = options;
        this.id = id;
        this.name = name;
        this._theme = theme;
        this._adjust = (volume) => options.adjust(volume);
        this.control.widthInPixels = width;
        this.control.heightInPixels = height;
        this.control.thickness = 0;
        this.control.cornerRadius = 10;
        this.control.isPointerBlocker = false;
        this._figure = text("", theme, { size: 13, color: theme.faint, height, align: "right" });
        this._figure.paddingRightInPixels = 6;
        this._slider.minimum = this.min;
        this._slider.maximum = this.max;
        this._slider.step = this.step;
        this._slider.value = 100;
        this._slider.widthInPixels = width - 62;
        this._slider.heightInPixels = 26;
        this._slider.leftInPixels = 4;
        this._slider.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._slider.barOffset = "10px";
        this._slider.thumbWidth = "22px";
        this._slider.isThumbCircle = true;
        this._slider.color = theme.accent;
        this._slider.background = theme.line;
        this._slider.borderColor = "transparent";
        this._slider.thumbColor = theme.ink;
        this.control.addControl(this._slider);
        this.control.addControl(this._figure);
        this._slider.onValueChangedObservable.add((percent) => {
            this._showFigure();
            if (!this._isShowing) {
                this._adjust(percent / 100);
            }
        });
        this._showFigure();
    }

    /** In percent. */
    public get value(): number {
        return this._slider.value;
    }

    /** {@inheritDoc IAdjustable.valueText} */
    public get valueText(): string {
        return `${Math.round(this._slider.value)} %`;
    }

    /** {@inheritDoc IAdjustable.focused} */
    public get focused(): boolean {
        return this.control.thickness > 0;
    }
    public set focused(focused: boolean) {
        this.control.thickness = focused ? 3 : 0;
        this.control.color = this._theme.accent;
    }

    /** Shows a volume, 0 to 4, that was set elsewhere. */
    public set volume(volume: number) {
        this._isShowing = true;
        this._slider.value = 100 * volume;
        this._isShowing = false;
    }

    /** @param percent - 0 to 400 */
    public adjust(percent: number): void {
        this._slider.value = percent;
    }

    private _showFigure(): void {
        this._figure.text = this.valueText;
    }
}
