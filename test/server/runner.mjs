// A process that is nothing but a server: the harness starts it with options as JSON.
import { createRtcServer } from "../../server/dist/server/src/index.js";

const onEvent = process.argv[3] === "events" ? { onEvent: (event) => process.send?.({ event }) } : {};
const server = await createRtcServer({ ...JSON.parse(process.argv[2] ?? "{}"), ...onEvent });
process.on("message", (message) => {
    if (message === "memory") {
        globalThis.gc?.();
        process.send?.({ memory: process.memoryUsage().rss / 1024 / 1024 });
    }
    if (message === "closeOnly") {
        process.removeAllListeners("disconnect");
        void server.closeAsync().then(() => process.disconnect());
    }
});
const stop = () => void server.closeAsync().then(() => process.exit(0));
process.once("SIGTERM", stop);
// The tests are gone: nobody else would end it.
process.once("disconnect", stop);
process.send?.({ url: server.url });
