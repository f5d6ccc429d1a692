// Measurements of the bench page and of the bundle size. Each measures this library and its baseline in the same run. The further measurements are
// in joins.mjs, scenarios.mjs and sceneMoves.mjs; table.mjs formats all of them.
import { withPageAsync } from "./browser.mjs";
import { startBareServerAsync, startOurServerAsync } from "./servers.mjs";
import { bundleSizesAsync } from "./sizes.mjs";
import { atMost, median } from "./statistics.mjs";
import { audioThreads, canReadThreads, rendererIdsAsync } from "./threads.mjs";

/** Times `rounds` joins and as many bare calls, alternating. Each uses a new page, because the first call of a page is slower than later ones. */
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

/** Time to first sound, compared with a bare PeerJS call. */
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
        beside("first sound, from `new Peer` or the room, equalpower", "all", { aim: atMost(1.5) }),
        beside("  of it: signalling", "signalling"),
        beside("  of it: connecting (offer, answer, ICE, DTLS)", "connecting"),
        beside("  of it: until the sound is there", "sounding"),
        figure("  before it: entering the room (HTTP and socket)", "room"),
        figure("  before it: from the room until PeerJS begins", "rtcRoom"),
        {
            figure: "  all together, from `joinAsync`",
            unit: "ms",
            ours: median(joins.map(({ join }) => join)),
            baseline: median(calls.map(({ all }) => all)),
            against: "bare PeerJS call",
            aim: atMost(1.6),
        },
        {
            figure: "first sound, from `new Peer` or the room, HRTF",
            unit: "ms",
            ours: median(hrtf.joins.map(({ all }) => all)),
            baseline: median(hrtf.calls.map(({ all }) => all)),
            against: "bare PeerJS call",
        },
    ];
}

/** Delay of a voice, compared with the raw remote stream. */
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

/**
 * Main-thread time per frame for 32 voices, compared with Babylon's `spatial.attach`, and for walking voices also with three.js. Medians of
 * alternating rounds.
 */
export async function framesAsync(run, frames = 180, rounds = 3) {
    const pairs = ["still", "turning", "walking"].flatMap((move) => ["ours", "babylon"].map((kind) => [kind, move]));
    pairs.push(["three", "walking"]);
    const times = pairs.map(() => []);
    for (let round = 0; round < rounds; round++) {
        for (const [index, pair] of pairs.entries()) {
            const measured = await withPageAsync(run, async (page) => {
                await page.evaluate(() => globalThis.bench.connectAsync());
                return page.evaluate((options) => globalThis.bench.frameTimesAsync(...options), [...pair, frames]);
            });
            times[index].push(median(measured));
        }
    }
    const [still, stillBabylon, turning, turningBabylon, walking, walkingBabylon, three] = times.map(median);
    const figure = (how, ours, baseline) => ({
        figure: `main thread per frame, 32 voices, ${how}`,
        unit: "ms",
        ours,
        baseline,
        against: "spatial.attach(mesh)",
        aim: atMost(1),
    });
    return [
        figure("standing still", still, stillBabylon),
        figure("all moving", turning, turningBabylon),
        figure("walking", walking, walkingBabylon),
        {
            ...figure("walking", walking, three),
            figure: "  the same, beside three.js",
            against: "three.js PositionalAudio",
            aim: atMost(0.5),
        },
    ];
}

/** Bytes that 32 voices allocate per frame, minus those that a page without voices allocates. */
export async function garbageAsync(run, seconds = 2, rounds = 3) {
    const bytes = { none: [], ours: [], babylon: [], three: [] };
    for (let round = 0; round < rounds; round++) {
        for (const kind of Object.keys(bytes)) {
            bytes[kind].push(await withPageAsync(run, (page) => bytesPerFrameAsync(page, kind, seconds)));
        }
    }
    const net = (kind) => median(bytes[kind]) - median(bytes.none);
    const figure = { figure: "allocated per frame, 32 voices walking", unit: "B", ours: net("ours") };
    return [
        {
            ...figure,
            baseline: net("babylon"),
            against: "spatial.attach(mesh)",
            aim: { text: "≤ 500 B", reached: ({ ours }) => ours <= 500 },
        },
        { ...figure, figure: "  the same, beside three.js", baseline: net("three"), against: "three.js PositionalAudio" },
    ];
}

