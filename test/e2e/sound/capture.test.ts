import type { PersonPage } from "../harness/personPage";
import { processToToneAsync } from "../harness/sharedChecks";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
const hz = 650;

/** Capture settings and processors, measured by the sound that arrives. */
describe("Capture", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    /** Amplitude of Bob's voice at Alice's left ear, with Bob's capture settings unchanged. */
    let asCaptured: number;

    const heardAsync = async (): Promise<number> => (await alice.steadyTone(hz)).left;
    /**
     * The steady level after Bob's change has arrived, relative to `asCaptured`, like the bounds. The bounds exclude the level before the change.
     */
    const shareAsync = async (above: number, below: number): Promise<number> =>
        (await alice.steadyTone(hz, { above: above * asCaptured, below: below * asCaptured })).left / asCaptured;
    const setAsync = (change: { volume?: number; monitorVolume?: number }): Promise<void> =>
        bob.page.evaluate((each) => void Object.assign(globalThis.lab.here.plugin.rtc.microphone, each), change);

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: hz, spatial });
        expect(await alice.join("capture")).toBeNull();
        expect(await bob.join("capture")).toBeNull();
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        asCaptured = await heardAsync();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("volume 0–400 %, 100 = as captured: 25 % is a quarter, 0 is silence, 400 % is four times", async () => {
        await setAsync({ volume: 0.25 });
        const quarter = await shareAsync(0.15, 0.4);
        expect(quarter).toBeGreaterThan(0.22);
        expect(quarter).toBeLessThan(0.28);
        await setAsync({ volume: 0 });
        await alice.untilLevel({ ear: "both", hz, below: 0.001 });
        await setAsync({ volume: 1 });
        await alice.untilLevel({ ear: "left", hz, above: asCaptured * 0.9 });
        // A fifth of the level, times four.
        await bob.page.evaluate(() =>
            globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync((context) => {
                const fifth = new GainNode(context, { gain: 0.2 });
                return { input: fifth, output: fifth };
            }),
        );
        await setAsync({ volume: 4 });
        const fourFifths = await shareAsync(0.65, 0.95);
        expect(fourFifths).toBeGreaterThan(0.72);
        expect(fourFifths).toBeLessThan(0.88);
        expect(
            await bob.page.evaluate(() => {
                try {
                    globalThis.lab.here.plugin.rtc.microphone.volume = 4.1;
                    return "taken";
                } catch (error) {
                    return (error as { code?: string }).code;
                }
            }),
        ).toBe("invalidArgument");
        await setAsync({ volume: 1 });
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync(null));
        await alice.untilLevel({ ear: "left", hz, above: asCaptured * 0.9 });
    });

    it("local processor: the app's own function over captured frames", async () => {
        await processToToneAsync(bob.page);
        await alice.untilLevel({ ear: "both", hz: 1_000, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz, below: 0.005 });
        // The processor's output is silent as well while muted.
        await bob.set({ muted: true });
        await alice.untilLevel({ ear: "both", below: 0.001 });
        await bob.set({ muted: false });
        await alice.untilLevel({ ear: "both", hz: 1_000, above: 0.05 });
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync(null));
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: 1_000, below: 0.005 });
    });

    it("local processor: rejects a processor that cannot be created, and keeps sending the voice", async () => {
        const code = await bob.page.evaluate(() =>
            globalThis.lab.here.plugin.rtc.microphone
                .setProcessorAsync(() => Promise.reject(new Error("no such filter")))
                .then(
                    () => "made",
                    (error: unknown) => (error as { code?: string }).code,
                ),
        );
        expect(code).toBe("unknown");
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
    });

    it("high-pass: attenuates like a second-order Butterworth filter", async () => {
        const gain = 1 / Math.sqrt(1 + (500 / hz) ** 4);
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessingAsync({ highPassHz: 500 }));
        const filtered = await shareAsync(gain - 0.15, gain + 0.06);
        expect(filtered).toBeGreaterThan(gain - 0.04);
        expect(filtered).toBeLessThan(gain + 0.04);
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessingAsync({ highPassHz: 0 }));
        await alice.untilLevel({ ear: "left", hz, above: asCaptured * 0.95 });
    });

    it("suppressor: is applied besides the app's processor, and stays set when its replacement cannot be created", async () => {
        const seen = await bob.page.evaluate(async () => {
            const { microphone } = globalThis.lab.here.plugin.rtc;
            const order: string[] = [];
            const half = (name: string) => (context: AudioContext) => {
                order.push(name);
                const node = new GainNode(context, { gain: 0.5 });
                return { input: node, output: node, dispose: () => order.push(`${name} gone`) };
            };
            await microphone.setProcessorAsync(half("processor"));
            await microphone.setSuppressorAsync(half("suppressor"));
            const failed = await microphone
                .setSuppressorAsync(() => Promise.reject(new Error("no such model")))
                .then(
                    () => "made",
                    (error: unknown) => (error as { code?: string }).code,
                );
            return { order, failed, stands: microphone.suppressor !== null };
        });
        expect(seen).toEqual({ order: ["processor", "suppressor"], failed: "unknown", stands: true });
        await alice.untilLevel({ ear: "left", hz, below: asCaptured * 0.3, above: asCaptured * 0.2 });
        await bob.page.evaluate(async () => {
            const { microphone } = globalThis.lab.here.plugin.rtc;
            await microphone.setSuppressorAsync(null);
            await microphone.setProcessorAsync(null);
        });
        await alice.untilLevel({ ear: "left", hz, above: asCaptured * 0.95 });
    });

    it("ear monitor: hear yourself, own volume 0–400 %", async () => {
        await bob.untilLevel({ ear: "both", hz, below: 0.001 });
        await setAsync({ monitorVolume: 1 });
        await bob.untilLevel({ ear: "both", hz, above: 0.2 });
        const once = (await bob.steadyTone(hz)).left;
        await setAsync({ monitorVolume: 0.25 });
        await bob.untilLevel({ ear: "left", hz, below: once * 0.3, above: once * 0.2 });
        await setAsync({ monitorVolume: 0 });
        await bob.untilLevel({ ear: "both", hz, below: 0.001 });
        // The others heard no difference.
        expect((await heardAsync()) / asCaptured).toBeGreaterThan(0.9);
    });

    it("ends the microphone's track when the member leaves the room", async () => {
        const track = await bob.page.evaluateHandle(
            () =>
                new Promise<MediaStreamTrack | null>((resolve) => {
                    globalThis.lab.here.plugin.rtc.microphone.track$.subscribe(resolve).unsubscribe();
                }),
        );
        expect(await track.evaluate((each) => each?.readyState)).toBe("live");
        await bob.leave();
        expect(await track.evaluate((each) => each?.readyState)).toBe("ended");
    });
});
