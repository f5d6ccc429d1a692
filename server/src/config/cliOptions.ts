import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { maxGraceSeconds, maxGrantSeconds } from "../../../protocol/limits.js";
import { logFormats, logLevels } from "../log.js";
import { authorizeBy } from "../tokens/authorizeUrl.js";
import { maxDrainSeconds } from "./settings.js";
import { withoutPort } from "../util/network.js";
import type { IncomingMessage } from "node:http";
import type { LogFormat, LogLevel, RtcServerLog } from "../log.js";
import type { Authorize, IRtcServerOptions } from "./serverOptions.js";

/** Text of `--help`. */
export const helpText = `babylon-rtc-server: rooms, tokens and signalling for babylon-rtc, on one port.

  --development        allow guests: only for development, never on a server that strangers can reach
  --authorize-url <url>  address of your backend's sign-in. It gets { credential, room } as JSON by POST, and answers with the user,
                       { id, name, attributes, privileges }, or with the status 401, 403 or 404 to refuse. See Authentication in README
  --port <n>           TCP port (default 9000; 0 = any free port)
  --host <address>     address to listen on (default: all)
  --path </prefix>     path prefix of all addresses
  --static <folder>    also serve the files of this folder
  --https              serve HTTPS with a certificate created at start (headsets need a secure page)
  --origin <origin>    origin whose pages may use this server, like https://game.example, https://*.game.example or
                       capacitor://localhost; can be given several times
  --room <name>        room without an owner, so that its first member cannot lock it or remove others; a * stands for any
                       characters, like table-*; can be given several times
  --address-header <n> header in which your proxy sends the client's address, like X-Real-IP, for the limits per address. Use it
                       only if clients reach this server only through that proxy (--host 127.0.0.1): the header is trusted
  --turn <url>         address of a TURN server with temporary credentials (coturn's use-auth-secret), like
                       turn:turn.example.com:3478, or of an additional STUN server; can be given several times
  --turn-secret-file <file>  file with its static-auth-secret. Default: the environment variable BABYLON_RTC_TURN_SECRET
  --turn-ttl-seconds <n>     validity of a credential (default: 300 s longer than a grant)
  --max-members <n>    maximum number of members of a room (default 16)
  --grace-seconds <n>  time in which a member can reconnect after a dropped connection (default 20; 0 = not at all)
  --reload-seconds <n> time in which a member can return after the page was closed or reloaded (default 5; 0 = not at all; limited
                       to --grace-seconds)
  --drain-seconds <n>  time for which the server continues for its members after SIGTERM or SIGINT, and accepts no new ones; a second
                       signal stops it at once (default 0; at most 3600)
  --metrics-port <n>   serve metrics for Prometheus at /metrics on this port (default: none; 0 = any free port)
  --metrics-host <a>   address of that port (default 127.0.0.1). Any address but loopback requires BABYLON_RTC_METRICS_TOKEN
  --log-level <level>  debug, info, warn or error (default warn). info logs joins and leaves, with ids and addresses
  --log-format <form>  text, or json: one object per line (default text)
  --version            print the version of this package
  --help               print this text

Tokens are signed with the environment variable BABYLON_RTC_SECRET (at least 32 bytes). Without it, the secret is random; if guests are
allowed, it is stored in ~/.babylon-rtc-server, so that guests keep their identities after a restart.
If BABYLON_RTC_METRICS_TOKEN is set (at least 16 characters), readers of metrics must send it: Authorization: Bearer <token>.
Guests are allowed with --development, or without --authorize-url if NODE_ENV is exactly "development". Otherwise the server's own rooms
need --authorize-url, or your own program with createRtcServer and its option authorize. Without it, BABYLON_RTC_SECRET must be set: for
rooms of your own, your backend signs grants with issueGrantAsync.
`;

/** Name of the environment variable with the token that metrics readers must send. */
export const metricsTokenVariable = "BABYLON_RTC_METRICS_TOKEN";

