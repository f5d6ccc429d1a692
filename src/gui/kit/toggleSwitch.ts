import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Ellipse } from "@babylonjs/gui/2D/controls/ellipse.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { ISwitchable } from "../accessibility/operable.js";
import { inset, oneLine } from "./surface.js";
import { ReachedButton } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Options of a switch. */
export interface IToggleSwitchOptions {
    /** See `ISwitchable.id`. */
    readonly id: string;
    /** Visible label. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels, including `inset` on both sides. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** Called with the state that the user chose. The caller shows the outcome by setting `on`. */
    toggle(on: boolean): void;
}

const track = { width: 40, height: 22 } as const;
const knobSize = 16;

/** Switch with a label on its left. The whole line can be pressed. */
export class ToggleSwitch implements ISwitchable {
    public readonly kind = "switch";
    public readonly id: string;
    public readonly name: string;
    public readonly control: Button;
    private readonly _theme: IGuiTheme;
    private readonly _track = new Rectangle("track");
    private readonly _knob = new Ellipse("knob");
    private readonly _toggle: (on: boolean) => void;
    private _on = false;

    /** @param options - appearance and callback */
    public constructor(options: IToggleSwitchOptions) {
        const { id, name, theme, width, height } = options;
        this.id = id;
        this.name = name;
        this._theme = theme;
        this._toggle = (on) => options.toggle(on);
        this.control = new ReachedButton(id);
        this.control.widthInPixels = width;
        this.control.heightInPixels = height;
        this.control.thickness = 0;
        this.control.cornerRadius = 10;
        this.control.hoverCursor = "pointer";
        this.control.background = "transparent";
        this.control.pointerEnterAnimation = () => (this.control.background = theme.raised);
        this.control.pointerOutAnimation = () => (this.control.background = "transparent");
        this.control.onPointerClickObservable.add(() => this.toggle());
        const label = oneLine(name, theme, { size: 15, height });
        label.leftInPixels = inset;
        label.paddingRightInPixels = track.width + 20;
        this._track.widthInPixels = track.width;
        this._track.heightInPixels = track.height;
        this._track.cornerRadius = track.height / 2;
        this._track.thickness = 0;
        this._track.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        this._track.leftInPixels = -inset;
        this._track.isPointerBlocker = this._track.isHitTestVisible = false;
        this._knob.widthInPixels = this._knob.heightInPixels = knobSize;
        this._knob.thickness = 0;
        this._track.addControl(this._knob);
        this.control.addControl(label);
        this.control.addControl(this._track);
        this.on = false;
    }

    /** State; set it to show a change made elsewhere. */
    public get on(): boolean {
        return this._on;
    }
    public set on(on: boolean) {
        this._on = on;
        const { accent, onAccent, faint, line } = this._theme;
        this._track.background = on ? accent : line;
        this._knob.background = on ? onAccent : faint;
        this._knob.leftInPixels = ((on ? 1 : -1) * (track.width - track.height)) / 2;
    }

    /** {@inheritDoc ISwitchable.focused} */
    public get focused(): boolean {
        return this.control.thickness > 0;
    }
    public set focused(focused: boolean) {
        this.control.thickness = focused ? 3 : 0;
        this.control.color = this._theme.accent;
    }

    /** {@inheritDoc ISwitchable.toggle} */
    public toggle(): void {
        this._toggle(!this._on);
    }
}
