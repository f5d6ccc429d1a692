import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { MorphTarget } from "@babylonjs/core/Morph/morphTarget.js";
import { Scene } from "@babylonjs/core/scene.js";
import { Subject } from "rxjs";
import { LipSyncBehavior, mouthOpenness } from "../../../src/spatial/lipSyncBehavior.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("mouthOpenness", () => {
    it.each([
        [0, 0],
        [10 ** (-45 / 20), 0],
        [10 ** (-30 / 20), 0.5],
        [10 ** (-15 / 20), 1],
        [1, 1],
    ])("returns for a level of %d an openness of %d", (level, openness) => {
        expect(mouthOpenness(level, -45, -15)).toBeCloseTo(openness, 9);
    });
});

describe("LipSyncBehavior", () => {
    let engine: NullEngine;
    let scene: Scene;
    let mouth: TransformNode;
    let level$: Subject<number>;

    beforeEach(() => {
        engine = new NullEngine();
        jest.spyOn(engine, "getDeltaTime").mockReturnValue(16);
        scene = new Scene(engine);
        new FreeCamera("eyes", Vector3.Zero(), scene);
        mouth = new TransformNode("mouth", scene);
        mouth.scaling.y = 0.5;
        level$ = new Subject();
    });

    afterEach(() => engine.dispose());

    /** Number of observers. Babylon removes an observer from its list in the next turn of the event loop. */
    const observersAsync = async (): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve));
        return scene.onBeforeRenderObservable.observers.length;
    };
    const frames = (count: number): void => {
        for (let i = 0; i < count; i++) {
            scene.render();
        }
    };

    it("scales the node from its own height to twice that with the level, and back", () => {
        mouth.addBehavior(new LipSyncBehavior(level$));
        level$.next(0.5);
        frames(1);
        expect(mouth.scaling.y).toBeGreaterThan(0.55);
        expect(mouth.scaling.y).toBeLessThan(1);
        frames(30);
        expect(mouth.scaling.y).toBe(1);
        level$.next(0);
        frames(60);
        expect(mouth.scaling.y).toBe(0.5);
    });

    it("keeps a size that the app sets meanwhile, while the mouth moves and while it rests", () => {
        const behavior = new LipSyncBehavior(level$);
        mouth.addBehavior(behavior);
        level$.next(0.5);
        frames(1);
        mouth.scaling.y = 3;
        frames(60);
        expect(mouth.scaling.y).toBe(6);
        mouth.scaling.y = 4;
        level$.next(0);
        frames(60);
        expect(mouth.scaling.y).toBe(4);
        mouth.scaling.y = 5;
        mouth.removeBehavior(behavior);
        expect(mouth.scaling.y).toBe(5);
    });

    it("sets the influence of a morph target, and leaves the node's scale alone", () => {
        const morphTarget = new MorphTarget("open", 0, scene);
        mouth.addBehavior(new LipSyncBehavior(level$, { morphTarget, open: 0.8 }));
        level$.next(0.5);
        frames(40);
        expect(morphTarget.influence).toBe(0.8);
        expect(mouth.scaling.y).toBe(0.5);
    });

    it("observes no frames while the mouth rests", async () => {
        const before = await observersAsync();
        mouth.addBehavior(new LipSyncBehavior(level$));
        expect(await observersAsync()).toBe(before);
        level$.next(0.5);
        expect(await observersAsync()).toBe(before + 1);
        frames(60);
        expect(await observersAsync()).toBe(before);
    });

    it.each([
        ["is removed", (behavior: LipSyncBehavior) => mouth.removeBehavior(behavior)],
        ["is disposed with its node", () => mouth.dispose()],
    ])("closes the mouth and unsubscribes when it %s", async (_how, end) => {
        const behavior = new LipSyncBehavior(level$);
        mouth.addBehavior(behavior);
        level$.next(0.5);
        frames(5);
        const moving = await observersAsync();
        end(behavior);
        expect(level$.observed).toBe(false);
        expect(await observersAsync()).toBe(moving - 1);
        expect(mouth.scaling.y).toBe(0.5);
        expect(behavior.attachedNode).toBeNull();
    });

    it.each([{ quietDb: -10 }, { open: NaN }, { loudDb: Infinity }])("rejects %j", (options) => {
        expect(thrownBy(() => new LipSyncBehavior(level$, options))).toMatchObject({ code: "invalidArgument" });
    });
});
