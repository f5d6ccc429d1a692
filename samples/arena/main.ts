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

/** Renders the arena and shows the entry screen over it. */
function start(): void {
    const canvas = find("#canvas", HTMLCanvasElement);
    const quality = guessQuality(parameters.get("quality"));
    const engine = new Engine(canvas, quality.details, { stencil: false, audioEngine: false });
    // Key events work with any focus, so the canvas need not be a tab stop.
    engine.canvasTabIndex = -1;
    engine.setHardwareScalingLevel(quality.scaling);
    const scene = new Scene(engine);

    const arena = new Arena(scene, canvas, quality, {
        server: parameters.get("server") ?? location.origin,
        suggestion: Object.fromEntries(parameters),
    });
    window.addEventListener("resize", () => engine.resize());
    engine.runRenderLoop(() => scene.render());

    // For experiments in the browser's console: `arena.plugin.rtc.muted = true`.
    Object.assign(globalThis, { arena });
}

/** @returns title and advice for the feature that the browser lacks */
function whatIsMissing(): readonly [title: string, advice: string] {
    const hasWebGl = ["webgl2", "webgl"].some((kind) => document.createElement("canvas").getContext(kind) !== null);
    return hasWebGl
        ? ["The arena could not be drawn", "Load the page again. If that does not help, try another browser."]
        : [
              "This browser cannot draw in 3D",
              "WebGL is missing. Switch on hardware acceleration (graphics acceleration) in the browser’s settings and load the page again, or try another browser or device.",
          ];
}
