// The figures: each measures ours and its baseline in the same run. None of them knows how it will be printed.
import { withPageAsync } from "./browser.mjs";
import { startBareServerAsync, startOurServerAsync } from "./servers.mjs";
import { bundleSizesAsync } from "./sizes.mjs";
import { median } from "./statistics.mjs";
import { audioThreads, canReadThreads, rendererIdsAsync } from "./threads.mjs";

/** A ratio to the baseline that shall not be passed. */
const atMost = (limit) => ({ text: `≤ ${limit} ×`, reached: ({ ours, baseline }) => ours <= limit * baseline });

/** Times of `rounds` joins and as many bare calls, by turns. A page each time: the first call of a page is the slow one, for both. */
async function roundsAsync(run, ours, bare, panningModel, rounds) {
    const joins = [];
    const calls = [];
    await withPageAsync(run, async (hummer) => {
        await hummer.evaluate((args) => globalThis.bench.humAsync(...args), [ours.url, panningModel, panningModel]);
        await hummer.evaluate((args) => globalThis.bench.listenAsync(...args), [bare.port, panningModel]);
        for (let round = 0; round < rounds; round++) {
            const join = [ours.url, panningModel, `Joiner ${round}`, panningModel];
            joins.push(await withPageAsync(run, (page) => page.evaluate((args) => globalThis.bench.firstSoundAsync(...args), join)));
            const call = [bare.port, `${panningModel}${round}`, panningModel];
            calls.push(await withPageAsync(run, (page) => page.evaluate((args) => globalThis.bench.bareFirstSoundAsync(...args), call)));
        }
    });
    return { joins, calls };
}

/** Time to first sound, beside a bare PeerJS call. */
export async function firstSoundAsync(run, rounds = 7) {
    const ours = await startOurServerAsync();
    const bare = await startBareServerAsync();
    let plain;
    let hrtf;
    try {
        plain = await roundsAsync(run, ours, bare, "equalpower", rounds);
        hrtf = await roundsAsync(run, ours, bare, "HRTF", rounds);
    } finally {
        await Promise.all([ours.close(), bare.close()]);
    }
    const { joins, calls } = plain;
    const figure = (text, key, more = {}) => ({ figure: text, unit: "ms", ours: median(joins.map((each) => each[key])), ...more });
    const beside = (text, key, more = {}) =>
        figure(text, key, { baseline: median(calls.map((each) => each[key])), against: "bare PeerJS call", ...more });
    return [
        beside("first sound, from `new Peer`, equalpower", "all", { aim: atMost(1.5) }),
        beside("  of it: signalling", "signalling"),
        beside("  of it: connecting (offer, answer, ICE, DTLS)", "connecting"),
        beside("  of it: until the sound is there", "sounding"),
        figure("  before it: entering the room (HTTP and socket)", "room"),
        figure("  before it: token", "token"),
        figure("  before it: entering the RTC room (HTTP and socket)", "rtcRoom"),
        figure("  all together, from `joinAsync`", "join"),
        {
            figure: "first sound, from `new Peer`, HRTF",
            unit: "ms",
            ours: median(hrtf.joins.map(({ all }) => all)),
            baseline: median(hrtf.calls.map(({ all }) => all)),
            against: "bare PeerJS call",
        },
    ];
}

/** How much later a voice is heard than the raw stream. */
export async function delayAsync(run, bursts = 15) {
    const figures = [];
    for (const panningModel of ["equalpower", "HRTF"]) {
        const delays = await withPageAsync(run, (page) =>
            page.evaluate(([model, count]) => globalThis.bench.delaysAsync(model, count), [panningModel, bursts]),
        );
        const raw = median(delays.map((delay) => delay.raw));
        const added = median(delays.map((delay) => delay.added));
        figures.push(
            { figure: `mouth to ear, ${panningModel}`, unit: "ms", ours: raw + added, baseline: raw, against: "raw remote stream" },
            { figure: "  added by us", unit: "ms", ours: added },
        );
    }
    return figures;
}

