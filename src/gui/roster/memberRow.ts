import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Ellipse } from "@babylonjs/gui/2D/controls/ellipse.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { Observable, Subscription } from "rxjs";
import type { LinkQuality } from "../../index.js";
import { barsUrl, iconUrl } from "../kit/icons.js";
import type { IReadable, Mirrorable } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import type { IMemberView } from "./rosterView.js";
import { box, edge, fitted, gap, inset, oneLine, setHeight, setPixels, stack, text, widthOf } from "../kit/surface.js";
import type { GuiContext } from "../guiContext.js";
import { scrollBarSize } from "../kit/scroller.js";
import { VolumeSlider } from "../kit/valueSlider.js";

/** Height of a row without details, in pixels: large enough for a thumb. */
export const rowHeight = 44;
/** Left edge and size of the dot, in pixels. The border of the surface takes 1 pixel of `edge`. */
const [dotLeft, dotSize] = [edge - 1, 20];
const nameLeft = dotLeft + dotSize + 12;
/** Padding on the right of a row, in pixels. The border of the surface and the scroll bar take the rest of `edge`. */
const right = edge - 1 - scrollBarSize;
/** Size of the buttons, and gap between the controls on the right, in pixels. */
const [buttonSize, between] = [36, 6];
/** Tolerance for the width of a name, in pixels: Babylon measures the name again, at its size on the texture. */
const rounding = 2;
/** Small text, in pixels: font size, offset of a note from the middle of the row, offset of the name above the note, and line height. */
const [smallSize, noteTop, raisedTop, smallLine] = [12, 11, -8, 16];
/** Fraction of a line that wrapped text fills on average. */
const filled = 0.85;
/** Number of steps in which loudness is drawn. Each step redraws the texture. */
const levelSteps = 4;

/** Options of a row. */
export interface IMemberRowOptions {
    readonly id: string;
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    readonly actions: IMemberActions;
    /** Level of the member, 0 to 1. Subscribed to while the row shows that they speak. */
    readonly level$: Observable<number>;
}

/** Actions of a row's buttons. */
export interface IMemberActions {
    toggleSilenced(id: string): void;
    toggleDetails(id: string): void;
    setVolume(id: string, volume: number): void;
    /** For moderators: mutes the member for everybody, or invites them to unmute. */
    toggleMuted(id: string): void;
    /** The first press asks for confirmation, the second removes the member. */
    remove(id: string): void;
}

/** State of the details below a row. */
export interface IRowDetails {
    readonly open: boolean;
    /** True if the next press of the remove button removes the member. */
    readonly confirming: boolean;
}

const bars: Readonly<Record<LinkQuality, number>> = { excellent: 4, good: 3, poor: 2, bad: 1, unknown: 0 };

/**
 * Row of one member: a dot in their colour; while they speak, a ring around it that grows with their level; their name; icons for mute and
 * connection; a button to silence them. Details below, when opened: their volume, and buttons for moderators.
 */
export class MemberRow {
    /** The control to add to the list. */
    public readonly control: StackPanel;
    private readonly _id: string;
    private readonly _context: GuiContext;
    private readonly _level$: Observable<number>;
    private readonly _ring = new Ellipse("level");
    private readonly _dot = new Ellipse("dot");
    private readonly _name: TextBlock;
    /** Note below the name: the text of the sign, if the sign is about the connection. */
    private readonly _note: TextBlock;
    private readonly _advice: TextBlock;
    private readonly _quality = new Image("quality");
    private readonly _mutedSign: Image;
    private readonly _awaySign: Image;
    private readonly _silence: PushButton;
    private readonly _more: PushButton;
    private readonly _volume: VolumeSlider;
    private readonly _mute: PushButton;
    private readonly _remove: PushButton;
    private readonly _details: StackPanel;
    private readonly _moderation: StackPanel;
    private _listening: Subscription | null = null;
    /** In pixels. */
    private readonly _width: number;
    /** In pixels. */
    private readonly _inner: number;
    /** In pixels. */
    private _adviceHeight = 0;
    /** In pixels. */
    private _ringSize = 0;

