import { bentSamplesAsync, modifiable } from "../harness/modified";
import type { PersonPage } from "../harness/personPage";
import { sentKbpsAsync } from "../harness/sharedChecks";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
const hz = 650;
/** Maximum level of a click above 5 kHz, relative to the hum: −54 dB. */
const noClick = 0.002;
/** Number of recordings that decide, and maximum number of attempts: a busy machine plays some faster or slower than they were sent. */
const [wanted, tries] = [3, 30];

type Way = "open" | "pushToTalk" | "pushToMute" | "voiceActivity";

/** Ways to talk, from a microphone to another person's ears. bursts.test.ts tests the beginning of a word. */
describe("Talk modes", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    const setWayAsync = (mode: Way, talking = false): Promise<void> =>
        bob.page.evaluate(
            ([way, held]) => {
                const { microphone } = globalThis.lab.here.plugin.rtc;
                microphone.talking = held;
                microphone.mode = way;
            },
            [mode, talking] as const,
        );
    const humAsync = (amplitude: number): Promise<void> =>
        bob.page.evaluate((each) => {
            const { tone } = globalThis.lab.here;
            if (tone) {
                tone.amplitude = each;
            }
        }, amplitude);
    const recordAsync = (): Promise<void> =>
        alice.page.evaluate(async () => {
            const { lab } = globalThis;
            lab.recorder = await lab.Recorder.StartAsync(lab.here.world.audio);
        });
    /** The loudest click above 5 kHz during an action, relative to the hum. */
    const clickAsync = async (act: () => Promise<unknown>): Promise<number> => {
        await recordAsync();
        await act();
        return alice.page.evaluate((amplitude) => {
            const { recorder, measure } = globalThis.lab;
            return measure.loudestClick(recorder?.stop() ?? new Float32Array(), recorder?.sampleRate ?? NaN, 5_000) / amplitude;
        }, hum);
    };
    const soundsAsync = (): Promise<unknown> => alice.steadyTone(hz);
    const silentAsync = (): Promise<unknown> => alice.untilLevel({ ear: "both", below: 0.002 });
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
    /** Numbers of recordings that the receiver changed: of actions, and of equally long pauses that begin once the sound has settled. */
    let bent: { actions: number; pauses: number };
    const isBentAsync = async (work: () => Promise<unknown>): Promise<boolean> => {
        const before = await bentSamplesAsync(alice);
        await work();
        return (await bentSamplesAsync(alice)) !== before;
    };
    /** Runs an action. Keeps its click only if the receiver played what was sent, since samples that a busy machine omits or inserts also click. */
    const tryAsync = async (clicks: number[], work: () => Promise<unknown>): Promise<void> => {
        const begin = performance.now();
        let click = NaN;
        if (!(await isBentAsync(async () => void (click = await clickAsync(work))))) {
            clicks.push(click);
            return;
        }
        const tookMs = performance.now() - begin;
        const pauseAsync = (): Promise<number> => clickAsync(() => alice.page.waitForTimeout(tookMs));
        bent.actions++;
        await pauseAsync();
        bent.pauses += (await isBentAsync(pauseAsync)) ? 1 : 0;
    };
    /** Repeats an action and its reversal until three recordings of each are as sent. Returns the median clicks. */
    const clicksAsync = async (act: () => Promise<unknown>, undo: () => Promise<unknown>): Promise<{ act: number; undo: number }> => {
        const clicks: { act: number[]; undo: number[] } = { act: [], undo: [] };
        for (let i = 0; i < tries && Math.min(clicks.act.length, clicks.undo.length) < wanted; i++) {
            await tryAsync(clicks.act, act);
            await tryAsync(clicks.undo, undo);
        }
        expect(Math.min(clicks.act.length, clicks.undo.length)).toBeGreaterThanOrEqual(wanted);
        return { act: median(clicks.act), undo: median(clicks.undo) };
    };
    let hum: number;

    beforeEach(() => {
        bent = { actions: 0, pauses: 0 };
    });

    afterEach(() => {
        // A busy machine changes recordings of actions and of pauses equally often.
        if (bent.actions > 3 + 3 * bent.pauses) {
            throw new Error(
                `The receiver changed ${bent.actions} recordings of actions, and only ${bent.pauses} of the pauses after them.`,
            );
        }
    });

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial, watch: modifiable });
        // Key events need a canvas.
        bob = await suite.openAsync({ name: "Bob", voice: hz, spatial, canvas: true });
        expect(await alice.join("talking")).toBeNull();
        expect(await bob.join("talking")).toBeNull();
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        hum = (await alice.steadyTone(hz)).left;
        await humAsync(0);
        await alice.untilLevel({ ear: "both", below: 0.002 });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("send at most 1 kbit/s during silence (voice activity) or while released (push to talk)", async () => {
        await setWayAsync("voiceActivity");
        const quiet = await sentKbpsAsync(bob.page);
        await humAsync(0.5);
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await setWayAsync("pushToTalk");
        await alice.untilLevel({ ear: "both", below: 0.002 });
        const closed = await sentKbpsAsync(bob.page);
        expect(quiet).toBeLessThanOrEqual(1);
        expect(closed).toBeLessThanOrEqual(1);
    });

    it("send only while a key is held (push to talk), or only while it is not held (push to mute)", async () => {
        await setWayAsync("pushToTalk");
        await bob.page.evaluate(() => {
            const { here, keyHeld$ } = globalThis.lab;
            here.world.scene.attachControl();
            here.plugin.rtc.microphone.talkWhile(keyHeld$(here.world.scene, "KeyV"));
        });
        await bob.page.focus("canvas");
        await bob.page.keyboard.down("v");
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await bob.page.keyboard.up("v");
        await alice.untilLevel({ ear: "both", below: 0.002 });
        await setWayAsync("pushToMute");
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        await bob.page.keyboard.down("v");
        await alice.untilLevel({ ear: "both", below: 0.002 });
        await bob.page.keyboard.up("v");
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
    });

    it("cause no click when the gate opens or closes, or the chain changes during speech", async () => {
        await setWayAsync("pushToTalk", true);
        await alice.untilLevel({ ear: "both", hz, above: 0.05 });
        const steady = await clicksAsync(soundsAsync, soundsAsync);
        const gate = await clicksAsync(
            () => setWayAsync("pushToTalk", false).then(silentAsync),
            () => setWayAsync("pushToTalk", true).then(soundsAsync),
        );
        const way = await clicksAsync(
            () => setWayAsync("open").then(soundsAsync),
            () => setWayAsync("pushToMute").then(soundsAsync),
        );
        const itself = await clicksAsync(
            () => setWayAsync("voiceActivity").then(soundsAsync),
            () => setWayAsync("pushToMute").then(soundsAsync),
        );
        const volume = await clicksAsync(
            () => bob.page.evaluate(() => void (globalThis.lab.here.plugin.rtc.microphone.volume = 0.3)).then(soundsAsync),
            () => bob.page.evaluate(() => void (globalThis.lab.here.plugin.rtc.microphone.volume = 1)).then(soundsAsync),
        );
        const processor = await clicksAsync(
            () =>
                bob.page
                    .evaluate(() =>
                        globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync((context) => {
                            const node = new GainNode(context, { gain: 0.5 });
                            return { input: node, output: node };
                        }),
                    )
                    .then(soundsAsync),
            () => bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync(null)).then(soundsAsync),
        );
        const setStageAsync = (method: "setProcessorAsync" | "setSuppressorAsync", delayMs: number | null): Promise<void> =>
            bob.page.evaluate(
                ([name, ms]) =>
                    globalThis.lab.here.plugin.rtc.microphone[name](
                        ms === null
                            ? null
                            : (context) => {
                                  const node = new DelayNode(context, { delayTime: ms / 1_000 });
                                  return { input: node, output: node, delaySeconds: ms / 1_000 };
                              },
                    ),
                [method, delayMs] as const,
            );
        const suppressor = await clicksAsync(
            () => setStageAsync("setSuppressorAsync", 20).then(soundsAsync),
            () => setStageAsync("setSuppressorAsync", null).then(soundsAsync),
        );
        const setHighPassAsync = (highPassHz: number): Promise<void> =>
            bob.page.evaluate((each) => globalThis.lab.here.plugin.rtc.microphone.setProcessingAsync({ highPassHz: each }), highPassHz);
        const rumble = await clicksAsync(
            () => setHighPassAsync(100).then(soundsAsync),
            () => setHighPassAsync(0).then(soundsAsync),
        );
        // A gate that opens automatically, and closes after its hangover.
        await humAsync(0);
        await setWayAsync("voiceActivity");
        await silentAsync();
        const voice = await clicksAsync(
            () => bob.page.evaluate(() => globalThis.lab.here.tone?.fade(0.5, 0.05)).then(soundsAsync),
            () => bob.page.evaluate(() => globalThis.lab.here.tone?.fade(0, 0.05)).then(silentAsync),
        );
        // Control measurement: a hum that starts or stops abruptly must click.
        await setWayAsync("open");
        const cutAsync = (amplitude: number): Promise<void> => bob.page.evaluate((each) => globalThis.lab.here.tone?.cut(each), amplitude);
        const cut = await clicksAsync(
            () => cutAsync(0.5).then(soundsAsync),
            () => cutAsync(0).then(silentAsync),
        );
        console.info(
            `a cut clicks ${cut.act.toFixed(4)} and ${cut.undo.toFixed(4)}, the loudest of the others ${Math.max(...[steady, gate, way, itself, volume, processor, suppressor, rumble, voice].flatMap(({ act, undo }) => [act, undo])).toFixed(4)}`,
        );
        expect(Math.min(cut.act, cut.undo)).toBeGreaterThan(2 * noClick);
        for (const { act, undo } of [steady, gate, way, itself, volume, processor, suppressor, rumble, voice]) {
            expect(act).toBeLessThan(noClick);
            expect(undo).toBeLessThan(noClick);
        }
    }, 120_000);

    it("cause no click on mute and unmute with a chain", async () => {
        await setWayAsync("pushToMute");
        await humAsync(0.5);
        await soundsAsync();
        const { act, undo } = await clicksAsync(
            () => bob.set({ muted: true }).then(silentAsync),
            () => bob.set({ muted: false }).then(soundsAsync),
        );
        expect(act).toBeLessThan(noClick);
        expect(undo).toBeLessThan(noClick);
    }, 120_000);

    it("cause no click when the chain is inserted during speech: the insertion waits for a pause", async () => {
        const clicks: number[] = [];
        await setWayAsync("open");
        for (let i = 0; i < 5; i++) {
            await bob.page.evaluate(async () => {
                const { rtc } = globalThis.lab.here.plugin;
                rtc.stopCapture();
                rtc.microphone.volume = 1;
                await rtc.startCaptureAsync();
            });
            await humAsync(0.5);
            await soundsAsync();
            const click = await clickAsync(() =>
                bob.page.evaluate(async () => {
                    const { plugin, tone } = globalThis.lab.here;
                    const talkAsync = async (words: number): Promise<void> => {
                        for (let word = 0; word < words; word++) {
                            tone?.fade(0.5, 0.05);
                            await new Promise((next) => setTimeout(next, 400));
                            tone?.fade(0, 0.05);
                            await new Promise((next) => setTimeout(next, 200));
                        }
                        tone?.fade(0.5, 0.05);
                    };
                    const talked = talkAsync(3);
                    plugin.rtc.microphone.volume = 0.5;
                    await talked;
                }),
            );
            // The receiver stretches and shortens the silence between words anyway, so all recordings count.
            clicks.push(click);
            // The new volume has arrived; otherwise the test would have measured nothing.
            await alice.untilLevel({ ear: "both", hz, above: 0.3 * hum, below: 0.7 * hum });
        }
        expect(median(clicks)).toBeLessThan(noClick);
    }, 120_000);
});
