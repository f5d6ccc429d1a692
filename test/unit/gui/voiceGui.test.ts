import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Observable } from "@babylonjs/core/Misc/observable.js";
import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { Scene } from "@babylonjs/core/scene.js";
import { VoiceGui } from "../../../src/gui/voiceGui.js";
import type { IVoiceGuiOptions } from "../../../src/gui/voiceGui.js";
import { FakeDocument } from "../../fakes/fakeDocument.js";
import { FakeGuiSource } from "../../fakes/fakeGuiSource.js";
import { settleAsync } from "../../fakes/settle.js";

/** XR experience whose headset refuses to begin and to end a session. */
function refusingXr(state: WebXRState): WebXRDefaultExperience {
    const refuseAsync = (): Promise<never> => Promise.reject(new Error("The headset refuses."));
    const baseExperience = {
        state,
        onStateChangedObservable: new Observable<WebXRState>(),
        sessionManager: { onXRSessionInit: new Observable(), onXRSessionEnded: new Observable() },
        featuresManager: { getEnabledFeature: () => undefined },
        enterXRAsync: refuseAsync,
        exitXRAsync: refuseAsync,
    };
    return { baseExperience, input: { controllers: [] } } as unknown as WebXRDefaultExperience;
}

describe("The buttons of VoiceGui", () => {
    const failed = "Something went wrong. Please try again.";
    let document: FakeDocument;
    let uninstall: () => void;
    let engine: NullEngine;
    let scene: Scene;

    const shownAsync = async (options: IVoiceGuiOptions): Promise<VoiceGui> => {
        const source = new FakeGuiSource();
        const gui = new VoiceGui(scene, source, { settings: false, ...options });
        source.room.enter();
        await settleAsync();
        expect(document.alert).toBe("");
        return gui;
    };

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
        engine = new NullEngine();
        scene = new Scene(engine);
        new FreeCamera("eyes", Vector3.Zero(), scene);
    });

    afterEach(() => {
        engine.dispose();
        uninstall();
    });

    it.each([
        ["enter", WebXRState.NOT_IN_XR, "Enter VR"],
        ["exit", WebXRState.IN_XR, "Exit VR"],
    ])("report that the headset refuses to %s XR", async (_, state, caption) => {
        await shownAsync({ xr: refusingXr(state) });
        document.button(caption).click();
        await settleAsync();
        expect(document.alert).toBe(failed);
    });

    it("of the wrist menu report that the headset refuses to exit XR", async () => {
        const gui = await shownAsync({ xr: refusingXr(WebXRState.IN_XR) });
        const [exit] = gui.wrist?.texture.getControlsByType("Button").filter(({ name }) => name === "wrist xr") ?? [];
        exit?.onPointerClickObservable.notifyObservers(null as never);
        await settleAsync();
        expect(document.alert).toBe(failed);
    });
});

describe("The help text of VoiceGui", () => {
    it("is mirrored for screen readers, as long as there is one", () => {
        const document = new FakeDocument();
        const uninstall = document.install();
        const engine = new NullEngine();
        const scene = new Scene(engine);
        new FreeCamera("eyes", Vector3.Zero(), scene);
        const gui = new VoiceGui(scene, new FakeGuiSource(), { settings: false, help: "WASD to walk" });
        const texts = (): string[] =>
            document
                .all("p")
                .filter(({ role }) => role === null)
                .map(({ textContent }) => textContent);
        expect(texts()).toEqual(["WASD to walk"]);
        gui.help = { keys: "Arrows to walk", touch: "Drag to walk" };
        expect(texts()).toEqual(["Arrows to walk"]);
        gui.help = "";
        expect(texts()).toEqual([]);
        engine.dispose();
        uninstall();
    });
});
