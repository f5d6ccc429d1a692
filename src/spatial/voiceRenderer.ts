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
    readonly SceneListener: typeof SceneListener;
    readonly VoicePanner: typeof VoicePanner;
}

const renderers = new WeakMap<Scene, WeakMap<AudioEngineV2, VoiceRenderer>>();
/** Listeners that apps have chosen: one a scene, whatever engine plays, so that they outlive an engine. */
const listeners = new WeakMap<Scene, IListenerNodes>();
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
export class VoiceRenderer implements IHeardScene {
    /** The scene. */
    public readonly scene: Scene;
    /** The engine that its voices play on. */
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

    /** The nodes that the app has chosen for the scene's listener; null = none, so that it is the active camera. */
    public get nodes(): IListenerNodes | null {
        return listeners.get(this.scene) ?? null;
    }

    /**
     * Chooses the listener.
     * @param listener - a node or camera, or nodes; null = the active camera. Throws `invalidArgument` for anything else, and changes nothing.
     */
    public choose(listener: Node | IListenerNodes | null | undefined): void {
        const nodes = isNode(listener) ? { position: listener, orientation: listener } : (listener ?? null);
        if (nodes !== null && !(isNode(nodes.position) && isNode(nodes.orientation ?? nodes.position))) {
            throw new RtcError(
                "invalidArgument",
                "The listener must be a camera, another node, or { position, orientation } of such; null = the active camera.",
            );
        }
        if (nodes) {
            listeners.set(this.scene, nodes);
        } else {
            listeners.delete(this.scene);
        }
    }

    /** True if WebAudio would exchange front and back (see `mirrorPointToRef`). */
    public get leftHanded(): boolean {
        return !this.scene.useRightHandedSystem;
    }

    /** Says where the listener is; what is no place changes nothing. @internal */
    public moveTo(x?: number, y?: number, z?: number): void {
        movePoint(this.position, x, y, z);
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
            this._moveListener("rendered");
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

    /** Does at once what each frame does. */
    public update(): void {
        if (this._frameObserver) {
            if (pannerPart) {
                this._begin(pannerPart);
            }
            this._onFrame(this.scene);
        }
    }

    /** @param of - the scene if it was rendered, anything else if something stands in for that */
    private readonly _onFrame = (of: unknown): void => {
        const { position, _lastPosition, _voices } = this;
        this._moveListener(of === this.scene ? "rendered" : "unseen");
        const moved = !position.equals(_lastPosition);
        _lastPosition.copyFrom(position);
        // Backwards, since a voice may take itself out.
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
        // Until its code is there nothing is placed, but what is too far away is known.
        const { m } = (this.nodes?.position ?? this.scene.activeCamera)?.getWorldMatrix() ?? {};
        this.moveTo(m?.[12], m?.[13], m?.[14]);
    }
}

function isNode(value: Node | IListenerNodes | null | undefined): value is Node {
    return typeof (value as Partial<Node> | null | undefined)?.getWorldMatrix === "function";
}
