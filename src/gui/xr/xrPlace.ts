import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import type { Container } from "@babylonjs/gui/2D/controls/container.js";
import { inContext } from "../guiContext.js";
import type { GuiContext, IGuiSource } from "../guiContext.js";
import type { Drawers } from "../kit/drawers.js";
import type { IGuiButton } from "../panel/voiceBar.js";
import { WristMenu } from "./wristMenu.js";
import type { IWristMenuOptions } from "./wristMenu.js";
import { XrBoard } from "./xrBoard.js";

/** Options: the XR experience, the controls to show in it, and callbacks to their owner. */
export interface IXrPlaceOptions {
    readonly scene: Scene;
    readonly xr: WebXRDefaultExperience;
    readonly source: IGuiSource;
    readonly context: GuiContext;
    /** Size of the board, in pixels. */
    readonly board: { readonly width: number; readonly height: number };
    /** null = no menu on the wrist. */
    readonly wrist: Pick<IWristMenuOptions, "hand"> | null;
    /** Drawers. An open one takes the panel's place on the board. The wrist menu has a button for each, see `doors`. */
    readonly drawers: Drawers;
    /** Buttons that open the drawers. */
    readonly doors: readonly Pick<IGuiButton, "id" | "icon" | "caption">[];
    /** Container of the toasts. A toast makes the board visible even while the player has hidden panel and drawers. */
    readonly toasts: Container;
    /** Called when the controls have to move to the board, or back to the screen. */
    moved(): void;
    /** Called when the set of visible controls has changed. */
    changed(): void;
}

/** Id of the wrist menu's button for the panel. */
const panelId = "panel";

/** Replacement for the screen in XR: a board for the panel, drawers and toasts, and a wrist menu that shows and hides the board. */
export class XrPlace {
    private readonly _options: IXrPlaceOptions;
    private _board: XrBoard | null = null;
    private _wrist: WristMenu | null = null;
    private _isAway = false;
    private readonly _release: () => void;

    /** @param options - XR experience, controls and callbacks */
    public constructor(options: IXrPlaceOptions) {
        const { xr, toasts } = options;
        this._options = options;
        const { onStateChangedObservable } = xr.baseExperience;
        const states = onStateChangedObservable.add((state) => this._follow(state));
        const added = toasts.onControlAddedObservable.add(() => this._showBoard());
        const removed = toasts.onControlRemovedObservable.add(() => this._showBoard());
        this._release = () => {
            onStateChangedObservable.remove(states);
            toasts.onControlAddedObservable.remove(added);
            toasts.onControlRemovedObservable.remove(removed);
        };
    }

    /** Texture of the board, to add controls to; null = not in XR. */
    public get texture(): AdvancedDynamicTexture | null {
        return this._board?.texture ?? null;
    }

    /** Wrist menu; null = not in XR, or disabled by the options. */
    public get wrist(): WristMenu | null {
        return this._wrist;
    }

    /** True while the player has hidden panel and drawers in XR. Opening a drawer ends that. */
    public get isAway(): boolean {
        return this._board !== null && this._isAway && this._options.drawers.open === null;
    }

    /** Updates the board and the wrist menu's buttons, after something was opened or closed. */
    public update(): void {
        const { drawers, doors } = this._options;
        if (drawers.open !== null) {
            this._isAway = false;
        }
        this._showBoard();
        this._wrist?.setOpen(panelId, !this._isAway && drawers.open === null);
        doors.forEach(({ id }) => this._wrist?.setOpen(id, drawers.open === id));
    }

    /** Applies the current XR state, in case XR has already been entered. */
    public begin(): void {
        this._follow(this._options.xr.baseExperience.state);
    }

    /** Enters or exits XR. Rejects with Babylon's error, for example if the headset refuses a session. */
    public async toggleAsync(): Promise<void> {
        const { baseExperience } = this._options.xr;
        if (baseExperience.state === WebXRState.IN_XR) {
            await baseExperience.exitXRAsync();
        } else {
            await baseExperience.enterXRAsync("immersive-vr", "local-floor");
        }
    }

    /** Disposes board and wrist menu, including controls that are still on the board. */
    public dispose(): void {
        this._release();
        this._wrist?.dispose();
        this._board?.dispose();
        this._wrist = this._board = null;
    }

    private _follow(state: WebXRState): void {
        if (state === WebXRState.IN_XR && !this._board) {
            this._board = new XrBoard(this._options.scene, this._options.board);
            this._wrist = this._createWrist();
            this._isAway = false;
            this._options.moved();
        } else if (state === WebXRState.NOT_IN_XR && this._board) {
            const [board, wrist] = [this._board, this._wrist];
            this._board = this._wrist = null;
            // The controls move first, since disposing the board disposes the controls on it.
            this._options.moved();
            board.dispose();
            wrist?.dispose();
        } else {
            return;
        }
        this._options.changed();
    }

    private _createWrist(): WristMenu | null {
        const { scene, xr, source, wrist, doors, context } = this._options;
        if (!wrist) {
            return null;
        }
        const panel = { id: panelId, icon: "panel", caption: context.texts.wrist.panel } as const;
        const buttons = [panel, ...doors].map((door) => ({
            ...door,
            opens: true,
            press: () => this._toggle(door.id === panelId ? null : door.id),
        }));
        return new WristMenu(scene, xr, source, inContext(context, { ...wrist, buttons }));
    }

    /** Shows the board with a drawer, or with the panel if `id` is null. If it already shows that, hides it. */
    private _toggle(id: string | null): void {
        const { drawers } = this._options;
        const isOpen = !this.isAway && drawers.open === id;
        this._isAway = isOpen;
        if (!isOpen) {
            this._board?.come();
        }
        drawers.open = isOpen ? null : id;
        this._options.changed();
    }

    /** Shows the board, or hides it while it is empty, since an empty board would block rays. */
    private _showBoard(): void {
        if (this._board) {
            this._board.visible = !this.isAway || this._options.toasts.children.length > 0;
        }
    }
}
