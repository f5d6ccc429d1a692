import { sendNotFound } from "./router.js";
import { refuseUpgrade } from "./upgrade.js";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Router } from "./router.js";

/**
 * Mounts the router in front of all request and upgrade listeners of an HTTP server, including those that are added later. An ordinary listener
 * is not enough: Express answers 404 to unknown paths, and `ws` refuses WebSockets that are not its own.
 * @param server - the app's server, or ours
 * @param router - handles requests first; those that it passes on reach the other listeners unchanged
 * @returns a function that unmounts the router
 */
export function mountRouter(server: HttpServer | HttpsServer, router: Router): () => void {
    let mounted = true;
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
    const emit = server.emit as (this: unknown, event: string | symbol, ...parameters: unknown[]) => boolean;
    const emitFirst = function (this: unknown, event: string | symbol, ...parameters: unknown[]): boolean {
        const pass = (): boolean => emit.call(this, event, ...parameters);
        if (mounted && event === "request") {
            const [request, response] = parameters as [IncomingMessage, ServerResponse];
            router.handle(request, response, pass);
            return true;
        }
        if (mounted && event === "upgrade") {
            const [request, socket, head] = parameters as [IncomingMessage, Duplex, Buffer];
            router.upgrade(request, socket, head, pass);
            return true;
        }
        return pass();
    };
    server.emit = emitFirst;
    // Node emits `upgrade` only if there is a listener. If this is the only one, it must answer the requests that the router passes on.
    const answerAlone = (_request: IncomingMessage, socket: Duplex): void => {
        if (server.listenerCount("upgrade") === 1) {
            refuseUpgrade(socket, 404);
        }
    };
    server.on("upgrade", answerAlone);
    return () => {
        mounted = false;
        server.off("upgrade", answerAlone);
        if (server.emit === emitFirst) {
            server.emit = emit as typeof server.emit;
        }
    };
}

/**
 * Answers 404. Fallback listener of our own server.
 * @param _request - the request
 * @param response - its response
 */
export function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
    sendNotFound(response);
}
