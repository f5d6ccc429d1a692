import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Subscription } from "rxjs";
import { unseenFrames$ } from "../interop/unseenFrames.js";
import { forwardAxisToRef } from "./poseMath.js";
import type { IVector } from "./poseMath.js";

/** Where the listener is, as far as voices need to know. */
export interface IListenerPose {
    /** In the world, in metres. */
    readonly position: Readonly<IVector>;
    /** The listener's z axis in the world, of length 1. */
    readonly axis: Readonly<IVector>;
    /** Whether WebAudio would exchange front and back (see `mirrorPointToRef`). */
    readonly mirrored: boolean;
}

/** A voice as the renderer sees it. */
export interface IRenderedVoice {
    /**
     * Called after every frame of the scene.
     * @param listenerMoved - whether the listener did since the last call
     */
    follow(listenerMoved: boolean): void;
    /** Called when the scene goes. */
    dispose(): void;
}

const renderers = new WeakMap<Scene, WeakMap<AudioEngineV2, VoiceRenderer>>();

/**
 * Moves the listener and lets the voices of a scene follow their nodes, once per frame. It does so after the frame has been rendered:
 * by then animations, physics and the app's own `onBeforeRender` work have moved everything, world matrices and the camera (in an XR
 * session: the headset's) are those of the picture. In a hidden page, where there are no frames, it does so once a second. While it has no
 * voices it hooks into nothing.
 */
export class VoiceRenderer {
    /** The scene. */
    public readonly scene: Scene;
    /** The engine that its voices play on. */
    public readonly engine: AudioEngineV2;
    /** Where the listener is. The same object for ever, written to in every frame. */
    public readonly pose: IListenerPose;

    private readonly _pose: { position: Vector3; axis: IVector; mirrored: boolean };
    private readonly _rotation: Quaternion;
    private readonly _lastPosition: IVector = { x: NaN, y: NaN, z: NaN };
    private readonly _lastAxis: IVector = { x: NaN, y: NaN, z: NaN };
    private readonly _voices: IRenderedVoice[] = [];
    private _frameObserver: Observer<Scene> | null = null;
    private _disposeObserver: Observer<Scene> | null = null;
    private _unseen: Subscription | null = null;

    private constructor(scene: Scene, engine: AudioEngineV2) {
        this.scene = scene;
        this.engine = engine;
        // Copies, since whoever set the listener's position may have set it to some mesh's own vector.
        this._rotation = engine.listener.rotationQuaternion.clone();
        this._pose = { position: engine.listener.position.clone(), axis: { x: 0, y: 0, z: 1 }, mirrored: false };
        this.pose = this._pose;
    }

    /**
     * Gives the one renderer of a scene and an audio engine.
     * @param scene - the scene
     * @param engine - the engine
     * @returns the renderer; it lives as long as both
     */
    public static For(scene: Scene, engine: AudioEngineV2): VoiceRenderer {
        let ofScene = renderers.get(scene);
        if (!ofScene) {
            ofScene = new WeakMap();
            renderers.set(scene, ofScene);
        }
        let renderer = ofScene.get(engine);
        if (!renderer) {
            renderer = new VoiceRenderer(scene, engine);
            ofScene.set(engine, renderer);
        }
        return renderer;
    }

    /**
     * Takes a voice in.
     * @param voice - it stays its maker's, unless the scene is disposed first
     */
    public add(voice: IRenderedVoice): void {
        this._voices.push(voice);
        if (!this._frameObserver) {
            this._frameObserver = this.scene.onAfterRenderObservable.add(this._onFrame);
            this._disposeObserver = this.scene.onDisposeObservable.add(this._onSceneDisposed);
            this._unseen = unseenFrames$(this.scene).subscribe(this._onFrame);
            this._moveListener();
        }
    }

    /**
     * Lets a voice go.
     * @param voice - harmless if it is not here
     */
    public remove(voice: IRenderedVoice): void {
        const index = this._voices.indexOf(voice);
        if (index >= 0) {
            this._voices.splice(index, 1);
        }
        if (this._voices.length === 0) {
            this.scene.onAfterRenderObservable.remove(this._frameObserver);
            this.scene.onDisposeObservable.remove(this._disposeObserver);
            this._frameObserver = null;
            this._disposeObserver = null;
            this._unseen?.unsubscribe();
            this._unseen = null;
        }
    }

    private readonly _onFrame = (): void => {
        const moved = this._moveListener();
        // Backwards, since a voice may take itself out.
        for (let i = this._voices.length - 1; i >= 0; i--) {
            this._voices[i]?.follow(moved);
        }
    };

    private readonly _onSceneDisposed = (): void => {
        for (const voice of [...this._voices]) {
            voice.dispose();
        }
    };

    /** Writes exactly what Babylon's own attachment to the camera would, and finds out whether that is news. */
    private _moveListener(): boolean {
        const { listener } = this.engine;
        const { position, axis } = this._pose;
        if (listener.isAttached) {
            // The app's choice; then this is where Babylon last put it.
            position.copyFrom(listener.position);
            this._rotation.copyFrom(listener.rotationQuaternion);
        } else {
            // The first of several, as Babylon has it: others are mini maps, or somebody watching a headset's wearer.
            const camera = this.scene.activeCameras?.[0] ?? this.scene.activeCamera;
            if (camera) {
                camera.getWorldMatrix().decompose(undefined, this._rotation, position);
            }
            listener.position = position;
            listener.rotationQuaternion = this._rotation;
            listener.update();
        }
        forwardAxisToRef(this._rotation, axis);
        const mirrored = !this.scene.useRightHandedSystem;
        const moved = mirrored !== this._pose.mirrored || !isSame(position, this._lastPosition) || !isSame(axis, this._lastAxis);
        this._pose.mirrored = mirrored;
        copy(position, this._lastPosition);
        copy(axis, this._lastAxis);
        return moved;
    }
}

function isSame(a: Readonly<IVector>, b: Readonly<IVector>): boolean {
    return a.x === b.x && a.y === b.y && a.z === b.z;
}

function copy(from: Readonly<IVector>, to: IVector): void {
    to.x = from.x;
    to.y = from.y;
    to.z = from.z;
}
