import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";
import { handScript, headsetScript } from "../harness/guides/guideHeadset";
import type { GuidePage } from "../harness/guides/guidePage";
import type { GuideRun } from "../harness/guides/guideRun";

/** Expression for the board mesh of `VoiceGui`. */
const board = "scene.getMeshByName('voice board')";
const microphone = "latest(plugin.rtc.microphone.state$).track?.label";
const [own, headsets] = ["Fake Default Audio Input", "Fake Audio Input 2"];

/** Opens the page with a headset, and enters a room with another member whose avatar stands two metres to the left. */
async function enterAsync(run: GuideRun, room: string, program = "main"): Promise<{ wearer: GuidePage; other: GuidePage }> {
    const wearer = await run.openAsync({ program, script: headsetScript });
    const other = await run.openAsync({ program: "main", query: "name=Bob", drawn: false });
    await wearer.value(handScript);
    for (const page of [wearer, other]) {
        await page.value(`plugin.room.joinAsync("${room}")`);
    }
    await hearEachOtherAsync([wearer, other], "plugin.rtc");
    // A page gets only one frame per second while the page in front of it does not render.
    await wearer.page.bringToFront();
    await wearer.value("plugin.setAvatar([...latest(plugin.rtc.voices$).keys()][0], avatarAt(-2, 1.6, 0))");
    return { wearer, other };
}

const viewport = { width: 320, height: 240 } as const;

describeGuide(
    "xr",
    (run) => {
        let pages: readonly GuidePage[] = [];
        afterEach(() => Promise.all(pages.map(({ page }) => page.close())));

        it("shows controls on a board in the headset, pressed by ray and touch, with the listener at the head", async () => {
            const { wearer, other } = await enterAsync(run(), "board");
            pages = [wearer, other];
            expect(await wearer.value("guide.xr !== null")).toBe(true);
            // Without a headset there are only the screen's controls.
            expect(await other.value("guide.xr")).toBeNull();

            const mirror = wearer.page.getByRole("region", { name: "Voice chat" });
            await wearer.until(`(({ left, right }) => left > 2 * right && left > 1)(ears())`);
            await mirror.getByRole("button", { name: "Enter VR", exact: true }).press("Enter");
            await mirror.getByRole("button", { name: "Exit VR", exact: true }).waitFor({ state: "attached" });
            await wearer.until(`${board} !== null && scene.activeCamera.getClassName() === "WebXRCamera"`);
            await wearer.until("latest(plugin.rtc.audio$) === 'running'");

            // Push to talk keeps the microphone closed; the grip button opens it.
            const hears = "latest(plugin.rtc.speaking$).has([...latest(plugin.rtc.voices$).keys()][0])";
            await other.until(`!${hears}`);
            await wearer.value("hand.hold('squeeze', true)");
            await other.until(hears);
            await wearer.value("hand.hold('squeeze', false)");
            await other.until(`!${hears}`);

            // A controller that disconnects releases the button, and works again after it reconnects.
            await wearer.value("hand.hold('squeeze', true)");
            await wearer.until("plugin.rtc.microphone.talking");
            await wearer.value("emulatedHeadset.controllers.right.connected = false");
            await wearer.until("!plugin.rtc.microphone.talking");
            await wearer.value("hand.hold('squeeze', false)");
            await wearer.value("emulatedHeadset.controllers.right.connected = true");
            await wearer.until("guide.xr.input.controllers.filter(({ motionController }) => motionController).length === 2");

            // By ray: the trigger is pressed half a metre away from the button.
            await wearer.value("hand.pointAt('mute', 0.5)");
            await wearer.value("hand.hold('trigger', true)");
            await wearer.value("hand.hold('trigger', false)");
            await wearer.until("plugin.rtc.muted");
            // By near interaction: the controller touches the button and moves away again.
            await wearer.value("hand.pointAt('mute', 0.065)");
            await wearer.value("hand.pointAt('mute', 0.5)");
            await wearer.until("!plugin.rtc.muted");

            // The head turns round, and the board follows. When the head turns back, a hand already waits where the board will stop. The moving board
            // must not press a button against that hand.
            await wearer.until(`(({ left, right }) => left > 2 * right && left > 1)(ears())`);
            await wearer.value("hand.pointAt('mute', 0.5, 'left')");
            await wearer.value("head.turn(Math.PI)");
            await wearer.until(`(({ left, right }) => right > 2 * left && right > 1)(ears())`);
            await wearer.value("hand.reach(0.45, 'left')");
            await wearer.value("head.turn(0)");
            await wearer.value("hand.reach(-0.45, 'left')");
            expect(await wearer.value("plugin.rtc.muted")).toBe(false);
            // The right hand points elsewhere, since two pointers at one button interfere with each other (Babylon 9.34).
            await wearer.value("hand.pointAt('xr', 0.5)");
            await wearer.value("hand.reach(0.45, 'left')");
            await wearer.value("hand.reach(-0.45, 'left')");
            await wearer.until("plugin.rtc.muted");

            await wearer.value("hand.hold('trigger', true)");
            await wearer.value("hand.hold('trigger', false)");
            await wearer.until(`${board} === null && plugin.rtc.microphone.mode === "open"`);
            expect(await wearer.value("plugin.rtc.muted")).toBe(true);
            await wearer.value("void (plugin.rtc.muted = false)");
            await other.until(hears);
            expect(run().complaints).toEqual([]);
        }, 240_000);

        it.each(["main", "own"])(
            "uses the headset's microphone in XR, and restores the previous one on exit (%s)",
            async (program) => {
                const { wearer, other } = await enterAsync(run(), `microphone of ${program}`, program);
                pages = [wearer, other];
                expect(await wearer.value(microphone)).toContain(own);
                await wearer.value("guide.xr.baseExperience.enterXRAsync('immersive-vr', 'local-floor').then(() => {})");
                await wearer.until(`${microphone} === "${headsets}"`);
                await wearer.value("guide.xr.baseExperience.exitXRAsync()");
                await wearer.until(`${microphone}.includes("${own}")`);
                expect(run().complaints).toEqual([]);
            },
            120_000,
        );
    },
    { viewport },
);
