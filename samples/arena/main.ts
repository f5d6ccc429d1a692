import { Engine } from "@babylonjs/core/Engines/engine.js";
import { Scene } from "@babylonjs/core/scene.js";
import { Arena } from "./arena.js";
import { refuseEntry } from "./ui/entryScreen.js";
import { find } from "./ui/find.js";
import { guessQuality } from "./world/quality.js";

const parameters = new URLSearchParams(location.search);

try {
    start();
} catch (error) {
    refuseEntry(...whatIsMissing());
    console.error(error);
}

/** Draws the arena behind the title screen, which it opens. */
function start(): void {
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
}

/** @returns what the browser lacks, and what to do about it */
function whatIsMissing(): readonly [title: string, advice: string] {
    const hasWebGl = ["webgl2", "webgl"].some((kind) => document.createElement("canvas").getContext(kind) !== null);
    return hasWebGl
        ? ["The arena could not be drawn", "Load the page again. If that does not help, try another browser."]
        : [
              "This browser cannot draw in 3D",
              "WebGL is missing. Switch on hardware acceleration (graphics acceleration) in the browser’s settings and load the page again, or try another browser or device.",
          ];
}
