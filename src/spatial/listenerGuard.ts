import type { AbstractSpatialAudioListener } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudioListener.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AudioHost } from "../audio/audioHost.js";

const guards = new WeakMap<AudioHost, ListenerGuard>();

/** Private part of Babylon's listener that is read: where an attachment has put it last; zero if there never was one. */
interface IAttachedListener {
    readonly _attacherComponent?: { readonly _position?: Vector3; readonly _rotationQuaternion?: Quaternion } | null;
}

/** A pose as Babylon's listener has it: the rotation is whichever of the two was written last. */
interface IListenerPose {
    position: Vector3;
    rotationQuaternion: Quaternion;
    rotation: Vector3;
}

/**
 * Keeps what an app writes into Babylon's listener object. There is one for each audio engine, shared by all scenes that are heard there; an app
 * that moves it by itself, each frame or once and for all, keeps it. What is put there lies in vectors of our own, since an app may have put some
 * mesh's own vector there, or keep the listener's and write to it.
 */
export class ListenerGuard {
    private readonly _listener: AbstractSpatialAudioListener;
    private readonly _ownPosition: Vector3;
    private readonly _ownRotation: Quaternion;
    /** Objects that are expected in the listener. */
    private readonly _expected: IListenerPose;
    /** Values that are expected in them. */
    private readonly _values: IListenerPose;
    /** The app's objects. */
    private readonly _apps: IListenerPose;
    /** Their values when they were replaced. */
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
        // Untouched, it is where Babylon makes it, or where an attachment left it.
        this._values = {
            position: attacher?._position?.clone() ?? position.clone().setAll(0),
            rotationQuaternion: attacher?._rotationQuaternion?.clone() ?? rotationQuaternion.clone().copyFromFloats(0, 0, 0, 1),
            rotation: rotation.clone().setAll(0),
        };
    }

    /**
     * Gives the one guard of an audio engine.
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
     * Finds out whether the app moves the listener; called in every frame, before anything is put there. Once it does, it does so until another scene
     * is listened in, it attaches the listener, or something is put there all the same.
     * @param mover - the scene's; another one begins with what is there
     * @returns whether it does
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

    /** Takes what is there for nobody's choice, as what an attachment leaves. */
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
     * Puts a pose there.
     * @param position - where it shall be
     * @param rotation - how it shall be turned
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

    /** Gives the app back what it has not written: in its own objects, unless it writes into ours. */
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
