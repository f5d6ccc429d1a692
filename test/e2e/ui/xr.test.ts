import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { rememberClearValues } from "../harness/visitor";

const hz = 650;

describe.each([
    ["left", false],
    ["right", true],
])("Voices in an emulated headset, in a %s-handed scene", (_hand, rightHanded) => {
    let suite: ISuite;
    let alice: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        const spatial = { panningModel: "equalpower" } as const;
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial, rightHanded, canvas: true, watch: rememberClearValues });
        const bob = await suite.openAsync({ name: "Bob", voice: hz, spatial });
        // A page gets only one frame per second while the page in front of it does not render.
        await alice.page.bringToFront();
        await alice.place("Bob", 2, 0, 0);
        expect(await alice.join("headset")).toBeNull();
        expect(await bob.join("headset")).toBeNull();
        await alice.untilLevel({ ear: "right", hz, above: 0.05 });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("keep their positions on entry and exit, and follow the head in between", async () => {
        const outside = await alice.steadyTone(hz);
        expect(outside.left).toBeLessThan(0.05 * outside.right);

        await alice.page.evaluate(async () => {
            const { lab } = globalThis;
            lab.headset = new lab.Headset((lab.person ?? fail()).world);
            lab.headset.move(0, 0, 0);
            await lab.headset.enterAsync();
            function fail(): never {
                throw new Error("nobody is here");
            }
        });
        expect(await alice.page.evaluate(() => globalThis.lab.headset?.cameraName)).not.toBe("camera");
        const inside = await alice.steadyTone(hz);
        expect(inside.left).toBeLessThan(0.05 * inside.right);
        expect(inside.right / outside.right).toBeGreaterThan(0.9);
        expect(inside.right / outside.right).toBeLessThan(1.1);

        // The head turns by 180°.
        await alice.page.evaluate(() => globalThis.lab.headset?.turn(Math.PI));
        await alice.untilLevel({ ear: "left", hz, above: 0.5 * inside.right });
        const behind = await alice.steadyTone(hz);
        expect(behind.right).toBeLessThan(0.05 * behind.left);

        // The head moves to the other side of the speaker, 6 m away.
        await alice.page.evaluate(() => {
            globalThis.lab.headset?.turn(0);
            globalThis.lab.headset?.move(8, 0, 0);
        });
        await alice.untilLevel({ ear: "left", hz, below: 0.6 * behind.left });
        const far = await alice.steadyTone(hz);
        expect(far.right).toBeLessThan(0.05 * far.left);
        expect(behind.left / far.left).toBeGreaterThan(2.7);
        expect(behind.left / far.left).toBeLessThan(3.3);

        // The head returns first, because on exit Babylon moves the scene's own camera to the last position of the head.
        await alice.page.evaluate(() => globalThis.lab.headset?.move(0, 0, 0));
        await alice.untilLevel({ ear: "right", hz, above: 0.5 * outside.right });
        await alice.page.evaluate(() => globalThis.lab.headset?.exitAsync());
        expect(await alice.page.evaluate(() => globalThis.lab.headset?.cameraName)).toBe("camera");
        await alice.untilLevel({ ear: "right", hz, above: 0.5 * outside.right });
        const back = await alice.steadyTone(hz);
        expect(back.left).toBeLessThan(0.05 * back.right);
    });
});
