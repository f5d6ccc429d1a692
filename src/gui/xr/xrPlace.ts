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

/** Controls for the headset, and their owners. */
export interface IXrPlaceOptions {
    readonly scene: Scene;
    readonly xr: WebXRDefaultExperience;
    readonly source: IGuiSource;
    readonly context: GuiContext;
    /** Pixels of the board. */
    readonly board: { readonly width: number; readonly height: number };
    /** null = no menu on the wrist. */
    readonly wrist: Pick<IWristMenuOptions, "hand"> | null;
    /** Drawers on the board beside the panel; each can be opened from the wrist, see `doors`. */
    readonly drawers: Drawers;
    /** The buttons that open drawers. */
    readonly doors: readonly Pick<IGuiButton, "id" | "icon" | "caption">[];
    /** Toasts, which appear on the board at any time, even while it is away. */
    readonly toasts: Container;
    /** The controls belong on the board now, or on the screen again. */
    moved(): void;
    /** Something else than before is to be seen. */
    changed(): void;
}

/** The wrist's button for the panel. */
const panelId = "panel";

/** The headset's counterpart of the screen: a board for the panel, drawers and toasts, and a menu on the wrist that brings it and sends it away. */
export class XrPlace {
    private readonly _options: IXrPlaceOptions;
    private _board: XrBoard | null = null;
    private _wrist: WristMenu | null = null;
    private _isAway = false;
    private readonly _release: () => void;

    /** @param options - what lies in it */
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

    /** Texture to add controls to; null = nobody wears the headset. */
    public get texture(): AdvancedDynamicTexture | null {
        return this._board?.texture ?? null;
    }

    /** The menu on the wrist; null = nobody wears the headset, or there shall be none. */
    public get wrist(): WristMenu | null {
        return this._wrist;
    }

    /** True while panel and drawers are sent away. A drawer that is opened brings them back. */
    public get isAway(): boolean {
        return this._board !== null && this._isAway && this._options.drawers.open === null;
    }

    /** Shows on the wrist what is open, after something was opened or closed. */
    public update(): void {
        const { drawers, doors } = this._options;
        if (drawers.open !== null) {
            this._isAway = false;
        }
        this._showBoard();
        this._wrist?.setOpen(panelId, !this._isAway && drawers.open === null);
        doors.forEach(({ id }) => this._wrist?.setOpen(id, drawers.open === id));
    }

    /** Follows a state that the headset has already. */
    public begin(): void {
        this._follow(this._options.xr.baseExperience.state);
    }

    /** Puts the headset on, or takes it off. */
    public async toggleAsync(): Promise<void> {
        const { baseExperience } = this._options.xr;
        if (baseExperience.state === WebXRState.IN_XR) {
            await baseExperience.exitXRAsync();
        } else {
            await baseExperience.enterXRAsync("immersive-vr", "local-floor");
        }
    }

    /** Removes board and menu. What lies on the board goes with it, unless it was moved before. */
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
            // First of all, since what lies on a board goes with it.
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

    /** Brings the board with a drawer, or with the panel, before the player; sends it away if that is what it shows. */
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

    /** An empty board would be in the way of rays. */
    private _showBoard(): void {
        if (this._board) {
            this._board.visible = !this.isAway || this._options.toasts.children.length > 0;
        }
    }
}
