import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Control } from "@babylonjs/gui/2D/controls/control.js";
import { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";

/** For each texture, the control to scroll to after its next rendering: the one that got the focus last. */
const awaited = new WeakMap<AdvancedDynamicTexture, Control>();

/** Scrolls a control into view, if it is in a scroll viewer. Scrolls again after the next rendering, since the layout may change until then. */
export function scrollIntoView(control: Control): void {
    scroll(control);
    // A control that was not added to a texture has no host.
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
                    // Public, but meant for Babylon's own use: the last layout, in pixels of the texture.
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
 * Computes the scroll position that shows a part of the content. Pure. All lengths are in the same unit. Reads the current position from `value`
 * and not from the layout, which is out of date if the focus moves faster than frames are rendered.
 * @param state - `value`: current scroll position, 0 to 1; `height`: height of the visible part; `content` and `wanted`: last layout of the scrolled
 * content, and of the part of it to show
 * @returns the scroll position, 0 to 1, that is nearest to the current one and shows the part with some space around it; 0 if all content fits
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
