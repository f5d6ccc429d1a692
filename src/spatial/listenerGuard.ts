import type { AbstractSpatialAudioListener } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudioListener.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AudioHost } from "../audio/audioHost.js";

const guards = new WeakMap<AudioHost, ListenerGuard>();

/** Private members of Babylon's listener that are read: the last pose from an attachment; zero if there never was one. */
interface IAttachedListener {
    readonly _attacherComponent?: { readonly _position?: Vector3; readonly _rotationQuaternion?: Quaternion } | null;
}

/** Pose of Babylon's listener. It has two rotations, of which the last written one counts. */
interface IListenerPose {
    position: Vector3;
    rotationQuaternion: Quaternion;
    rotation: Vector3;
}

/**
 * Detects and preserves what an app writes into Babylon's listener object. There is one guard per audio engine, shared by all scenes that are
 * heard on the engine. An app that moves the listener, in each frame or only once, keeps control of it. The library writes its own poses into
 * vectors of the guard, since the app may have assigned a mesh's vector to the listener, or may keep the listener's vector and write to it.
 */
export class ListenerGuard {
    private readonly _listener: AbstractSpatialAudioListener;
    private readonly _ownPosition: Vector3;
    private readonly _ownRotation: Quaternion;
    /** Objects that are expected in the listener. */
    private readonly _expected: IListenerPose;
    /** Values that are expected in these objects. */
    private readonly _values: IListenerPose;
    /** The app's objects, which the guard's vectors have replaced. */
    private readonly _apps: IListenerPose;
    /** Last known values of the app's objects. */
    private readonly _appsValues: IListenerPose;
    private _isApps = false;
    private _mover: object | null = null;

    private constructor(listener: AbstractSpatialAudioListener) {
        const { position, rotationQuaternion, rotation } = listener;
        const attacher = (listener as IAttachedListener)._attacherComponent;
        this._listener = listener;
        this._ownPosition = position.clone();
        this._ownRotation = rotationQuaternion.clone();
        this._expected = { position, rotationQuaternion, rotation };
        this._apps = { position, rotationQuaternion, rotation };
        this._appsValues = { position: position.clone(), rotationQuaternion: rotationQuaternion.clone(), rotation: rotation.clone() };
        // Values of a listener that the app has not touched: Babylon's initial values, or the pose that an attachment has left.
        this._values = {
            position: attacher?._position?.clone() ?? position.clone().setAll(0),
            rotationQuaternion: attacher?._rotationQuaternion?.clone() ?? rotationQuaternion.clone().copyFromFloats(0, 0, 0, 1),
            rotation: rotation.clone().setAll(0),
        };
    }

    /**
     * Returns the guard of an audio engine. There is one per engine.
     * @param host - the engine's host
     * @returns the guard
     */
    public static For(host: AudioHost): ListenerGuard {
        let guard = guards.get(host);
        if (!guard) {
            guard = new ListenerGuard(host.engine.listener);
            guards.set(host, guard);
        }
        return guard;
    }

    /**
     * Detects whether the app moves the listener. Called in every frame, before a pose is written. The result stays true until another scene is
     * heard, the app attaches the listener, or a pose is written in spite of the result.
     * @param mover - scene listener that asks; a new one accepts the current pose
     * @returns true if the app moves the listener
     */
    public isApps(mover: object): boolean {
        if (mover !== this._mover) {
            if (this._mover) {
                this.accept();
            }
            this._mover = mover;
        }
        if (!this._isApps && this._isTouched()) {
            this._isApps = true;
            this._giveBack();
        }
        return this._isApps;
    }

    /** Accepts the current pose as not chosen by the app, like a pose that an attachment leaves. */
    public accept(): void {
        const { position, rotationQuaternion, rotation } = this._listener;
        this._isApps = false;
        this._expected.position = position;
        this._expected.rotationQuaternion = rotationQuaternion;
        this._expected.rotation = rotation;
        this._values.position.copyFrom(position);
        this._values.rotationQuaternion.copyFrom(rotationQuaternion);
        this._values.rotation.copyFrom(rotation);
        this._appsValues.position.copyFrom(this._apps.position);
        this._appsValues.rotationQuaternion.copyFrom(this._apps.rotationQuaternion);
    }

    /**
     * Writes a pose into the listener.
     * @param position - the position
     * @param rotation - the rotation
     */
    public put(position: Vector3, rotation: Quaternion): void {
        const { _listener, _apps, _appsValues, _ownPosition, _ownRotation } = this;
        if (_listener.position !== _ownPosition) {
            _apps.position = _listener.position;
            _appsValues.position.copyFrom(_listener.position);
            _listener.position = _ownPosition;
        }
        if (_listener.rotationQuaternion !== _ownRotation) {
            _apps.rotationQuaternion = _listener.rotationQuaternion;
            _appsValues.rotationQuaternion.copyFrom(_listener.rotationQuaternion);
            _listener.rotationQuaternion = _ownRotation;
        }
        _ownPosition.copyFrom(position);
        _ownRotation.copyFrom(rotation);
        this.accept();
    }

    private _isTouched(): boolean {
        const { _listener: at, _expected: objects, _values: values, _apps, _appsValues } = this;
        return (
            at.position !== objects.position ||
            at.rotationQuaternion !== objects.rotationQuaternion ||
            at.rotation !== objects.rotation ||
            !at.position.equals(values.position) ||
            !at.rotationQuaternion.equals(values.rotationQuaternion) ||
            !at.rotation.equals(values.rotation) ||
            !_apps.position.equals(_appsValues.position) ||
            !_apps.rotationQuaternion.equals(_appsValues.rotationQuaternion)
        );
    }

    /**
     * Restores the app's value of the property (position or rotation) that the app has not written: the app's own object, or a copy if the app writes
     * into the guard's vectors.
     */
    private _giveBack(): void {
        const { _listener: at, _apps, _values, _ownPosition, _ownRotation } = this;
        const isPlaced = !_ownPosition.equals(_values.position);
        const isTurned = !_ownRotation.equals(_values.rotationQuaternion);
        if (at.position === _ownPosition && !isPlaced) {
            at.position = isTurned ? _ownPosition.copyFrom(_apps.position) : _apps.position;
        }
        if (at.rotationQuaternion === _ownRotation && !isTurned) {
            at.rotationQuaternion = isPlaced ? _ownRotation.copyFrom(_apps.rotationQuaternion) : _apps.rotationQuaternion;
        }
    }
}
