import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPathAsync, launchAsync } from "../../e2e/harness/chromium";
import type { Browser } from "../../e2e/harness/chromium";
import type { Host } from "./network";

/**
 * Starts a Chromium on a host.
 * @param host - where
 * @param folder - takes the script that starts it
 * @param url - of the server, which counts as a secure page
 * @returns the browser, which the caller closes
 */
export async function launchOnAsync(host: Host, folder: string, url: string): Promise<Browser> {
    const path = join(folder, host.name);
    writeFileSync(path, `#!/bin/sh\nexec ${host.entrance.join(" ")} -- "${await chromiumPathAsync()}" "$@"\n`);
    chmodSync(path, 0o755);
    // Audio worklets want a secure page. Between the hosts nobody resolves the names that hide addresses.
    return await launchAsync(
        { args: [`--unsafely-treat-insecure-origin-as-secure=${url}`, "--disable-features=WebRtcHideLocalIpsWithMdns"] },
        path,
    );
}
