import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";

/** Control to scroll to once more at the end of a texture's next drawing: one for each, however often the focus moves before. */
const awaited = new WeakMap<AdvancedDynamicTexture, Control>();

/** Scrolls until a control is to be seen, if it lies in something that scrolls; and once more when it is drawn, for until then its place may be another one. */
export function scrollIntoView(control: Control): void {
    scroll(control);
    // On nothing that is drawn, a control has no host.
    const host = control.host as AdvancedDynamicTexture | undefined;
    if (!host) {
        return;
    }
    if (!awaited.has(host)) {
        host.onEndRenderObservable.addOnce(() => {
            const latest = awaited.get(host);
            awaited.delete(host);
            if (latest) {
                scroll(latest);
            }
        });
    }
    awaited.set(host, control);
}

function scroll(control: Control): void {
    for (let at = control.parent; at; at = at.parent) {
        if (at instanceof ScrollViewer) {
            const [content] = at.children;
            if (content) {
                const { verticalBar } = at;
                verticalBar.value = scrolledTo({
                    value: verticalBar.value,
                    // Public, if only for Babylon's own: where things were laid out last, in pixels of the texture.
                    height: at._currentMeasure.height,
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
 * Computes the scroll position. Pure. Lengths in any unit. The present position is taken from `value` alone: when the keyboard is faster than the frames, things
 * do not lie there yet.
 * @param state - how far it is scrolled, 0 to 1; how high what can be seen of it is; what is scrolled, and what of it is wanted, as they were laid out last
 * @returns how far it should be scrolled, 0 to 1: as little as will do
 */
export function scrolledTo(state: {
    readonly value: number;
    readonly height: number;
    readonly content: ISpan;
    readonly wanted: ISpan;
}): number {
    const { value, height, content, wanted } = state;
    const length = content.height - height;
    if (length <= 0) {
        return 0;
    }
    const air = Math.max(0, Math.min(0.5 * wanted.height, 0.5 * (height - wanted.height)));
    const begin = wanted.top - content.top - air;
    const end = begin + wanted.height + 2 * air;
    const scrolled = value * length;
    const to = begin < scrolled ? begin : Math.max(scrolled, end - height);
    return Math.min(1, Math.max(0, to / length));
}
