// `node bench/joinTimeline.mjs`: prints what happens between `joinAsync` and the first sound, for finding out what a join waits for. Times start at the
// request to enter the room. Of several joins, the one with the median duration is printed. Argument: the number of joins. Default: 7.
import { launchAsync, withPageAsync } from "./browser.mjs";
import { buildPageAsync } from "./build.mjs";
import { servePagesAsync, startOurServerAsync } from "./servers.mjs";

const rounds = Number(process.argv[2] ?? 7);
const pages = await servePagesAsync(await buildPageAsync());
const [browser, server] = await Promise.all([launchAsync(), startOurServerAsync()]);
const run = { browser, url: pages.url };
const timelines = [];
try {
    await withPageAsync(run, async (hummer) => {
        await hummer.evaluate((url) => globalThis.bench.humAsync(url, "timeline", "equalpower"), server.url);
        for (let round = 0; round < rounds; round++) {
            const join = [server.url, "timeline", `Joiner ${round}`];
            timelines.push(await withPageAsync(run, (page) => page.evaluate((args) => globalThis.bench.joinTimelineAsync(...args), join)));
        }
    });
} finally {
    await Promise.all([server.close(), browser.close(), pages.close()]);
}
const sorted = timelines.toSorted((a, b) => a.join - b.join);
console.log(`joins: ${sorted.map(({ join }) => join.toFixed(0)).join(", ")} ms`);
for (const [at, what] of sorted[Math.floor(rounds / 2)].events) {
    console.log(`${at.toFixed(0).padStart(6)} ms  ${what}`);
}
