import { maxPasswordLength } from "../../../protocol/limits.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { InlineError } from "../kit/inlineError.js";
import { iconUrl } from "../kit/icons.js";
import type { IReadable, Mirrorable } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import type { IRoomView } from "./roomListView.js";
import { box, fitted, oneLine, setHeight, setPixels, stack, text, widthOf } from "../kit/surface.js";
import { TextField } from "../kit/textField.js";
import type { GuiContext } from "../guiContext.js";

const lineHeight = 58;
const askHeight = 50;
/** Left edge of the name, width of the join button, and size of the icons, in pixels. */
const [nameLeft, joinWidth, iconSize] = [14, 64, 18];

const nameLook = { size: 16, bold: true } as const;

/** Options of a row. */
export interface IRoomRowOptions {
    readonly id: string;
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    readonly actions: IRoomRowActions;
}

/** Actions of a row's buttons. */
export interface IRoomRowActions {
    /** Joins a room. If the room has a password, shows or hides the password field instead. */
    join(id: string): void;
    /** Joins a room with a password. */
    enter(id: string, password: string): void;
    /** Called when the user edits the password while the shown error message is about it. */
    edited(id: string): void;
}

/** State of joining the room. */
export interface IRoomRowState {
    /** True while the row asks for the password. */
    readonly asking: boolean;
    /** True while the room is being joined. */
    readonly busy: boolean;
    /** Error message of the last attempt to join; empty = none. */
    readonly fault: string;
    /** True if the error message is about the password. */
    readonly isPasswordWrong: boolean;
}

/** Row of one room: name, facts and join button; below, when needed, a password field and an error message. */
export class RoomRow {
    /** The control to add to the list. */
    public readonly control = new Rectangle("room");
    private readonly _context: GuiContext;
    /** In pixels. */
    private readonly _width: number;
    private readonly _name: TextBlock;
    private readonly _line: TextBlock;
    private readonly _here: TextBlock;
    private readonly _about: IReadable & { name: string };
    private readonly _lock: Image;
    private readonly _key: Image;
    private readonly _join: PushButton;
    private readonly _password: TextField;
    private readonly _enter: PushButton;
    private readonly _ask: Rectangle;
    private readonly _fault: InlineError;

    /** @param options - room id, appearance and actions */
    public constructor({ id, width, context, actions }: IRoomRowOptions) {
        const { theme, texts } = context;
        this._context = context;
        const { joinButton, enterButton, password, here } = texts.rooms;
        const enter = (): void => actions.enter(id, this._password.value);
        this._join = new PushButton({
            id: `${id} join`,
            theme,
            caption: joinButton,
            width: joinWidth,
            height: 38,
            press: () => actions.join(id),
        });
        this._password = new TextField({
            id: `${id} password`,
            name: password,
            theme,
            width: width - 24 - 84,
            secret: true,
            maxLength: maxPasswordLength,
            edited: () => actions.edited(id),
            submit: enter,
        });
        this._enter = new PushButton({
            id: `${id} enter`,
            theme,
            caption: enterButton,
            width: 76,
            height: 42,
            prominent: true,
            press: enter,
        });
        this._width = width;
        this._name = oneLine("", theme, { ...nameLook, height: 24 });
        this._line = oneLine("", theme, { size: 13, color: theme.faint, height: 20 });
        this._here = text(here, theme, { size: 13, color: theme.speaking, height: lineHeight, align: "right" });
        this._about = { kind: "note", id: `${id} about`, name: "", control: this._here };
        this._lock = new Image("locked", iconUrl("lock", theme.danger));
        this._key = new Image("with password", iconUrl("key", theme.faint));
        this._fault = new InlineError(`${id} fault`, width - 24, theme);
        this._ask = box("ask", { width: width - 24, height: askHeight });
        this._place(this._password.control, "left", 0, this._ask);
        this._place(this._enter.control, "right", 0, this._ask);
        this._ask.isVisible = false;
        this.control.widthInPixels = width;
        this.control.thickness = 0;
        this.control.cornerRadius = 12;
        this.control.isPointerBlocker = false;
        this.control.paddingBottomInPixels = 6;
        const column = stack("room column", "down", this._createLine(width), this._ask, this._fault.control);
        column.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        this.control.addControl(column);
    }

