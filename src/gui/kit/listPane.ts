import { Image } from "@babylonjs/gui/2D/controls/image.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { iconUrl } from "./icons.js";
import type { IconName } from "./icons.js";
import { PushButton } from "./pushButton.js";
import { gap, setHeight, stack, text } from "./surface.js";
import type { IReadable } from "../accessibility/operable.js";
import type { IActionHelp } from "../texts/help.js";
import type { IGuiTheme } from "./theme.js";

/** Notice in place of a list. */
export interface IListPaneLook {
    readonly icon: IconName;
    /** True for a failure. */
    readonly failed: boolean;
    readonly title: string;
    /** Advice and its button; null = neither, for example while loading. */
    readonly help: IActionHelp | null;
    press(): void;
}

/** Notice with icon, title, advice and button, for a list that is empty, loading or failed. */
export class ListPane {
    /** The control to add. */
    public readonly control: StackPanel;
    /** Button below the advice. */
    public readonly button: PushButton;
    private readonly _theme: IGuiTheme;
    private readonly _icon = new Image("pane icon");
    private readonly _title: TextBlock;
    private readonly _advice: TextBlock;
    private _isFailed = false;
    private _press: () => void = () => undefined;

    /**
     * @param width - in pixels
     * @param theme - colours and font
     */
    public constructor(width: number, theme: IGuiTheme) {
        this._theme = theme;
        this._icon.widthInPixels = this._icon.heightInPixels = 44;
        this._icon.isHitTestVisible = false;
        this._title = text("", theme, { size: 16, bold: true, height: 30, align: "center" });
        this._advice = text("", theme, { size: 14, color: theme.faint, height: 44, align: "center" });
        this._advice.textWrapping = true;
        this._advice.widthInPixels = width - 24;
        this.button = new PushButton({
            id: "pane action",
            theme,
            caption: "",
            width: 180,
            height: 42,
            prominent: true,
            press: () => this._press(),
        });
        this.control = stack("pane", "down", gap(18), this._icon, gap(6), this._title, this._advice, this.button.control, gap(14));
        this.control.widthInPixels = width;
    }

    /** Text for the DOM mirror. */
    public get words(): IReadable {
        const { _title: control, _advice: advice } = this;
        // The DOM mirror expects controls with the same id to have the same kind.
        const kind = this._isFailed ? "alert" : "status";
        return { kind, id: `pane ${kind}`, name: advice.text === "" ? control.text : `${control.text}. ${advice.text}`, control };
    }

    /** Current height, in pixels. */
    public get height(): number {
        if (!this.control.isVisible) {
            return 0;
        }
        return 18 + 44 + 6 + 30 + (this.button.control.isVisible ? 44 + 42 : 0) + 14;
    }

    /** @param look - notice to show; null = hide the pane */
    public show(look: IListPaneLook | null): void {
        this.control.isVisible = look !== null;
        if (!look) {
            return;
        }
        const { icon, failed, title, help } = look;
        const { danger, faint, ink } = this._theme;
        this._isFailed = failed;
        const source = iconUrl(icon, failed ? danger : faint);
        if (this._icon.source !== source) {
            this._icon.source = source;
        }
        this._title.text = title;
        this._title.color = failed ? danger : ink;
        this._advice.isVisible = this.button.control.isVisible = help !== null;
        this._advice.text = help?.advice ?? "";
        this.button.caption = this.button.name = help?.action ?? "";
        this._press = () => look.press();
        setHeight(this.control, this.height);
    }
}
