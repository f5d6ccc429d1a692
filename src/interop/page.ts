import { EMPTY, filter, fromEvent, merge } from "rxjs";
import type { Observable } from "rxjs";

/** The part of the page that is listened to; a port, so that tests need no browser. */
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
 * Tells when a page comes back: it is seen again, has the focus again, is shown out of the browser's cache of pages or was thawed. One
 * return is often told twice.
 * @param page - the page. Default: the browser's.
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

/** Events that browsers count as a user gesture; Babylon itself listens to clicks alone. https://html.spec.whatwg.org/#activation-triggering-input-event */
const gestures = ["click", "keydown", "pointerup", "touchend"];

/**
 * Tells of each gesture of the user, which is when browsers let sound start.
 * @param page - the page. Default: the browser's.
 */
export function gestures$(page: IPage | null = browserPage()): Observable<unknown> {
    // Captured, so that a control that keeps an event to itself counts, too.
    return page ? merge(...gestures.map((type) => fromEvent(page.window, type, { capture: true, passive: true }))) : EMPTY;
}
