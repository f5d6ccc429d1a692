import type { DeviceEvent, IAudioDevice } from "babylon-rtc";
import type { PersonPage } from "../harness/personPage";
import { Pulse } from "../harness/pulse";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
/** Speech processing is off, since it would suppress sine tones. */
const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
const deskHz = 500;
const usbHz = 900;
/** Maximum gap at the receiver on an idle machine, in milliseconds. The tests add the gap that the machine itself causes. */
const limitMs = 200;

declare global {
    /** Device events of Bob's page, as text. */
    var deviceLog: string[];
}

const logAsync = (person: PersonPage): Promise<void> =>
    person.page.evaluate(() => {
        globalThis.deviceLog = [];
        globalThis.lab.here.plugin.rtc.microphone.deviceEvents$.subscribe((event: DeviceEvent) =>
            globalThis.deviceLog.push(
                event.type === "error" ? `error ${event.reason} ${event.kind}` : `${event.type} ${event.device.label}`,
            ),
        );
    });
const untilLoggedAsync = async (person: PersonPage, line: string, timeout = 10_000): Promise<void> => {
    await person.page
        .waitForFunction((each) => globalThis.deviceLog.some((logged) => logged.startsWith(each)), line, { timeout, polling: 20 })
        .catch(async () => {
            throw new Error(`"${line}" was not told; but ${JSON.stringify(await person.page.evaluate(() => globalThis.deviceLog))}`);
        });
};

/**
 * Switching, losing and choosing devices, with virtual devices of a private sound server. Chromium on Linux learns of added and removed devices only
 * from udev, so it fires no `devicechange` for virtual ones. `test/unit/capture/devices` tests the events of added and removed devices.
 */
