import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { AudioHost } from "../audio/audioHost.js";
import { ListenerGuard } from "./listenerGuard.js";
import type { IVector } from "./poseMath.js";
import { VoiceListener } from "./voiceListener.js";
import type { FrameOccasion } from "./voiceListener.js";

/** Nodes that define the listener of a scene. */
export interface IListenerNodes {
    /** Node at the position of the listener, for example the player. */
    readonly position: Node;
    /**
     * Node that defines the orientation: a camera, or a node that faces along its local +z, like `lookAt` and glTF models. Default: the scene's
     * active camera, so that a source on the left of the picture is heard from the left.
     */
    readonly orientation?: Node;
}

/** A scene with a listener. */
export interface IHeardScene {
    readonly scene: Scene;
    /** Nodes that the app has chosen; null = the active camera. */
    readonly nodes: IListenerNodes | null;
    /** World position of the listener. */
    readonly position: Vector3;
    /** Sets the position of the listener; an invalid position is ignored. */
    moveTo(x?: number, y?: number, z?: number): void;
}

/** Private members of a scene that are read if Babylon's deprecated `Sound` is used. */
interface ILegacyScene {
    readonly _mainSoundTrack?: ILegacyTrack;
    readonly soundTracks?: readonly ILegacyTrack[] | null;
    _getComponent?(name: string): ILegacyAudio | null;
}

/** Engine class with the deprecated audio engine as a static member. The deprecated engine wraps an AudioV2 engine. */
interface ILegacyEngineClass {
    readonly audioEngine?: { readonly _v2?: unknown } | null;
}

interface ILegacyTrack {
    readonly soundCollection: readonly unknown[];
}

/** Listener callbacks of an app that uses Babylon's deprecated `Sound`: position, and direction for WebAudio. */
interface ILegacyAudio {
    readonly audioListenerPositionProvider?: (() => Readonly<IVector>) | null;
    readonly audioListenerRotationProvider?: (() => Readonly<IVector>) | null;
}

/** Temporary values, which are used only within one call. */
const readRotation = new Quaternion();
const [xAxis, yAxis, zAxis] = [new Vector3(), new Vector3(), new Vector3()];

/**
 * The listener of one scene. By default it follows the active camera. The app can override this: by choosing nodes, by attaching Babylon's
 * listener or writing to it, by writing to WebAudio's listener, or by the callbacks from before AudioV2. A listener that the app moves is only
 * read. An invalid pose (NaN, or a matrix with zero scale) is ignored, and the last pose stays.
 */
export class SceneListener {
    private readonly _host: AudioHost;
    private readonly _heard: IHeardScene;
    private readonly _listener: VoiceListener;
    private readonly _guard: ListenerGuard;
    private readonly _rotation: Quaternion;
    /** Update flags of the matrices that were read last, so that unchanged matrices are skipped. Babylon's flags are unique across all matrices. */
    private _placeFlag = NaN;
    private _turnFlag = NaN;
    private _turnNode: Node | null = null;
    /** Source of the last pose, and the last values of Babylon's listener. */
    private _source: "nodes" | "babylon" | "others" = "nodes";
    private readonly _readQuaternion = new Quaternion(NaN);
    private readonly _readAngles: Vector3;
    /** True once other code moves WebAudio's listener. */
    private _isOverwritten = false;
    /** True once a callback of the app has thrown. */
    private _hasFailed = false;

    /**
     * @param host - host of the audio engine that plays the scene
     * @param heard - the scene
     */
    public constructor(host: AudioHost, heard: IHeardScene) {
        const { rotation, rotationQuaternion } = host.engine.listener;
        this._host = host;
        this._heard = heard;
        this._listener = VoiceListener.For(host);
        this._guard = ListenerGuard.For(host);
        this._rotation = rotationQuaternion.clone();
        this._readAngles = rotation.clone().setAll(0);
    }

    /** Prepares the listener for voices. Each call needs a `release`. */
    public hold(): void {
        this._listener.hold();
    }

    /** Releases the listener when the scene has no more voices. */
    public release(): void {
        this._listener.release(this);
    }

    /**
     * Updates the listener; called after every frame. Allocates nothing.
     * @param occasion - `unseen` for a timer tick that replaces a rendered frame
     */
    public follow(occasion: FrameOccasion): void {
        const { _heard, _host, _listener, _guard, _rotation } = this;
        const { scene, nodes, position } = _heard;
        const { listener } = _host.engine;
        const frame = scene.getEngine().frameId;
        const isHere = _listener.hasPoseOf(this, frame, occasion);
        if (listener.isAttached) {
            this._readBabylon();
            this._isOverwritten = false;
            if (isHere) {
                _guard.accept();
                _listener.move(position, _rotation, this, frame);
            }
            return;
        }
        // Reading `scene.audioListenerPositionProvider` instead would create the audio component.
        const legacy = (scene as ILegacyScene)._getComponent?.("Audio") ?? null;
        const isShared = legacy !== null && this._isLegacySounding();
        // The first of several cameras, like in Babylon: the others are mini maps, or spectator views of an XR session.
        const camera = scene.activeCameras?.[0] ?? scene.activeCamera;
        let isOurs = true;
        if (nodes && !nodes.position.isDisposed()) {
            this._isOverwritten = false;
            this._readNodes(nodes.position, nodes.orientation?.isDisposed() === false ? nodes.orientation : camera);
        } else if (legacy?.audioListenerPositionProvider ?? legacy?.audioListenerRotationProvider) {
            this._readProviders(legacy, camera);
            isOurs = !isShared;
        } else if (isHere && _guard.isApps(this)) {
            // Babylon's own update loop also calls this, if it is active.
            listener.update();
            this._readBabylon();
            isOurs = false;
        } else if (isHere && !isShared && (this._isOverwritten ||= _listener.isOverwritten)) {
            this._readWebAudio();
            isOurs = false;
        } else {
            this._readNodes(camera, camera);
        }
        if (!isHere) {
            return;
        }
        if (isOurs) {
            _listener.isShared = isShared;
            _guard.put(position, _rotation);
            _listener.move(position, _rotation, this, frame);
        } else {
            _listener.read(position, _rotation);
        }
    }

