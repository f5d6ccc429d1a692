import { createMirrored, setText } from "./mirroredControls.js";
import type { Mirrored } from "./mirroredControls.js";
import { isShown } from "./operable.js";
import type { Mirrorable } from "./operable.js";

/** Parent element of a mirror, and its accessible name. */
export interface IDomMirrorOptions {
    /** Default: the document's body. */
    readonly parent?: HTMLElement;
    /** Its name for screen readers. */
    readonly label: string;
}

/**
 * DOM counterpart of the canvas for screen readers and the keyboard: live regions, and a button or slider of the same name and state for each
 * one that is drawn. It is not to be seen, but Tab reaches it, and what has the focus is framed on the canvas.
 */
export class DomMirror {
    /** The region that holds it all. */
    public readonly element: HTMLElement;
    private readonly _status: HTMLElement;
    private readonly _alert: HTMLElement;

    /** @param options - where it lives */
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

    /** Says how things are, when the reader has time. */
    public say(words: string): void {
        setText(this._status, words);
    }

    /** Says what somebody should know at once; nothing = it is over. */
    public alert(words: string): void {
        setText(this._alert, words);
    }

    /**
     * Makes a group of controls.
     * @param label - its name for screen readers
     */
    public group(label: string): MirrorGroup {
        return new MirrorGroup(this.element, label);
    }

    /** True while the keyboard's focus is in it. */
    public get hasFocus(): boolean {
        return this.element.contains(document.activeElement);
    }

    /** Removes it. */
    public dispose(): void {
        this.element.remove();
    }
}

/** The controls of one list or bar. */
export class MirrorGroup {
    private readonly _element = document.createElement("div");
    private readonly _mirrored = new Map<string, Mirrored>();

    /** @internal */
    public constructor(parent: HTMLElement, label: string) {
        this._element.role = "group";
        this._element.ariaLabel = label;
        parent.append(this._element);
    }

    /**
     * Mirrors those that are to be seen. Elements stay where they are while their control is there, and so does the keyboard's focus.
     * @param operables - in the order in which Tab shall reach them; of each id at most one
     */
    public show(operables: readonly Mirrorable[]): void {
        const shown = operables.filter(({ control }) => isShown(control));
        const ids = new Set(shown.map(({ id }) => id));
        for (const [id, mirrored] of this._mirrored) {
            if (!ids.has(id)) {
                mirrored.remove();
                this._mirrored.delete(id);
            }
        }
        shown.forEach((operable, index) => {
            const known = this._mirrored.get(operable.id);
            const mirrored = known ?? createMirrored(operable);
            this._mirrored.set(operable.id, mirrored);
            mirrored.show(operable);
            const there = this._element.children.item(index);
            if (there !== mirrored.element) {
                this._element.insertBefore(mirrored.element, there);
            }
        });
    }

    /** True while one of them has the keyboard's focus. */
    public get hasFocus(): boolean {
        return this._element.contains(document.activeElement);
    }

    /** Moves the keyboard's focus to one of them, if it is there. */
    public focus(id: string): void {
        this._mirrored.get(id)?.element.focus();
    }

    /** Removes it. */
    public dispose(): void {
        this._element.remove();
    }
}

/** Out of sight, but not out of the reach of keyboard and screen readers. */
function hide({ style }: HTMLElement): void {
    style.position = "absolute";
    style.top = style.left = "0";
    style.width = style.height = "1px";
    style.margin = style.padding = "0";
    style.overflow = "hidden";
    style.clipPath = "inset(50%)";
    style.whiteSpace = "nowrap";
}