async function bytesPerFrameAsync(page, kind, seconds) {
    await page.evaluate(() => globalThis.bench.connectAsync());
    await page.evaluate((which) => globalThis.bench.crowdAsync(which), kind);
    await page.evaluate(() => globalThis.bench.move("walking"));
    const session = await page.context().newCDPSession(page);
    await page.evaluate(() => globalThis.bench.warmUp());
    await page.waitForTimeout(2_000);
    const readAsync = async () => ({
        bytes: (await session.send("Runtime.getHeapUsage")).usedSize,
        frames: await page.evaluate(() => globalThis.bench.frames),
    });
    const shares = [];
    // A garbage collection within an interval makes its difference useless. The median of five intervals ignores such outliers.
    for (let i = 0; i < 5; i++) {
        const begin = await readAsync();
        await page.waitForTimeout((1_000 * seconds) / 5);
        const end = await readAsync();
        shares.push((end.bytes - begin.bytes) / (end.frames - begin.frames));
    }
    return median(shares);
}

/**
 * CPU of the audio thread, in percent of a core, for 32 HRTF voices standing still, walking and beyond their maximum distance, compared with
 * Babylon's `spatial.attach` and with no voices. The figures "less what their sources take" subtract the cost of the bare sources from both
 * sides. Medians of alternating rounds. The figures are empty if the system does not report CPU time per thread.
 */
export async function audioThreadAsync(run, seconds = 3, rounds = 5) {
    const unit = "% of a core";
    const still = { figure: "audio thread, 32 HRTF voices standing still", unit, against: "spatial.attach(mesh)" };
    const walking = { ...still, figure: "audio thread, 32 HRTF voices walking" };
    const net = "  the same, less what their sources take";
    const beyond = {
        figure: "audio thread, 32 voices beyond their maximum distance",
        unit,
        against: "no voices",
        aim: { text: "no voices + 1", reached: ({ ours, baseline }) => ours <= baseline + 1 },
    };
    if (!canReadThreads) {
        return [still, walking, beyond];
    }
    const shares = { none: [], sources: [], ours: [], babylon: [] };
    for (let round = 0; round < rounds; round++) {
        for (const kind of Object.keys(shares)) {
            shares[kind].push(await crowdShareAsync(run, kind, seconds));
        }
    }
    const share = (kind, what) => median(shares[kind].map((each) => each[what]));
    const sources = share("sources", "near");
    const lessSources = (what) => ({ ours: share("ours", what) - sources, baseline: share("babylon", what) - sources });
    return [
        { ...still, ours: share("ours", "near"), baseline: share("babylon", "near") },
        { ...still, figure: net, ...lessSources("near"), aim: atMost(0.3) },
        { ...walking, ours: share("ours", "walking"), baseline: share("babylon", "walking") },
        { ...walking, figure: net, ...lessSources("walking"), aim: atMost(0.35) },
        { ...beyond, ours: share("ours", "far"), baseline: share("none", "near") },
        {
            ...beyond,
            figure: "  the same, Babylon's",
            ours: null,
            baseline: share("babylon", "far"),
            against: still.against,
            aim: undefined,
        },
    ];
}

async function crowdShareAsync(run, kind, seconds) {
    return withPageAsync(run, async (page) => {
        await page.evaluate(() => globalThis.bench.connectAsync());
        const processIds = await rendererIdsAsync(run.browser);
        // The thread that plays the call exists already. Threads that start later belong to the crowd.
        const known = new Set(audioThreads(processIds).map(({ thread }) => thread));
        await page.evaluate((which) => globalThis.bench.crowdAsync(which), kind);
        const near = await shareAsync(page, processIds, known, seconds);
        if (kind === "none" || kind === "sources") {
            return { near };
        }
        await page.evaluate(() => globalThis.bench.move("walking"));
        const walking = await shareAsync(page, processIds, known, seconds);
        await page.evaluate(() => globalThis.bench.move(null));
        await page.evaluate(() => globalThis.bench.crowd.place(60, 0));
        const far = await shareAsync(page, processIds, known, seconds);
        return { near, walking, far };
    });
}

/**
 * CPU of the crowd's audio threads, in percent of a core. Time is counted in rendered sound, so that a machine that cannot keep up does not appear to
 * use less CPU.
 */
async function shareAsync(page, processIds, known, seconds) {
    const readAsync = async () => ({
        sound: await page.evaluate(() => globalThis.bench.crowd.soundSeconds),
        cpu: audioThreads(processIds)
            .filter(({ thread }) => !known.has(thread))
            .reduce((sum, thread) => sum + thread.seconds, 0),
    });
    // Wait for fades, ramps and the first audio blocks to finish.
    await page.waitForTimeout(1_500);
    const begin = await readAsync();
    await page.waitForTimeout(seconds * 1_000);
    const end = await readAsync();
    if (!(end.cpu > begin.cpu)) {
        throw new Error("found no audio thread that works; has Chromium given it another name? See bench/threads.mjs.");
    }
    return (100 * (end.cpu - begin.cpu)) / (end.sound - begin.sound);
}

/** Sizes of the browser entry and of its chunks loaded on demand, minified and gzipped, without peer dependencies. */
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