    /** @param options - member, appearance and actions */
    public constructor(options: IMemberRowOptions) {
        const { id, width, context, actions } = options;
        const { theme, texts } = context;
        this._id = id;
        this._context = context;
        this._level$ = options.level$;
        this._width = width;
        const small = { theme, width: buttonSize, height: buttonSize } as const;
        this._silence = new PushButton({ ...small, id: `${id} silence`, icon: "speaker", press: () => actions.toggleSilenced(id) });
        this._more = new PushButton({ ...small, id: `${id} more`, icon: "down", press: () => actions.toggleDetails(id) });
        const inner = (this._inner = width - nameLeft - right);
        this._volume = new VolumeSlider({
            id: `${id} volume`,
            name: "",
            theme,
            width: inner + 2 * inset,
            height: 40,
            adjust: (volume) => actions.setVolume(id, volume),
        });
        const wide = { theme, width: (inner - 8) / 2, height: 36 } as const;
        const { muteButton, removeButton } = texts.roster;
        this._mute = new PushButton({ ...wide, id: `${id} mute`, caption: muteButton, press: () => actions.toggleMuted(id) });
        this._remove = new PushButton({ ...wide, id: `${id} remove`, caption: removeButton, press: () => actions.remove(id) });
        this._name = oneLine("", theme, { size: 16, height: rowHeight });
        this._note = oneLine("", theme, { size: smallSize, color: theme.faint, height: rowHeight });
        this._advice = text("", theme, { size: smallSize, color: theme.faint, height: 0 });
        this._advice.textWrapping = true;
        this._advice.widthInPixels = inner;
        this._mutedSign = new Image("muted", iconUrl("microphoneOff", theme.danger));
        this._awaySign = new Image("reconnecting", iconUrl("refresh", theme.accent));

        this._moderation = stack("moderation", "right", this._mute.control, gap(8), this._remove.control);
        this._moderation.heightInPixels = 44;
        this._details = stack("details", "down", this._advice, this._volume.control, this._moderation);
        this._details.widthInPixels = inner + 2 * inset;
        this._details.leftInPixels = nameLeft - inset;
        this._details.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this.control = stack("member", "down", this._createLine(width), this._details);
        this.control.widthInPixels = width;
        this.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
    }

    /** All controls in Tab order, hidden ones included. */
    public get mirrorables(): readonly Mirrorable[] {
        const { _advice: control } = this;
        const advice: IReadable = { kind: "note", id: `${this._id} advice`, name: control.text, control };
        return [this._silence, this._more, advice, this._volume, this._mute, this._remove];
    }

    /** Current height, in pixels. */
    public get height(): number {
        return rowHeight + (this._details.isVisible ? this._adviceHeight + 40 + (this._moderation.isVisible ? 44 : 0) : 0);
    }

    /** Shows a member. */
    public show(member: IMemberView, { open, confirming }: IRowDetails): void {
        const { name, color, isSelf, sign, muted, silenced, volume, quality, mayModerate } = member;
        const { theme, texts } = this._context;
        const { roster, quality: qualities, signs } = texts;
        this._name.color = sign === "silent" || sign === "speaking" ? theme.ink : theme.faint;
        this._dot.background = color;
        const isCut = sign === "noPath";
        this._awaySign.isVisible = sign === "reconnecting" || isCut;
        this._awaySign.source = isCut ? iconUrl("unlinked", theme.danger) : iconUrl("refresh", theme.accent);
        this._note.isVisible = this._awaySign.isVisible;
        this._note.text = this._note.isVisible ? signs[sign] : "";
        this._advise(isCut ? roster.noPath(name) : "");
        this._mutedSign.isVisible = muted && !this._awaySign.isVisible;
        this._listen(sign === "speaking");
        this._showQuality(quality);

        this._silence.control.isVisible = this._more.control.isVisible = !isSelf && volume !== null;
        this._silence.pressed = silenced;
        this._silence.name = [roster.silence(name), signs[sign], qualities[quality]].filter((words) => words !== "").join(", ");
        this._silence.setIcon(silenced ? "speakerOff" : "speaker", silenced ? theme.danger : theme.ink);
        const isOpen = open && this._more.control.isVisible;
        this._more.expanded = isOpen;
        this._more.name = roster.more(name);
        this._more.setIcon(isOpen ? "up" : "down", theme.faint);

        this._details.isVisible = isOpen;
        this._moderation.isVisible = mayModerate;
        this._volume.name = roster.volume(name);
        this._volume.volume = volume ?? 1;
        this._mute.name = muted ? roster.invite(name) : roster.mute(name);
        this._mute.caption = muted ? roster.inviteButton : roster.muteButton;
        this._remove.name = confirming ? roster.confirmRemove(name) : roster.remove(name);
        this._remove.caption = confirming ? roster.confirmButton : roster.removeButton;
        const room = this._arrange();
        setPixels(this._name, "top", this._note.isVisible ? raisedTop : 0);
        this._name.text = fitted(name, room, theme, {}, isSelf ? roster.you : undefined);
        setHeight(this.control, this.height);
    }

