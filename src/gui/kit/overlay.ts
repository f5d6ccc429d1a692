import type { Scene } from "@babylonjs/core/scene.js";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";

/** Device pixels per CSS pixel, at most: nobody sees finer ones, and they cost memory and time all the same. */
const sharpest = 3;

/**
 * Shows a full screen of controls on a canvas in the page, over that of the scene: as sharp as the screen, however coarsely the scene is drawn, and
 * without a texture to be sent to the graphics card at each change. What is pressed is still the scene's canvas.
 */
export class Overlay {
    private readonly _scene: Scene;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _canvas: HTMLCanvasElement;

    /**
     * @param texture - of the controls, a full screen; it stays the caller's
     * @param scene - over whose canvas it lies
     */
    public constructor(texture: AdvancedDynamicTexture, scene: Scene) {
        this._scene = scene;
        this._texture = texture;
        // In a page it is no other, see Babylon's `_CreateCanvas`.
        this._canvas = texture.getContext().canvas as unknown as HTMLCanvasElement;
        // A background that the app's style sheet gives to canvases would hide the scene.
        Object.assign(this._canvas.style, { position: "absolute", pointerEvents: "none", background: "none" });
        this._canvas.ariaHidden = "true";
        texture.update = () => undefined;
        if (texture.layer) {
            texture.layer.isEnabled = false;
        }
        scene.getEngine().getInputElement()?.after(this._canvas);
    }

    /** Follows place, size and sharpness of the canvas that it lies over. */
    public follow(): void {
        const engine = this._scene.getEngine();
        const below = engine.getInputElement();
        if (!below) {
            return;
        }
        const sharpness = Math.min(sharpest, globalThis.devicePixelRatio);
        this._texture.renderScale = (below.clientWidth * sharpness) / engine.getRenderWidth();
        const { style, width, height } = this._canvas;
        style.left = `${below.offsetLeft}px`;
        style.top = `${below.offsetTop}px`;
        // Each of its pixels is one of the screen's: a width that is rounded shall not blur it.
        style.width = `${width / sharpness}px`;
        style.height = `${height / sharpness}px`;
    }

    /** Takes it from the page. */
    public dispose(): void {
        this._canvas.remove();
    }
}
