import { parseArgs } from "node:util";
import { startBotsAsync } from "./startBots.js";

const usage = `Sends headless members into a room of a babylon-rtc-server.

  --server <url>    address of the server   (default: http://localhost:9000)
  --room <name>     name of the room        (default: lobby)
  --count <number>  number of bots          (default: 2)
  --help            print this text`;

const { values } = parseArgs({
    options: {
        server: { type: "string", default: "http://localhost:9000" },
        room: { type: "string", default: "lobby" },
        count: { type: "string", default: "2" },
        help: { type: "boolean", default: false },
    },
});

if (values.help) {
    console.log(usage);
} else {
    const stop = new AbortController();
    const { server, room } = values;
    process.once("SIGINT", () => stop.abort(new Error("stopped")));
    process.once("SIGTERM", () => stop.abort(new Error("stopped")));
    try {
        const bots = await startBotsAsync({ server, room, count: Number(values.count), signal: stop.signal, log: console.log });
        if (!stop.signal.aborted) {
            await new Promise((resolve) => stop.signal.addEventListener("abort", resolve, { once: true }));
        }
        await bots.closeAsync();
    } catch (error) {
        if (!stop.signal.aborted) {
            console.error(error instanceof Error ? error.message : error);
            process.exitCode = 1;
        }
    }
}