    /** Disposes the row. */
    public dispose(): void {
        this._listen(false);
        this.control.dispose();
    }

    private _createLine(width: number): Control {
        const line = box("line", { width, height: rowHeight });
        for (const [ellipse, size] of [
            [this._ring, 22],
            [this._dot, dotSize],
        ] as const) {
            ellipse.widthInPixels = ellipse.heightInPixels = size;
            ellipse.thickness = 0;
            ellipse.leftInPixels = dotLeft + (dotSize - size) / 2;
            ellipse.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
            ellipse.isHitTestVisible = false;
        }
        this._ring.background = this._context.theme.speaking;
        this._dot.thickness = 2;
        this._dot.color = "#0008";
        this._name.leftInPixels = this._note.leftInPixels = nameLeft;
        this._note.topInPixels = noteTop;
        for (const control of [this._ring, this._dot, this._name, this._note]) {
            line.addControl(control);
        }
        this._awaySign.isHitTestVisible = this._mutedSign.isHitTestVisible = this._quality.isHitTestVisible = false;
        for (const [control, size] of this._atRight) {
            control.widthInPixels = control.heightInPixels = size;
            control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
            line.addControl(control);
        }
        return line;
    }

    /** Controls on the right of the name, from right to left, with their widths in pixels. */
    private get _atRight(): readonly (readonly [control: Control, width: number])[] {
        return [
            [this._more.control, buttonSize],
            [this._silence.control, buttonSize],
            [this._quality, 18],
            [this._mutedSign, 20],
            [this._awaySign, 20],
        ];
    }

    /**
     * Positions the visible controls on the right and limits the width of the texts. Hidden controls take no space.
     * @returns available width for the name, in pixels
     */
    private _arrange(): number {
        let taken = right;
        for (const [control, width] of this._atRight.filter(([{ isVisible }]) => isVisible)) {
            setPixels(control, "left", -taken);
            taken += width + between;
        }
        // `left` moves a text without narrowing it, so its right padding includes that offset.
        setPixels(this._name, "paddingRight", nameLeft + taken);
        setPixels(this._note, "paddingRight", nameLeft + taken);
        return this._width - nameLeft - taken - rounding;
    }

    /** Sets the advice at the top of the details; an empty text hides it. */
    private _advise(words: string): void {
        const width = widthOf(words, this._context.theme, { size: smallSize });
        this._adviceHeight = words === "" ? 0 : smallLine * Math.ceil(width / (filled * this._inner)) + inset;
        this._advice.isVisible = words !== "";
        this._advice.text = words;
        setHeight(this._advice, this._adviceHeight);
    }

    private _showQuality(quality: LinkQuality): void {
        const { ink, line, danger, accent } = this._context.theme;
        this._quality.isVisible = quality !== "unknown";
        const color = quality === "bad" ? danger : quality === "poor" ? accent : ink;
        const source = barsUrl(bars[quality], color, line);
        if (this._quality.source !== source) {
            this._quality.source = source;
        }
    }

    private _listen(speaks: boolean): void {
        if (speaks) {
            this._ring.isVisible = true;
            this._listening ??= this._level$.subscribe((level) => this._showLevel(level));
        } else {
            this._listening?.unsubscribe();
            this._listening = null;
            this._ring.isVisible = false;
        }
    }

    private _showLevel(level: number): void {
        // 0 at −40 dBFS and below, 1 at −12 dBFS and above.
        const loud = (20 * Math.log10(Math.max(level, 1e-5)) + 40) / 28;
        const step = Math.round(levelSteps * Math.min(1, Math.max(0, loud)));
        const size = 26 + 2 * step;
        if (this._ringSize !== size) {
            this._ringSize = size;
            setPixels(this._ring, "width", size);
            setPixels(this._ring, "height", size);
            setPixels(this._ring, "left", dotLeft + (dotSize - size) / 2);
        }
    }
}
