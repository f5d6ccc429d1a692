import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IPanelActions } from "./panel.js";
import type { IPanelView } from "./panelView.js";
import { ScreenPanel } from "./screenPanel.js";
import { announce } from "./status.js";
import { XrPanel } from "./xrPanel.js";

/** The panel on the screen and, while in XR, the one on the board. */
export class Panels {
    private readonly _screen: ScreenPanel;
    private readonly _stopXr: () => void;
    private _board: XrPanel | null = null;
    private _view: IPanelView | null = null;

    public constructor(scene: Scene, canvas: HTMLCanvasElement, actions: IPanelActions, xr: WebXRDefaultExperience | null) {
        this._screen = new ScreenPanel(scene, canvas, actions);
        const states = xr?.baseExperience.onStateChangedObservable;
        const observer = states?.add((state) => {
            if (state === WebXRState.IN_XR) {
                this._board = new XrPanel(scene, actions);
                this._screen.visible = false;
            } else if (state === WebXRState.NOT_IN_XR) {
                this._board?.dispose();
                this._board = null;
                this._screen.visible = true;
            }
            if (this._view) {
                this.show(this._view);
            }
        });
        this._stopXr = () => {
            states?.remove(observer ?? null);
            if (xr?.baseExperience.state === WebXRState.IN_XR) {
                void xr.baseExperience.exitXRAsync();
            }
        };
    }

    /** Shows how things are, on the screen, on the board and in words. */
    public show(view: IPanelView): void {
        this._view = view;
        this._screen.show(view);
        this._board?.show(view);
        announce(view);
    }

    /** Removes them, and leaves XR. */
    public dispose(): void {
        this._stopXr();
        this._board?.dispose();
        this._screen.dispose();
    }
}
