import { bentSamplesAsync, modifiable } from "../harness/modified";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const hz = 650;
/** Pitch in Hz and length in milliseconds of the start of a burst. */
const first = { hz: 1_500, ms: 20 };
const burstMs = 200;
/** Number of bursts to measure, and maximum number of attempts: a busy machine plays some faster or slower than they were sent. */
const [wanted, tries] = [3, 40];

type Way = "open" | "pushToTalk" | "voiceActivity";

/** Measurements of a burst at the receiver. */
interface IBurst {
    readonly energy: number;
    readonly first: number;
}

/**
 * The beginning of a word, from a microphone to another person's ears. The codec's discontinuous transmission (DTX) is off: with DTX on a busy
 * machine, Chromium (156) loses up to 20 ms of the first sound after silence, with or without a gate.
 */
describe("The beginning of a word", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let open: IBurst;

    const setWayAsync = (mode: Way): Promise<void> =>
        bob.page.evaluate((way) => {
            const { microphone } = globalThis.lab.here.plugin.rtc;
            microphone.talking = false;
            microphone.mode = way;
        }, mode);
    /** Waits until the gate is closed. Then the gate exists, and has ended the previous burst. */
    const closedAsync = (): Promise<void> =>
        bob.page.evaluate(
            () =>
                new Promise<void>((resolve) => {
                    const subscription = globalThis.lab.here.plugin.rtc.microphone.open$.subscribe((isOpen) => {
                        if (!isOpen) {
                            queueMicrotask(() => subscription.unsubscribe());
                            resolve();
                        }
                    });
                }),
        );
    const burstAsync = async (way: Way): Promise<IBurst> => {
        if (way !== "open") {
            await closedAsync();
        }
        await alice.page.evaluate(async () => {
            const { lab } = globalThis;
            lab.recorder = await lab.Recorder.StartAsync(lab.here.world.audio);
        });
        await bob.page.evaluate(
            ([ms, begin, isPushed]) => {
                const { here } = globalThis.lab;
                // The talk button and the burst start together.
                if (isPushed) {
                    here.plugin.rtc.microphone.talking = true;
                }
                here.tone?.burst(0.5, ms, begin);
            },
            [burstMs, first, way === "pushToTalk"] as const,
        );
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await alice.untilLevel({ ear: "both", below: 0.002 });
        if (way === "pushToTalk") {
            await setWayAsync(way);
        }
        return alice.page.evaluate((marker) => {
            const { recorder, measure } = globalThis.lab;
            const samples = recorder?.stop() ?? new Float32Array();
            const rate = recorder?.sampleRate ?? NaN;
            const loudest = samples.reduce((max, sample) => Math.max(max, Math.abs(sample)), 0);
            const onset = samples.findIndex((sample) => Math.abs(sample) > 0.1 * loudest);
            const length = Math.round((rate * marker.ms) / 1_000);
            // The codec smears the onset, so the window with the greatest amplitude counts.
            let first = 0;
            for (let begin = Math.max(0, onset - length); begin < onset + length; begin += 32) {
                first = Math.max(first, measure.amplitudeAt(samples.subarray(begin, begin + length), rate, marker.hz));
            }
            return { energy: measure.energyOf(samples, rate), first };
        }, first);
    };
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
    /** The medians of the bursts that were played as sent. */
    const burstsAsync = async (way: Way): Promise<IBurst> => {
        const bursts: IBurst[] = [];
        for (let i = 0; i < tries && bursts.length < wanted; i++) {
            const before = await bentSamplesAsync(alice);
            const burst = await burstAsync(way);
            if ((await bentSamplesAsync(alice)) === before) {
                bursts.push(burst);
            }
        }
        expect(bursts).toHaveLength(wanted);
        return { energy: median(bursts.map(({ energy }) => energy)), first: median(bursts.map((burst) => burst.first)) };
    };

    beforeAll(async () => {
        suite = await startSuiteAsync();
        const person = { spatial: { panningModel: "equalpower" }, scenario: "highQualityCommunication", watch: modifiable } as const;
        alice = await suite.openAsync({ ...person, name: "Alice", voice: 440 });
        bob = await suite.openAsync({ ...person, name: "Bob", voice: hz });
        expect(await alice.join("bursts")).toBeNull();
        expect(await bob.join("bursts")).toBeNull();
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await bob.page.evaluate(() => {
            const { tone } = globalThis.lab.here;
            if (tone) {
                tone.amplitude = 0;
            }
        });
        await alice.untilLevel({ ear: "both", below: 0.002 });
        open = await burstsAsync("open");
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it.each(["pushToTalk", "voiceActivity"] as const)(
        "is transmitted with %s: 95 %% of a burst's energy arrives, including its first 20 ms",
        async (way) => {
            await setWayAsync(way);
            const gated = await burstsAsync(way);
            expect(gated.energy / open.energy).toBeGreaterThan(0.95);
            expect(gated.first / open.first).toBeGreaterThan(0.9);
        },
        120_000,
    );
});
