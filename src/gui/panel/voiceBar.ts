import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { combineLatest } from "rxjs";
import type { Subscription } from "rxjs";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { callApp } from "../guiChecks.js";
import { contextOf, isOpen$ } from "../guiContext.js";
import type { GuiContext, IGuiOptions, IGuiSource } from "../guiContext.js";
import type { IconName } from "../kit/icons.js";
import { PushButton } from "../kit/pushButton.js";
import { gap, stack } from "../kit/surface.js";

/** A button that the app adds. */
export interface IGuiButton {
    /** Identifier, unique among the buttons. */
    readonly id: string;
    readonly icon: IconName;
    /** Caption; about ten letters fit. */
    readonly caption: string;
    /** True if the button opens and closes something, see `VoiceBar.setOpen`. Default: false. */
    readonly opens?: boolean;
    press(): void;
}

/** Options of a bar. */
export interface IVoiceBarOptions extends IGuiOptions {
    /** Additional buttons, to the right of mute and deafen. Default: none. */
    readonly buttons?: readonly IGuiButton[];
    /** Maximum width, in pixels: the buttons become narrower to fit. Default: no limit. */
    readonly maxWidth?: number;
}

/** Height of the bar, in pixels. */
export const barHeight = 60;
/** Gap between buttons, in pixels: normal, and between many buttons. */
const [airy, dense] = [8, 4];
/** Maximum width of a button, in pixels. */
const widest = 68;
/** Number of buttons above which the smaller gap is used. */
const few = 4;

/** Bar with mute, deafen, and the app's own buttons. Add its `control` to any container, on the screen or on a mesh. */
export class VoiceBar {
    /** The control to add. */
    public readonly control: StackPanel;
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _mute: PushButton;
    private readonly _deafen: PushButton;
    private readonly _more: ReadonlyMap<string, PushButton>;
    /** Width of a button, in pixels. */
    private readonly _buttonWidth: number;
    /** Number of buttons that are still to be made one pixel wider. */
    private _wider: number;
    private readonly _subscription: Subscription;

    /**
     * @param source - the plugin
     * @param options - appearance and additional buttons
     */
    public constructor({ rtc }: IGuiSource, options: IVoiceBarOptions = {}) {
        this._context = contextOf(options);
        const { bar } = this._context.texts;
        this._group = this._context.group(bar.label);
        const count = 2 + (options.buttons?.length ?? 0);
        const between = count > few ? dense : airy;
        const { maxWidth = Infinity } = options;
        const forButtons = maxWidth - (count - 1) * between;
        const isFull = forButtons < count * widest;
        // Whole pixels: Babylon (9.34) rounds each width up, so fractions would make the bar too wide. The first buttons get one spare pixel each.
        this._buttonWidth = isFull ? Math.floor(forButtons / count) : widest;
        this._wider = isFull ? forButtons - count * this._buttonWidth : 0;
        this._mute = this._button({ id: "mute", icon: "microphone", caption: bar.mute, press: () => (rtc.muted = !rtc.muted) });
        this._deafen = this._button({
            id: "deafen",
            icon: "headset",
            caption: bar.deafen,
            press: () => (rtc.deafened = !rtc.deafened),
        });
        this._more = new Map((options.buttons ?? []).map((button) => [button.id, this._button(button)]));
        const controls = this._buttons.map(({ control }) => control);
        this.control = stack("bar", "right", ...controls.flatMap((control, index) => (index > 0 ? [gap(between), control] : [control])));
        this.control.heightInPixels = barHeight;
        if (isFull) {
            this.control.widthInPixels = maxWidth;
        }
        this.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_CENTER;
        this._subscription = combineLatest([rtc.self$, isOpen$(rtc.microphone)]).subscribe(([{ muted, deafened }, isOpen]) => {
            const { ink, faint, danger } = this._context.theme;
            const isMuted = muted !== "no";
            this._mute.pressed = isMuted;
            this._mute.caption = isMuted ? bar.unmute : bar.mute;
            this._mute.setIcon(isMuted || !isOpen ? "microphoneOff" : "microphone", isMuted ? danger : isOpen ? ink : faint);
            this._deafen.pressed = deafened;
            this._deafen.caption = deafened ? bar.undeafen : bar.deafen;
            this._deafen.setIcon(deafened ? "headsetOff" : "headset", deafened ? danger : ink);
            this.mirror();
        });
        this.mirror();
    }

    /**
     * Sets whether the target of a button is open, for screen readers (`aria-expanded`). The drawn button does not change.
     * @param id - id of one of the app's buttons; others are ignored
     * @param open - true if the target is open
     */
    public setOpen(id: string, open: boolean): void {
        const button = this._more.get(id);
        if (button) {
            button.expanded = open;
            this.mirror();
        }
    }

    /**
     * Changes caption and accessible name of a button.
     * @param id - id of one of the app's buttons; others are ignored
     * @param caption - new caption
     */
    public setCaption(id: string, caption: string): void {
        const button = this._more.get(id);
        if (button) {
            button.caption = button.name = caption;
            this.mirror();
        }
    }

    /** Updates the DOM mirror. Call it after a container of the bar was shown or hidden. */
    public mirror(): void {
        this._group.show(this._buttons);
    }

    /** Moves the keyboard focus to a button; no-op if it is not shown. */
    public focus(id: string): void {
        this._group.focus(id);
    }

    /** Disposes the bar and its group in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this.control.dispose();
        this._context.release(this._group);
    }

    private _button(button: IGuiButton): PushButton {
        const { id, icon, caption, opens = false } = button;
        const made = new PushButton({
            id,
            icon,
            caption,
            theme: this._context.theme,
            width: this._buttonWidth + (this._wider-- >= 1 ? 1 : 0),
            height: barHeight,
            press: () => callApp(`buttons (${button.id})`, () => button.press(), this._context.tell),
        });
        made.expanded = opens ? false : null;
        return made;
    }

    private get _buttons(): readonly PushButton[] {
        return [this._mute, this._deafen, ...this._more.values()];
    }
}
