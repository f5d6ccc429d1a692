import type { GuidePage } from "../harness/guides/guidePage";
import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";

const microphone = "guide.microphone";
const settings = `${microphone}.state.track?.getSettings()`;
/** Expression that plays a tone through a processor of the guide. Its value: the output level at each wanted frequency; 1 = as loud as the input. */
const through = (processor: string, toneHz: number, ...wanted: number[]): string => `(async () => {
    const length = 44100;
    const context = new OfflineAudioContext(1, length, 44100);
    const tone = new OscillatorNode(context, { frequency: ${toneHz} });
    const { input, output } = await guide.${processor}(context);
    tone.connect(input);
    output.connect(context.destination);
    tone.start();
    const samples = (await context.startRendering()).getChannelData(0).subarray(length / 2);
    return ${JSON.stringify(wanted)}.map((hz) => {
        let [re, im] = [0, 0];
        samples.forEach((sample, i) => {
            re += sample * Math.cos((2 * Math.PI * hz * i) / 44100);
            im += sample * Math.sin((2 * Math.PI * hz * i) / 44100);
        });
        return (2 * Math.hypot(re, im)) / samples.length;
    });
})()`;

const choose = async ({ page }: GuidePage, list: string, index: number): Promise<string> => {
    await page.locator(`#${list}`).selectOption({ index });
    return page.locator(`#${list} option`).nth(index).innerText();
};
const slide = ({ page }: GuidePage, id: string, value: number): Promise<void> => page.locator(`#${id}`).fill(String(value));

