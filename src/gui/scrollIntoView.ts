import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";

/** Scrolls until a control is to be seen, if it lies in something that scrolls and has been drawn once. */
export function scrollIntoView(control: Control): void {
    for (let at = control.parent; at; at = at.parent) {
        if (at instanceof ScrollViewer) {
            const [content] = at.children;
            if (content) {
                const { verticalBar } = at;
                verticalBar.value = scrolledTo({
                    value: verticalBar.value,
                    // Public, if only for Babylon's own: where things were laid out last, in pixels of the texture.
                    view: at._currentMeasure,
                    content: content._currentMeasure,
                    wanted: control._currentMeasure,
                });
            }
        }
    }
}

interface ISpan {
    readonly top: number;
    readonly height: number;
}

/**
 * Where to scroll to. Pure. Lengths in whatever unit.
 * @param state - how far it is scrolled, 0 to 1; what can be seen; what is scrolled, and what of it is wanted, as they lie now
 * @returns how far it should be scrolled, 0 to 1: as little as will do
 */
export function scrolledTo(state: {
    readonly value: number;
    readonly view: ISpan;
    readonly content: ISpan;
    readonly wanted: ISpan;
}): number {
    const { value, view, content, wanted } = state;
    const length = content.height - view.height;
    if (length <= 0) {
        return 0;
    }
    const air = Math.max(0, Math.min(0.5 * wanted.height, 0.5 * (view.height - wanted.height)));
    const above = view.top - (wanted.top - air);
    const below = wanted.top + wanted.height + air - (view.top + view.height);
    const by = above > 0 ? -above : Math.max(0, below);
    return Math.min(1, Math.max(0, value + by / length));
}