    private _readNodes(place: Node | null, turn: Node | null): void {
        if (this._source !== "nodes") {
            this._source = "nodes";
            this._placeFlag = NaN;
            this._turnNode = null;
        }
        const matrix = place?.getWorldMatrix();
        if (matrix && matrix.updateFlag !== this._placeFlag) {
            const { m, updateFlag } = matrix;
            this._placeFlag = updateFlag;
            this._heard.moveTo(m[12], m[13], m[14]);
        }
        const turned = turn?.getWorldMatrix();
        if (!turn || !turned || (turn === this._turnNode && turned.updateFlag === this._turnFlag)) {
            return;
        }
        this._turnNode = turn;
        this._turnFlag = turned.updateFlag;
        if ("getViewMatrix" in turn) {
            // Gives exactly the same values as Babylon's own attachment.
            if (turned.decompose(undefined, readRotation)) {
                this._turn(readRotation);
            }
            return;
        }
        const { m } = turned;
        // In a right-handed scene, a camera looks along -z, but a node along +z.
        const sign = this._heard.scene.useRightHandedSystem ? -1 : 1;
        zAxis.copyFromFloats(m[8] ?? NaN, m[9] ?? NaN, m[10] ?? NaN).scaleInPlace(sign);
        this._turnAlong(zAxis, yAxis.copyFromFloats(m[4] ?? NaN, m[5] ?? NaN, m[6] ?? NaN));
    }

    /** Reads Babylon's listener in the order in which Babylon writes it: first a changed quaternion, then changed angles. */
    private _readBabylon(): void {
        const { position, rotationQuaternion, rotation } = this._host.engine.listener;
        const { _readQuaternion, _readAngles } = this;
        this._heard.moveTo(position.x, position.y, position.z);
        if (this._source !== "babylon") {
            this._source = "babylon";
            _readQuaternion.x = NaN;
        }
        if (!rotationQuaternion.equals(_readQuaternion)) {
            this._turn(_readQuaternion.copyFrom(rotationQuaternion));
        }
        if (!rotation.equals(_readAngles)) {
            _readAngles.copyFrom(rotation);
            this._turn(Quaternion.FromEulerAnglesToRef(rotation.x, rotation.y, rotation.z, readRotation));
        }
    }

    private _readWebAudio(): void {
        this._listener.readWebAudio(this._heard.position, zAxis, yAxis);
        this._turnAlong(zAxis.scaleInPlace(-1), yAxis);
        this._source = "others";
    }

    private _readProviders({ audioListenerPositionProvider, audioListenerRotationProvider }: ILegacyAudio, camera: Node | null): void {
        const at = this._provided("audioListenerPositionProvider", audioListenerPositionProvider);
        const along = this._provided("audioListenerRotationProvider", audioListenerRotationProvider);
        if (!at || !along) {
            this._readNodes(camera, camera);
        }
        if (at) {
            this._heard.moveTo(at.x, at.y, at.z);
        }
        if (along) {
            this._turnAlong(zAxis.copyFromFloats(-along.x, -along.y, -along.z), yAxis.copyFromFloats(0, 1, 0));
        }
        this._source = "others";
    }

    /** Calls a callback of the app. An error of the callback must not stop the frame. */
    private _provided(
        name: keyof ILegacyAudio,
        provider: (() => Readonly<IVector> | null | undefined) | null | undefined,
    ): Readonly<IVector> | null {
        try {
            return provider?.() ?? null;
        } catch (error) {
            if (!this._hasFailed) {
                this._hasFailed = true;
                Logger.Error(`babylon-rtc: \`scene.${name}\` threw, so voices are heard without it. ${String(error)}`);
            }
            return null;
        }
    }

    /** True if Babylon's deprecated component writes the same listener. */
    private _isLegacySounding(): boolean {
        const { scene } = this._heard;
        const { _mainSoundTrack: main, soundTracks } = scene as ILegacyScene;
        const { audioEngine } = scene.getEngine().constructor as ILegacyEngineClass;
        const isSounding = (main?.soundCollection.length ?? 0) > 0 || (soundTracks?.length ?? 0) > 1;
        return isSounding && audioEngine?._v2 === this._host.engine;
    }

    private _turn(to: Quaternion): void {
        if (Number.isFinite(to.x + to.y + to.z + to.w)) {
            this._rotation.copyFrom(to);
        }
    }

    /** Sets the rotation so that the z axis is along `z` and the y axis is as near to `y` as possible. Modifies both vectors. */
    private _turnAlong(z: Vector3, y: Vector3): void {
        const x = Vector3.CrossToRef(y, z, xAxis);
        if (x.lengthSquared() > 0) {
            Vector3.CrossToRef(z, x, y);
            this._turn(Quaternion.RotationQuaternionFromAxisToRef(x, y, z, readRotation));
        }
    }
}