describeGuide(
    "devices",
    (run) => {
        let alice: GuidePage;
        let bob: GuidePage;

        beforeAll(async () => {
            alice = await run().openAsync();
            bob = await run().openAsync({ query: "name=Bob" });
        });

        it("asks for the microphone on a click, lists devices, and remembers the chosen one after a reload", async () => {
            await alice.until("document.getElementById('microphone').textContent.length > 0");
            // The text before the microphone starts, if the microphone is allowed.
            expect(await alice.text("microphone")).toContain("starts when you enter a room");
            await alice.click("ask");
            await alice.until(`${microphone}.state.state === "live"`);
            await alice.until("document.querySelectorAll('#inputs option').length > 1 && document.getElementById('ask').hidden");
            const label = await choose(alice, "inputs", 1);
            await alice.until(`document.getElementById("microphone").textContent === ${JSON.stringify(`You speak into ${label}.`)}`);
            expect(await alice.value("document.getElementById('inputs').selectedIndex")).toBe(1);

            await alice.page.reload();
            await alice.until("globalThis.guide !== undefined");
            await alice.value("plugin.rtc.startAsync()");
            await alice.until(`document.getElementById("microphone").textContent === ${JSON.stringify(`You speak into ${label}.`)}`);
        });

        it("changes the output device, and shows a message if the browser cannot", async () => {
            const label = await choose(alice, "outputs", 1);
            await alice.until(`latest(${microphone}.output$)?.label === ${JSON.stringify(label)}`);
            expect(await alice.text("deviceTrouble")).toBe("");

            const other = await run().openAsync({ script: "delete AudioContext.prototype.setSinkId;" });
            await other.click("ask");
            await other.until("document.querySelectorAll('#outputs option').length > 1");
            await choose(other, "outputs", 1);
            await other.until("document.getElementById('deviceTrouble').textContent.includes('system')");
            await other.page.close();
        });

        it("supports push to talk by key, screen button and gamepad, push to mute, and voice activity", async () => {
            await Promise.all([alice, bob].map((page) => page.value("plugin.room.joinAsync('devices')")));
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
            await alice.page.locator("#way").selectOption("pushToTalk");
            await alice.until("document.getElementById('onAir').hidden");
            await alice.page.locator("canvas").focus();
            await alice.page.keyboard.down("v");
            await alice.until("!document.getElementById('onAir').hidden");
            await bob.until("heard(plugin.rtc)");
            await alice.page.keyboard.up("v");
            await alice.until("document.getElementById('onAir').hidden");

            await alice.page.locator("#talk").hover();
            await alice.page.mouse.down();
            await alice.until(`${microphone}.talking`);
            await alice.page.mouse.up();
            await alice.until(`!${microphone}.talking`);

            // The RB button of a gamepad, as browsers report it.
            await alice.value(`(() => {
            const buttons = Array.from({ length: 17 }, () => ({ pressed: false, touched: false, value: 0 }));
            const pad = { id: "Xbox 360 Controller", index: 0, connected: true, mapping: "standard", axes: [0, 0, 0, 0], buttons, timestamp: 0 };
            navigator.getGamepads = () => [pad];
            globalThis.pressRb = (pressed) => { buttons[5] = { pressed, touched: pressed, value: pressed ? 1 : 0 }; };
            window.dispatchEvent(Object.assign(new Event("gamepadconnected"), { gamepad: pad }));
        })()`);
            await alice.value("pressRb(true)");
            await alice.until(`${microphone}.talking`);
            await alice.value("pressRb(false)");
            await alice.until(`!${microphone}.talking`);

            await alice.page.locator("#way").selectOption("pushToMute");
            await alice.until("!document.getElementById('onAir').hidden");
            await alice.page.locator("#way").selectOption("voiceActivity");
            await bob.until("heard(plugin.rtc)");
            await alice.page.locator("#way").selectOption("open");
            expect(await alice.value(`${microphone}.mode`)).toBe("open");
        });

        it("changes processing, volume and ear monitor, and shows the level", async () => {
            expect(await alice.value(settings)).toMatchObject({ noiseSuppression: true, autoGainControl: true });
            await alice.click("studio");
            await alice.until(`${settings}.noiseSuppression === false && ${settings}.echoCancellation === false`);
            expect(await alice.value(`${microphone}.processing`)).toEqual({
                echoCancellation: false,
                noiseSuppression: false,
                autoGainControl: false,
                highPassHz: 80,
            });
            await alice.click("studio");
            await alice.until(`${settings}.noiseSuppression === true`);

            await alice.until("document.getElementById('level').value > -50");
            await slide(alice, "volume", 0);
            await alice.until(`new Promise((is) => ${microphone}.level$.subscribe((level) => level === 0 && is(true)))`);
            await slide(alice, "volume", 2);
            expect(await alice.value(`${microphone}.volume`)).toBe(2);
            await bob.until("heard(plugin.rtc)");
            await slide(alice, "monitor", 0.5);
            expect(await alice.value(`${microphone}.monitorVolume`)).toBe(0.5);
            await slide(alice, "monitor", 0);
        });

        it("applies the neural suppressor and the app's own processors to the voice", async () => {
            await alice.value("guide.suppressAsync(true)");
            expect(await alice.text("deviceTrouble")).toBe("");
            await alice.until(`${settings}.noiseSuppression === false`);
            await alice.value("guide.suppressAsync(false)");
            await alice.until(`${settings}.noiseSuppression === true`);

            for (const voice of ["radio", "robot"]) {
                await alice.value(`guide.soundLikeAsync(guide.${voice})`);
                expect(await alice.text("deviceTrouble")).toBe("");
                await bob.until("heard(plugin.rtc)");
            }
            await alice.value("guide.soundLikeAsync(null)");

            const [rumble = 1] = await alice.value<number[]>(through("radio", 100, 100));
            const [speech = 0] = await alice.value<number[]>(through("radio", 1500, 1500));
            expect(rumble).toBeLessThan(0.1);
            expect(speech).toBeGreaterThan(0.9);
            // A ring modulator replaces a tone by two sidebands.
            const [below = 0, itself = 1, above = 0] = await alice.value<number[]>(through("robot", 1000, 930, 1000, 1070));
            expect(below).toBeCloseTo(0.5, 1);
            expect(above).toBeCloseTo(0.5, 1);
            expect(itself).toBeLessThan(0.02);
            expect(run().complaints).toEqual([]);
        });
    },
    { ownContexts: true },
);

