import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Observable } from "rxjs";
import type { RtcError } from "../index.js";
import type { DomMirror } from "./domMirror.js";

/** A sheet of controls that a button opens, and that is not to be seen otherwise. */
export interface ISheet {
    readonly control: Control;
    /** What could not be done. */
    readonly error$: Observable<RtcError>;
    /** Whether it is to be seen; what it needs for that alone runs only then. */
    visible: boolean;
    /** How high it may be, in pixels. */
    set maxHeight(maxHeight: number);
    /** Moves the keyboard's focus to the first thing that can be operated. */
    focus(): void;
    dispose(): void;
}

/** Where sheets are opened from. */
export interface ISheetsOptions {
    /** Where all of it is mirrored. */
    readonly mirror: DomMirror;
    /** Shows whether a sheet is open, on its button. */
    setOpen(id: string, open: boolean): void;
    /** Puts everything into its place. */
    place(): void;
    /** Moves the keyboard's focus to the button of a sheet. */
    focusButton(id: string): void;
}

/** Sheets of which at most one is open. */
export class Sheets {
    private readonly _sheets: ReadonlyMap<string, ISheet>;
    private readonly _options: ISheetsOptions;
    private _open: string | null = null;

    /**
     * @param sheets - each by its name; from now on they are disposed with this
     * @param options - where they are opened from
     */
    public constructor(sheets: ReadonlyMap<string, ISheet>, options: ISheetsOptions) {
        this._sheets = sheets;
        this._options = options;
        for (const sheet of sheets.values()) {
            sheet.visible = false;
            sheet.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
            sheet.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        }
    }

    /** What to add, where they shall lie. */
    public get controls(): readonly Control[] {
        return [...this._sheets.values()].map(({ control }) => control);
    }

    /** Which one is open; null = none. Setting a name that there is none of changes nothing. */
    public get open(): string | null {
        return this._open;
    }
    public set open(id: string | null) {
        const before = this._open;
        const sheet = id === null ? null : this._sheets.get(id);
        if (id === before || sheet === undefined) {
            return;
        }
        const { mirror } = this._options;
        // The keyboard was at the opening button, or on what is closed now: both may go.
        const { hasFocus } = mirror;
        this._open = id;
        this._sheets.forEach((each, name) => {
            if (each.visible !== (name === id)) {
                each.visible = name === id;
                this._options.setOpen(name, name === id);
            }
        });
        this._options.place();
        if (!hasFocus || mirror.hasFocus) {
            return;
        }
        if (sheet) {
            sheet.focus();
        } else if (before !== null) {
            this._options.focusButton(before);
        }
    }

    /** Opens one, and closes any other; closes it if it is open. */
    public toggle(id: string): void {
        this.open = this._open === id ? null : id;
    }

    /** Puts them into their place, in pixels. */
    public place({ left, top, maxHeight }: { readonly left: number; readonly top: number; readonly maxHeight: number }): void {
        for (const sheet of this._sheets.values()) {
            sheet.control.leftInPixels = left;
            sheet.control.topInPixels = top;
            sheet.maxHeight = maxHeight;
        }
    }

    /** Removes the sheets. */
    public dispose(): void {
        this._sheets.forEach((sheet) => sheet.dispose());
    }
}
