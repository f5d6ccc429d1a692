import type { Scene } from "@babylonjs/core/scene.js";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";

/** Maximum number of device pixels per CSS pixel. More are not visible, but cost memory and time. */
const sharpest = 3;

/**
 * Draws a full-screen texture of controls on a separate canvas, above the scene's canvas. The controls keep the resolution of the screen (up to 3
 * device pixels per CSS pixel) at any resolution of the scene, and changes need no texture upload to the GPU. Pointer events still go to the scene's
 * canvas.
 */
export class Overlay {
    private readonly _scene: Scene;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _canvas: HTMLCanvasElement;

    /**
     * @param texture - full-screen texture of the controls; owned by the caller
     * @param scene - scene whose canvas is covered
     */
    public constructor(texture: AdvancedDynamicTexture, scene: Scene) {
        this._scene = scene;
        this._texture = texture;
        // In a page the canvas always is an `HTMLCanvasElement`, see Babylon's `_CreateCanvas`.
        this._canvas = texture.getContext().canvas as unknown as HTMLCanvasElement;
        // A background for canvases in the app's style sheet would hide the scene.
        Object.assign(this._canvas.style, { position: "absolute", pointerEvents: "none", background: "none" });
        this._canvas.ariaHidden = "true";
        texture.update = () => undefined;
        if (texture.layer) {
            texture.layer.isEnabled = false;
        }
        scene.getEngine().getInputElement()?.after(this._canvas);
    }

    /** Updates position, size and resolution to match the scene's canvas and the screen. */
    public follow(): void {
        const engine = this._scene.getEngine();
        const below = engine.getInputElement();
        if (!below) {
            return;
        }
        const sharpness = Math.min(sharpest, globalThis.devicePixelRatio);
        this._texture.renderScale = (below.clientWidth * sharpness) / engine.getRenderWidth();
        // Babylon (9.35) rounds scaled sizes and fonts up. A scale just above the sharpness, which the rounded size of the scene can cause, would make them
        // too large.
        this._texture.idealWidth = this._texture.getSize().width / sharpness;
        const { style, width, height } = this._canvas;
        style.left = `${below.offsetLeft}px`;
        style.top = `${below.offsetTop}px`;
        // Computed from the size of this canvas, which Babylon rounds to whole pixels: any other size would stretch the pixels and blur the controls.
        style.width = `${width / sharpness}px`;
        style.height = `${height / sharpness}px`;
    }

    /** Removes the canvas from the page. */
    public dispose(): void {
        this._canvas.remove();
    }
}
