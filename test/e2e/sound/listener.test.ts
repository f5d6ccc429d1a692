import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const [aliceHz, bobHz] = [440, 650];
const spatial = { panningModel: "equalpower" } as const;

describe("The listener", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    /** Runs a script in the listener's page, with `world` and `plugin` of that page. */
    const doAsync = (script: string): Promise<unknown> =>
        alice.page.evaluate(`(() => { const { world, plugin } = lab.here; ${script} })()`);
    const untilAtAsync = async (ear: "left" | "right"): Promise<void> => {
        await alice.untilLevel({ ear, hz: bobHz, above: 0.02 });
        await alice.untilLevel({ ear: ear === "left" ? "right" : "left", hz: bobHz, below: 0.005 });
    };

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: aliceHz, spatial, sampleRate: 96_000 });
        bob = await suite.openAsync({ name: "Bob", voice: bobHz, spatial });
        await alice.place("Bob", 2, 0, 0);
        expect(await alice.join("ears")).toBeNull();
        expect(await bob.join("ears")).toBeNull();
        await untilAtAsync("right");
    }, 120_000);

    // Errors of the page, except the request for an icon, which the server does not have.
    afterEach(() => expect(alice.complaints.filter((each) => !each.startsWith("Failed to load resource"))).toEqual([]));
    afterAll(() => suite.closeAsync());

    it("hears correct directions and detects speech in a 96 kHz audio context", async () => {
        expect(await alice.page.evaluate("lab.here.world.audio._audioContext.sampleRate")).toBe(96_000);
        await alice.until("report.speaking.includes('Bob')");
        await alice.place("Bob", -2, 0, 0);
        await untilAtAsync("left");
        await alice.place("Bob", 2, 0, 0);
        await untilAtAsync("right");
    });

    it("hears voices move on a visible page whose render loop is stopped", async () => {
        await doAsync("world.engine.stopRenderLoop();");
        await alice.place("Bob", -2, 0, 0);
        await untilAtAsync("left");
        await doAsync("world.engine.runRenderLoop(() => world.scene.render());");
        await alice.place("Bob", 2, 0, 0);
        await untilAtAsync("right");
    });

    it("keeps receiving and hearing voices while the camera's position is NaN", async () => {
        await doAsync("world.camera.position.x = NaN;");
        await alice.page.evaluate("lab.here.world.framesAsync(30)");
        const before = (await alice.bytesFrom("Bob")) ?? 0;
        await alice.page.evaluate("lab.here.world.framesAsync(60)");
        expect(await alice.bytesFrom("Bob")).toBeGreaterThan(before);
        await untilAtAsync("right");
        await doAsync("world.camera.position.x = 0;");
    });

    it("follows the camera even while deafened", async () => {
        await alice.set({ deafened: true });
        await alice.untilLevel({ ear: "right", hz: bobHz, below: 0.001 });
        await doAsync("globalThis.walking = world.scene.onBeforeRenderObservable.add(() => (world.camera.position.x += 0.1));");
        await alice.page.evaluate("lab.here.world.framesAsync(40)");
        await doAsync("world.scene.onBeforeRenderObservable.remove(walking);");
        await alice.page.evaluate("lab.here.world.framesAsync(2)");
        const [camera, listener] = (await doAsync("return [world.camera.position.x, world.audio.listener.position.x];")) as number[];
        expect(camera).toBeGreaterThan(3.9);
        expect(listener).toBeCloseTo(camera ?? NaN, 5);
        await alice.set({ deafened: false });
        await untilAtAsync("left");
        await doAsync("world.camera.position.x = 0;");
        await untilAtAsync("right");
    });

    it("stays where the app sets Babylon's listener each frame, although the camera moves", async () => {
        await doAsync(`
            const { listener } = world.audio;
            globalThis.turning = world.scene.onBeforeRenderObservable.add(() => {
                world.camera.rotation.y += 0.1;
                world.camera.position.z -= 0.01;
            });
            globalThis.writing = world.scene.onBeforeRenderObservable.add(() => {
                listener.position = world.avatar("ears").position;
                listener.update();
            });
            world.avatar("ears").position.x = 4;`);
        await untilAtAsync("left");
        await doAsync("world.avatar('ears').position.x = 0;");
        await untilAtAsync("right");
        await doAsync(`
            world.scene.onBeforeRenderObservable.remove(writing);
            world.scene.onBeforeRenderObservable.remove(turning);
            world.camera.rotation.y = 0;
            plugin.listener = world.camera;`);
        await untilAtAsync("right");
    });

    it("stays where the app sets the Web Audio listener each frame, although the camera turns", async () => {
        await doAsync("plugin.listener = null;");
        await alice.page.evaluate("lab.here.world.framesAsync(30)");
        await doAsync(`
            const { listener } = world.audio._audioContext;
            globalThis.writing = world.scene.onBeforeRenderObservable.add(() => {
                world.camera.rotation.y += 0.1;
                listener.positionX.value = 4;
                listener.positionZ.value = 0;
                listener.forwardX.value = 0;
                listener.forwardZ.value = -1;
            });`);
        await untilAtAsync("left");
        await alice.page.evaluate("lab.here.world.framesAsync(30)");
        await untilAtAsync("left");
        await doAsync("world.scene.onBeforeRenderObservable.remove(writing);");
    });
});
