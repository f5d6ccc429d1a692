import { ValueSlider } from "./valueSlider.js";
import type { IValueSliderOptions } from "./valueSlider.js";

/** How a volume slider is. */
export interface IVolumeSliderOptions extends Pick<IValueSliderOptions, "id" | "name" | "caption" | "theme" | "width" | "height"> {
    /** Is told the new volume, 0 to 4. */
    adjust(volume: number): void;
}

/** A volume from 0 to 400 %. */
export class VolumeSlider extends ValueSlider {
    /** @param options - what it looks like, and what it does */
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
