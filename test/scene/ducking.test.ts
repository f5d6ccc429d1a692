import { BehaviorSubject } from "rxjs";
import { Ducking } from "babylon-rtc/space";
import { AudioScene } from "./audioScene.js";

describe("ducking of the app's other sounds", () => {
    it("lowers a Babylon bus by 10 dB while a member speaks, and brings it back without a step", async () => {
        const world = await AudioScene.CreateAsync({ seconds: 3 });
        try {
            const bus = await world.audioEngine.createBusAsync("music");
            const tone = new ConstantSourceNode(world.context);
            tone.start();
            await world.audioEngine.createSoundSourceAsync("music", tone, { outBus: bus });
            const speaking$ = new BehaviorSubject<ReadonlySet<string>>(new Set());
            const voices$ = new BehaviorSubject(new Map([["bob", { volume: 1 }]]));
            const ducking = new Ducking({ speaking$, voices$, volume$: new BehaviorSubject(1) }, bus, {
                holdSeconds: 0,
                releaseSeconds: 1,
            });
            await world.renderAsync({ 0.5: () => speaking$.next(new Set(["bob"])), 1: () => ducking.dispose() });
            const levels = [0.4, 0.7, 1.5, 2.5].map((second) => world.earsAt(second).left);
            const [before = 0, ducked = 0, between = 0, after = 0] = levels.map((level) => level / (levels[0] ?? 0));
            expect(before).toBeGreaterThan(0);
            expect(20 * Math.log10(ducked)).toBeCloseTo(20 * Math.log10(0.3), 1);
            expect(between).toBeCloseTo(0.65, 1);
            expect(after).toBeCloseTo(1, 2);
            expect(world.steepest(0.4, 3)).toBeLessThan(0.001);
        } finally {
            world.dispose();
        }
    });
});
