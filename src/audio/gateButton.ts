import { Observable } from "rxjs";

/** Texts, parent and style of the button. */
export interface IAudioGateOptions {
    /** Label of the button. Default: `Hear everybody`. */
    readonly text?: string;
    /** Text above the button. Default: `The sound is off`. */
    readonly title?: string;
    /** Parent element; owned by the app. Default: the document's body. */
    readonly parent?: HTMLElement;
    /** CSS class of the whole element. Replaces the default style, which places the button at the bottom of the window. Default: none. */
    readonly className?: string;
}

/**
 * Adds the button of `audioGate` to the page.
 * @param shown$ - whether the button is visible
 * @param press - called when the button is pressed
 * @param options - texts, parent and style
 * @returns emits nothing; unsubscribing removes the button
 */
export function gateButton$(shown$: Observable<boolean>, press: () => void, options: IAudioGateOptions): Observable<never> {
    return new Observable<never>(() => {
        const { text = "Hear everybody", title = "The sound is off", parent = document.body, className } = options;
        // The region exists from the start: screen readers announce content that is added to a region, but not an added region.
        const region = document.createElement("div");
        region.role = "status";
        const words = document.createElement("p");
        words.textContent = title;
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = text;
        button.addEventListener("click", press);
        if (className === undefined) {
            region.style.cssText =
                "position:fixed;z-index:1000;inset:auto 12px 24px;display:flex;flex-wrap:wrap;justify-content:center;font:16px/1.3 system-ui,sans-serif";
            words.style.cssText = "margin:0;padding:14px 24px;background:#141922;color:#f4f7fb;border-radius:12px 0 0 12px";
            button.style.cssText =
                "cursor:pointer;padding:14px 24px;border:0;border-radius:0 12px 12px 0;background:#62c4ff;color:#06202e;font:inherit;font-weight:600";
        } else {
            region.className = className;
        }
        parent.append(region);
        const life = shown$.subscribe((shown) => region.replaceChildren(...(shown ? [words, button] : [])));
        life.add(() => region.remove());
        return life;
    });
}
