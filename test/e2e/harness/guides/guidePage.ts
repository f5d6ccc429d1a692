import type { Page } from "playwright-core";
import { timedAsync } from "../../../times/timed";

/**
 * Runs in each page of a guide before its program: `latest(stream)` is what a stream replays; `heard(rtc)` resolves when somebody else's voice
 * arrives; `loudest(rtc, ms)` is the highest level of the others' voices in that time. A voice is half a second of `writeVoice`, over and over: of
 * the fake microphone's own beeps, 20 ms long and 500 ms apart, levels every 100 ms may miss all.
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

/** A page in which a guide's program has run; what the program declares is `guide` in it. */
export class GuidePage {
    public readonly page: Page;

    public constructor(page: Page) {
        this.page = page;
    }

    /** Evaluates an expression; a promise is awaited. */
    public async value<T>(expression: string): Promise<T> {
        return await this.page.evaluate<T>(expression);
    }

    /** Waits until an expression (or what it promises) is true. */
    public async until(expression: string, timeoutMs = 15_000): Promise<void> {
        try {
            await timedAsync("until", expression, () =>
                this.page.waitForFunction(expression, undefined, { timeout: timeoutMs, polling: 50 }),
            );
        } catch (cause) {
            throw new Error(`Waited in vain for ${expression}. The page says: ${await this.text()}`, { cause });
        }
    }

    /** Clicks what has this id. */
    public async click(id: string): Promise<void> {
        await this.page.locator(`#${id}`).click();
    }

    /** Text of the page, or of one element of it. */
    public async text(id?: string): Promise<string> {
        return await this.page.locator(id === undefined ? "body" : `#${id}`).innerText();
    }
}
