import type { IAudioDevice } from "babylon-rtc";
import {
    faultsAsync,
    pairs,
    startPairSuiteAsync,
    untilHeardAsync,
    untilUnheardAsync,
    type AnyPerson,
    type IPairSuite,
} from "../harness/pairs";
import { processToToneAsync, sentKbpsAsync } from "../harness/sharedChecks";

const hz = 650;
const deskHz = 500;
const usbHz = 900;
const spatial = { panningModel: "equalpower" } as const;
/** Speech processing is off, since it would suppress sine tones. */
const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const timeoutMs = 20_000;

/** Capture in Firefox. Alice listens, in either browser; Bob is in Firefox. */
describe("Capture in Firefox", () => {
    let suite: IPairSuite;

    beforeAll(async () => {
        suite = await startPairSuiteAsync();
        await suite.firefox.pulse.plugAsync("desk", deskHz);
        await suite.firefox.pulse.plugAsync("usb", usbHz);
        await suite.firefox.pulse.setDefaultSourceAsync("desk");
    }, 120_000);

    afterAll(() => suite.closeAsync());

    describe.each(pairs)("%s ↔ %s", (first, second) => {
        let alice: AnyPerson;
        let bob: AnyPerson;
        const room = `capture ${first}`;

        beforeAll(async () => {
            alice = await suite.openAsync(first, { name: "Alice", voice: 440, spatial });
            bob = await suite.openAsync(second, { name: "Bob", voice: hz, spatial });
            expect(await alice.join(room)).toBeNull();
            expect(await bob.join(room)).toBeNull();
            await untilHeardAsync(alice, hz);
        }, 120_000);

        afterAll(async () => {
            await alice.close();
            await bob.close();
        });

        const setWayAsync = (mode: "open" | "pushToTalk" | "pushToMute" | "voiceActivity", talking = false): Promise<void> =>
            bob.page.evaluate(
                ([way, held]) => {
                    const { microphone } = globalThis.lab.here.plugin.rtc;
                    microphone.talking = held;
                    microphone.mode = way;
                },
                [mode, talking] as const,
            );
        const humAsync = (amplitude: number): Promise<void> =>
            bob.page.evaluate((each) => globalThis.lab.here.tone?.fade(each, 0.05), amplitude);

        it("push to talk: is heard while held, and sends at most 1 kbit/s otherwise", async () => {
            await setWayAsync("pushToTalk");
            await untilUnheardAsync(alice, hz);
            expect(await sentKbpsAsync(bob.page)).toBeLessThanOrEqual(1);
            await setWayAsync("pushToTalk", true);
            await untilHeardAsync(alice, hz);
            await setWayAsync("pushToTalk");
            await untilUnheardAsync(alice, hz);
            await setWayAsync("pushToMute");
            await untilHeardAsync(alice, hz);
        });

        it("voice activity: is heard while there is sound, and sends at most 1 kbit/s otherwise", async () => {
            await setWayAsync("voiceActivity");
            await untilHeardAsync(alice, hz);
            await alice.until(`report.speaking.includes("Bob")`);
            await humAsync(0);
            await untilUnheardAsync(alice, hz);
            await alice.until(`!report.speaking.includes("Bob")`);
            expect(await sentKbpsAsync(bob.page)).toBeLessThanOrEqual(1);
            await humAsync(0.5);
            await untilHeardAsync(alice, hz);
            await setWayAsync("open");
            await untilHeardAsync(alice, hz);
        });

        it("a processor: its output is heard instead of the voice until it is removed", async () => {
            await processToToneAsync(bob.page);
            await untilHeardAsync(alice, 1_000);
            await alice.untilLevel({ ear: "both", hz, below: 0.005, timeoutMs });
            await bob.set({ muted: true });
            await untilUnheardAsync(alice);
            await bob.set({ muted: false });
            await untilHeardAsync(alice, 1_000);
            await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setProcessorAsync(null));
            await untilHeardAsync(alice, hz);
            await alice.untilLevel({ ear: "both", hz: 1_000, below: 0.005, timeoutMs });
        });

        it("volume and ear monitor: 25 % is a quarter of the level, and the member hears their own voice", async () => {
            const { left } = await alice.steadyTone(hz);
            await bob.page.evaluate(
                () => void Object.assign(globalThis.lab.here.plugin.rtc.microphone, { volume: 0.25, monitorVolume: 1 }),
            );
            await alice.untilLevel({ ear: "left", hz, below: 0.3 * left, above: 0.2 * left, timeoutMs });
            await untilHeardAsync(bob, hz);
            await bob.page.evaluate(() => void Object.assign(globalThis.lab.here.plugin.rtc.microphone, { volume: 1, monitorVolume: 0 }));
            await alice.untilLevel({ ear: "left", hz, above: 0.9 * left, timeoutMs });
            await untilUnheardAsync(bob, hz);
        });

        it("suppression: white noise is at least 10 dB softer", async () => {
            await bob.set({ muted: true });
            await alice.set({ muted: true });
            const carol = await suite.openAsync(second, { name: "Carol", voice: "noise", spatial });
            expect(await carol.join(room)).toBeNull();
            await alice.untilLevel({ ear: "both", above: 0.05, timeoutMs });
            const before = await alice.usualLevel({ ear: "left" }, 500);
            expect(before).toBeGreaterThan(0.05);
            await carol.page.evaluate(() =>
                globalThis.lab.here.plugin.rtc.microphone.setSuppressorAsync(
                    globalThis.lab.neuralSuppressor(globalThis.lab.suppressorFiles),
                ),
            );
            await alice.untilLevel({ ear: "both", below: before * 10 ** (-10 / 20), timeoutMs });
            expect(await alice.usualLevel({ ear: "left" }, 500)).toBeLessThan(before * 10 ** (-10 / 20));
            await carol.page.evaluate(() => globalThis.lab.here.plugin.rtc.microphone.setSuppressorAsync(null));
            await alice.untilLevel({ ear: "both", above: 0.9 * before, timeoutMs });
            await carol.close();
            await alice.until(`!report.members.includes("Carol")`);
            await bob.set({ muted: false });
            await alice.set({ muted: false });
        });

        it("input switch: only the selected microphone is heard, and each device is listed once", async () => {
            await bob.leave();
            const dora = await suite.openAsync(second, { name: "Dora", voice: "device", constraints, spatial });
            expect(await dora.join(room)).toBeNull();
            await untilHeardAsync(alice, deskHz);
            const devices = await dora.page.evaluate(
                () =>
                    new Promise<readonly IAudioDevice[]>((resolve) => {
                        const subscription = globalThis.lab.here.plugin.rtc.microphone.devices$.subscribe((each) => {
                            if (each.some(({ label }) => label !== "")) {
                                queueMicrotask(() => subscription.unsubscribe());
                                resolve(each);
                            }
                        });
                    }),
            );
            const keys = devices.map(({ kind, id }) => `${kind} ${id}`);
            expect(new Set(keys).size).toBe(keys.length);
            const idOf = (name: string): string => devices.find(({ kind, label }) => kind === "input" && label.includes(name))?.id ?? "";
            for (const [name, now, before] of [
                ["usb", usbHz, deskHz],
                ["desk", deskHz, usbHz],
            ] as const) {
                await dora.page.evaluate((id) => globalThis.lab.here.plugin.rtc.microphone.selectInputAsync(id), idOf(name));
                await untilHeardAsync(alice, now);
                await untilUnheardAsync(alice, before);
            }
            expect(await faultsAsync(dora)).toEqual([]);
            await dora.close();
        });
    });
});
