import { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Container } from "@babylonjs/gui/2D/controls/container.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { VirtualKeyboard } from "@babylonjs/gui/2D/controls/virtualKeyboard.js";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { ITypable } from "../accessibility/operable.js";
import { surface } from "./surface.js";
import type { IGuiTheme } from "./theme.js";

const [shift, back, enter, away] = ["⇧", "←", "↵", "⌄"] as const;
const rows = [
    ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", back],
    ["q", "w", "e", "r", "t", "y", "u", "i", "o", "p"],
    ["a", "s", "d", "f", "g", "h", "j", "k", "l", enter],
    [shift, "z", "x", "c", "v", "b", "n", "m", "-", "."],
    ["!", "?", " ", "_", "@", away],
] as const;
const keyHeight = 40;
const width = 340;

/** Open keyboards: by the control of their field, and by their board. */
const open = new WeakMap<Control, BoardKeyboard>();
const ofBoard = new WeakMap<AdvancedDynamicTexture, BoardKeyboard>();

/**
 * Opens a virtual keyboard for a field, at the lower edge of its board. Closes a keyboard that is open there for another field.
 * @returns false if the field is on no board: on a screen, the system's keyboard is used
 */
export function openKeyboard(field: ITypable, theme: IGuiTheme): boolean {
    const board = field.control.host as AdvancedDynamicTexture | null;
    // Only a full-screen texture has a layer.
    if (!board || board.layer) {
        return false;
    }
    if (ofBoard.get(board)?.field !== field) {
        ofBoard.get(board)?.dispose();
        new BoardKeyboard(board, field, theme);
    }
    return true;
}

/** Closes the virtual keyboard of a field; no-op if there is none. */
export function closeKeyboard(field: ITypable): void {
    open.get(field.control)?.dispose();
}

/** Babylon's virtual keyboard in the theme's colours, for one field. */
class BoardKeyboard {
    public readonly field: ITypable;
    private readonly _board: AdvancedDynamicTexture;
    private readonly _paper: Rectangle;
    private readonly _keys = new VirtualKeyboard("keyboard");

    public constructor(board: AdvancedDynamicTexture, field: ITypable, theme: IGuiTheme) {
        this.field = field;
        this._board = board;
        this._keys.defaultButtonWidth = "30px";
        this._keys.defaultButtonHeight = `${keyHeight}px`;
        this._keys.defaultButtonColor = theme.ink;
        this._keys.defaultButtonBackground = theme.raised;
        this._keys.shiftButtonColor = theme.accent;
        for (const row of rows) {
            this._keys.addKeysRow(
                [...row],
                row.map((key) => ({ width: key === " " ? "130px" : key === enter || key === shift || key === away ? "44px" : "30px" })),
            );
        }
        for (const row of this._keys.children) {
            for (const key of row instanceof Container ? row.children : []) {
                if (key instanceof Button) {
                    key.cornerRadius = 7;
                    key.fontFamily = theme.font;
                    key.fontSize = 17;
                }
            }
        }
        this._keys.onKeyPressObservable.add((key) => this._press(key));
        this._paper = surface("keyboard paper", width, theme);
        this._paper.adaptHeightToChildren = false;
        this._paper.heightInPixels = rows.length * keyHeight + 12;
        // Opaque: the controls below must not show through.
        this._paper.background = theme.paper.slice(0, 7);
        this._paper.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        this._paper.topInPixels = -8;
        this._paper.zIndex = 10;
        this._paper.addControl(this._keys);
        board.addControl(this._paper);
        this._paper.onDisposeObservable.add(() => this._end());
        field.control.onDisposeObservable.addOnce(() => this.dispose());
        open.set(field.control, this);
        ofBoard.set(board, this);
        field.focused = true;
    }

    public dispose(): void {
        this._paper.dispose();
    }

    private _end(): void {
        if (open.delete(this.field.control)) {
            ofBoard.delete(this._board);
            this.field.focused = false;
        }
    }

    private _press(key: string): void {
        const { field } = this;
        switch (key) {
            case shift: {
                this._shift((this._keys.shiftState + 1) % 3);
                return;
            }
            case back: {
                const value = withoutLast(field.value);
                field.write(value, value.length);
                return;
            }
            case enter:
                this.dispose();
                {
                    field.submit();
                    return;
                }
            case away: {
                this.dispose();
                return;
            }
            default: {
                const value = field.value + (this._keys.shiftState > 0 ? key.toUpperCase() : key);
                field.write(value, value.length);
                if (this._keys.shiftState === 1) {
                    this._shift(0);
                }
            }
        }
    }

    private _shift(state: number): void {
        this._keys.shiftState = state;
        this._keys.applyShiftState(state);
    }
}

/**
 * Removes the last character of a text, as the user sees it: an emoji may have several code points. Without `Intl.Segmenter`, removes the last code
 * point. Pure.
 */
export function withoutLast(words: string): string {
    const { Segmenter } = Intl as Partial<typeof Intl>;
    const last = Segmenter ? [...new Segmenter().segment(words)].at(-1)?.segment : Array.from(words).at(-1);
    return words.slice(0, words.length - (last?.length ?? 0));
}
