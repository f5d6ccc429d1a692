import type { Observer } from "@babylonjs/core/Misc/observable.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { ignoreTouchesWhile, makeTouchable } from "./touchable.js";
import { disableImageProcessing } from "../kit/imageProcessing.js";

/** Size of a board. */
export interface IXrBoardOptions {
    /** In pixels of the controls. */
    readonly width: number;
    /** In pixels of the controls. */
    readonly height: number;
    /** Pixels of the controls per metre. Default: 800. */
    readonly pixelsPerMetre?: number;
}

/** Place of the board relative to the head, in metres: to the right, up and ahead; negative = left or down. */
const [right, up, ahead] = [-0.42, -0.24, 0.85];
/** Distance from that place, in metres, beyond which the board starts to follow. */
const slack = 0.55;
/** Backward tilt of the board, in radians. */
const lean = 0.25;

/** Board for controls in XR. Floats to the left of the player and follows when they teleport or turn. Works with rays and near interaction. */
export class XrBoard {
    /** Mesh of the board. With a parent, the board does not follow the player. While the board moves by itself, touches are ignored. */
    public readonly mesh: Mesh;
    /** Texture to add controls to. */
    public readonly texture: AdvancedDynamicTexture;
    private readonly _scene: Scene;
    private readonly _observer: Observer<Scene>;
    private readonly _forward: Vector3;
    private readonly _look = new Vector3();
    private readonly _wanted = new Vector3();
    private _isFollowing = true;
    private _jumps = true;

    /**
     * @param scene - scene of the board
     * @param options - size of the board
     */
    public constructor(scene: Scene, { width, height, pixelsPerMetre = 800 }: IXrBoardOptions) {
        this._scene = scene;
        this._forward = Vector3.Forward(scene.useRightHandedSystem);
        this.mesh = CreatePlane("voice board", { width: width / pixelsPerMetre, height: height / pixelsPerMetre }, scene);
        this.mesh.applyFog = false;
        makeTouchable(this.mesh);
        ignoreTouchesWhile(this.mesh, () => this._isFollowing && !this.mesh.parent);
        this.texture = AdvancedDynamicTexture.CreateForMesh(this.mesh, width * 2, height * 2);
        this.texture.idealWidth = width;
        disableImageProcessing(this.mesh.material);
        this._observer = scene.onBeforeRenderObservable.add(() => this._follow());
    }

    /** Visibility. A board that is shown again appears at its place beside the player. Default: true. */
    public get visible(): boolean {
        return this.mesh.isEnabled(false);
    }
    public set visible(visible: boolean) {
        if (visible !== this.visible) {
            this.mesh.setEnabled(visible);
            this._jumps = true;
        }
    }

    /** Moves the board to its place beside the player, even if it is near enough to stay where it is. */
    public come(): void {
        this._isFollowing = true;
    }

    /** Disposes the board and all controls on it. */
    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._observer);
        this.texture.dispose();
        this.mesh.dispose(false, true);
    }

    private _follow(): void {
        const head = this._scene.activeCamera;
        if (!head || this.mesh.parent || !this.visible) {
            return;
        }
        const handed = this._scene.useRightHandedSystem ? -1 : 1;
        head.getDirectionToRef(this._forward, this._look);
        const length = Math.hypot(this._look.x, this._look.z);
        if (length < 1e-3) {
            return;
        }
        const [x, z] = [this._look.x / length, this._look.z / length];
        const eye = head.globalPosition;
        // In a left-handed scene, (z, −x) points to the right of (x, z).
        this._wanted.set(eye.x + x * ahead + handed * z * right, eye.y + up, eye.z + z * ahead - handed * x * right);
        const { position } = this.mesh;
        const distance = Vector3.Distance(this._wanted, position);
        this._isFollowing = distance > (this._isFollowing || this._jumps ? 0.02 : slack);
        if (this._isFollowing) {
            Vector3.LerpToRef(position, this._wanted, this._jumps || distance > 2 ? 1 : 0.12, position);
            const yaw = Math.atan2(position.x - eye.x, position.z - eye.z);
            this.mesh.rotation.set(handed * lean, handed === 1 ? yaw : yaw + Math.PI, 0);
        }
        this._jumps = false;
    }
}
