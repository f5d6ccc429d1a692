import { maxPasswordLength } from "../../../protocol/limits.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { IRoomInfo } from "../../index.js";
import { InlineError } from "../kit/inlineError.js";
import type { Mirrorable } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import { gap, setHeight, stack, text } from "../kit/surface.js";
import { TextField } from "../kit/textField.js";
import type { GuiContext } from "../guiContext.js";

/** Actions of the owner's settings. */
export interface IOwnRoomActions {
    setLocked(locked: boolean): void;
    /** null = remove the password. */
    setPassword(password: string | null): void;
    /** Called when the user edits the password while the shown error message is about it. */
    edited(): void;
}

/** Options of the owner's settings. */
export interface IOwnRoomOptions {
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    readonly actions: IOwnRoomActions;
}

/** Settings of the current room for its owner: lock and password. */
export class OwnRoom {
    /** The control to add to the list. */
    public readonly control = new Rectangle("own room");
    private readonly _context: GuiContext;
    private readonly _lock: PushButton;
    private readonly _password: TextField;
    private readonly _set: PushButton;
    private readonly _remove: PushButton;
    private readonly _fault: InlineError;
    private _isLocked = false;

    /** @param options - appearance and actions */
    public constructor({ width, context, actions }: IOwnRoomOptions) {
        const { theme } = context;
        const { rooms: words } = context.texts;
        this._context = context;
        const inner = width - 24;
        const set = (): void => actions.setPassword(this._password.value);
        this._lock = new PushButton({
            id: "lock",
            theme,
            caption: words.lock,
            width: 92,
            height: 36,
            press: () => actions.setLocked(!this._isLocked),
        });
        this._password = new TextField({
            id: "own password",
            name: words.changePassword,
            theme,
            width: inner - 72,
            secret: true,
            maxLength: maxPasswordLength,
            edited: () => actions.edited(),
            submit: set,
        });
        this._set = new PushButton({ id: "set password", theme, caption: words.setPassword, width: 64, height: 42, press: set });
        this._remove = new PushButton({
            id: "remove password",
            theme,
            caption: words.removePassword,
            width: inner,
            height: 36,
            press: () => actions.setPassword(null),
        });
        this._fault = new InlineError("own fault", inner, theme);
        const title = text(words.own, theme, { size: 14, color: theme.faint, height: 44 });
        title.widthInPixels = inner - 92;
        const head = stack("own head", "right", title, this._lock.control);
        head.heightInPixels = 44;
        const line = stack("own line", "right", this._password.control, gap(8), this._set.control);
        line.heightInPixels = 42;
        const column = stack("own column", "down", gap(6), head, gap(4), line, gap(8), this._remove.control, this._fault.control);
        column.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        column.widthInPixels = inner;
        this.control.widthInPixels = width;
        this.control.thickness = 1;
        this.control.color = theme.line;
        this.control.cornerRadius = 12;
        this.control.paddingBottomInPixels = 6;
        this.control.addControl(column);
        this.control.isVisible = false;
    }

    /** All controls in Tab order, hidden ones included. */
    public get mirrorables(): readonly Mirrorable[] {
        return [this._lock, this._password, this._set, this._remove, this._fault];
    }

    /** Current height, in pixels. */
    public get height(): number {
        if (!this.control.isVisible) {
            return 0;
        }
        return 112 + (this._remove.control.isVisible ? 44 : 0) + this._fault.height;
    }

    /** Clears the password field and closes its virtual keyboard. */
    public clear(): void {
        this._password.done();
        this._password.reset();
    }

    /**
     * Shows the settings of the current room, or hides them.
     * @param room - current room, if the local member owns it; null = hide the settings
     * @param fault - error message of the last change; empty = none
     * @param passwordFault - the same message if it is about the typed password; otherwise empty
     */
    public show(room: IRoomInfo | null, fault: string, passwordFault: string): void {
        const { theme, texts } = this._context;
        this.control.isVisible = room !== null;
        this._isLocked = room?.locked ?? false;
        this._lock.pressed = this._isLocked;
        this._lock.name = texts.rooms.lock;
        this._lock.caption = this._isLocked ? texts.rooms.unlock : texts.rooms.lock;
        this._remove.control.isVisible = room?.hasPassword ?? false;
        this._fault.name = fault;
        this._password.fault = passwordFault;
        this.control.color = fault === "" ? theme.line : theme.danger;
        if (room) {
            setHeight(this.control, this.height);
        } else {
            this.clear();
        }
    }
}