/** Options of the command: those of the server, and its own. */
export interface ICommandOptions extends IRtcServerOptions {
    /** Lowest level that is logged. Default: `warn`. */
    readonly logLevel?: LogLevel;
    /** Format of the log. Default: `text`. */
    readonly logFormat?: LogFormat;
    /** Name of the header with the client's address. Default: none; then the address of the socket is used. */
    readonly addressHeader?: string;
    /** Longest time between a signal and closing, in which the server drains, in seconds. Default: 0. */
    readonly drainSeconds?: number;
}

/** Parsed command line: options to run with, or what to print instead. */
export type CommandLine = ICommandOptions | "help" | "version";

/**
 * @param args - arguments of the command
 * @returns the options, or what to print; throws if an argument is unknown or invalid
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
    const { values } = parseArgs({
        args: [...args],
        options: {
            development: { type: "boolean" },
            "authorize-url": { type: "string" },
            port: { type: "string" },
            host: { type: "string" },
            path: { type: "string" },
            static: { type: "string" },
            https: { type: "boolean" },
            origin: { type: "string", multiple: true },
            room: { type: "string", multiple: true },
            "address-header": { type: "string" },
            turn: { type: "string", multiple: true },
            "turn-secret-file": { type: "string" },
            "turn-ttl-seconds": { type: "string" },
            "max-members": { type: "string" },
            "grace-seconds": { type: "string" },
            "reload-seconds": { type: "string" },
            "drain-seconds": { type: "string" },
            "metrics-port": { type: "string" },
            "metrics-host": { type: "string" },
            "log-level": { type: "string" },
            "log-format": { type: "string" },
            version: { type: "boolean", short: "v" },
            help: { type: "boolean", short: "h" },
        },
    });
    if (values.help || values.version) {
        return values.help ? "help" : "version";
    }
    return {
        port: toWhole(values.port ?? "9000", "--port", 65_535),
        ...(values.development !== undefined && { development: values.development }),
        ...(values["authorize-url"] !== undefined && { authorize: signInAt(values["authorize-url"]) }),
        ...(values.host !== undefined && { host: toHost(values.host) }),
        ...(values.path !== undefined && { path: values.path }),
        ...(values.static !== undefined && { staticDir: values.static }),
        ...(values.https !== undefined && { https: values.https }),
        ...(values.origin !== undefined && { origins: values.origin }),
        ...(values.room !== undefined && { rooms: values.room }),
        ...(values["address-header"] !== undefined && { addressHeader: toHeader(values["address-header"]) }),
        ...turnIn(values.turn, values["turn-secret-file"], values["turn-ttl-seconds"]),
        ...(values["max-members"] !== undefined && { maxMembers: toWhole(values["max-members"], "--max-members", 1000) }),
        ...(values["grace-seconds"] !== undefined && {
            graceSeconds: toWhole(values["grace-seconds"], "--grace-seconds", maxGraceSeconds),
        }),
        ...(values["reload-seconds"] !== undefined && {
            reloadSeconds: toWhole(values["reload-seconds"], "--reload-seconds", maxGraceSeconds),
        }),
        ...(values["drain-seconds"] !== undefined && {
            drainSeconds: toWhole(values["drain-seconds"], "--drain-seconds", maxDrainSeconds),
        }),
        ...metricsOf(values["metrics-port"], values["metrics-host"]),
        ...(values["log-level"] !== undefined && { logLevel: oneOf(logLevels, values["log-level"], "--log-level") }),
        ...(values["log-format"] !== undefined && { logFormat: oneOf(logFormats, values["log-format"], "--log-format") }),
    };
}

/**
 * Reads the log format of a command line that `parseCommandLine` rejects.
 * @param args - arguments of the command
 * @returns the format; `text` if none or an unknown one is given
 */
export function logFormatIn(args: readonly string[]): LogFormat {
    const { values } = parseArgs({ args: [...args], options: { "log-format": { type: "string" } }, strict: false });
    return logFormats.find((each) => each === values["log-format"]) ?? "text";
}

