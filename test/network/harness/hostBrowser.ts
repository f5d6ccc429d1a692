import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromiumPathAsync, launchAsync } from "../../e2e/harness/chromium";
import type { Browser } from "../../e2e/harness/chromium";
import type { Host } from "./network";

/**
 * Starts a Chromium on a host.
 * @param host - host to run on
 * @param folder - folder for the start script
 * @param url - URL of the server, treated as a secure origin
 * @returns the browser, which the caller closes
 */
export async function launchOnAsync(host: Host, folder: string, url: string): Promise<Browser> {
    const path = join(folder, host.name);
    writeFileSync(path, `#!/bin/sh\nexec ${host.entrance.join(" ")} -- "${await chromiumPathAsync()}" "$@"\n`);
    chmodSync(path, 0o755);
    // Audio worklets need a secure origin. The hosts cannot resolve mDNS candidate names.
    return await launchAsync(
        { args: [`--unsafely-treat-insecure-origin-as-secure=${url}`, "--disable-features=WebRtcHideLocalIpsWithMdns"] },
        path,
    );
}
