import type { IPage } from "../../src/interop/page.js";

/** A page that is visible until a test hides it. */
export class FakePage implements IPage {
    public readonly window = new EventTarget();
    public readonly document: EventTarget & { visibilityState: DocumentVisibilityState } = Object.assign(new EventTarget(), {
        visibilityState: "visible" as const,
    });

    hide(): void {
        this.document.visibilityState = "hidden";
        this.document.dispatchEvent(new Event("visibilitychange"));
    }

    show(): void {
        this.document.visibilityState = "visible";
        this.document.dispatchEvent(new Event("visibilitychange"));
    }
}
