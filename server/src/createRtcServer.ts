import { statSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { resolve } from "node:path";
import { createAppControl } from "./appControl.js";
import { joinHostAsync, startOwnHostAsync } from "./colyseusHost.js";
import { makeCertificateAsync } from "./config/certificate.js";
import { requireObject } from "./config/optionChecks.js";
import { maxDrainSeconds, toSettings } from "./config/settings.js";
import { createEventTeller } from "./eventTeller.js";
import { answerNotFound, mountRouter } from "./http/mount.js";
import { Router } from "./http/router.js";
import { Lifecycle } from "./lifecycle.js";
import { startMetricsServerAsync } from "./metrics/metricsServer.js";
import { Tally } from "./metrics/tally.js";
import { PasswordGuesses } from "./rooms/passwordGuesses.js";
import { RoomDirectory } from "./rooms/roomDirectory.js";
import { PeerDirectory } from "./rooms/voice/peerDirectory.js";
import { RtcServerError } from "./rtcServerError.js";
import { Signalling } from "./signalling/signalling.js";
import { GrantAuthority } from "./tokens/grants.js";
import { GuestAuthority } from "./tokens/guests.js";
import { IdentityAuthority } from "./tokens/identities.js";
import { InvitationAuthority } from "./tokens/invitations.js";
import { PeerTokens } from "./tokens/peerTokens.js";
import { secretVariable, secretOrRandom } from "./tokens/secret.js";
import { AddressLimiter } from "./util/addressLimiter.js";
import { IdleSockets } from "./util/idleSockets.js";
import { randomId } from "./util/random.js";
import { UnsentBudget } from "./util/unsentBudget.js";
import type { Server as HttpServer } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Socket } from "node:net";
import type { IAppControl } from "./appControl.js";
import type { IGameServer, IRtcServerOptions } from "./config/serverOptions.js";
import type { IServerContext } from "./context.js";
import type { IMetricsServer } from "./metrics/metricsServer.js";
import type { IRate } from "./util/tokenBucket.js";
import type { Registry } from "prom-client";

/** A running server. */
export interface IRtcServer extends IAppControl {
    /** URL of the server on this machine, without a trailing slash, for the plugin's `server` option. */
    readonly url: string;
    /** TCP port; 0 while the app's own server is not listening yet. */
    readonly port: number;
    /** True if anybody may join as a guest. */
    readonly development: boolean;
    /** True if the secret is random, so that tokens are invalid in other processes and after a restart. */
    readonly randomSecret: boolean;
    /** URL of the metrics for Prometheus; null without the option `metrics`. */
    readonly metricsUrl: string | null;
    /**
     * Returns the metrics in Prometheus' text format, for a route of the app. The app must control access to that route.
     * @returns the text, and its `Content-Type`
     */
    metricsAsync(): Promise<{ readonly type: string; readonly text: string }>;
    /**
     * Starts draining: new members are refused (`serverStopping`, 503 with `Retry-After`; `/ready` answers 503), and present members are told that
     * the server stops soon. Present members stay, can reconnect and can renew their grants. Draining lasts until `closeAsync` is called.
     * @param options - `seconds`: longest time until `closeAsync` is called, 0 to 3600; `signal`: ends the wait
     * @returns a promise that resolves when all rooms have ended, after that time, when the signal aborts, or when the server closes; rejects with an
     * `RtcServerError` (`invalidOption`)
     */
    drainAsync(options: { readonly seconds: number; readonly signal?: AbortSignal }): Promise<void>;
    /**
     * Tells every client (`serverStopping`) and closes everything that this server has started, within a second. The app's own HTTP server or
     * Colyseus server keeps running. Idempotent.
     */
    closeAsync(): Promise<void>;
}

/**
 * Starts the server: rooms, RTC rooms, tokens and signalling, on its own port or on the app's HTTP or Colyseus server. Only one can run in a process
 * at a time.
 * @param options - all are optional; without guests and without `authorize`, a secret is required
 * @returns the running server; rejects with an `RtcServerError`
 * @example
 * ```ts
 * import { createRtcServer } from "babylon-rtc-server";
 *
 * const server = await createRtcServer({ port: 9000, development: true });
 * console.log(server.url);
 * process.once("SIGTERM", () => server.closeAsync());
 * ```
 */