    /** All controls in Tab order, hidden ones included. */
    public get mirrorables(): readonly Mirrorable[] {
        return [this._about, this._join, this._password, this._enter, this._fault];
    }

    /** Current height, in pixels. */
    public get height(): number {
        return lineHeight + 6 + (this._ask.isVisible ? askHeight : 0) + this._fault.height;
    }

    /** Shows a room. */
    public show(room: IRoomView, { asking, busy, fault, isPasswordWrong }: IRoomRowState): void {
        const { name, line, isHere, isFull, locked, hasPassword, facts } = room;
        const { theme } = this._context;
        const { rooms: texts } = this._context.texts;
        this._line.text = line;
        this.control.background = isHere ? theme.hover : theme.raised;
        this._here.isVisible = isHere;
        this._about.name = `${texts.here}: ${name}, ${facts}`;
        this._lock.isVisible = locked;
        this._key.isVisible = hasPassword;
        this._join.control.isVisible = !isHere;
        this._join.control.alpha = isFull || locked ? 0.6 : 1;
        this._join.name = `${texts.join(name)}, ${facts}`;
        this._join.expanded = hasPassword ? asking : null;
        this._join.caption = busy ? texts.joining : isFull ? texts.full : texts.joinButton;
        this._password.name = texts.passwordOf(name);
        this._enter.name = texts.enter(name);
        this._enter.caption = busy ? texts.joining : texts.enterButton;
        const wasAsking = this._ask.isVisible;
        this._ask.isVisible = asking && !isHere;
        if (wasAsking && !this._ask.isVisible) {
            this._password.done();
            this._password.reset();
        }
        this._name.text = fitted(name, this._arrange(), theme, nameLook);
        this._password.fault = this._ask.isVisible && isPasswordWrong ? fault : "";
        this._fault.name = isHere ? "" : fault;
        setHeight(this.control, this.height);
    }

    /** Opens a keyboard for the password field. */
    public ask(): void {
        this._password.edit();
    }

    /** Closes the virtual keyboard; no-op if there is none. */
    public done(): void {
        this._password.done();
    }

    /** Disposes the row. */
    public dispose(): void {
        this._password.done();
        this.control.dispose();
    }

    private _createLine(width: number): Control {
        const line = box("line", { width, height: lineHeight });
        for (const [block, top] of [
            [this._name, 9],
            [this._line, 33],
        ] as const) {
            block.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
            block.topInPixels = top;
            block.leftInPixels = nameLeft;
            line.addControl(block);
        }
        this._here.paddingRightInPixels = nameLeft;
        line.addControl(this._here);
        for (const image of [this._lock, this._key]) {
            image.widthInPixels = image.heightInPixels = iconSize;
            image.isHitTestVisible = false;
            this._place(image, "right", 0, line, -8);
        }
        this._place(this._join.control, "right", 12, line);
        return line;
    }

    /**
     * Positions the visible icons and limits the width of the texts. Hidden controls take no space.
     * @returns available width for the name, in pixels
     */
    private _arrange(): number {
        const { text: here } = this._here;
        let taken = this._join.control.isVisible ? 12 + joinWidth : nameLeft + widthOf(here, this._context.theme, { size: 13 });
        // `left` moves a text without narrowing it, so its right padding includes that offset.
        setPixels(this._line, "paddingRight", nameLeft + taken + 10);
        for (const image of [this._lock, this._key].filter(({ isVisible }) => isVisible)) {
            setPixels(image, "left", -(taken + 10));
            taken += iconSize + 4;
        }
        setPixels(this._name, "paddingRight", nameLeft + taken + 8);
        return this._width - nameLeft - taken - 10;
    }

    private _place(control: Control, side: "left" | "right", offset: number, into: Rectangle, top = 0): void {
        const isLeft = side === "left";
        control.horizontalAlignment = isLeft ? Control.HORIZONTAL_ALIGNMENT_LEFT : Control.HORIZONTAL_ALIGNMENT_RIGHT;
        control.leftInPixels = isLeft ? offset : -offset;
        control.topInPixels = top;
        into.addControl(control);
    }
}
