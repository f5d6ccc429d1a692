import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { chromiumPathAsync, flags } from "./chromium";
import type { IBrowserOptions } from "./chromium";

interface IAnswer {
    readonly id?: number;
    readonly result?: unknown;
    readonly error?: { readonly message: string };
}

/** How a browser is asked. */
export type Ask = (method: string, params?: object, sessionId?: string) => Promise<unknown>;

/**
 * A browser whose tabs are hidden by each other, as at a user's. Playwright's are not: it tells every page that it is in front
 * (`Emulation.setFocusEmulationEnabled`), so that none is ever hidden or slowed down.
 */
export class TabBrowser {
    private readonly _process: ChildProcess;
    private readonly _folder: string;
    private readonly _socket: WebSocket;
    private readonly _waiting = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
    private _asked = 0;

    private constructor(process: ChildProcess, folder: string, socket: WebSocket) {
        this._process = process;
        this._folder = folder;
        this._socket = socket;
        process.once("exit", this._kill);
        socket.on("message", (data: Buffer) => {
            const { id, result, error } = JSON.parse(data.toString()) as IAnswer;
            const waiting = this._waiting.get(id ?? NaN);
            this._waiting.delete(id ?? NaN);
            if (error) {
                waiting?.reject(new Error(error.message));
            } else {
                waiting?.resolve(result);
            }
        });
    }

    /** Starts one; pages that nobody sees are slowed down in it. */
    public static async LaunchAsync(options: IBrowserOptions = {}): Promise<TabBrowser> {
        const folder = mkdtempSync(join(tmpdir(), "tabs-"));
        const args = [...flags({ throttling: true, ...options }), "--remote-debugging-port=0", `--user-data-dir=${folder}`, "about:blank"];
        // Its processes are a group of their own, to end all of them.
        const child = spawn(await chromiumPathAsync(), args, { stdio: "ignore", detached: true });
        const address = await addressAsync(join(folder, "DevToolsActivePort"));
        const socket = new WebSocket(address);
        await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
        return new TabBrowser(child, folder, socket);
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
        process.off("exit", this._kill);
        this._socket.terminate();
        this._kill();
        // One that outlives the others would go on writing into the folder.
        for (const end = performance.now() + 1_000; isAlive(this._process.pid) && performance.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        rmSync(this._folder, { recursive: true });
    }

    private readonly _kill = (): void => {
        if (this._process.pid !== undefined && isAlive(this._process.pid)) {
            process.kill(-this._process.pid, "SIGKILL");
        }
    };

    private readonly _ask: Ask = (method, params = {}, sessionId) =>
        new Promise((resolve, reject) => {
            const id = ++this._asked;
            this._waiting.set(id, { resolve, reject });
            this._socket.send(JSON.stringify({ id, method, params, sessionId }));
        });
}

/** One tab. */
export class Tab {
    /** Asks by Chromium's own protocol. */
    public readonly command: Ask;

    /** @internal */
    public constructor(command: Ask) {
        this.command = command;
    }

    /** Puts it in front of the others, which are hidden then. */
    public async showAsync(): Promise<void> {
        await this.command("Page.bringToFront");
    }

    /**
     * Evaluates in the page, without counting as a gesture of its user.
     * @param expression - may be a promise's
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
     * Waits until something is true in the page, looking from outside: the page's own timers may be slow.
     * @returns how long it took, in milliseconds
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

/** Whether a process of this group is there. */
function isAlive(group: number | undefined): boolean {
    try {
        return group !== undefined && process.kill(-group, 0);
    } catch {
        return false;
    }
}

/** Where the browser listens, as it writes into a file of its profile when it does. */
async function addressAsync(file: string): Promise<string> {
    for (let attempt = 0; ; attempt++) {
        try {
            const [port, path] = readFileSync(file, "utf8").split("\n");
            if (path !== undefined && path !== "") {
                return `ws://127.0.0.1:${String(port)}${path}`;
            }
        } catch (cause) {
            if (attempt === 200) {
                throw new Error("The browser did not start.", { cause });
            }
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}
