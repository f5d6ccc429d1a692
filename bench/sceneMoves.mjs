// Gaps in a continuous tone during a move to another scene, as heard by the moving member and by the other member.
import { withPageAsync } from "./browser.mjs";
import { startOurServerAsync } from "./servers.mjs";

/** Target for the longest gap. */
const aim = { text: "≤ 60 ms", reached: ({ ours }) => ours <= 60 };

/** Longest gap over `moves` moves, for each member. The baseline is the longest gap over as many intervals without a move. */
export async function sceneMovesAsync(run, moves = 20) {
    const server = await startOurServerAsync();
    const still = [[], []];
    const moving = [[], []];
    try {
        await withPageAsync(run, (mover) =>
            withPageAsync(run, async (other) => {
                const pages = [mover, other];
                const names = ["Mover", "Other"];
                for (const [i, page] of pages.entries()) {
                    const who = [server.url, "scenes", names[i], names[1 - i]];
                    await page.evaluate((args) => globalThis.bench.sceneMover.joinAsync(...args), who);
                }
                const gapsAsync = async (act) => {
                    await Promise.all(pages.map((page) => page.evaluate(() => globalThis.bench.sceneMover.recordAsync())));
                    await act();
                    return Promise.all(pages.map((page) => page.evaluate(() => globalThis.bench.sceneMover.gapMsAsync())));
                };
                for (let move = 0; move < moves; move++) {
                    (await gapsAsync(async () => undefined)).forEach((gap, end) => still[end].push(gap));
                    const moveAsync = () => mover.evaluate(() => globalThis.bench.sceneMover.moveAsync());
                    (await gapsAsync(moveAsync)).forEach((gap, end) => moving[end].push(gap));
                }
            }),
        );
    } finally {
        await server.close();
    }
    return ["heard by who moves", "heard by the other"].map((what, end) => ({
        figure: `move to another scene, longest gap of ${moves}, ${what}`,
        unit: "ms",
        ours: Math.max(...moving[end]),
        baseline: Math.max(...still[end]),
        against: "without a move",
        aim,
    }));
}
