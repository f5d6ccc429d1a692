import { sendNotFound } from "./router.js";
import { refuseUpgrade } from "./upgrade.js";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { Router } from "./router.js";

/**
 * Puts the router in front of everything that listens on an HTTP server, whenever that was or will be added. Listeners of our own could not do
 * it: Express answers 404 to what it does not know, and `ws` refuses every WebSocket that is not its own.
 * @param server - the app's server, or ours
 * @param router - asked first; what it passes goes on as if we were not there
 * @returns a function that takes it away again
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
    // Node asks for upgrades only where somebody listens for them; if nobody but us does, nobody will answer.
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
 * The last word on a server of our own: there is nothing here.
 * @param _request - the request
 * @param response - its answer
 */
export function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
    sendNotFound(response);
}
