import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { captionButton, card, gap, iconButton, setCaption, setHeight, setIcon, stack, text } from "./controls.js";
import { MemberRow, rowHeight } from "./memberRow.js";
import { createNoticeCard } from "./noticeCard.js";
import type { INotice, IPanelView } from "./panelView.js";
import { theme } from "./theme.js";

/** What the panel's buttons do. */
export interface IPanelActions {
    toggleMuted(): void;
    toggleDeafened(): void;
    toggleSilenced(memberId: string): void;
    startAudio(): void;
    rejoin(): void;
    leave(): void;
    /** Into the headset, or out of it. Absent where there is none. */
    toggleXr?(): void;
}

/** How much room there is, in pixels. */
export interface IPanelSize {
    readonly width: number;
    readonly height: number;
    /** Whether it is a board in XR rather than the screen. */
    readonly isBoard: boolean;
}

const margin = 12;
const headerHeight = 50;
const buttonSize = 60;

/** Room, members and buttons. It draws on any texture: the whole screen, or a board in XR. */
export class Panel {
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _actions: IPanelActions;
    private readonly _title = text("", { size: 18, bold: true, height: headerHeight });
    private readonly _count = text("", { size: 14, color: theme.faint, height: headerHeight });
    private readonly _rows = new Map<string, MemberRow>();
    private readonly _list: StackPanel = stack("members", "down");
    private readonly _scroll = new ScrollViewer("scroll");
    private readonly _buttons: Readonly<Record<"mute" | "deafen" | "fold", Button>>;
    private readonly _column: StackPanel;
    private readonly _noticeSlot = new Rectangle("notice slot");
    private readonly _size: IPanelSize;
    private readonly _width: number;
    private _isFolded: boolean;
    private _notice = "";

    public constructor(texture: AdvancedDynamicTexture, actions: IPanelActions, size: IPanelSize) {
        this._texture = texture;
        this._actions = actions;
        this._size = size;
        this._width = Math.min(300, size.width - 2 * margin);
        this._isFolded = !size.isBoard && size.width < 600;
        this._buttons = {
            mute: captionButton("mute", "microphone", "Mute", () => actions.toggleMuted()),
            deafen: captionButton("deafen", "headset", "Deafen", () => actions.toggleDeafened()),
            fold: iconButton("fold", "list", 36, () => this._fold()),
        };
        this._column = stack("panel column", "down", this._createHeader(), this._scroll, gap(6), this._createButtons(), gap(10));
        this._addCard();
        this._addNoticeSlot();
    }

    /** Shows how things are. */
    public show({ room, members, self, notice }: IPanelView): void {
        this._title.text = room.length > 18 ? `${room.slice(0, 17)}…` : room;
        this._count.text = ["not in", "only you"][members.length] ?? `${members.length} here`;

        const ids = new Set(members.map(({ id }) => id));
        for (const [id, row] of this._rows) {
            if (!ids.has(id)) {
                row.control.dispose();
                this._rows.delete(id);
            }
        }
        for (const member of members) {
            this._rowOf(member.id).show(member);
        }
        const space = this._size.height - headerHeight - buttonSize - 60;
        setHeight(this._scroll, rowHeight * Math.min(members.length, 8, Math.floor(space / rowHeight)));
        this._scroll.isVisible = !this._isFolded;

        const isMuted = self.muted !== "no";
        setIcon(this._buttons.mute, isMuted ? "microphoneOff" : "microphone", isMuted ? theme.danger : theme.ink);
        setCaption(this._buttons.mute, isMuted ? "Unmute" : "Mute");
        setCaption(this._buttons.deafen, self.deafened ? "Undeafen" : "Deafen");
        setIcon(this._buttons.deafen, self.deafened ? "headsetOff" : "headset", self.deafened ? theme.danger : theme.ink);
        this._showNotice(notice);
    }

    /** Removes all of it; the texture stays. */
    public dispose(): void {
        for (const control of [...this._texture.rootContainer.children]) {
            control.dispose();
        }
    }

    private _rowOf(id: string): MemberRow {
        const known = this._rows.get(id);
        if (known) {
            return known;
        }
        const row = new MemberRow(() => this._actions.toggleSilenced(id));
        this._rows.set(id, row);
        this._list.addControl(row.control);
        return row;
    }

    private _fold(): void {
        this._isFolded = !this._isFolded;
        this._scroll.isVisible = !this._isFolded;
    }

    private _createHeader(): Rectangle {
        const header = new Rectangle("header");
        header.heightInPixels = headerHeight;
        header.thickness = 0;
        this._title.leftInPixels = 16;
        this._count.paddingRightInPixels = this._size.isBoard ? 16 : 52;
        this._count.textHorizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        header.addControl(this._title);
        header.addControl(this._count);
        if (!this._size.isBoard) {
            this._buttons.fold.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
            this._buttons.fold.leftInPixels = -8;
            header.addControl(this._buttons.fold);
        }
        return header;
    }

    private _createButtons(): StackPanel {
        const actions = this._actions;
        const buttons = [this._buttons.mute, this._buttons.deafen];
        if (actions.toggleXr) {
            buttons.push(captionButton("VR", "goggles", this._size.isBoard ? "Exit VR" : "Enter VR", () => actions.toggleXr?.()));
        }
        buttons.push(captionButton("leave", "leave", "Leave", () => actions.leave()));
        const row = stack("buttons", "right", ...buttons.flatMap((button, index) => (index > 0 ? [gap(8), button] : [button])));
        row.heightInPixels = buttonSize;
        row.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_CENTER;
        return row;
    }

    private _addCard(): void {
        this._scroll.thickness = 0;
        setHeight(this._scroll, rowHeight);
        this._scroll.barSize = 8;
        this._scroll.barColor = theme.accent;
        this._scroll.barBackground = theme.paperLight;
        this._scroll.addControl(this._list);
        const sheet = card("panel", this._width);
        sheet.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        sheet.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        sheet.leftInPixels = sheet.topInPixels = margin;
        sheet.addControl(this._column);
        this._texture.addControl(sheet);
    }

    private _addNoticeSlot(): void {
        const slot = this._noticeSlot;
        slot.thickness = 0;
        // Empty, it would be as high as the screen and take every click.
        slot.isVisible = false;
        slot.adaptHeightToChildren = true;
        // Beside the panel where there is room, otherwise below, above the line of help.
        if (this._size.width >= 760) {
            slot.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
            slot.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
            slot.leftInPixels = -margin;
            slot.topInPixels = margin;
        } else {
            slot.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
            slot.topInPixels = -margin - (this._size.width >= 640 ? 28 : 0);
        }
        slot.widthInPixels = this._noticeWidth;
        this._texture.addControl(slot);
    }

    private get _noticeWidth(): number {
        return Math.min(400, this._size.width - 2 * margin);
    }

    private _showNotice(notice: INotice | null): void {
        const key = JSON.stringify(notice);
        if (key === this._notice) {
            return;
        }
        this._notice = key;
        for (const control of [...this._noticeSlot.children]) {
            control.dispose();
        }
        this._noticeSlot.isVisible = notice !== null;
        if (notice) {
            this._noticeSlot.addControl(createNoticeCard(notice, this._noticeWidth, (does) => this._actions[does]()));
        }
    }
}
