import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { Color4 } from "@babylonjs/core/Maths/math.color.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Scene } from "@babylonjs/core/scene.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { RtcPlugin } from "babylon-rtc";
import { VoiceGui } from "babylon-rtc/gui";
import { neuralSuppressor } from "babylon-rtc/suppression";
import { createXrAsync, leaveXrAsync } from "../../../samples/arena/player/xr.js";

/** Objects that the page exposes to tests and to the browser's console as `guiPage`. */
export interface IGuiPage {
    readonly scene: Scene;
    /** The plugin. Null outside of a room. */
    plugin: RtcPlugin | null;
    /** The voice controls. Null outside of a room. */
    gui: VoiceGui | null;
}

declare global {
    var guiPage: IGuiPage;
}

/** URLs of the noise suppressor's files, from the bundler. */
const suppressorFiles = {
    worklet: new URL("@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js", import.meta.url),
    simdWasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm", import.meta.url),
    wasm: new URL("@sapphi-red/web-noise-suppressor/rnnoise.wasm", import.meta.url),
};

const parameters = new URLSearchParams(location.search);
const name = parameters.get("name") ?? `Guest ${Math.floor(Math.random() * 90 + 10)}`;
const room = parameters.get("room") ?? "lobby";

const engine = new Engine(find("canvas", HTMLCanvasElement), false, { stencil: false, audioEngine: false });
// The accessible mirror of the controls handles keys, so the canvas need not be a tab stop.
engine.canvasTabIndex = -1;
const scene = new Scene(engine);
scene.clearColor = Color4.FromHexString("#1a2230ff");
// Away from the origin, so that tests detect a headset that does not keep the camera's position.
new FreeCamera("eyes", new Vector3(6, 1.7, -8), scene).setTarget(new Vector3(6, 1.7, 0));
// Without a GPU, a higher frame rate uses most of a core per page.
engine.maxFPS = 20;
const xr = createXrAsync(scene, { floor: invisible("floor", 40), blockers: invisible("blockers", 0.01) });
void xr.then((experience) =>
    experience?.baseExperience.onStateChangedObservable.add((state) => {
        engine.maxFPS = state === WebXRState.NOT_IN_XR ? 20 : undefined;
    }),
);
window.addEventListener("resize", () => engine.resize());
engine.runRenderLoop(() => scene.render());

globalThis.guiPage = { scene, plugin: null, gui: null };
const form = find("form", HTMLFormElement);
const button = find("#enter", HTMLButtonElement);
find("#name", HTMLElement).textContent = name;
find("#room", HTMLElement).textContent = room;
form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    enterAsync().catch((error: unknown) => {
        find("#error", HTMLElement).textContent = error instanceof Error ? error.message : String(error);
        show();
    });
});
show();

/** Joins the room and shows `VoiceGui` with all features. */
async function enterAsync(): Promise<void> {
    const token = parameters.get("token");
    const user = { name, ...(token !== null && { token }) };
    const plugin = await RtcPlugin.AddToSceneAsync(scene, { server: parameters.get("server") ?? location.origin, user });
    try {
        await plugin.room.joinAsync(room);
    } catch (error) {
        plugin.dispose();
        throw error;
    }
    const headset = await xr;
    const gui = new VoiceGui(scene, plugin, {
        xr: headset,
        help: "The controls of babylon-rtc/gui over an empty scene",
        leave: () => {
            Object.assign(globalThis.guiPage, { plugin: null, gui: null });
            void leaveXrAsync(headset);
            gui.dispose();
            plugin.dispose();
            show();
        },
        rooms: { refreshMs: Number(parameters.get("refresh") ?? 8_000) },
        settings: { suppressor: neuralSuppressor(suppressorFiles) },
    });
    Object.assign(globalThis.guiPage, { plugin, gui });
    form.hidden = true;
    button.blur();
}

/** Shows the entry form. */
function show(): void {
    form.hidden = false;
    button.disabled = false;
    button.focus();
}

/** Creates an invisible ground mesh, for the floor and the blockers of teleportation. */
function invisible(what: string, size: number): Mesh {
    const ground = CreateGround(what, { width: size, height: size }, scene);
    ground.isVisible = false;
    return ground;
}

function find<T extends Element>(selector: string, type: new () => T): T {
    const found = document.querySelector(selector);
    if (!(found instanceof type)) {
        throw new Error(`There is no ${selector}.`);
    }
    return found;
}
