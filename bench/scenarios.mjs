// Measures the cost of each scenario and profile for docs/scenarios.md: in Chromium, in a real call, with a synthetic signal that is as hard to
// encode as speech.
import { withPageAsync } from "./browser.mjs";
import { median } from "./statistics.mjs";

/** Each scenario with the default profile, then each other profile with the default scenario. */
const pairs = [
    ...["gameStreaming", "communication", "highQualityCommunication", "media", "music"].map((scenario) => [scenario, "game"]),
    ...["communication", "liveBroadcasting", "cloudGame", "lowLatency"].map((profile) => ["gameStreaming", profile]),
];

/** Bitrates, packet rate and mouth-to-ear delay of each pair. */
export async function scenariosAsync(run, bursts = 11, seconds = 3) {
    const figures = [];
    for (const [scenario, profile] of pairs) {
        const measured = await withPageAsync(run, (page) =>
            page.evaluate((args) => globalThis.bench.scenarioAsync(...args), [scenario, profile, bursts, seconds]),
        );
        const name = `${scenario}, ${profile}`;
        figures.push(
            { figure: `${name}: speech`, unit: "kbit/s", ours: measured.speech.kbps },
            { figure: "  packets", unit: "1/s", ours: measured.speech.packetsPerSecond },
            { figure: "  silence", unit: "kbit/s", ours: measured.silence.kbps },
            { figure: "  mouth to ear", unit: "ms", ours: median(measured.delays.map(({ raw, added }) => raw + added)) },
        );
    }
    return figures;
}
