import { Engine } from "@babylonjs/core/Engines/engine.js";
import { Scene } from "@babylonjs/core/scene.js";
import { Arena } from "./arena.js";
import { find } from "./ui/find.js";
import { guessQuality } from "./world/quality.js";

const parameters = new URLSearchParams(location.search);
const canvas = find("#canvas", HTMLCanvasElement);
const quality = guessQuality(parameters.get("quality"));
const engine = new Engine(canvas, quality.details, { stencil: false, audioEngine: false });
// Keys are heard wherever the focus is, so Tab need not stop at the canvas.
engine.canvasTabIndex = -1;
engine.setHardwareScalingLevel(quality.scaling);
const scene = new Scene(engine);

const arena = new Arena(scene, canvas, quality, {
    server: parameters.get("server") ?? location.origin,
    suggestion: Object.fromEntries(parameters),
});
window.addEventListener("resize", () => engine.resize());
engine.runRenderLoop(() => scene.render());

// For trying things in the browser's console: `arena.plugin.rtc.muted = true`.
Object.assign(globalThis, { arena });