export async function createRtcServer(options: IRtcServerOptions = {}): Promise<IRtcServer> {
    const { context, randomSecret } = createContext(options);
    const { settings } = context;
    const http = await httpServerForAsync(options);
    const host = options.gameServer ? await joinHostAsync(options.gameServer, context) : await startOwnHostAsync(context);
    const signalling = new Signalling(context);
    const isReady = (): boolean => host.isReady();
    const router = new Router(context, {
        signalling,
        upgradeRoom: host.upgradeRoom,
        staticDir: options.staticDir,
        idle: http.idle,
        isReady,
    });
    const unmount = mountRouter(http.server, router);
    const metricsAsync = metricsOf(context, signalling, isReady);
    let metrics: IMetricsServer | null = null;
    const closeOnceAsync = async (): Promise<void> => {
        context.lifecycle.stop();
        await host.closeAsync();
        signalling.dispose();
        unmount();
        await http.closeAsync();
        await metrics?.closeAsync();
    };
    let closing: Promise<void> | null = null;
    const closeAsync = (): Promise<void> => (closing ??= closeOnceAsync());
    try {
        await http.listenAsync();
    } catch (error) {
        await closeAsync();
        throw new RtcServerError("listenFailed", listenFailure(error, options), { cause: error });
    }
    if (options.metrics) {
        try {
            metrics = await startMetricsServerAsync(options.metrics, metricsAsync, settings.log);
        } catch (error) {
            await closeAsync();
            throw error;
        }
    }
    if (settings.openedBy !== null && process.env.NODE_ENV?.toLowerCase() === "production") {
        settings.log(
            "warn",
            `Guests are allowed, although NODE_ENV is ${JSON.stringify(process.env.NODE_ENV)}. Remove --development, or \`development: true\`, before you deploy.`,
        );
    } else if (settings.openedBy !== null) {
        settings.log("info", `Guests are allowed: ${settings.openedBy}.`);
    }
    if (randomSecret) {
        const meanwhile = settings.development ? " This is enough for development." : "";
        settings.log(
            "warn",
            `${secretVariable} is not set, so tokens are signed with a random secret and become invalid when this process exits.${meanwhile} Before you deploy, set it to the output of \`openssl rand -hex 32\`.`,
        );
    }
    if (!settings.development && !options.authorize) {
        settings.log(
            "warn",
            "Guests are not allowed, and `authorize` is not set, so nobody can enter the rooms of this server; a grant (a token that your backend signs) admits to rooms of your own only. Set `authorize` (option of the command: --authorize-url), or allow guests with --development, or `development: true`.",
        );
    }
    return {
        get url() {
            return `${http.secure ? "https" : "http"}://${urlHost(options.host)}:${portOf(http.server)}${settings.path}`;
        },
        get port() {
            return portOf(http.server);
        },
        development: settings.development,
        randomSecret,
        metricsUrl: metrics?.url ?? null,
        metricsAsync,
        ...createAppControl(context),
        drainAsync: (how) => drainAsync(context, how),
        closeAsync,
    };
}

/** Metrics of the server. The Prometheus client is loaded on first use. */
function metricsOf(context: IServerContext, signalling: Signalling, isReady: () => boolean): IRtcServer["metricsAsync"] {
    let loading: Promise<Registry> | null = null;
    return async () => {
        loading ??= import("./metrics/prometheus.js")
            .then(({ createRegistry }) => createRegistry(context, signalling, isReady))
            .catch((error: unknown) => {
                // The next call tries again.
                loading = null;
                throw error;
            });
        const registry = await loading;
        return { type: registry.contentType, text: await registry.metrics() };
    };
}

async function drainAsync({ lifecycle, rooms, settings }: IServerContext, options: Parameters<IRtcServer["drainAsync"]>[0]): Promise<void> {
    requireObject(options, "options");
    const { seconds, signal } = options;
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= maxDrainSeconds)) {
        throw new RtcServerError("invalidOption", `\`seconds\` must be 0 to ${maxDrainSeconds}.`);
    }
    lifecycle.drain(seconds);
    settings.log("info", `Draining for up to ${seconds} s: no new members are accepted.`, { members: rooms.memberCount });
    rooms.tellStopping(seconds);
    const isOver = new AbortController();
    const end = (): void => isOver.abort();
    const timer = setTimeout(end, seconds * 1000);
    const signals = [lifecycle.stopped, ...(signal ? [signal] : [])];
    signals.forEach((each) => each.addEventListener("abort", end));
    if (signals.some(({ aborted }) => aborted)) {
        end();
    }
    await rooms.emptyAsync(isOver.signal);
    clearTimeout(timer);
    signals.forEach((each) => each.removeEventListener("abort", end));
}

const defaultPort = 9000;

/**
 * Time after which an idle HTTP connection is closed, in milliseconds: longer than proxies keep one (60 s by default in nginx and in AWS' load
 * balancers), and announced to clients such as Node's `fetch`. A request on a connection that the server closes at that moment would fail.
 */
const keepAliveMs = 75_000;

/** Most idle HTTP connections of one network: six each of more than three hundred browsers, which need them only to load pages and to join. */
const maxIdlePerNetwork = 2000;

/** Rate limit of one user's reconnects. Our client makes at most 7 per second: its room and RTC room wait 0.3 s or more between attempts. */
const resumeRate: IRate = { perSecond: 10, burst: 60 };

