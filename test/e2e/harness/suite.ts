import { resolve } from "node:path";
import type { Browser } from "playwright-core";
import { startServerAsync, type IStartedServer, type StartOptions } from "../../server/harness";
import { launchAsync, type IBrowserOptions } from "./chromium";
import { PersonPage } from "./personPage";
import type { IPersonOptions } from "../../pages/lab/index";

/** A real server and a real browser for the tests of one file. */
export interface ISuite {
    readonly server: IStartedServer;
    readonly browser: Browser;
    /** Opens a page with a person in it; `close` closes those that are still open. */
    openAsync(options: Omit<IPersonOptions, "server"> & { readonly server?: string; readonly watch?: () => void }): Promise<PersonPage>;
    closeAsync(): Promise<void>;
}

/** Starts both. */
export async function startSuiteAsync(
    options: { readonly server?: StartOptions; readonly browser?: IBrowserOptions } = {},
): Promise<ISuite> {
    const server = await startServerAsync({ staticDir: resolve("dist/e2e"), ...options.server });
    const browser = await launchAsync(options.browser);
    return {
        server,
        browser,
        openAsync: ({ watch, ...person }) =>
            PersonPage.OpenAsync(browser, { server: server.url, ...person }, { url: server.url, ...(watch ? { watch } : {}) }),
        closeAsync: async () => {
            await browser.close();
            await server.closeAsync();
        },
    };
}
