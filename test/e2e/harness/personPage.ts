import type { Page } from "playwright-core";
import { timedAsync } from "../../times/timed";
import type { IEars, ILevelWish } from "../../pages/lab/ears";
import type { IPersonOptions, IReport } from "../../pages/lab/index";

/** Page methods that a person needs, common to Playwright's pages and those of firefox.ts. */
export interface IDrivenPage extends Pick<Page, "evaluate" | "waitForFunction"> {
    addInitScript(script: () => void): Promise<unknown>;
    goto(url: string): Promise<unknown>;
    on(event: "pageerror", listener: (error: Error) => unknown): unknown;
    on(event: "console", listener: (message: { type(): string; text(): string }) => unknown): unknown;
    close(): Promise<void>;
}

/** Browser context, or browser, that opens pages. */
export interface IPageContext<P extends IDrivenPage> {
    newPage(): Promise<P>;
}

/** Settings of a page. */
export interface IPageOptions {
    /** Address of the page. Default: the server's static files. */
    readonly url?: string;
    /** Closes the page's browser context together with the page, if no other page uses the context. Default: only the page is closed. */
    readonly closeContext?: () => Promise<void>;
    /** Init script: runs in the page before any other script. */
    readonly watch?: () => void;
}

/** A person in a browser page that a test controls. */
export class PersonPage<P extends IDrivenPage = Page> {
    public readonly page: P;
    public readonly name: string;
    /** Uncaught errors of the page, and error messages of its console. */
    public readonly complaints: string[];
    /** Duration of the latest join, in milliseconds: a baseline for time limits on a busy machine. */
    public joinMs = NaN;
    private readonly _close: () => Promise<void>;

    private constructor(page: P, close: () => Promise<void>, name: string, complaints: string[]) {
        this.page = page;
        this._close = close;
        this.name = name;
        this.complaints = complaints;
    }

    /**
     * Opens a page and creates a person in it.
     * @param context - opens the page
     * @param options - settings of the person
     * @param how - settings of the page
     */
    public static OpenAsync<P extends IDrivenPage>(
        context: IPageContext<P>,
        options: IPersonOptions,
        how: IPageOptions = {},
    ): Promise<PersonPage<P>> {
        return timedAsync("page", options.name, async () => {
            const page = await context.newPage();
            if (how.watch) {
                await page.addInitScript(how.watch);
            }
            const complaints: string[] = [];
            page.on("pageerror", (error) => complaints.push(error.message));
            page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
            await page.goto(how.url ?? options.server);
            await page.evaluate((each) => globalThis.lab.createAsync(each), options);
            return new PersonPage(page, how.closeContext ?? (() => page.close()), options.name, complaints);
        });
    }

    public async join(room: string, options: { create?: boolean; maxMembers?: number } = {}): Promise<string | null> {
        const begin = performance.now();
        const error = await this.page.evaluate(([name, how]) => globalThis.lab.here.joinAsync(name, how), [room, options] as const);
        this.joinMs = performance.now() - begin;
        return error;
    }

    public leave(): Promise<void> {
        return this.page.evaluate(() => globalThis.lab.here.leaveAsync());
    }

    public report(): Promise<IReport> {
        return this.page.evaluate(() => globalThis.lab.here.report());
    }

    /** Waits until an expression of `report` is true. Returns the waiting time in milliseconds. */
    public async until(test: string, timeoutMs = 10_000): Promise<number> {
        const begin = performance.now();
        const expression = `(() => { const report = lab.here.report(); return (${test}) === true; })()`;
        try {
            await this.page.waitForFunction(expression, undefined, { timeout: timeoutMs, polling: 10 });
        } catch (cause) {
            throw new Error(`${this.name} waited in vain for ${test}; now ${JSON.stringify(await this.report())}`, { cause });
        }
        return performance.now() - begin;
    }

    public place(name: string, x: number, y: number, z: number): Promise<void> {
        return this.page.evaluate(([who, ...at]) => globalThis.lab.here.place(who, ...at), [name, x, y, z] as const);
    }

    public turn(yaw: number): Promise<void> {
        return this.page.evaluate((angle) => globalThis.lab.here.turn(angle), yaw);
    }

    public steadyTone(hz: number, within: Pick<ILevelWish, "above" | "below"> = {}): Promise<IEars> {
        return this.page.evaluate(([pitch, bounds]) => globalThis.lab.here.ears.steadyToneAsync(pitch, bounds), [hz, within] as const);
    }

    public usualLevel(wish: Pick<ILevelWish, "ear" | "hz">, ms: number, share = 0.5): Promise<number> {
        return this.page.evaluate(([each, time, most]) => globalThis.lab.here.ears.usualAsync(each, time, most), [
            wish,
            ms,
            share,
        ] as const);
    }

    public untilLevel(wish: ILevelWish): Promise<number> {
        return this.page.evaluate((each) => globalThis.lab.here.ears.untilAsync(each), wish);
    }

    public set(change: { muted?: boolean; deafened?: boolean; silence?: string; unsilence?: string }): Promise<void> {
        return this.page.evaluate((each) => {
            const { plugin } = globalThis.lab.here;
            if (each.muted !== undefined) {
                plugin.rtc.muted = each.muted;
            }
            if (each.deafened !== undefined) {
                plugin.rtc.deafened = each.deafened;
            }
            if (each.silence !== undefined) {
                plugin.rtc.silence(globalThis.lab.here.idOf(each.silence));
            }
            if (each.unsilence !== undefined) {
                plugin.rtc.unsilence(globalThis.lab.here.idOf(each.unsilence));
            }
        }, change);
    }

    /** Bytes received of a member's voice; null while there is no link. */
    public bytesFrom(name: string): Promise<number | null> {
        return this.page.evaluate((who) => globalThis.lab.here.bytesFromAsync(who), name);
    }

    /** Waits until a link to a member exists, or no longer exists. */
    public untilLink(name: string, exists: boolean): Promise<void> {
        return this.page.evaluate(([who, is]) => globalThis.lab.here.untilLinkAsync(who, is), [name, exists] as const);
    }

    /** Closes the page like a user who closes a tab. */
    public close(): Promise<void> {
        return this._close();
    }
}
