// A process that runs only a server. Arguments: the server's options as JSON, then `events` to send each event to the parent process, or `log` to log
// events and all levels.
import { matchMaker } from "@colyseus/core";
import { WebSocketServer } from "ws";
import { createLog, createRtcServer, eventLog } from "../../server/dist/server/src/index.js";

/** TCP socket of each WebSocket, with the URL of its upgrade request. */
const sockets = new Map();
const { handleUpgrade } = WebSocketServer.prototype;
WebSocketServer.prototype.handleUpgrade = function (request, socket, ...more) {
    sockets.set(socket, request.url);
    socket.once("close", () => sockets.delete(socket));
    return handleUpgrade.call(this, request, socket, ...more);
};

/** Purpose of a WebSocket: `signalling`, or the type of its room. */
function useOf(url) {
    const path = url.split("?", 1)[0];
    return path.includes("/signal/") ? "signalling" : matchMaker.getLocalRoomById(path.split("/").at(-1))?.roomName;
}

const log = createLog({ level: "debug", format: "json" });
const reports = { events: { onEvent: (event) => process.send?.({ event }) }, log: { log, onEvent: eventLog(log) } };
const server = await createRtcServer({ ...JSON.parse(process.argv[2] ?? "{}"), ...reports[process.argv[3]] });
process.on("message", (message) => {
    if (message === "memory") {
        globalThis.gc?.();
        process.send?.({ memory: process.memoryUsage().rss / 1024 / 1024 });
    }
    if (message === "heap") {
        globalThis.gc?.();
        const { heapUsed, external } = process.memoryUsage();
        process.send?.({ heap: (heapUsed + external) / 1024 / 1024 });
    }
    if (message?.cut) {
        // Like a lost network: without a close frame.
        [...sockets].filter(([, url]) => useOf(url) === message.cut).forEach(([socket]) => socket.destroy());
        process.send?.({ cut: true });
    }
    if (message === "closeOnly") {
        process.removeAllListeners("disconnect");
        void server.closeAsync().then(() => process.disconnect());
    }
});
const stop = () => void server.closeAsync().then(() => process.exit(0));
process.once("SIGTERM", stop);
// The test process is gone, so nothing else would stop the server.
process.once("disconnect", stop);
process.send?.({ url: server.url, metricsUrl: server.metricsUrl });