/** Main-thread time per frame of 32 voices, beside Babylon's own attachment. */
export async function framesAsync(run, frames = 240) {
    const figures = [];
    for (const moving of ["still", "moving"]) {
        const times = {};
        for (const kind of ["ours", "babylon"]) {
            times[kind] = await withPageAsync(run, async (page) => {
                await page.evaluate(() => globalThis.bench.connectAsync());
                return page.evaluate((options) => globalThis.bench.frameTimesAsync(...options), [kind, moving, frames]);
            });
        }
        figures.push({
            figure: `main thread per frame, 32 voices, ${moving === "still" ? "standing still" : "all moving"}`,
            unit: "ms",
            ours: median(times.ours),
            baseline: median(times.babylon),
            against: "spatial.attach(mesh)",
            aim: atMost(1),
        });
    }
    return figures;
}

/** CPU of the audio thread, in percent of a core: 32 HRTF voices standing still and out of reach, beside Babylon's own attachment and no voices. */
export async function audioThreadAsync(run, seconds = 6) {
    const still = {
        figure: "audio thread, 32 HRTF voices standing still",
        unit: "% of a core",
        against: "spatial.attach(mesh)",
        aim: atMost(0.4),
    };
    const beyond = {
        figure: "audio thread, 32 voices beyond their maximum distance",
        unit: "% of a core",
        against: "no voices",
        aim: { text: "no voices + 1", reached: ({ ours, baseline }) => ours <= baseline + 1 },
    };
    if (!canReadThreads) {
        return [still, beyond];
    }
    const none = await crowdShareAsync(run, "none", seconds);
    const ours = await crowdShareAsync(run, "ours", seconds);
    const babylon = await crowdShareAsync(run, "babylon", seconds);
    return [
        { ...still, ours: ours.near, baseline: babylon.near },
        {
            figure: "  the same, less what no voices take",
            unit: still.unit,
            ours: ours.near - none.near,
            baseline: babylon.near - none.near,
            against: still.against,
        },
        { ...beyond, ours: ours.far, baseline: none.near },
        { figure: "  the same, Babylon's", unit: still.unit, ours: null, baseline: babylon.far, against: still.against },
    ];
}

async function crowdShareAsync(run, kind, seconds) {
    return withPageAsync(run, async (page) => {
        await page.evaluate(() => globalThis.bench.connectAsync());
        const processIds = await rendererIdsAsync(run.browser);
        // The thread that plays the call is there already; what comes with the crowd is the crowd's.
        const known = new Set(audioThreads(processIds).map(({ thread }) => thread));
        await page.evaluate((which) => globalThis.bench.crowdAsync(which), kind);
        const near = await shareAsync(page, processIds, known, seconds);
        await page.evaluate(() => globalThis.bench.crowd.place(60, 0));
        const far = await shareAsync(page, processIds, known, seconds);
        return { near, far };
    });
}

/** Percent of a core per second of sound, so that a machine that cannot keep up does not look thrifty. */
async function shareAsync(page, processIds, known, seconds) {
    const readAsync = async () => ({
        sound: await page.evaluate(() => globalThis.bench.crowd.soundSeconds),
        cpu: audioThreads(processIds)
            .filter(({ thread }) => !known.has(thread))
            .reduce((sum, thread) => sum + thread.seconds, 0),
    });
    // Fades, ramps and the first blocks pass.
    await page.waitForTimeout(1_500);
    const begin = await readAsync();
    await page.waitForTimeout(seconds * 1_000);
    const end = await readAsync();
    if (!(end.cpu > begin.cpu)) {
        throw new Error("found no audio thread that works; has Chromium given it another name? See bench/threads.mjs.");
    }
    return (100 * (end.cpu - begin.cpu)) / (end.sound - begin.sound);
}

/** Size of the browser entry, minified and gzipped, peers left out. */
export async function sizeAsync() {
    const { entry, onDemand, whole } = await bundleSizesAsync();
    const kib = (bytes) => bytes / 1024;
    return [
        {
            figure: "browser entry (minified, gzipped, without peers)",
            unit: "KiB",
            ours: kib(entry),
            baseline: kib(whole),
            against: "all in one file",
            aim: { text: "≤ 25 KiB", reached: ({ ours }) => ours <= 25 },
        },
        ...onDemand.map(({ name, bytes }) => ({ figure: `  loaded on demand: ${name}`, unit: "KiB", ours: kib(bytes) })),
    ];
}
