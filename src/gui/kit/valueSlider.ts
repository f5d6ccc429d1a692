import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Slider } from "@babylonjs/gui/2D/controls/sliders/slider.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { IAdjustable } from "../accessibility/operable.js";
import { inset, text } from "./surface.js";
import { ReachedSlider } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Width of the value's text, in pixels. The slider takes the rest. */
const figureWidth = 48;
/** Height of the slider, in pixels. The bar begins and ends half of this height inside the slider: it spans the positions of the thumb's center. */
const sliderHeight = 28;
/** Space above and below the bar, in pixels. Babylon draws the thumb with a diameter of the slider's height minus this value. */
const aroundBar = 12;
/** Left edge of the slider, in pixels, for a bar that lines up with the label above. */
const sliderLeft = inset - sliderHeight / 2;

/**
 * Computes the range of positions of the thumb's center.
 * @param width - width of a slider with its value's text, in pixels
 * @returns left end and width of the range, in pixels
 */
export function thumbWay(width: number): { readonly left: number; readonly width: number } {
    return { left: inset, width: width - figureWidth - sliderHeight };
}

const captionHeight = 22;

/** Options of a slider. */
export interface IValueSliderOptions {
    /** See `IAdjustable.id`. */
    readonly id: string;
    /** Accessible name. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** Visible label above the slider; adds 22 pixels to `height`. Default: none. */
    readonly caption?: string;
    readonly min: number;
    readonly max: number;
    readonly step: number;
    /** Initial value. */
    readonly value: number;
    /** Returns the text for a value; about six letters fit. */
    readonly inWords: (value: number) => string;
    /** Called with the new value when the user has changed it. */
    adjust(value: number): void;
}

/** Slider with the text of its value beside it. */
export class ValueSlider implements IAdjustable {
    public readonly kind = "slider";
    public readonly min: number;
    public readonly max: number;
    public readonly step: number;
    public readonly id: string;
    public readonly control: Rectangle;
    public name: string;
    private readonly _slider: Slider;
    private readonly _figure;
    private readonly _theme: IGuiTheme;
    private readonly _inWords: (value: number) => string;
    private readonly _adjust: (value: number) => void;
    private _isShowing = false;

    /** @param options - appearance and callback */
    public constructor(options: IValueSliderOptions) {
        const { id, name, theme, width, height, min, max, step, value } = options;
        this.id = id;
        this.name = name;
        this.min = min;
        this.max = max;
        this.step = step;
        this._theme = theme;
        this._inWords = options.inWords;
        this._adjust = (changed) => options.adjust(changed);
        this.control = new Rectangle(`${id} frame`);
        this._slider = new ReachedSlider(id);
        this.control.widthInPixels = width;
        this.control.heightInPixels = height + (options.caption === undefined ? 0 : captionHeight);
        this.control.thickness = 0;
        this.control.cornerRadius = 10;
        this.control.isPointerBlocker = false;
        this._figure = text("", theme, { size: 13, color: theme.faint, height, align: "right" });
        this._figure.paddingRightInPixels = inset;
        this._figure.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        this._slider.maximum = max;
        this._slider.minimum = min;
        this._slider.step = step;
        this._slider.value = value;
        this._slider.widthInPixels = width - figureWidth;
        this._slider.heightInPixels = sliderHeight;
        this._slider.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        this._slider.topInPixels = (sliderHeight - height) / 2;
        this._slider.leftInPixels = sliderLeft;
        this._slider.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._slider.barOffset = `${aroundBar}px`;
        this._slider.thumbWidth = "0px";
        this._slider.isThumbCircle = true;
        this._slider.color = theme.accent;
        this._slider.background = theme.line;
        this._slider.borderColor = "transparent";
        this._slider.thumbColor = theme.ink;
        if (options.caption !== undefined) {
            const caption = text(options.caption, theme, { size: 13, color: theme.faint, height: captionHeight });
            caption.leftInPixels = inset;
            caption.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
            this.control.addControl(caption);
        }
        this.control.addControl(this._slider);
        this.control.addControl(this._figure);
        this._slider.onValueChangedObservable.add((changed) => {
            this._showFigure();
            if (!this._isShowing) {
                this._adjust(changed);
            }
        });
        this._showFigure();
    }

    /** Current value. Setting it shows a change made elsewhere, without calling the `adjust` option. */
    public get value(): number {
        return this._slider.value;
    }
    public set value(value: number) {
        this._isShowing = true;
        this._slider.value = value;
        this._isShowing = false;
    }

    /** {@inheritDoc IAdjustable.valueText} */
    public get valueText(): string {
        return this._inWords(this._slider.value);
    }

    /** {@inheritDoc IAdjustable.focused} */
    public get focused(): boolean {
        return this.control.thickness > 0;
    }
    public set focused(focused: boolean) {
        this.control.thickness = focused ? 3 : 0;
        this.control.color = this._theme.accent;
    }

    /** {@inheritDoc IAdjustable.adjust} */
    public adjust(value: number): void {
        this._slider.value = value;
    }

    private _showFigure(): void {
        this._figure.text = this.valueText;
    }
}

/** Options of a volume slider. */
export interface IVolumeSliderOptions extends Pick<IValueSliderOptions, "id" | "name" | "caption" | "theme" | "width" | "height"> {
    /** Called with the new volume, 0 to 4. */
    adjust(volume: number): void;
}

/** Slider for a volume from 0 to 400 %. */
export class VolumeSlider extends ValueSlider {
    /** @param options - appearance and callback */
    public constructor(options: IVolumeSliderOptions) {
        super({
            ...options,
            min: 0,
            max: 400,
            step: 5,
            value: 100,
            inWords: (percent) => `${Math.round(percent)} %`,
            adjust: (percent) => options.adjust(percent / 100),
        });
    }

    /** Shows a volume, 0 to 4, that was set elsewhere. */
    public set volume(volume: number) {
        this.value = 100 * volume;
    }
}
