import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { Subscription } from "rxjs";
import { AudioHost } from "../audio/audioHost.js";
import { RtcError } from "../errors/rtcError.js";
import { onDemandAsync } from "../interop/onDemand.js";
import { unseenFrames$ } from "../interop/unseenFrames.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";
import type { IHeardScene, IListenerNodes, SceneListener } from "./sceneListener.js";
import type { FrameOccasion } from "./voiceListener.js";
import type { VoicePanner } from "./voicePanner.js";
import { movePoint } from "./voicePlace.js";

/** The part of a voice that the renderer uses. */
export interface IRenderedVoice {
    /**
     * Called after every frame of the scene.
     * @param listenerMoved - whether the listener has moved since the last call
     */
    follow(listenerMoved: boolean): void;
    /** Called when the scene is disposed. */
    dispose(): void;
}

/** Module that is loaded when a room is entered, or with the first voice. */
interface IPannerPart {
    readonly SceneListener: typeof SceneListener;
    readonly VoicePanner: typeof VoicePanner;
}

const renderers = new WeakMap<Scene, WeakMap<AudioEngineV2, VoiceRenderer>>();
/** Listener nodes that apps have chosen, one choice per scene. Independent of the audio engine, so that a choice outlives an engine. */
const listeners = new WeakMap<Scene, IListenerNodes>();
let pannerPart: IPannerPart | null = null;

/**
 * Loads the module that moves voices, unless it is loaded.
 * @returns a promise of the module. Rejects with `serverUnreachable`; a later call retries.
 */
export async function loadPannerAsync(): Promise<IPannerPart> {
    return (pannerPart ??= await onDemandAsync(() => import("./voicePanner.js")));
}

/**
 * Moves the listener and the voices of a scene with their nodes, once per frame, after the frame has been rendered. By then animations,
 * physics and the app's `onBeforeRender` callbacks have moved everything, and world matrices and the camera (in an XR session: the headset's)
 * are those of the picture. While the scene is not rendered, the update runs once a second. Without voices there are no observers on the scene.
 */
export class VoiceRenderer implements IHeardScene {
    /** Scene in which the voices are heard. */
    public readonly scene: Scene;
    /** Audio engine that plays the voices. */
    public readonly engine: AudioEngineV2;
    /** World position of the listener. Always the same object, written in every frame. */
    public readonly position: Vector3;

    private readonly _lastPosition: Vector3;
    private readonly _voices: IRenderedVoice[] = [];
    private _listener: SceneListener | null = null;
    private _frameObserver: Observer<Scene> | null = null;
    private _disposeObserver: Observer<Scene> | null = null;
    private _unseen: Subscription | null = null;

    private constructor(scene: Scene, engine: AudioEngineV2) {
        this.scene = scene;
        this.engine = engine;
        this.position = engine.listener.position.clone();
        this._lastPosition = this.position.clone();
    }

    /**
     * Returns the renderer of a scene and an audio engine. There is one per pair.
     * @param scene - the scene
     * @param engine - the engine
     * @returns the renderer, which lives as long as both
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

    /** Nodes that the app has chosen as the scene's listener; null = the active camera. */
    public get nodes(): IListenerNodes | null {
        return listeners.get(this.scene) ?? null;
    }

    /**
     * Chooses the listener.
     * @param listener - a camera, another node, or nodes for position and orientation; null = the active camera. Throws `invalidArgument` for any
     * other value, and then nothing changes.
     */
    public choose(listener: Node | IListenerNodes | null | undefined): void {
        const nodes = isNode(listener) ? { position: listener, orientation: listener } : (listener ?? null);
        if (nodes !== null && !(isNode(nodes.position) && isNode(nodes.orientation ?? nodes.position))) {
            throw new RtcError(
                "invalidArgument",
                "The listener must be a camera, another node, or { position, orientation } of nodes, or null (active camera).",
            );
        }
        if (nodes) {
            listeners.set(this.scene, nodes);
        } else {
            listeners.delete(this.scene);
        }
    }

    /** True if WebAudio would swap front and back (see `mirrorPointToRef`). */
    public get leftHanded(): boolean {
        return !this.scene.useRightHandedSystem;
    }

    /** Sets the position of the listener; an invalid position is ignored. @internal */
    public moveTo(x?: number, y?: number, z?: number): void {
        movePoint(this.position, x, y, z);
    }

    /**
     * Creates the sound source of a voice that has a position.
     * @param name - name of the source
     * @param input - node that the source plays; owned by the caller
     * @param options - spatial options of the voice
     * @returns a promise of the panner; the caller owns its source. Rejects if the module cannot be loaded, or Babylon cannot create the source.
     */
    public async createPannerAsync(name: string, input: AudioNode, options: ISpatialVoiceOptions): Promise<VoicePanner> {
        const part = await loadPannerAsync();
        this._begin(part);
        const { VoicePanner: Panner } = part;
        return await Panner.CreateAsync(AudioHost.For(this.engine), name, input, options);
    }

    /**
     * Adds a voice.
     * @param voice - the voice; owned by its creator, but disposed with the scene
     */
    public add(voice: IRenderedVoice): void {
        this._voices.push(voice);
        if (!this._frameObserver) {
            this._frameObserver = this.scene.onAfterRenderObservable.add(this._onFrame);
            this._disposeObserver = this.scene.onDisposeObservable.add(this._onSceneDisposed);
            this._unseen = unseenFrames$(this.scene).subscribe(this._onFrame);
            this._listener?.hold();
            this._moveListener("rendered");
            loadPannerAsync().then(
                (part) => this._begin(part),
                () => undefined,
            );
        }
    }

    /**
     * Removes a voice.
     * @param voice - the voice; a no-op if it was not added
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

    /** Runs the update of a frame immediately. */
    public update(): void {
        if (this._frameObserver) {
            if (pannerPart) {
                this._begin(pannerPart);
            }
            this._onFrame(this.scene);
        }
    }

    /** @param of - the scene if it was rendered; any other value for a timer tick that replaces a frame */
    private readonly _onFrame = (of: unknown): void => {
        const { position, _lastPosition, _voices } = this;
        this._moveListener(of === this.scene ? "rendered" : "unseen");
        const moved = !position.equals(_lastPosition);
        _lastPosition.copyFrom(position);
        // Backwards, since a voice may remove itself.
        for (let i = _voices.length - 1; i >= 0; i--) {
            _voices[i]?.follow(moved);
        }
    };

    private readonly _onSceneDisposed = (): void => {
        for (const voice of [...this._voices]) {
            voice.dispose();
        }
    };

    private _begin({ SceneListener: Listener }: IPannerPart): void {
        if (this._listener) {
            return;
        }
        this._listener = new Listener(AudioHost.For(this.engine), this);
        if (this._frameObserver) {
            this._listener.hold();
            this._moveListener("rendered");
        }
    }

    private _moveListener(occasion: FrameOccasion): void {
        if (this._listener) {
            this._listener.follow(occasion);
            return;
        }
        // Until the module is loaded no voice is positioned, but earshot needs the position of the listener.
        const { m } = (this.nodes?.position ?? this.scene.activeCamera)?.getWorldMatrix() ?? {};
        this.moveTo(m?.[12], m?.[13], m?.[14]);
    }
}

function isNode(value: Node | IListenerNodes | null | undefined): value is Node {
    return typeof (value as Partial<Node> | null | undefined)?.getWorldMatrix === "function";
}
