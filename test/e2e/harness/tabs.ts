import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { chromiumFlags } from "../../../tools/chromium.mjs";
import { chromiumPathAsync } from "./chromium";
import type { IBrowserOptions } from "./chromium";

interface IAnswer {
    readonly id?: number;
    readonly result?: unknown;
    readonly error?: { readonly message: string };
}

/** Sends a command to a browser. */
export type Ask = (method: string, params?: object, sessionId?: string) => Promise<unknown>;

/**
 * A browser whose tabs hide each other, as in normal use. Playwright does not allow that: it emulates focus in every page
 * (`Emulation.setFocusEmulationEnabled`), so no page is ever hidden or throttled.
 */
export class TabBrowser {
    private readonly _process: ChildProcess;
    private readonly _folder: string;
    private readonly _requests: Writable;
    private readonly _waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
    private readonly _ended: Promise<void>;
    private _asked = 0;

    private constructor(child: ChildProcess, folder: string) {
        this._process = child;
        this._folder = folder;
        this._requests = child.stdio[3] as Writable;
        let text = "";
        (child.stdio[4] as Readable).setEncoding("utf8").on("data", (data: string) => {
            const messages = (text + data).split("\0");
            text = messages.pop() ?? "";
            messages.forEach((message) => this._hear(JSON.parse(message) as IAnswer));
        });
        this._ended = new Promise((resolve) => {
            child.once("exit", () => {
                this._waiting.forEach(({ reject }) => reject(new Error("The browser has ended.")));
                resolve();
            });
        });
    }

    /** Starts a browser that throttles hidden pages. */
    public static async LaunchAsync(options: IBrowserOptions = {}): Promise<TabBrowser> {
        const folder = mkdtempSync(join(tmpdir(), "tabs-"));
        const args = [
            ...chromiumFlags({ throttling: true, ...options }),
            "--remote-debugging-pipe",
            `--user-data-dir=${folder}`,
            "about:blank",
        ];
        // The browser exits when the pipe closes, which also happens when this process exits. A process group allows killing all browser processes.
        const stdio = ["ignore", "ignore", "ignore", "pipe", "pipe"] as const;
        return new TabBrowser(spawn(await chromiumPathAsync(), args, { stdio: [...stdio], detached: true }), folder);
    }

    /** Opens a tab in front of the others. */
    public async openAsync(url: string): Promise<Tab> {
        const { targetId } = (await this._ask("Target.createTarget", { url })) as { readonly targetId: string };
        const { sessionId } = (await this._ask("Target.attachToTarget", { targetId, flatten: true })) as { readonly sessionId: string };
        const tab = new Tab((method, params) => this._ask(method, params, sessionId));
        await tab.untilAsync(`document.readyState === "complete" && location.href.startsWith(${JSON.stringify(url)})`);
        return tab;
    }

    public async closeAsync(): Promise<void> {
        if (this._process.pid !== undefined && this._process.exitCode === null) {
            process.kill(-this._process.pid, "SIGKILL");
        }
        await this._ended;
        // Waits until no process can write into the folder any more. A zombie process counts as alive, so the wait has a limit.
        for (const end = performance.now() + 1_000; isAlive(this._process.pid) && performance.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        rmSync(this._folder, { recursive: true });
    }

    private _hear({ id, result, error }: IAnswer): void {
        const waiting = this._waiting.get(id ?? NaN);
        this._waiting.delete(id ?? NaN);
        if (error) {
            waiting?.reject(new Error(error.message));
        } else {
            waiting?.resolve(result);
        }
    }

    private readonly _ask: Ask = (method, params = {}, sessionId) =>
        new Promise((resolve, reject) => {
            const id = ++this._asked;
            this._waiting.set(id, { resolve, reject });
            this._requests.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
        });
}

/** A tab of a `TabBrowser`. */
export class Tab {
    /** Sends a command of the Chrome DevTools Protocol. */
    public readonly command: Ask;

    /** @internal */
    public constructor(command: Ask) {
        this.command = command;
    }

    /** Brings this tab to the front, which hides the others. */
    public async showAsync(): Promise<void> {
        await this.command("Page.bringToFront");
    }

    /**
     * Evaluates an expression in the page, without counting as a user gesture.
     * @param expression - its value may be a promise
     */
    public async askAsync<T = unknown>(expression: string): Promise<T> {
        const answer = (await this.command("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true })) as {
            readonly result: { readonly value: T };
            readonly exceptionDetails?: { readonly exception?: { readonly description?: string } };
        };
        if (answer.exceptionDetails) {
            throw new Error(answer.exceptionDetails.exception?.description ?? "The page threw.");
        }
        return answer.result.value;
    }

    /**
     * Waits until an expression is true in the page. Polls from outside, since the page's own timers may be throttled.
     * @returns the waiting time in milliseconds
     */
    public async untilAsync(test: string, timeoutMs = 10_000): Promise<number> {
        const begin = performance.now();
        while (
            !(await this.askAsync<boolean>(`(() => { const report = globalThis.lab?.person?.report(); return (${test}) === true; })()`))
        ) {
            if (performance.now() - begin > timeoutMs) {
                throw new Error(`waited in vain for ${test}; now ${JSON.stringify(await this.askAsync("lab.person?.report()"))}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return performance.now() - begin;
    }
}

/** @returns true while any process of the group is alive or a zombie */
function isAlive(group: number | undefined): boolean {
    try {
        return group !== undefined && process.kill(-group, 0);
    } catch {
        return false;
    }
}