function listenFailure(error: unknown, { port = defaultPort, host }: IRtcServerOptions): string {
    switch (error instanceof Error && "code" in error ? error.code : undefined) {
        case "EADDRINUSE":
            return `Port ${port} cannot be opened: it is in use. Stop the program that uses it, or choose another port.`;
        case "EACCES":
            return `Port ${port} cannot be opened: permission denied. Choose a port of 1024 or above.`;
        case "EADDRNOTAVAIL":
        case "EINVAL":
        case "ENOTFOUND":
        case "EAI_AGAIN":
            return `Port ${port} cannot be opened on ${JSON.stringify(host)}: this machine has no such address. Remove \`host\` to listen on all addresses.`;
        default:
            return `Port ${port} cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
    }
}

interface IHttp {
    readonly server: HttpServer | HttpsServer;
    readonly secure: boolean;
    /** Null for the app's own server. */
    readonly idle: IdleSockets | null;
    listenAsync(): Promise<void>;
    closeAsync(): Promise<void>;
}

function createContext(options: IRtcServerOptions): { context: IServerContext; randomSecret: boolean } {
    const settings = toSettings(options);
    const { key, random } = secretOrRandom(options.secret);
    if (random && !settings.development && !options.authorize) {
        throw new RtcServerError(
            "secretMissing",
            `No user could enter. For development, allow guests with --development, or \`development: true\`. Otherwise set ${secretVariable} to the secret with which your backend signs grants, from \`openssl rand -hex 32\`, or pass \`authorize\` to \`createRtcServer\` (the command: --authorize-url). (NODE_ENV is ${process.env.NODE_ENV === undefined ? "not set" : JSON.stringify(process.env.NODE_ENV)}; only the exact value "development" allows guests.)`,
        );
    }
    requireFolder(options.staticDir);
    const guests = settings.development ? new GuestAuthority(key, settings.now) : null;
    const tally = new Tally();
    const context: IServerContext = {
        life: randomId(),
        settings,
        guests,
        identities: new IdentityAuthority(guests, options.authorize, settings.log),
        grants: new GrantAuthority(key, settings.now),
        invitations: new InvitationAuthority(key, settings.now),
        guesses: new PasswordGuesses(settings.passwordRate, settings.ticks, () => tally.limited.add("passwords")),
        userRequests: new AddressLimiter(settings.userRequestRate, settings.ticks),
        resumes: new AddressLimiter(resumeRate, settings.ticks),
        entrances: new WeakMap(),
        events: createEventTeller(options.onEvent, settings),
        rooms: new RoomDirectory(settings.ticks),
        peers: new PeerDirectory(),
        peerTokens: new PeerTokens(key),
        unsent: new UnsentBudget(settings.unsent, settings.ticks),
        lifecycle: new Lifecycle(settings.ticks),
        tally,
    };
    return { context, randomSecret: random };
}

function requireFolder(folder: string | undefined): void {
    if (folder !== undefined && !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
        throw new RtcServerError(
            "invalidOption",
            `\`staticDir\`: there is no folder ${JSON.stringify(resolve(folder))}. Build your page first, or correct the path.`,
        );
    }
}

async function httpServerForAsync(options: IRtcServerOptions): Promise<IHttp> {
    const theirs = options.server ?? serverOf(options.gameServer);
    if (theirs) {
        const secure = "setSecureContext" in theirs;
        return { server: theirs, secure, idle: null, listenAsync: () => Promise.resolve(), closeAsync: () => Promise.resolve() };
    }
    const secure = options.https !== undefined && options.https !== false;
    const certificate = options.https === true ? await makeCertificateAsync() : options.https;
    const server = certificate ? httpsServerWith(certificate) : createHttpServer(answerNotFound);
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = keepAliveMs;
    const idle = new IdleSockets(maxIdlePerNetwork);
    server.on(certificate ? "secureConnection" : "connection", (socket: Socket) => idle.open(socket));
    return {
        server,
        secure,
        idle,
        listenAsync: () =>
            new Promise((resolve, reject) => {
                server.once("error", reject);
                server.listen(options.port ?? defaultPort, options.host, () => {
                    server.off("error", reject);
                    resolve();
                });
            }),
        closeAsync: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            }),
    };
}

function httpsServerWith(certificate: { readonly key: string; readonly cert: string }): HttpsServer {
    try {
        return createHttpsServer(certificate, answerNotFound);
    } catch (cause) {
        throw new RtcServerError("invalidOption", "`https` must have a key and a certificate that match, both as the texts of PEM files.", {
            cause,
        });
    }
}

function serverOf(gameServer: IGameServer | undefined): HttpServer | undefined {
    if (!gameServer) {
        return undefined;
    }
    // Colyseus creates its default transport asynchronously, so it may still be missing.
    const transport = gameServer.transport as { readonly server?: HttpServer } | undefined;
    if (!transport?.server) {
        throw new RtcServerError(
            "invalidOption",
            "Give `gameServer` a transport with an HTTP server, or pass that HTTP server as `server`.",
        );
    }
    return transport.server;
}

function portOf(server: HttpServer | HttpsServer): number {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
}

function urlHost(host: string | undefined): string {
    if (host === undefined || host === "" || host === "0.0.0.0" || host === "::") {
        return "localhost";
    }
    return host.includes(":") ? `[${host}]` : host;
}
