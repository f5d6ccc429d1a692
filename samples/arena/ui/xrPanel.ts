import type { Observer } from "@babylonjs/core/Misc/observable.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Panel } from "./panel.js";
import type { IPanelActions } from "./panel.js";
import type { IPanelView } from "./panelView.js";

/** Pixels of the board, and how many go on a metre. */
const [width, height, pixelsPerMetre] = [420, 560, 900];
/** Where the board floats, seen from the head: metres to the right, up and ahead. */
const offset = new Vector3(-0.5, -0.28, 0.85);
/** It stays where it is until it is this far from there: metres. */
const slack = 0.55;

/** The same panel on a board that floats at the left hand's side and comes along when one teleports or turns. */
export class XrPanel {
    private readonly _scene: Scene;
    private readonly _board: Mesh;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _panel: Panel;
    private readonly _observer: Observer<Scene>;
    private _isFollowing = true;

    public constructor(scene: Scene, actions: IPanelActions) {
        this._scene = scene;
        this._board = CreatePlane("panel board", { width: width / pixelsPerMetre, height: height / pixelsPerMetre }, scene);
        this._board.applyFog = false;
        this._texture = AdvancedDynamicTexture.CreateForMesh(this._board, width * 2, height * 2);
        this._texture.idealWidth = width;
        this._panel = new Panel(this._texture, actions, { width, height, isBoard: true });
        this._observer = scene.onBeforeRenderObservable.add(() => this._follow());
    }

    /** Shows how things are. */
    public show(view: IPanelView): void {
        this._panel.show(view);
    }

    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._observer);
        this._texture.dispose();
        this._board.dispose();
    }

    private _follow(): void {
        const head = this._scene.activeCamera;
        if (!head) {
            return;
        }
        const look = head.getDirection(Vector3.Forward());
        const yaw = Math.atan2(look.x, look.z);
        const [sin, cos] = [Math.sin(yaw), Math.cos(yaw)];
        const { x, y, z } = head.globalPosition;
        const wanted = new Vector3(x + offset.x * cos + offset.z * sin, y + offset.y, z - offset.x * sin + offset.z * cos);
        const distance = Vector3.Distance(wanted, this._board.position);
        this._isFollowing = distance > (this._isFollowing ? 0.02 : slack);
        if (this._isFollowing) {
            const step = distance > 2 ? 1 : 0.12;
            Vector3.LerpToRef(this._board.position, wanted, step, this._board.position);
            this._board.rotation.set(0.25, Math.atan2(this._board.position.x - x, this._board.position.z - z), 0);
        }
    }
}
