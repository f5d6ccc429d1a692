import type { WebXRFeaturesManager } from "@babylonjs/core/XR/webXRFeaturesManager.js";
import type { WebXRInputSource } from "@babylonjs/core/XR/webXRInputSource.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { WristPose, isForEyes } from "./wristPose.js";
import type { Hand } from "./wristPose.js";

/** Parts of Babylon's XR experience that are needed to find a wrist. */
export interface IWristInput {
    readonly input: { readonly controllers: readonly WebXRInputSource[] };
    readonly baseExperience: { readonly featuresManager: Pick<WebXRFeaturesManager, "getEnabledFeature"> };
}

/** Options: the mesh, and the hand whose wrist it follows. */
export interface IWristFollowerOptions {
    /** Mesh to keep at the wrist; owned by the caller. */
    readonly mesh: Mesh;
    readonly hand: Hand;
    /** Called when the mesh is shown or hidden. */
    shown(isShown: boolean): void;
}

/** Name of Babylon's feature `WebXRHandTracking`, and the part of it used here. Importing its module would add code that an app may not need. */
const handTracking = "xr-hand-tracking";
interface IHandTracking {
    getHandByHandedness(hand: Hand): { getJointMesh(joint: string): AbstractMesh | undefined } | null;
}

/**
 * Keeps a mesh at a wrist: at the grip of a controller (its pointer, if it has no grip), or at the wrist joint of a tracked hand. Enables the mesh
 * only while it faces the camera and the player looks at it. (Babylon's `HandConstraintBehavior` supports tracked hands only, has one threshold for
 * both showing and hiding, and allocates in each frame.)
 */
export class WristFollower {
    /** Hand whose wrist is followed. */
    public hand: Hand;
    private readonly _scene: Scene;
    private readonly _xr: IWristInput;
    private readonly _mesh: Mesh;
    private readonly _shown: (isShown: boolean) => void;
    private readonly _pose: WristPose;
    private readonly _forward: Vector3;
    private readonly _eyes = { position: Vector3.Zero(), look: Vector3.Zero(), up: Vector3.Zero() };
    private readonly _nearInteraction: { excludedControllerId: string | null } = { excludedControllerId: null };
    private readonly _observer: Observer<Scene>;

    /**
     * @param scene - scene of the mesh
     * @param xr - XR experience
     * @param options - mesh and hand
     */
    public constructor(scene: Scene, xr: IWristInput, options: IWristFollowerOptions) {
        const { mesh, hand } = options;
        this._scene = scene;
        this._xr = xr;
        this._mesh = mesh;
        this.hand = hand;
        this._shown = (isShown) => options.shown(isShown);
        this._pose = new WristPose(scene.useRightHandedSystem);
        this._forward = Vector3.Forward(scene.useRightHandedSystem);
        mesh.rotationQuaternion = this._pose.rotation;
        // Read by Babylon's near interaction: the hand that wears the mesh must not touch it.
        mesh.reservedDataStore = { nearInteraction: this._nearInteraction };
        mesh.setEnabled(false);
        this._observer = scene.onBeforeRenderObservable.add(() => this._follow());
    }

    /** True while the mesh is visible. */
    public get isShown(): boolean {
        return this._mesh.isEnabled(false);
    }

    /** Stops following the wrist. The mesh keeps its state. */
    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._observer);
    }

    private _follow(): void {
        const wasShown = this.isShown;
        const isShown = this._look() && isForEyes(this._pose, wasShown);
        if (isShown) {
            this._mesh.position.copyFrom(this._pose.position);
        }
        if (isShown !== wasShown) {
            this._mesh.setEnabled(isShown);
            this._shown(isShown);
        }
    }

    /**
     * Updates the pose.
     * @returns true if there is a wrist to follow and an active camera; the pose is updated only then
     */
    private _look(): boolean {
        const camera = this._scene.activeCamera;
        const controller = this._controller;
        const joint = controller?.inputSource.hand ? this._joint : undefined;
        const node = joint ?? controller?.grip ?? controller?.pointer;
        if (!camera || !controller || !node) {
            return false;
        }
        this._nearInteraction.excludedControllerId = controller.uniqueId;
        this._eyes.position.copyFrom(camera.globalPosition);
        camera.getDirectionToRef(this._forward, this._eyes.look);
        camera.getDirectionToRef(Vector3.UpReadOnly, this._eyes.up);
        this._pose.follow(node.computeWorldMatrix(), joint ? "joint" : controller.grip ? "grip" : "pointer", this.hand, this._eyes);
        return true;
    }

    private get _controller(): WebXRInputSource | null {
        for (const controller of this._xr.input.controllers) {
            if (controller.inputSource.handedness === this.hand) {
                return controller;
            }
        }
        return null;
    }

    private get _joint(): AbstractMesh | undefined {
        const { featuresManager } = this._xr.baseExperience;
        const tracking = featuresManager.getEnabledFeature(handTracking) as unknown as IHandTracking | undefined;
        return tracking?.getHandByHandedness(this.hand)?.getJointMesh("wrist");
    }
}
