import type { WebXRFeaturesManager } from "@babylonjs/core/XR/webXRFeaturesManager.js";
import type { WebXRInputSource } from "@babylonjs/core/XR/webXRInputSource.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { WristPose, isForEyes } from "./wristPose.js";
import type { Hand } from "./wristPose.js";

/** The parts of Babylon's XR by which a wrist is found. */
export interface IWristInput {
    readonly input: { readonly controllers: readonly WebXRInputSource[] };
    readonly baseExperience: { readonly featuresManager: Pick<WebXRFeaturesManager, "getEnabledFeature"> };
}

/** Options: the mesh, and the wrist that it follows. */
export interface IWristFollowerOptions {
    /** Put to the wrist. It stays the caller's. */
    readonly mesh: Mesh;
    readonly hand: Hand;
    /** Called when it is to be seen, and when it is not any more. */
    shown(isShown: boolean): void;
}

/** Feature name of Babylon's `WebXRHandTracking`, and the part that is used. Its module would bring along what an app may not want. */
const handTracking = "xr-hand-tracking";
interface IHandTracking {
    getHandByHandedness(hand: Hand): { getJointMesh(joint: string): AbstractMesh | undefined } | null;
}

/**
 * Keeps a mesh at a wrist, by the controller's grip or the joint of a tracked hand, and enabled only while its face is turned to eyes that look at
 * it. (Babylon's `HandConstraintBehavior` knows tracked hands only, has one threshold for coming and going, and allocates in each frame.)
 */
export class WristFollower {
    /** Which wrist. */
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
     * @param scene - where it is
     * @param xr - the headset
     * @param options - who follows which wrist
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
        // Babylon's near interaction looks here: a hand does not touch what it wears.
        mesh.reservedDataStore = { nearInteraction: this._nearInteraction };
        mesh.setEnabled(false);
        this._observer = scene.onBeforeRenderObservable.add(() => this._follow());
    }

    /** True while the mesh is visible. */
    public get isShown(): boolean {
        return this._mesh.isEnabled(false);
    }

    /** Lets go of the wrist; the mesh stays as it is. */
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

    /** @returns whether there is a wrist, and eyes for it */
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
        this._pose.follow(node.computeWorldMatrix(), joint ? "joint" : "grip", this.hand, this._eyes);
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
