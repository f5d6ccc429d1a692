import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Observable } from "rxjs";
import type { RtcError } from "../../index.js";
import type { DomMirror } from "../accessibility/domMirror.js";
import { setPixels } from "./surface.js";

/** Drawer: a panel that is hidden until a button opens it. */
export interface IDrawer {
    readonly control: Control;
    /** Errors of failed actions. */
    readonly error$: Observable<RtcError>;
    /** Visibility. A hidden drawer does no work. */
    visible: boolean;
    /** Maximum height, in pixels. */
    set maxHeight(maxHeight: number);
    /** Moves the keyboard focus to the first control. */
    focus(): void;
    dispose(): void;
}

/** Options of drawers. */
export interface IDrawersOptions {
    /** DOM mirror of the controls. */
    readonly mirror: DomMirror;
    /** Shows on the button of a drawer whether the drawer is open. */
    setOpen(id: string, open: boolean): void;
    /** Updates the layout of all controls. */
    place(): void;
    /** Moves the keyboard focus to the button of a drawer. */
    focusButton(id: string): void;
}

interface IDrawerPlace {
    readonly alignment: number;
    readonly left: number;
    readonly top: number;
    readonly maxHeight: number;
}

/** Group of drawers. At most one is open. */
export class Drawers {
    private readonly _drawers: ReadonlyMap<string, IDrawer>;
    private readonly _options: IDrawersOptions;
    private _open: string | null = null;

    /**
     * @param drawers - drawers by id; disposed with this group
     * @param options - DOM mirror and callbacks
     */
    public constructor(drawers: ReadonlyMap<string, IDrawer>, options: IDrawersOptions) {
        this._drawers = drawers;
        this._options = options;
        for (const drawer of drawers.values()) {
            drawer.visible = false;
            drawer.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        }
    }

    /** Controls of all drawers, to add to a container. */
    public get controls(): readonly Control[] {
        return [...this._drawers.values()].map(({ control }) => control);
    }

    /** Id of the open drawer; null = none. An unknown id is ignored. */
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
        // The keyboard focus may be on the button, or in the drawer that closes. It is lost if that control is hidden now.
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

    /** Opens a drawer and closes the others. If the drawer is already open, closes it. */
    public toggle(id: string): void {
        this.open = this._open === id ? null : id;
    }

    /** Positions all drawers. `left`, `top` and `maxHeight` are in pixels; `alignment` is Babylon's `horizontalAlignment`. */
    public place({ alignment, left, top, maxHeight }: IDrawerPlace): void {
        for (const drawer of this._drawers.values()) {
            drawer.control.horizontalAlignment = alignment;
            setPixels(drawer.control, "left", left);
            setPixels(drawer.control, "top", top);
            drawer.maxHeight = maxHeight;
        }
    }

    /** Disposes all drawers. */
    public dispose(): void {
        this._drawers.forEach((drawer) => drawer.dispose());
    }
}
