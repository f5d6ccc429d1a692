#!/usr/bin/env node
import { createRequire } from "node:module";
import { lanAddresses } from "./config/certificate.js";
import { helpText, parseCommandLine } from "./config/cliOptions.js";
import { openerOf } from "./config/settings.js";
import { createRtcServer } from "./createRtcServer.js";
import { developmentSecret, secretVariable } from "./tokens/secret.js";
import type { IRtcServerOptions } from "./config/serverOptions.js";
import type { IRtcServer } from "./createRtcServer.js";

async function runAsync(options: IRtcServerOptions): Promise<void> {
    const { [secretVariable]: given = "" } = process.env;
    const secret = openerOf(options) === null || given !== "" ? undefined : developmentSecret();
    const server = await createRtcServer({ ...options, ...(secret !== undefined && { secret }) });
    const stop = (): void => {
        server.closeAsync().then(
            () => process.exit(0),
            (error: unknown) => fail(error),
        );
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
    greet(server, options);
}

function greet(server: IRtcServer, options: IRtcServerOptions): void {
    const opener = options.development === undefined ? "NODE_ENV=development" : "--development";
    const guests = server.development ? `anybody may come in as a guest (${opener})` : "no guests";
    console.log(`babylon-rtc-server listens on ${server.url}; ${guests}`);
    if (options.host === undefined) {
        for (const address of lanAddresses()) {
            console.log(`  on this network: ${server.url.replace("localhost", address)}`);
        }
    }
}

function fail(error: unknown): void {
    console.error(`babylon-rtc-server: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
}

function version(): string {
    // The package's own, three folders above what is built.
    const manifest = createRequire(import.meta.url)("../../../package.json") as { readonly version: string };
    return manifest.version;
}

try {
    const asked = parseCommandLine(process.argv.slice(2));
    if (typeof asked === "string") {
        console.log(asked === "help" ? helpText : version());
    } else {
        runAsync(asked).catch(fail);
    }
} catch (error) {
    fail(`${error instanceof Error ? error.message : String(error)}\nbabylon-rtc-server --help lists the options.`);
}
