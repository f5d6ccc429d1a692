import { resolve } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { startServerAsync, type IStartedServer, type StartOptions } from "../../server/harness";
import { timedAsync } from "../../times/timed";
import { launchAsync, type IBrowserOptions } from "./chromium";
import { PersonPage } from "./personPage";
import { Visitor, type IVisitorOptions } from "./visitor";
import type { IPersonOptions } from "../../pages/lab/index";

/** Options of a person's page. */
export interface IOpenOptions extends Omit<IPersonOptions, "server"> {
    /** Server of the page. Default: the suite's. */
    readonly server?: string;
    /** Init script: runs in the page before any other script. */
    readonly watch?: () => void;
    /**
     * True = opens the page in a browser context of its own, with its own storage, permissions and cache. Default: false, since a page in the shared
     * context opens in a third of the time.
     */
    readonly ownContext?: boolean;
}

/** A real server and a real browser for the tests of one file. */
export interface ISuite {
    readonly server: IStartedServer;
    readonly browser: Browser;
    /** Context that the pages share, with its storage, permissions and cache. */
    readonly context: BrowserContext;
    /** Opens a page with a person in it. The suite's `closeAsync` closes the pages that are still open. */
    openAsync(options: IOpenOptions): Promise<PersonPage>;
    /** Opens a page with the controls of `babylon-rtc/gui` and enters a room. */
    visitAsync(name: string, options: IVisitorOptions): Promise<Visitor>;
    closeAsync(): Promise<void>;
}

/** Viewport of the pages, in CSS pixels. It is small, because software rendering of an emulated headset's view, which fills it, is slow. */
const viewport = { width: 320, height: 240 } as const;

/** Starts a server and a browser. */
export async function startSuiteAsync(
    options: { readonly server?: StartOptions; readonly browser?: IBrowserOptions } = {},
): Promise<ISuite> {
    const [server, browser] = await Promise.all([
        timedAsync("server", "start", () => startServerAsync({ staticDir: resolve("dist/e2e"), ...options.server })),
        launchAsync(options.browser),
    ]);
    const context = await browser.newContext({ viewport });
    return {
        server,
        browser,
        context,
        openAsync: async ({ watch, ownContext = false, ...person }) => {
            const own = ownContext ? await browser.newContext({ viewport }) : null;
            return await PersonPage.OpenAsync(
                own ?? context,
                { server: server.url, ...person },
                { url: server.url, ...(own ? { closeContext: () => own.close() } : {}), ...(watch ? { watch } : {}) },
            );
        },
        visitAsync: (name, visitor) => Visitor.EnterAsync(context, server.url, name, visitor),
        closeAsync: async () => {
            await browser.close();
            await server.closeAsync();
        },
    };
}
