import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const aliceHz = 440;
const bobHz = 650;

describe("Voices with equalpower panning", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        const spatial = { panningModel: "equalpower" } as const;
        alice = await suite.openAsync({ name: "Alice", voice: aliceHz, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: bobHz, spatial });
        await alice.place("Bob", -2, 0, 0);
        expect(await alice.join("space")).toBeNull();
        expect(await bob.join("space")).toBeNull();
        await alice.untilLevel({ ear: "left", hz: bobHz, above: 0.01 });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("are heard in the nearer ear, and change ears within 300 ms of a move", async () => {
        const left = await alice.steadyTone(bobHz);
        expect(left.right).toBeLessThan(0.05 * left.left);
        await alice.place("Bob", 2, 0, 0);
        const ms = await alice.untilLevel({ ear: "right", hz: bobHz, above: 0.5 * left.left });
        expect(ms).toBeLessThan(300);
        const right = await alice.steadyTone(bobHz);
        expect(right.left).toBeLessThan(0.05 * right.right);
    });

    it("are four times softer at 8 m than at 2 m", async () => {
        await alice.place("Bob", 2, 0, 0);
        const near = await alice.steadyTone(bobHz);
        await alice.place("Bob", 8, 0, 0);
        await alice.untilLevel({ ear: "right", hz: bobHz, below: 0.5 * near.right });
        const far = await alice.steadyTone(bobHz);
        expect(near.right / far.right).toBeGreaterThan(3.6);
        expect(near.right / far.right).toBeLessThan(4.4);
    });

    it("swap ears when the camera turns round", async () => {
        await alice.place("Bob", 2, 0, 0);
        await alice.untilLevel({ ear: "right", hz: bobHz, above: 0.05 });
        const ahead = await alice.steadyTone(bobHz);
        await alice.turn(Math.PI);
        await alice.untilLevel({ ear: "left", hz: bobHz, above: 0.5 * ahead.right });
        const back = await alice.steadyTone(bobHz);
        expect(back.left).toBeCloseTo(ahead.right, 2);
        expect(back.right).toBeLessThan(0.05 * back.left);
    });
});