describeGuide(
    "devices",
    (run) => {
        it("announces the browser's prompt, reports a denial, and recovers when the permission is granted", async () => {
            const alice = await run().openAsync();
            await alice.until("document.getElementById('microphone').textContent.includes('will ask')");
            const cdp = await alice.page.context().browser()?.newBrowserCDPSession();
            const page = await alice.page.context().newCDPSession(alice.page);
            const { targetInfo } = await page.send("Target.getTargetInfo");
            const decideAsync = (setting: "denied" | "granted"): Promise<unknown> | undefined =>
                cdp?.send("Browser.setPermission", {
                    permission: { name: "microphone" },
                    setting,
                    origin: new URL(alice.page.url()).origin,
                    ...(targetInfo.browserContextId === undefined ? {} : { browserContextId: targetInfo.browserContextId }),
                });
            await decideAsync("denied");
            await alice.until("document.getElementById('microphone').textContent.startsWith('Allow')");
            expect(await alice.value("document.getElementById('ask').hidden")).toBe(true);
            await alice.value("plugin.rtc.startAsync()");
            await alice.until(`${microphone}.state.error?.code === "microphoneDenied"`);
            expect(await alice.text("microphone")).toContain("not allowed");
            await decideAsync("granted");
            await alice.until("document.getElementById('microphone').textContent.startsWith('You speak into')");
        });
    },
    { microphone: false, ownContexts: true },
);

/** Init script that makes `getUserMedia` reject with the error name in the page's global `fault`, as long as `fault` is set. */
const refusing = (fault: string): string => `
    globalThis.fault = "${fault}";
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => {
        if (globalThis.fault) {
            throw new DOMException("by the test", globalThis.fault);
        }
        const stream = await open(wish);
        globalThis.opened = stream.getAudioTracks()[0];
        return stream;
    };
`;

describeGuide(
    "devices",
    (run) => {
        const openAsync = async (script: string): Promise<GuidePage> => {
            const page = await run().openAsync({ script });
            await page.page.context().grantPermissions(["microphone"]);
            return page;
        };

        it("reports each error of its table that prevents capture, and starts again as the table says", async () => {
            const busy = await openAsync(refusing("NotReadableError"));
            await busy.click("ask");
            await busy.until(`${microphone}.state.error?.code === "microphoneBusy"`);
            expect(await busy.text("microphone")).toContain("Close other programs");
            await busy.value("(globalThis.fault = null)");
            await busy.click("ask");
            await busy.until(`${microphone}.state.state === "live"`);

            const missing = await openAsync(refusing("NotFoundError"));
            await missing.click("ask");
            await missing.until(`${microphone}.state.error?.code === "microphoneMissing"`);
            expect(await missing.text("microphone")).toContain("Plug one in");
            // The microphone starts by itself, since the permission is granted.
            await missing.value("(globalThis.fault = null, navigator.mediaDevices.dispatchEvent(new Event('devicechange')))");
            await missing.until(`${microphone}.state.state === "live"`);

            const insecure = await openAsync("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });");
            await insecure.click("ask");
            await insecure.until(`${microphone}.state.error?.code === "unsupported"`);
            expect(await insecure.text("microphone")).toContain("over https");
        });

        it("reports each error of its table that affects a live microphone, which stays live", async () => {
            const chosen = JSON.stringify({ input: { id: "gone", label: "A headset that was here yesterday" }, output: null });
            const alice = await openAsync(`${refusing("")};localStorage.setItem("babylon-rtc.devices", ${JSON.stringify(chosen)});`);
            await alice.click("ask");
            await alice.until("document.getElementById('deviceTrouble').textContent.includes('was not found')");
            await alice.until(`${microphone}.state.state === "live"`);

            await alice.value("(globalThis.opened.stop(), globalThis.opened.dispatchEvent(new Event('ended')))");
            await alice.until("document.getElementById('deviceTrouble').textContent.includes('was unplugged')");
            await alice.until(`${microphone}.state.state === "live" && ${microphone}.state.track.readyState === "live"`);

            // Like a mute switch on the device.
            await alice.value("(document.getElementById('deviceTrouble').textContent = '', globalThis.opened.enabled = false)");
            await alice.until("document.getElementById('deviceTrouble').textContent.includes('only silence')", 6_000);
            expect(await alice.value(`${microphone}.state.state`)).toBe("live");
            expect(run().complaints).toEqual([]);
        });
    },
    { ownContexts: true },
);
