import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { text } from "./controls.js";
import { Panel } from "./panel.js";
import type { IPanelActions } from "./panel.js";
import type { IPanelView } from "./panelView.js";
import { theme } from "./theme.js";

const keysHelp = "Click to look · WASD to walk · Shift to run · M mutes · Esc frees the pointer";
const touchHelp = "Left thumb walks · right thumb looks";

/** The panel on the screen. One pixel of it is one CSS pixel, whatever the screen's sharpness. */
export class ScreenPanel {
    private readonly _scene: Scene;
    private readonly _canvas: HTMLCanvasElement;
    private readonly _actions: IPanelActions;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _resized = (): void => this._build();
    private _panel: Panel | null = null;
    private _view: IPanelView | null = null;

    public constructor(scene: Scene, canvas: HTMLCanvasElement, actions: IPanelActions) {
        this._scene = scene;
        this._canvas = canvas;
        this._actions = actions;
        this._texture = AdvancedDynamicTexture.CreateFullscreenUI("screen panel", true, scene);
        this._build();
        window.addEventListener("resize", this._resized);
    }

    /** Shows how things are. */
    public show(view: IPanelView): void {
        this._view = view;
        this._panel?.show(view);
    }

    /** Whether it is seen; in XR it is not. */
    public set visible(visible: boolean) {
        this._texture.rootContainer.isVisible = visible;
    }

    public dispose(): void {
        window.removeEventListener("resize", this._resized);
        this._texture.dispose();
    }

    private _build(): void {
        const { clientWidth: width, clientHeight: height } = this._canvas;
        this._scene.getEngine().resize();
        this._texture.idealWidth = width;
        this._panel?.dispose();
        this._panel = new Panel(this._texture, this._actions, { width, height, isBoard: false });
        if (this._view) {
            this._panel.show(this._view);
        }
        const isTouch = matchMedia("(pointer: coarse)").matches;
        const help = text(isTouch ? touchHelp : keysHelp, { size: 14, color: theme.ink, height: 26, center: true });
        help.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        help.topInPixels = -8;
        help.shadowColor = "#000c";
        help.shadowBlur = 6;
        help.isVisible = isTouch || width >= 640;
        help.isHitTestVisible = false;
        this._texture.addControl(help);
    }
}
