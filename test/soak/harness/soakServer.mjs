// Server for the soak test: test/server/runner.mjs, which here also reports the resources of its process. Requires `--expose-gc`.
import { createHook } from "node:async_hooks";
import { matchMaker } from "@colyseus/core";

// Ids of all timers, including unref'ed ones, which `getActiveResourcesInfo` omits.
const timers = new Set();
createHook({
    init(id, type) {
        if (type === "Timeout") {
            timers.add(id);
        }
    },
    destroy(id) {
        timers.delete(id);
    },
}).enable();

process.on("message", (message) => {
    if (message !== "resources") {
        return;
    }
    globalThis.gc();
    globalThis.gc();
    // By then, the collected timers have been removed from `timers`.
    setImmediate(() => {
        const { heapUsed, rss } = process.memoryUsage();
        const { roomCount, ccu } = matchMaker.stats.local;
        const active = process.getActiveResourcesInfo().filter((type) => !["Immediate", "Timeout"].includes(type));
        process.send?.({
            resources: {
                heapMiB: heapUsed / 1_048_576,
                rssMiB: rss / 1_048_576,
                timers: timers.size,
                active: active.length,
                rooms: roomCount,
                clients: ccu,
            },
        });
    });
});

await import("../../server/runner.mjs");
