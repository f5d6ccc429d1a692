import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Observable } from "rxjs";
import type { RtcError } from "../../index.js";
import type { DomMirror } from "../accessibility/domMirror.js";
import { setPixels } from "./surface.js";

/** A drawer of controls that a button opens, and that is not to be seen otherwise. */
export interface IDrawer {
    readonly control: Control;
    /** Failed actions. */
    readonly error$: Observable<RtcError>;
    /** Visibility; nothing runs for a hidden drawer. */
    visible: boolean;
    /** Maximum height, in pixels. */
    set maxHeight(maxHeight: number);
    /** Moves the keyboard's focus to the first thing that can be operated. */
    focus(): void;
    dispose(): void;
}

/** Options of drawers. */
export interface IDrawersOptions {
    /** DOM mirror of the controls. */
    readonly mirror: DomMirror;
    /** Shows whether a drawer is open, on its button. */
    setOpen(id: string, open: boolean): void;
    /** Puts everything into its place. */
    place(): void;
    /** Moves the keyboard's focus to the button of a drawer. */
    focusButton(id: string): void;
}

interface IDrawerPlace {
    readonly alignment: number;
    readonly left: number;
    readonly top: number;
    readonly maxHeight: number;
}

/** Drawers of which at most one is open. */
export class Drawers {
    private readonly _drawers: ReadonlyMap<string, IDrawer>;
    private readonly _options: IDrawersOptions;
    private _open: string | null = null;

    /**
     * @param drawers - each by its name; from now on they are disposed with this
     * @param options - where they are opened from
     */
    public constructor(drawers: ReadonlyMap<string, IDrawer>, options: IDrawersOptions) {
        this._drawers = drawers;
        this._options = options;
        for (const drawer of drawers.values()) {
            drawer.visible = false;
            drawer.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        }
    }

    /** The controls to add. */
    public get controls(): readonly Control[] {
        return [...this._drawers.values()].map(({ control }) => control);
    }

    /** Which one is open; null = none. Setting a name that there is none of changes nothing. */
    public get open(): string | null {
        return this._open;
    }
    public set open(id: string | null) {
        const before = this._open;
        const drawer = id === null ? null : this._drawers.get(id);
        if (id === before || drawer === undefined) {
            return;
        }
        const { mirror } = this._options;
        // The keyboard was at the opening button, or on what is closed now: both may go.
        const { hasFocus } = mirror;
        this._open = id;
        this._drawers.forEach((each, name) => {
            if (each.visible !== (name === id)) {
                each.visible = name === id;
                this._options.setOpen(name, name === id);
            }
        });
        this._options.place();
        if (!hasFocus || mirror.hasFocus) {
            return;
        }
        if (drawer) {
            drawer.focus();
        } else if (before !== null) {
            this._options.focusButton(before);
        }
    }

    /** Opens one, and closes any other; closes it if it is open. */
    public toggle(id: string): void {
        this.open = this._open === id ? null : id;
    }

    /** Puts them into their place, in pixels; `alignment` as Babylon's `horizontalAlignment`. */
    public place({ alignment, left, top, maxHeight }: IDrawerPlace): void {
        for (const drawer of this._drawers.values()) {
            drawer.control.horizontalAlignment = alignment;
            setPixels(drawer.control, "left", left);
            setPixels(drawer.control, "top", top);
            drawer.maxHeight = maxHeight;
        }
    }

    /** Removes the drawers. */
    public dispose(): void {
        this._drawers.forEach((drawer) => drawer.dispose());
    }
}
