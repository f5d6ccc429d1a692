import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { iconUrl } from "./icons.js";
import type { IChoosable, IOption } from "../accessibility/operable.js";
import { inset, oneLine, stack, text } from "./surface.js";
import { ReachedButton } from "./reach.js";
import type { IGuiTheme } from "./theme.js";

/** Options of a choice. */
export interface IChoiceOptions {
    /** See `IChoosable.id`. */
    readonly id: string;
    /** Visible label of the choice. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels, including `inset` on both sides. */
    readonly width: number;
    /** Called with the value that the user chose. The caller shows the outcome with `show`. */
    choose(value: string): void;
}

const labelHeight = 22;
const fieldHeight = 44;
const optionHeight = 44;

/** Drop-down choice: label, chosen option, and a list of options that unfolds below when the chosen option is pressed. */
export class Choice implements IChoosable {
    public readonly kind = "choice";
    public readonly id: string;
    public readonly name: string;
    public readonly control: StackPanel;
    private readonly _theme: IGuiTheme;
    private readonly _width: number;
    private readonly _field: Button;
    private readonly _chosen: TextBlock;
    private readonly _arrow: Image;
    private readonly _list: StackPanel;
    private readonly _choose: (value: string) => void;
    private _options: readonly IOption[] = [];
    private _value = "";

    /** @param options - appearance and callback */
    public constructor(options: IChoiceOptions) {
        const { id, name, theme, width } = options;
        this.id = id;
        this.name = name;
        this._theme = theme;
        this._width = width - 2 * inset;
        this._choose = (value) => options.choose(value);
        const label = text(name, theme, { size: 13, color: theme.faint, height: labelHeight });
        label.leftInPixels = inset;
        this._field = new ReachedButton(id);
        this._field.widthInPixels = this._width;
        this._field.heightInPixels = fieldHeight;
        this._field.thickness = 0;
        this._field.cornerRadius = 10;
        this._field.hoverCursor = "pointer";
        this._field.background = theme.raised;
        this._field.pointerEnterAnimation = () => (this._field.background = theme.hover);
        this._field.pointerOutAnimation = () => (this._field.background = theme.raised);
        this._field.onPointerClickObservable.add(() => (this.unfolded = !this.unfolded));
        this._chosen = oneLine("", theme, { size: 15, height: fieldHeight });
        this._chosen.leftInPixels = 12;
        this._chosen.paddingRightInPixels = 52;
        this._arrow = new Image(`${id} arrow`);
        this._arrow.widthInPixels = this._arrow.heightInPixels = 18;
        this._arrow.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        this._arrow.leftInPixels = -12;
        this._arrow.isPointerBlocker = this._arrow.isHitTestVisible = false;
        this._field.addControl(this._chosen);
        this._field.addControl(this._arrow);
        this._list = stack(`${id} options`, "down");
        this._list.widthInPixels = this._width;
        this.control = stack(`${id} choice`, "down", label, this._field, this._list);
        this.control.widthInPixels = width;
        this.unfolded = false;
    }

    /** The options to choose from. */
    public get options(): readonly IOption[] {
        return this._options;
    }

    /** {@inheritDoc IChoosable.value} */
    public get value(): string {
        return this._value;
    }

    /** True while the list is open. */
    public get unfolded(): boolean {
        return this._list.isVisible;
    }
    public set unfolded(unfolded: boolean) {
        this._list.isVisible = unfolded;
        this._arrow.source = iconUrl(unfolded ? "up" : "down", this._theme.faint);
    }

    /** {@inheritDoc IChoosable.focused} */
    public get focused(): boolean {
        return this._field.thickness > 0;
    }
    public set focused(focused: boolean) {
        this._field.thickness = focused ? 3 : 0;
        this._field.color = this._theme.accent;
    }

    /**
     * Sets the options and the chosen one.
     * @param options - options in display order, with unique values
     * @param value - value of the chosen option
     */
    public show(options: readonly IOption[], value: string): void {
        const isSame =
            value === this._value &&
            options.length === this._options.length &&
            options.every((option, i) => option.value === this._options[i]?.value && option.label === this._options[i].label);
        if (isSame) {
            return;
        }
        this._options = options;
        this._value = value;
        this._chosen.text = options.find((option) => option.value === value)?.label ?? "";
        for (const control of [...this._list.children]) {
            control.dispose();
        }
        for (const option of options) {
            this._list.addControl(this._line(option));
        }
    }

    /** {@inheritDoc IChoosable.choose} */
    public choose(value: string): void {
        this.unfolded = false;
        if (value !== this._value) {
            this._choose(value);
        }
    }

    private _line({ value, label }: IOption): Control {
        const { ink, faint, accent, raised } = this._theme;
        const isChosen = value === this._value;
        const line = new Rectangle(`${this.id} option ${value}`);
        line.widthInPixels = this._width;
        line.heightInPixels = optionHeight;
        line.thickness = 0;
        line.cornerRadius = 10;
        line.isPointerBlocker = true;
        line.hoverCursor = "pointer";
        line.onPointerEnterObservable.add(() => (line.background = raised));
        line.onPointerOutObservable.add(() => (line.background = "transparent"));
        line.onPointerClickObservable.add(() => this.choose(value));
        const words = oneLine(label, this._theme, { size: 15, color: isChosen ? ink : faint, height: optionHeight });
        words.leftInPixels = 34;
        words.paddingRightInPixels = 42;
        line.addControl(words);
        if (isChosen) {
            const mark = new Image("chosen", iconUrl("check", accent));
            mark.widthInPixels = mark.heightInPixels = 16;
            mark.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
            mark.leftInPixels = 12;
            mark.isPointerBlocker = mark.isHitTestVisible = false;
            line.addControl(mark);
        }
        return line;
    }
}
