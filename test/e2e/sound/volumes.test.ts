import type { ILevels } from "babylon-rtc";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const pitch = { Alice: 440, Bob: 650, Carol: 930 } as const;
const spatial = { panningModel: "equalpower" } as const;

/** Private members of a voice, down to the output node of its sound source. */
interface IInsides {
    readonly spatial: { readonly _plain: { readonly source: { readonly _outNode: AudioNode } } | null } | null;
}

describe("Volumes and levels", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let carol: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        // Alice has a browser context of her own, since her choices are stored.
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial, ownContext: true });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        carol = await suite.openAsync({ name: "Carol", voice: pitch.Carol, spatial });
        for (const person of [alice, bob, carol]) {
            expect(await person.join("volumes")).toBeNull();
        }
        await heardAsync();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    async function heardAsync(): Promise<void> {
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05, timeoutMs: 10_000 });
        await alice.untilLevel({ ear: "both", hz: pitch.Carol, above: 0.05, timeoutMs: 10_000 });
    }
    const setVolume = (volume: number): Promise<void> =>
        alice.page.evaluate((value) => {
            globalThis.lab.here.plugin.rtc.volume = value;
        }, volume);
    const setVolumeOf = (name: string, volume: number): Promise<void> =>
        alice.page.evaluate(
            ([who, value]) => {
                const { here } = globalThis.lab;
                const voice = here.plugin.rtc.voiceOf(here.idOf(who));
                if (voice) {
                    voice.volume = value;
                }
            },
            [name, volume] as const,
        );

    it("playback volume for one user 0–400 %: changes only that user's voice", async () => {
        const before = { bob: (await alice.steadyTone(pitch.Bob)).left, carol: (await alice.steadyTone(pitch.Carol)).left };
        await setVolumeOf("Bob", 0.25);
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, below: 0.3 * before.bob });
        expect((await alice.steadyTone(pitch.Bob)).left).toBeCloseTo(0.25 * before.bob, 2);
        expect((await alice.steadyTone(pitch.Carol)).left).toBeCloseTo(before.carol, 2);
        await setVolumeOf("Bob", 1);
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.9 * before.bob });
    });

    it("playback volume for all 0–400 %: changes all voices, and no sound of the app", async () => {
        const before = { bob: (await alice.steadyTone(pitch.Bob)).left, carol: (await alice.steadyTone(pitch.Carol)).left };
        // A sound of the app, on the engine's own bus.
        await alice.page.evaluate(async () => {
            const { audio } = globalThis.lab.here.world;
            const { _audioContext: context } = audio as unknown as { readonly _audioContext: AudioContext };
            const oscillator = new OscillatorNode(context, { frequency: 1_500 });
            oscillator.start();
            await audio.createSoundSourceAsync("app", oscillator.connect(new GainNode(context, { gain: 0.1 })));
        });
        const app = (await alice.steadyTone(1_500)).left;
        await setVolume(0.5);
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, below: 0.6 * before.bob });
        expect((await alice.steadyTone(pitch.Bob)).left).toBeCloseTo(0.5 * before.bob, 2);
        expect((await alice.steadyTone(pitch.Carol)).left).toBeCloseTo(0.5 * before.carol, 2);
        expect((await alice.steadyTone(1_500)).left).toBeCloseTo(app, 3);
        await setVolume(1);
        await alice.page.evaluate(() => {
            [...globalThis.lab.here.world.audio.nodes].find(({ name }) => name === "app")?.dispose();
        });
        await heardAsync();
    });

    it("playback volume: the limiter changes the level of one voice at 100 % by less than 0.1 dB", async () => {
        await setVolumeOf("Carol", 0);
        await alice.untilLevel({ ear: "both", hz: pitch.Carol, below: 0.001 });
        const deviation = await alice.page.evaluate(async () => {
            const { here } = globalThis.lab;
            const voice = here.plugin.rtc.voiceOf(here.idOf("Bob")) as unknown as IInsides;
            const node = voice.spatial?._plain?.source._outNode;
            const out = (here.world.audio as unknown as { readonly mainOut: { readonly _inNode: AudioNode } }).mainOut._inNode;
            if (!node) {
                throw new Error("Bob's voice has no sound source.");
            }
            const [before, after] = [node, out].map((each) => {
                const analyser = new AnalyserNode(each.context, { fftSize: 8_192 });
                each.connect(analyser);
                return analyser;
            });
            await new Promise((resolve) => setTimeout(resolve, 600));
            const rms = (analyser: AnalyserNode | undefined): number => {
                const samples = new Float32Array(8_192);
                analyser?.getFloatTimeDomainData(samples);
                return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
            };
            const [level, passed] = [rms(before), rms(after)];
            if (before && after) {
                node.disconnect(before);
                out.disconnect(after);
            }
            return level > 0.05 ? 20 * Math.log10(passed / level) : NaN;
        });
        console.info(`one voice at 100 %: ${deviation.toFixed(4)} dB`);
        expect(Math.abs(deviation)).toBeLessThan(0.1);
        await setVolumeOf("Carol", 1);
        await heardAsync();
    });

    it("playback volume for all 400 %: the output of two voices is loud, and peaks at 0 dBFS or below", async () => {
        const peaking = alice.page.evaluate(() => globalThis.lab.here.ears.peakAsync(2_000));
        await setVolume(4);
        const whole = await peaking;
        const steady = await alice.page.evaluate(() => globalThis.lab.here.ears.peakAsync(1_000));
        console.info(
            `two voices at 400 %: peak ${(20 * Math.log10(steady)).toFixed(2)} dBFS, ${(20 * Math.log10(whole)).toFixed(2)} while turned up`,
        );
        expect(Math.max(whole, steady)).toBeLessThanOrEqual(1);
        expect(steady).toBeGreaterThan(0.6);
        await setVolume(1);
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, below: 0.5 });
    });

    it("ducking: lowers a bus of the app while a member speaks, and raises it after all are muted", async () => {
        await alice.page.evaluate(async () => {
            const { here, Ducking } = globalThis.lab;
            const { audio } = here.world;
            const { _audioContext: context } = audio as unknown as { readonly _audioContext: AudioContext };
            const bus = await audio.createBusAsync("music");
            const oscillator = new OscillatorNode(context, { frequency: 1_500 });
            oscillator.start();
            await audio.createSoundSourceAsync("music", oscillator.connect(new GainNode(context, { gain: 0.1 })), { outBus: bus });
            new Ducking(here.plugin.rtc, bus, { level: 0.25 });
        });
        await alice.until("report.speaking.includes('Bob') && report.speaking.includes('Carol')");
        const voice = (await alice.steadyTone(pitch.Bob)).left;
        const ducked = (await alice.steadyTone(1_500)).left;
        await bob.set({ muted: true });
        await carol.set({ muted: true });
        await alice.untilLevel({ ear: "both", hz: 1_500, above: 2 * ducked });
        expect((await alice.steadyTone(1_500)).left / ducked / 4).toBeCloseTo(1, 1);
        await bob.set({ muted: false });
        await carol.set({ muted: false });
        await alice.untilLevel({ ear: "both", hz: 1_500, below: 1.2 * ducked });
        expect((await alice.steadyTone(pitch.Bob)).left).toBeCloseTo(voice, 2);
        await alice.page.evaluate(() => {
            [...globalThis.lab.here.world.audio.nodes].filter(({ name }) => name === "music").forEach((node) => node.dispose());
        });
        await heardAsync();
    });

    it("levels: report every n ms: local level, each remote's level and the total, in dBFS and 0 to 1", async () => {
        const reports = await alice.page.evaluate(
            () =>
                new Promise<{ at: number; local: ILevels["local"]; total: ILevels["total"]; remotes: ILevels["local"][] }[]>((resolve) => {
                    const all: { at: number; local: ILevels["local"]; total: ILevels["total"]; remotes: ILevels["local"][] }[] = [];
                    const subscription = globalThis.lab.here.plugin.rtc
                        .levels$({ intervalMs: 200 })
                        .subscribe(({ local, total, remotes }) => {
                            all.push({ at: performance.now(), local, total, remotes: [...remotes.values()] });
                            if (all.length === 12) {
                                subscription.unsubscribe();
                                resolve(all);
                            }
                        });
                }),
        );
        const [first, last] = [reports[0], reports.at(-1)];
        // Twelve reports span eleven intervals of 200 ms. At least ten must pass: on a busy machine, the first report may be late, but none is early.
        expect((last?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(2_000);
        // Everybody hums a sine of amplitude 0.5: −9 dBFS.
        for (const level of [last?.local, ...(last?.remotes ?? [])]) {
            expect(level?.dbfs).toBeGreaterThan(-12);
            expect(level?.dbfs).toBeLessThan(-6);
            expect(level?.rms).toBeCloseTo(Math.pow(10, (level?.dbfs ?? 0) / 20), 6);
        }
        expect(last?.remotes).toHaveLength(2);
        expect(last?.total.rms).toBeCloseTo(Math.hypot(...(last?.remotes.map(({ rms }) => rms) ?? [])), 6);
    });

    it("silence and volume choices are kept in localStorage across a rejoin and a reload", async () => {
        await setVolumeOf("Bob", 0.5);
        await setVolume(2);
        await alice.set({ silence: "Carol" });
        await alice.leave();
        expect(await alice.join("volumes")).toBeNull();
        await alice.until("report.voices.Carol?.silenced === true && report.voices.Bob?.silenced === false");
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05, timeoutMs: 10_000 });
        await alice.untilLevel({ ear: "both", hz: pitch.Carol, below: 0.001 });
        const ids = await alice.page.evaluate(() => ["Bob", "Carol"].map((name) => globalThis.lab.here.idOf(name)));
        const kept = await alice.page.evaluate(() => localStorage.getItem("babylon-rtc.choices"));
        expect(JSON.parse(kept ?? "null")).toEqual({ silenced: [ids[1]], blocked: [], volumes: { [ids[0] ?? ""]: 0.5 }, volume: 2 });
        await alice.page.reload();
        const again = await alice.page.evaluate(
            async ([options, bobs]) => {
                await globalThis.lab.createAsync(options);
                const { here } = globalThis.lab;
                await here.joinAsync("volumes");
                return [here.plugin.rtc.volume, bobs] as const;
            },
            [{ server: suite.server.url, name: "Alice", voice: pitch.Alice, spatial }, ids[0]] as const,
        );
        expect(again[0]).toBe(2);
        await alice.until("report.voices.Carol?.silenced === true && report.voices.Bob?.silenced === false");
        expect(await alice.page.evaluate((id) => globalThis.lab.here.plugin.rtc.voiceOf(id)?.volume, ids[0] ?? "")).toBe(0.5);
    });
});
