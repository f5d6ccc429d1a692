import { createServer } from "node:http";
import { HostPolicy } from "../http/origins.js";
import { describe } from "../log.js";
import { RtcServerError } from "../rtcServerError.js";
import { sameSecret } from "../util/random.js";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { RtcServerLog } from "../log.js";

/** Shortest token for metrics readers, in characters. A random token of this length cannot be guessed. */
export const minTokenLength = 16;

/** Options of the separate HTTP listener for Prometheus. It serves `GET /metrics` on a port of its own, which can stay closed to clients. */
export interface IMetricsOptions {
    /** TCP port; 0 = any free one. */
    readonly port: number;
    /** Address to listen on. Any address other than loopback requires a `token`. Default: 127.0.0.1. */
    readonly host?: string;
    /** Token that readers send as `Authorization: Bearer …`, at least 16 characters. Default: none; then only loopback addresses are allowed. */
    readonly token?: string;
}

/** Running HTTP listener for `GET /metrics`. */
export interface IMetricsServer {
    /** URL of the metrics. */
    readonly url: string;
    closeAsync(): Promise<void>;
}

/**
 * @param host - address to listen on
 * @returns true if only this machine can reach it
 */
export function isLoopback(host: string): boolean {
    return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Starts the metrics listener.
 * @param options - options, already checked
 * @param textAsync - returns the metrics
 * @param log - gets failures
 * @returns the listener; rejects with `listenFailed`
 */
export async function startMetricsServerAsync(
    { port, host = "127.0.0.1", token }: IMetricsOptions,
    textAsync: () => Promise<{ readonly type: string; readonly text: string }>,
    log: RtcServerLog,
): Promise<IMetricsServer> {
    // Without a token, a page in a browser on this machine could read the metrics through its own host name (DNS rebinding), so `Host` is checked.
    const hosts = token === undefined ? new HostPolicy([], []) : null;
    const statusFor = ({ method, url = "", headers }: IncomingMessage): number => {
        if (url.split("?", 1)[0] !== "/metrics") {
            return 404;
        }
        if (method !== "GET" && method !== "HEAD") {
            return 405;
        }
        if (hosts?.allows(headers.host) === false || headers.origin !== undefined) {
            return 403;
        }
        const shown = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
        return token === undefined || sameSecret(shown, token) ? 200 : 401;
    };
    const answerAsync = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const status = statusFor(request);
        if (status !== 200) {
            response.writeHead(status, { "Content-Length": "0", ...(status === 401 && { "WWW-Authenticate": "Bearer" }) }).end();
            return;
        }
        const { type, text } = await textAsync();
        response.writeHead(200, { "Content-Type": type, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" }).end(text);
    };
    const server = createServer((request, response) => {
        answerAsync(request, response).catch((error: unknown) => {
            log("error", `metrics failed: ${describe(error)}`);
            response.destroy();
        });
    });
    server.requestTimeout = 10_000;
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, host, () => {
            server.off("error", reject);
            resolve();
        });
    }).catch((cause: unknown) => {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new RtcServerError("listenFailed", `Metrics cannot be served on port ${port} of ${host}: ${why}. Choose another port.`, {
            cause,
        });
    });
    const { port: bound } = server.address() as AddressInfo;
    return {
        url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}/metrics`,
        closeAsync: () =>
            new Promise((resolve) => {
                server.close(() => resolve());
                server.closeAllConnections();
            }),
    };
}