function signInAt(url: string): Authorize {
    try {
        return authorizeBy(url);
    } catch (cause) {
        throw new TypeError(`--authorize-url: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
}

function metricsOf(port: string | undefined, host: string | undefined): Pick<IRtcServerOptions, "metrics"> {
    if (port === undefined && host !== undefined) {
        throw new TypeError("--metrics-host requires --metrics-port.");
    }
    return port === undefined ? {} : { metrics: { port: toWhole(port, "--metrics-port", 65_535), ...(host !== undefined && { host }) } };
}

function oneOf<Word extends string>(words: readonly Word[], text: string, option: string): Word {
    const word = words.find((each) => each === text);
    if (word === undefined) {
        throw new TypeError(`${option} must be one of ${words.join(", ")}, not ${JSON.stringify(text)}.`);
    }
    return word;
}

/** Reads the TURN options. The secret is read from a file, because other users of the machine can see command-line arguments. */
function turnIn(
    urls: readonly string[] | undefined,
    secretFile: string | undefined,
    ttl: string | undefined,
): Pick<IRtcServerOptions, "turn"> {
    if (urls === undefined) {
        if (secretFile !== undefined || ttl !== undefined) {
            throw new TypeError("--turn-secret-file and --turn-ttl-seconds require --turn, the address of the TURN server.");
        }
        return {};
    }
    return {
        turn: {
            urls,
            ...(secretFile !== undefined && { secret: secretIn(secretFile) }),
            ...(ttl !== undefined && { ttlSeconds: toWhole(ttl, "--turn-ttl-seconds", maxGrantSeconds) }),
        },
    };
}

function secretIn(file: string): string {
    let text: string;
    try {
        text = readFileSync(file, "utf8").trim();
    } catch (cause) {
        throw new TypeError(`--turn-secret-file: ${JSON.stringify(file)} cannot be read.`, { cause });
    }
    if (text === "") {
        throw new TypeError(`--turn-secret-file: ${JSON.stringify(file)} is empty. Write the TURN server's static-auth-secret into it.`);
    }
    return text;
}

/** An empty host would mean all addresses, for example if it comes from a variable that is not set. */
function toHost(host: string): string {
    if (host === "") {
        throw new TypeError("--host must be an address. Without this option, the server listens on all addresses.");
    }
    return host;
}

function toHeader(name: string): string {
    if (!/^[\w-]{1,64}$/.test(name)) {
        throw new TypeError(`--address-header must be the name of a header, such as X-Real-IP, not ${JSON.stringify(name)}.`);
    }
    return name;
}

/**
 * Reads the client's address from a proxy's header: of several addresses the last, which the proxy added. A client can forge the others.
 * @param header - name of the header
 * @param log - gets one warning if players' requests lack the header. Health checks may lack it.
 * @returns the option `addressOf`
 */
export function addressIn(header: string, log: RtcServerLog): (request: IncomingMessage) => string {
    const name = header.toLowerCase();
    let isTold = false;
    return ({ headers, method, socket }) => {
        const last = String(headers[name] ?? "")
            .split(",")
            .at(-1);
        if (last !== undefined && last.trim() !== "") {
            return withoutPort(last);
        }
        if (!isTold && (method === "POST" || headers.upgrade !== undefined)) {
            isTold = true;
            log(
                "warn",
                `--address-header: a request has no header ${header}, so it counts for the address of its connection. If that is your proxy's, all players share its limits: set the header in the proxy, or correct the name.`,
            );
        }
        return socket.remoteAddress ?? "";
    };
}

function toWhole(text: string, option: string, max: number): number {
    if (!/^\d{1,5}$/.test(text) || Number(text) > max) {
        throw new TypeError(`${option} must be a whole number up to ${max}, not ${JSON.stringify(text)}.`);
    }
    return Number(text);
}