describe("Device handling", () => {
    let pulse: Pulse;
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    const listAsync = (): Promise<readonly IAudioDevice[]> =>
        bob.page.evaluate(
            () =>
                new Promise<readonly IAudioDevice[]>((resolve) => {
                    const subscription = globalThis.lab.here.plugin.rtc.microphone.devices$.subscribe((devices) => {
                        queueMicrotask(() => subscription.unsubscribe());
                        resolve(devices);
                    });
                }),
        );
    const idOfAsync = async (name: string): Promise<string> => {
        const list = await listAsync();
        const found = list.find(({ label }) => label.includes(name));
        if (!found) {
            throw new Error(`There is no ${name} in ${JSON.stringify(list)}`);
        }
        return found.id;
    };
    const selectAsync = (id: string): Promise<void> =>
        bob.page.evaluate((each) => globalThis.lab.here.plugin.rtc.microphone.selectInputAsync(each), id);
    /** Longest silence that Alice hears while Bob's page does something, in milliseconds. Afterwards she hears the given tone. */
    const gapAsync = async (hz: number, doAsync: () => Promise<unknown>): Promise<number> => {
        await alice.page.evaluate(async () => {
            const { lab } = globalThis;
            lab.recorder = await lab.Recorder.StartAsync(lab.here.world.audio);
        });
        await doAsync();
        await alice.untilLevel({ ear: "both", hz, above: 0.02 });
        const { left } = await alice.steadyTone(hz);
        return alice.page.evaluate((level) => {
            const { recorder, measure } = globalThis.lab;
            return measure.longestGapMs(recorder?.stop() ?? new Float32Array(), recorder?.sampleRate ?? NaN, level);
        }, left / 4);
    };
    /** Baselines of the gaps, in milliseconds: the longest silence without a change, and the time that the browser takes to open another device. */
    const usualAsync = async (hz: number, other: string): Promise<{ readonly gap: number; readonly opening: number }> => {
        const id = await idOfAsync(other);
        let opening = NaN;
        const gap = await gapAsync(hz, async () => {
            opening = await bob.page.evaluate(
                async ([deviceId, wanted]) => {
                    const begin = performance.now();
                    const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...wanted, deviceId: { exact: deviceId } } });
                    const ms = performance.now() - begin;
                    stream.getTracks().forEach((track) => track.stop());
                    return ms;
                },
                [id, constraints] as const,
            );
        });
        return { gap, opening };
    };

    beforeAll(async () => {
        pulse = await Pulse.StartAsync();
        await pulse.plugAsync("desk", deskHz);
        await pulse.plugAsync("usb", usbHz);
        await pulse.plugSilentAsync("dead");
        await pulse.setDefaultSourceAsync("desk");
        await pulse.plugOutputAsync("phones");
        suite = await startSuiteAsync({ browser: { soundServer: pulse } });
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: "device", constraints, spatial, ownContext: true });
        await logAsync(bob);
        expect(await alice.join("devices")).toBeNull();
        expect(await bob.join("devices")).toBeNull();
        await alice.untilLevel({ ear: "both", hz: deskHz, above: 0.02 });
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await pulse.closeAsync();
    });

    it("emits started, and lists the inputs with the default one marked", async () => {
        await untilLoggedAsync(bob, "started");
        const inputs = (await listAsync()).filter(({ kind }) => kind === "input");
        expect(inputs.map(({ label }) => label)).toEqual(
            expect.arrayContaining([expect.stringContaining("desk"), expect.stringContaining("usb")]),
        );
        expect(inputs.filter(({ isDefault }) => isDefault)).toHaveLength(1);
    });

    it("switches the input with a gap of at most 200 ms at the receiver, with and without the chain", async () => {
        const straight = await gapAsync(usbHz, async () => selectAsync(await idOfAsync("usb")));
        await alice.untilLevel({ ear: "both", hz: deskHz, below: 0.005 });
        await bob.page.evaluate(() => {
            globalThis.lab.here.plugin.rtc.microphone.volume = 0.9;
        });
        await alice.steadyTone(usbHz);
        const usual = await usualAsync(usbHz, "desk");
        const chain = await gapAsync(deskHz, async () => selectAsync(await idOfAsync("desk")));
        await alice.untilLevel({ ear: "both", hz: usbHz, below: 0.005 });
        // The new device is opened before the old one is released, so the opening time is not added to the limit.
        expect(straight).toBeLessThanOrEqual(limitMs + usual.gap);
        expect(chain).toBeLessThanOrEqual(limitMs + usual.gap);
    });

    it("applies changed processing to the device with a gap of at most 200 ms at the receiver", async () => {
        await alice.steadyTone(deskHz);
        const usual = await usualAsync(deskHz, "usb");
        const gap = await gapAsync(deskHz, async () => {
            const settings = await bob.page.evaluate(async () => {
                const { microphone } = globalThis.lab.here.plugin.rtc;
                const seen: (boolean | string | undefined)[] = [];
                for (const autoGainControl of [true, false]) {
                    await microphone.setProcessingAsync({ autoGainControl });
                    seen.push(microphone.state.state === "live" ? microphone.state.track.getSettings().autoGainControl : "off");
                }
                return seen;
            });
            expect(settings).toEqual([true, false]);
        });
        // Chromium must reopen the device, so the opening time is added to the limit.
        expect(gap).toBeLessThanOrEqual(limitMs + usual.gap + usual.opening);
    }, 120_000);

    it("falls back to the system's microphone when a device is unplugged, and emits an error", async () => {
        await selectAsync(await idOfAsync("usb"));
        await alice.untilLevel({ ear: "both", hz: usbHz, above: 0.02 });
        await pulse.unplugAsync("usb");
        // Chromium notices the loss of a PulseAudio source only when devices are listed, which the library does every few seconds.
        await alice.untilLevel({ ear: "both", hz: deskHz, above: 0.02, timeoutMs: 15_000 });
        await untilLoggedAsync(bob, "error unplugged input");
        expect((await bob.report()).errors).toContain("deviceUnplugged");
    }, 120_000);

    it("playback: output device is chosen for the whole engine, and outputChanged is emitted", async () => {
        const id = await idOfAsync("phones");
        await bob.page.evaluate((each) => globalThis.lab.here.plugin.rtc.microphone.selectOutputAsync(each), id);
        await untilLoggedAsync(bob, "outputChanged");
        expect(
            await bob.page.evaluate(() => {
                const { audio } = globalThis.lab.here.world;
                return (audio as unknown as { readonly _audioContext: { readonly sinkId: string } })._audioContext.sinkId;
            }),
        ).toBe(id);
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.02 });
    });

    it("emits an error for a silent microphone within 5 s", async () => {
        await selectAsync(await idOfAsync("dead"));
        const begin = await bob.page.evaluate(() => performance.now());
        await untilLoggedAsync(bob, "error silent input", 15_000);
        const ms = (await bob.page.evaluate(() => performance.now())) - begin;
        expect(ms).toBeLessThan(5_000);
    }, 120_000);

    it("emits stopped when the member leaves the room", async () => {
        await bob.leave();
        await untilLoggedAsync(bob, "stopped");
    });
});
