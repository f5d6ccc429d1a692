import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Subscription } from "rxjs";
import { AudioHost } from "../audio/audioHost.js";
import { onDemandAsync } from "../interop/onDemand.js";
import { unseenFrames$ } from "../interop/unseenFrames.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";
import type { VoiceListener, VoicePanner } from "./voicePanner.js";

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

/** Code that is loaded when a room is entered, or with the first voice. */
interface IPannerPart {
    readonly VoiceListener: typeof VoiceListener;
    readonly VoicePanner: typeof VoicePanner;
}

const renderers = new WeakMap<Scene, WeakMap<AudioEngineV2, VoiceRenderer>>();
let pannerPart: IPannerPart | null = null;

/**
 * Loads the code that moves voices, unless it is there.
 * @returns that code. Rejects with `serverUnreachable`; a later call tries again.
 */
export async function loadPannerAsync(): Promise<IPannerPart> {
    return (pannerPart ??= await onDemandAsync(() => import("./voicePanner.js")));
}

/**
 * Moves the listener and lets the voices of a scene follow their nodes, once per frame. It does so after the frame has been rendered:
 * by then animations, physics and the app's own `onBeforeRender` work have moved everything, world matrices and the camera (in an XR
 * session: the headset's) are those of the picture. While the scene is not rendered, it does so once a second. While it has no voices it hooks
 * into nothing.
 */
export class VoiceRenderer {
    /** The scene. */
    public readonly scene: Scene;
    /** The engine that its voices play on. */
    public readonly engine: AudioEngineV2;
    /** Where the listener is, in the world. The same object for ever, written to in every frame. */
    public readonly position: Vector3;

    private readonly _rotation: Quaternion;
    private readonly _lastPosition: Vector3;
    private readonly _lastRotation: Quaternion;
    /** State of the camera's matrix that was read last. */
    private _seen = NaN;
    private readonly _voices: IRenderedVoice[] = [];
    private _listener: VoiceListener | null = null;
    private _frameObserver: Observer<Scene> | null = null;
    private _disposeObserver: Observer<Scene> | null = null;
    private _unseen: Subscription | null = null;

    private constructor(scene: Scene, engine: AudioEngineV2) {
        this.scene = scene;
        this.engine = engine;
        // Copies, since whoever set the listener's position may have set it to some mesh's own vector.
        this._rotation = engine.listener.rotationQuaternion.clone();
        this.position = engine.listener.position.clone();
        this._lastPosition = this.position.clone();
        this._lastRotation = this._rotation.clone();
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

    /** Whether WebAudio would exchange front and back (see `mirrorPointToRef`). */
    public get leftHanded(): boolean {
        return !this.scene.useRightHandedSystem;
    }

    /**
     * Makes the sound source of a voice that has a place.
     * @param name - name of the source
     * @param input - what it plays; stays the caller's
     * @param options - how it sounds
     * @returns where it is moved; its source is the caller's. Rejects if the code for it cannot be loaded, or Babylon cannot make the source.
     */
    public async createPannerAsync(name: string, input: AudioNode, options: ISpatialVoiceOptions): Promise<VoicePanner> {
        const part = await loadPannerAsync();
        this._begin(part);
        const { VoicePanner: Panner } = part;
        return await Panner.CreateAsync(AudioHost.For(this.engine), name, input, options);
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
            this._listener?.hold();
            this._moveListener();
            loadPannerAsync().then(
                (part) => this._begin(part),
                () => undefined,
            );
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
        if (this._voices.length === 0 && this._frameObserver) {
            this.scene.onAfterRenderObservable.remove(this._frameObserver);
            this.scene.onDisposeObservable.remove(this._disposeObserver);
            this._frameObserver = null;
            this._disposeObserver = null;
            this._unseen?.unsubscribe();
            this._unseen = null;
            this._listener?.release();
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

    private _begin({ VoiceListener: Listener }: IPannerPart): void {
        if (this._listener) {
            return;
        }
        this._listener = Listener.For(AudioHost.For(this.engine));
        if (this._frameObserver) {
            this._listener.hold();
            this._moveListener();
        }
    }

    /** Makes of Babylon's listener what its own attachment to the camera would, and finds out whether it went elsewhere. */
    private _moveListener(): boolean {
        const { listener } = this.engine;
        const { position, _rotation, _lastPosition, _lastRotation } = this;
        if (listener.isAttached) {
            // The app's choice; then this is where Babylon last put it.
            position.copyFrom(listener.position);
            _rotation.copyFrom(listener.rotationQuaternion);
            this._seen = NaN;
        } else {
            // The first of several, as Babylon has it: others are mini maps, or somebody watching a headset's wearer.
            const camera = this.scene.activeCameras?.[0] ?? this.scene.activeCamera;
            const matrix = camera?.getWorldMatrix();
            // Babylon counts changes over all matrices. Both objects are its listener's, too, where an app may have written to them.
            if (matrix && (matrix.updateFlag !== this._seen || !position.equals(_lastPosition) || !_rotation.equals(_lastRotation))) {
                this._seen = matrix.updateFlag;
                matrix.decompose(undefined, _rotation, position);
            }
            listener.position = position;
            listener.rotationQuaternion = _rotation;
        }
        if (this._listener) {
            this._listener.move(position, _rotation, this, this.scene.getEngine().frameId);
        } else if (!listener.isAttached) {
            listener.update();
        }
        const moved = !position.equals(_lastPosition);
        _lastPosition.copyFrom(position);
        _lastRotation.copyFrom(_rotation);
        return moved;
    }
}
