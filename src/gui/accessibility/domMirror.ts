import { createMirrored, setText } from "./mirroredControls.js";
import type { Mirrored } from "./mirroredControls.js";
import { isShown } from "./operable.js";
import type { Mirrorable } from "./operable.js";

/** Options of a DOM mirror. */
export interface IDomMirrorOptions {
    /** Parent element. Default: the document's body. */
    readonly parent?: HTMLElement;
    /** Accessible name. */
    readonly label: string;
}

/**
 * DOM counterpart of the canvas for screen readers and the keyboard: live regions, and an element with the same name and state for each drawn
 * control. Visually hidden, but reachable with Tab; the canvas shows a frame around the focused control.
 */
export class DomMirror {
    /** Root element. */
    public readonly element: HTMLElement;
    private readonly _status: HTMLElement;
    private readonly _alert: HTMLElement;

    /** @param options - parent element and accessible name */
    public constructor({ parent = document.body, label }: IDomMirrorOptions) {
        this.element = document.createElement("section");
        this.element.ariaLabel = label;
        hide(this.element);
        this._status = document.createElement("p");
        this._status.role = "status";
        this._status.ariaLive = "polite";
        this._alert = document.createElement("p");
        this._alert.role = "alert";
        this.element.append(this._status, this._alert);
        parent.append(this.element);
    }

    /** Sets the text of the status region, which screen readers read out when they are idle. */
    public say(words: string): void {
        setText(this._status, words);
    }

    /** Sets the text of the alert region, which screen readers read out at once. An empty text clears it. */
    public alert(words: string): void {
        setText(this._alert, words);
    }

    /**
     * Creates a group of controls.
     * @param label - accessible name of the group; empty = for texts that need no group
     */
    public group(label: string): MirrorGroup {
        return new MirrorGroup(this.element, label);
    }

    /** True while the keyboard focus is in the mirror. */
    public get hasFocus(): boolean {
        return this.element.contains(document.activeElement);
    }

    /** Removes the mirror from the page. */
    public dispose(): void {
        this.element.remove();
    }
}

/** Mirrored controls of one list or bar. */
export class MirrorGroup {
    private readonly _element = document.createElement("div");
    private readonly _mirrored = new Map<string, Mirrored>();
    /** The mirrored controls in Tab order. */
    private _order: readonly Mirrored[] = [];

    /** @internal */
    public constructor(parent: HTMLElement, label: string) {
        if (label !== "") {
            this._element.role = "group";
            this._element.ariaLabel = label;
        }
        parent.append(this._element);
    }

    /**
     * Mirrors those of the given controls that are visible. A control keeps its element, and with it the keyboard focus, from call to call. If the
     * focused control is removed, the focus moves to the next control of the group, or to the previous one if there is none.
     * @param operables - controls in Tab order, with unique ids
     */
    public show(operables: readonly Mirrorable[]): void {
        const shown = operables.filter(({ control }) => isShown(control));
        const ids = new Set(shown.map(({ id }) => id));
        const before = this._order;
        const focused = before.findIndex(({ element }) => element === document.activeElement);
        for (const [id, mirrored] of this._mirrored) {
            if (!ids.has(id)) {
                mirrored.remove();
                this._mirrored.delete(id);
            }
        }
        this._order = shown.map((operable, index) => {
            const known = this._mirrored.get(operable.id);
            const mirrored = known ?? createMirrored(operable);
            this._mirrored.set(operable.id, mirrored);
            mirrored.show(operable);
            const there = this._element.children.item(index);
            if (there !== mirrored.element) {
                this._element.insertBefore(mirrored.element, there);
            }
            return mirrored;
        });
        if (focused >= 0 && !this.hasFocus) {
            const nearest = [...before.slice(focused), ...before.slice(0, focused).toReversed()];
            nearest.find((mirrored) => mirrored.canFocus && this._order.includes(mirrored))?.element.focus();
        }
    }

    /** True while one of the controls has the keyboard focus. */
    public get hasFocus(): boolean {
        return this._element.contains(document.activeElement);
    }

    /** Moves the keyboard focus to a control; no-op if it is not mirrored. */
    public focus(id: string): void {
        this._mirrored.get(id)?.element.focus();
    }

    /** Removes the group from the mirror. */
    public dispose(): void {
        this._element.remove();
    }
}

/** Hides an element visually, but not from the keyboard and screen readers. */
function hide({ style }: HTMLElement): void {
    style.position = "absolute";
    style.top = style.left = "0";
    style.width = style.height = "1px";
    style.margin = style.padding = "0";
    style.overflow = "hidden";
    style.clipPath = "inset(50%)";
    style.whiteSpace = "nowrap";
}
