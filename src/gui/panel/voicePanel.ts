import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { combineLatest } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { RtcError } from "../../index.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { contextOf, inContext } from "../guiContext.js";
import type { GuiContext, IGuiSource } from "../guiContext.js";
import { PushButton } from "../kit/pushButton.js";
import { Roster } from "../roster/roster.js";
import type { IRosterOptions } from "../roster/roster.js";
import { box, edge, fitted, gap, oneLine, setPixels, surface, stack, text, widthOf } from "../kit/surface.js";
import { VoiceBar, barHeight } from "./voiceBar.js";
import type { IVoiceBarOptions } from "./voiceBar.js";

/** Options of a panel. */
export interface IVoicePanelOptions extends IRosterOptions, IVoiceBarOptions {
    /** True = the member list is hidden at first. Default: false. */
    readonly folded?: boolean;
}

const headerHeight = 50;
/** Space to the right of the member count, in pixels, for the fold button. */
const besideCount = edge + 36 + 8;
/** Height of everything above and below the member list, in pixels. */
const around = headerHeight + barHeight + 20;

/** Panel with the room's name, the roster and the bar. Add its `control` to any container, on the screen or on a mesh. */
export class VoicePanel {
    /** The control to add. */
    public readonly control: Rectangle;
    /** Errors of failed actions. Hot. */
    public readonly error$: Observable<RtcError>;
    /** Bar with mute, deafen, and the app's own buttons. */
    public readonly bar: VoiceBar;
    private readonly _context: GuiContext;
    private readonly _roster: Roster;
    private readonly _group: MirrorGroup;
    private readonly _fold: PushButton;
    private readonly _title: TextBlock;
    private readonly _count: TextBlock;
    private readonly _subscription: Subscription;

    /**
     * @param source - the plugin
     * @param options - appearance, moderation and additional buttons
     */
    public constructor(source: IGuiSource, options: IVoicePanelOptions = {}) {
        const { width = 340, maxHeight = 500, folded = false } = options;
        const context = contextOf(options);
        const { theme, texts } = context;
        this._context = context;
        this._group = context.group(texts.panel.label);
        this._roster = new Roster(source, inContext(context, { ...options, width, maxHeight: maxHeight - around }));
        this.error$ = this._roster.error$;
        this.bar = new VoiceBar(source, inContext(context, { maxWidth: width - 2 * edge, ...options }));
        this._title = oneLine("", theme, { size: 18, bold: true, height: headerHeight });
        this._title.leftInPixels = edge - 1;
        this._count = text("", theme, { size: 14, color: theme.faint, height: headerHeight, align: "right" });
        this._count.paddingRightInPixels = besideCount;
        this._fold = new PushButton({ id: "fold", theme, icon: "up", width: 36, height: 36, press: () => (this.folded = !this.folded) });
        this._fold.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        this._fold.control.leftInPixels = 1 - edge;
        const header = box("header", { width: width - 2, height: headerHeight });
        for (const control of [this._title, this._count, this._fold.control]) {
            header.addControl(control);
        }
        this.control = surface("panel", width, theme);
        this.control.addControl(stack("panel column", "down", header, this._roster.control, gap(8), this.bar.control, gap(12)));
        this.folded = folded;
        this._subscription = combineLatest([source.room.status$, source.rtc.members$]).subscribe(([status, members]) => {
            const { notIn, alone, count } = this._context.texts.panel;
            this._count.text = status.state !== "inRoom" ? notIn : members.size === 1 ? alone : count(members.size);
            // `left` moves a text without narrowing it, so the text's right padding includes that offset.
            const taken = edge + besideCount + widthOf(this._count.text, theme, { size: 14 }) + 8;
            setPixels(this._title, "paddingRight", taken);
            if (status.state === "inRoom") {
                this._title.text = fitted(status.room.name, width - taken - 2, theme, { size: 18, bold: true });
            }
        });
    }

    /** Visibility. Default: true. */
    public get visible(): boolean {
        return this.control.isVisible;
    }
    public set visible(visible: boolean) {
        this.control.isVisible = visible;
        this.folded = !this._roster.visible;
        this.bar.mirror();
    }

    /** True while the member list is hidden. */
    public get folded(): boolean {
        return !this._roster.visible;
    }
    public set folded(folded: boolean) {
        const { fold, unfold } = this._context.texts.panel;
        this._roster.visible = !folded;
        this._fold.expanded = !folded;
        this._fold.name = folded ? unfold : fold;
        this._fold.setIcon(folded ? "down" : "up");
        this._group.show([this._fold]);
    }

    /** Maximum height, in pixels. */
    public set maxHeight(maxHeight: number) {
        this._roster.maxHeight = Math.max(0, maxHeight - around);
    }

    /** Disposes the panel and its groups in the DOM mirror. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._roster.dispose();
        this.bar.dispose();
        this.control.dispose();
        this._context.release(this._group);
    }
}
