import { EMPTY, filter, fromEvent, merge } from "rxjs";
import type { Observable } from "rxjs";

/** The part of a browser page that is used here. An interface, so that tests need no browser. */
export interface IPage {
    readonly window: EventTarget;
    readonly document: EventTarget & { readonly visibilityState: DocumentVisibilityState };
}

/** @returns the browser's page; null outside of browsers */
export function browserPage(): IPage | null {
    const { window, document } = globalThis as { readonly window?: Window; readonly document?: Document };
    return window && typeof document?.addEventListener === "function" ? { window, document } : null;
}

/**
 * Emits when the user returns to a page: the page becomes visible, gets the focus, is restored from the back/forward cache, or is resumed after a
 * freeze. One return often emits twice.
 * @param page - the page. Default: the browser's page.
 * @see https://wicg.github.io/page-lifecycle/ for `resume`
 */
export function pageReturns$(page: IPage | null = browserPage()): Observable<unknown> {
    return page
        ? merge(
              fromEvent(page.document, "visibilitychange").pipe(filter(() => page.document.visibilityState === "visible")),
              fromEvent(page.document, "resume"),
              fromEvent(page.window, "pageshow"),
              fromEvent(page.window, "focus"),
          )
        : EMPTY;
}

/**
 * Events in which browsers let a page start sound. Babylon itself listens only to clicks.
 * https://html.spec.whatwg.org/#activation-triggering-input-event
 */
const gestures = ["click", "keydown", "pointerup", "touchend"];

/**
 * Emits the events of user gestures. Browsers let a page start sound while such an event is handled.
 * @param page - the page. Default: the browser's page.
 */
export function gestures$(page: IPage | null = browserPage()): Observable<unknown> {
    // In the capture phase, so that gestures count even if a control stops the propagation of the event.
    return page ? merge(...gestures.map((type) => fromEvent(page.window, type, { capture: true, passive: true }))) : EMPTY;
}
