import "./nothing.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { NullEngine, NullEngineOptions } from "@babylonjs/core/Engines/nullEngine.js";
import { HemisphericLight } from "@babylonjs/core/Lights/hemisphericLight.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";

declare global {
    /** A minimal game scene. */
    var scene: Scene;
    /** For tests only: if true, nothing is rendered. Rendering without a GPU uses most of a core. */
    var undrawn: boolean | undefined;
    /** For tests only: creates an avatar for a remote member. */
    var avatarAt: (x: number, y: number, z: number) => TransformNode;
}

const canvas = document.createElement("canvas");
canvas.tabIndex = 0;
canvas.style.cssText = "position: fixed; inset: 0; z-index: -1; width: 100%; height: 100%";
document.body.append(canvas);
const undrawn = new NullEngineOptions();
undrawn.renderingCanvas = canvas;
const engine = globalThis.undrawn ? new NullEngine(undrawn) : new Engine(canvas);
if (!("emulatedHeadset" in globalThis)) {
    // Without a GPU, a higher frame rate uses most of a core per page.
    engine.maxFPS = 15;
}
globalThis.scene = new Scene(engine);
const camera = new FreeCamera("camera", new Vector3(0, 1.6, 0), scene);
camera.setTarget(new Vector3(0, 1.6, 1));
new HemisphericLight("light", Vector3.Up(), scene);
scene.getEngine().runRenderLoop(() => scene.render());
globalThis.avatarAt = (x, y, z) => {
    const avatar = new TransformNode("avatar", scene);
    avatar.position.set(x, y, z);
    return avatar;
};
