#!/usr/bin/env node
import { createRequire } from "node:module";
import { lanAddresses } from "./config/certificate.js";
import { addressIn, helpText, logFormatIn, metricsTokenVariable, parseCommandLine } from "./config/cliOptions.js";
import { openerOf } from "./config/settings.js";
import { createRtcServer } from "./createRtcServer.js";
import { createLog, describe, eventLog } from "./log.js";
import { developmentSecret, secretVariable } from "./tokens/secret.js";
import type { ICommandOptions } from "./config/cliOptions.js";
import type { IRtcServerOptions } from "./config/serverOptions.js";
import type { IRtcServer } from "./createRtcServer.js";
import type { LogFormat, RtcServerLog } from "./log.js";

/** Timeout for closing, in seconds, in addition to the draining time. When both are over, the process exits in any case. */
const maxCloseSeconds = 5;

async function runAsync({
    logLevel = "warn",
    logFormat = "text",
    drainSeconds = 0,
    addressHeader,
    ...options
}: ICommandOptions): Promise<void> {
    const log = createLog({ level: logLevel, format: logFormat });
    if (logFormat === "json") {
        keepToJson(log);
    }
    const { [secretVariable]: given = "", [metricsTokenVariable]: metricsToken = "" } = process.env;
    const secret = openerOf(options) === null || given !== "" ? undefined : developmentSecret();
    if (secret !== undefined) {
        log(
            "warn",
            `${secretVariable} is not set, so tokens are signed with a secret that is stored in ~/.babylon-rtc-server. This is enough for development. Before you deploy, set it to the output of \`openssl rand -hex 32\`.`,
        );
    }
    const server = await createRtcServer({
        ...options,
        ...(addressHeader !== undefined && { addressOf: addressIn(addressHeader, log) }),
        ...(options.metrics && metricsToken !== "" && { metrics: { ...options.metrics, token: metricsToken } }),
        ...(secret !== undefined && { secret }),
        ...((logLevel === "info" || logLevel === "debug") && { onEvent: eventLog(log) }),
        log,
    });
    endOnSignals(server, log, { drainSeconds, logFormat });
    if (logFormat === "json") {
        greetInJson(server);
    } else {
        greet(server, options);
    }
}

/** Ends the process on SIGTERM or SIGINT. The first signal drains and closes the server; a second one ends the draining at once. */
function endOnSignals(
    server: IRtcServer,
    log: RtcServerLog,
    { drainSeconds, logFormat }: { readonly drainSeconds: number; readonly logFormat: LogFormat },
): void {
    const impatience = new AbortController();
    const endAsync = async (): Promise<void> => {
        if (drainSeconds > 0) {
            await server.drainAsync({ seconds: drainSeconds, signal: impatience.signal });
        }
        log("info", "Closing: members are notified.");
        await server.closeAsync();
        log("info", "Closed.");
    };
    let isEnding = false;
    const stop = (): void => {
        if (isEnding) {
            impatience.abort();
            return;
        }
        isEnding = true;
        setTimeout(() => fail(new Error("The server did not close in time."), logFormat), (drainSeconds + maxCloseSeconds) * 1000).unref();
        endAsync().then(
            () => process.exit(0),
            (error: unknown) => fail(error, logFormat),
        );
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
}

/** Redirects console output (also of other packages) and uncaught errors to the log, so that each line of output is JSON. */
function keepToJson(log: RtcServerLog): void {
    for (const name of ["debug", "info", "log", "warn", "error"] as const) {
        console[name] = (...parts: unknown[]) => log("debug", `console: ${parts.map(String).join(" ")}`);
    }
    // Node would print plain text. Unhandled rejections arrive here, too.
    process.on("uncaughtException", (error) => {
        log("error", `Uncaught error, exiting: ${describe(error)}`);
        process.exit(1);
    });
}

function greet(server: IRtcServer, options: IRtcServerOptions): void {
    const opener = options.development === undefined ? "NODE_ENV=development" : "--development";
    const guests = server.development ? `guests are allowed (${opener})` : "no guests";
    console.log(`babylon-rtc-server listens on ${server.url}; ${guests}`);
    if (options.host === undefined) {
        for (const address of lanAddresses()) {
            console.log(`  on this network: ${server.url.replace("localhost", address)}`);
        }
    }
    if (server.metricsUrl !== null) {
        console.log(`  metrics: ${server.metricsUrl}`);
    }
}

/** Writes the start line as JSON. Like the text version, it does not depend on the log level. */
function greetInJson({ url, development, metricsUrl }: IRtcServer): void {
    const log = createLog({ level: "info", format: "json", write: (line) => process.stdout.write(line) });
    log("info", "listening", { url, development, ...(metricsUrl !== null && { metricsUrl }) });
}

function fail(error: unknown, format: LogFormat = "text"): void {
    createLog({ format })("error", error instanceof Error ? error.message : String(error));
    process.exit(1);
}

function version(): string {
    // The package's manifest, three folders above the built file.
    const manifest = createRequire(import.meta.url)("../../../package.json") as { readonly version: string };
    return manifest.version;
}

const args = process.argv.slice(2);
try {
    const asked = parseCommandLine(args);
    if (typeof asked === "string") {
        console.log(asked === "help" ? helpText : version());
    } else {
        runAsync(asked).catch((error: unknown) => fail(error, asked.logFormat));
    }
} catch (error) {
    fail(`${error instanceof Error ? error.message : String(error)}\nbabylon-rtc-server --help lists the options.`, logFormatIn(args));
}
