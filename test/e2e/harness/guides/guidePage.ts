import type { Page } from "playwright-core";
import { timedAsync } from "../../../times/timed";

/**
 * Functions that each page of a guide gets before its program runs. `latest(stream)` returns a stream's replayed value. `heard(rtc)` resolves when
 * another member's voice arrives. `loudest(rtc, ms)` resolves to the highest level (root mean square) of all other voices together within that time.
 * Both read levels every 100 ms, so the fake microphone plays the file of `writeVoice`: two syllables of 0.25 s per second. The browser's own beeps
 * last only 20 ms, and all readings might miss them.
 */
export const guideProbe = `
    globalThis.latest = (stream) => {
        let value;
        stream.subscribe((each) => (value = each)).unsubscribe();
        return value;
    };
    globalThis.heard = (rtc) => new Promise((resolve) => {
        const subscription = rtc.levels$({ intervalMs: 100 }).subscribe(({ total }) => {
            if (total.rms > 0.01) {
                resolve(true);
                queueMicrotask(() => subscription.unsubscribe());
            }
        });
    });
    globalThis.loudest = (rtc, ms) => new Promise((resolve) => {
        let loudest = 0;
        const subscription = rtc.levels$({ intervalMs: 100 }).subscribe(({ total }) => (loudest = Math.max(loudest, total.rms)));
        setTimeout(() => {
            subscription.unsubscribe();
            resolve(loudest);
        }, ms);
    });
`;

/** A page in which a guide's program has run. The program's declarations are properties of the page's global `guide`. */
export class GuidePage {
    public readonly page: Page;

    public constructor(page: Page) {
        this.page = page;
    }

    /** Evaluates an expression; a returned promise is awaited. */
    public async value<T>(expression: string): Promise<T> {
        return await this.page.evaluate<T>(expression);
    }

    /** Waits until an expression, or the promise it returns, is true. */
    public async until(expression: string, timeoutMs = 15_000): Promise<void> {
        try {
            await timedAsync("until", expression, () =>
                this.page.waitForFunction(expression, undefined, { timeout: timeoutMs, polling: 50 }),
            );
        } catch (cause) {
            throw new Error(`Waited in vain for ${expression}. The page says: ${await this.text()}`, { cause });
        }
    }

    /** Clicks the element with this id. */
    public async click(id: string): Promise<void> {
        await this.page.locator(`#${id}`).click();
    }

    /** Text of the page, or of one of its elements. */
    public async text(id?: string): Promise<string> {
        return await this.page.locator(id === undefined ? "body" : `#${id}`).innerText();
    }
}
