import type { AbstractSpatialAudioListener } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudioListener.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AudioHost } from "../audio/audioHost.js";
import { Coordinates, Pace, setRates, warnOnce, writesPerSecond } from "./coordinates.js";
import { copy, forwardAxisToRef, upAxisToRef } from "./poseMath.js";
import type { IVector } from "./poseMath.js";

/** Smallest audible turn of the listener: 1.5°, as the cosine of half the angle. */
const leastTurn = Math.cos((0.75 * Math.PI) / 180);

/** Smallest audible move of the listener, in metres: 1 % of the distance of a sound 1 m away. */
const leastStep = 0.01;

const listeners = new WeakMap<AudioHost, VoiceListener>();

/** Occasion for moving a listener: a rendered frame of the scene, or a timer tick while the scene is not rendered. */
export type FrameOccasion = "rendered" | "unseen";

/** Private members of Babylon's listener that are used: the pose that Babylon has written to WebAudio. */
interface IListenerInside {
    readonly _lastPosition?: Vector3;
    readonly _lastRotationQuaternion?: Quaternion;
}

/**
 * The listener of an audio engine. Babylon's own listener object has the same values as without this library, but WebAudio's listener gets
 * fewer and cheaper writes, without an audible difference.
 */
export class VoiceListener {
    /** Position that was last written to WebAudio. */
    public readonly position: IVector;
    /** Local z axis of the pose that was last written to WebAudio. */
    public readonly axis: IVector = { x: 0, y: 0, z: 1 };
    /** Incremented each time WebAudio's listener gets another pose, from here or from other code. */
    public version = 0;
    /** Context time of this frame, in seconds. */
    public now = 0;
    /** Context time of this frame, in slots of 1/30 s; NaN while the context does not run. */
    public slot = NaN;
    /** True if WebAudio's listener got another pose in this frame. */
    public isFresh = false;
    /** True if the listener has moved audibly, and the write waits for the next slot. */
    public isLate = false;
    /** True if other code sets the same parameters. There are no glides then: during one, the other code's writes would throw. Default: false. */
    public isShared = false;

    private readonly _host: AudioHost;
    private readonly _pace = new Pace();
    /** Pose last written into Babylon's listener object. */
    private readonly _position: Vector3;
    private readonly _rotation: Quaternion;
    private readonly _written: Quaternion;
    private readonly _forward: IVector = { x: 0, y: 0, z: 0 };
    private readonly _up: IVector = { x: 0, y: 0, z: 0 };
    /** Parameters of position, forward and up. Null = Babylon's setters are used. */
    private _params: readonly [Coordinates, Coordinates, Coordinates] | null;
    private _rates: readonly AutomationRate[] = [];
    private _holders = 0;
    private _pending = false;
    /** Scene listener that controls the pose. */
    private _mover: object | null = null;
    /** True if the mover has changed since the last move. */
    private _isLeaping = false;
    /** Frame number of the mover's last update. */
    private _frame = NaN;

    private constructor(host: AudioHost) {
        const { listener } = host.engine;
        const { _lastPosition, _lastRotationQuaternion } = insideOf(listener);
        const inner = host.context.listener as Partial<AudioListener>;
        const position = Coordinates.Of(inner.positionX, inner.positionY, inner.positionZ);
        const forward = Coordinates.Of(inner.forwardX, inner.forwardY, inner.forwardZ);
        const up = Coordinates.Of(inner.upX, inner.upY, inner.upZ);
        this._host = host;
        this._params = position && forward && up && _lastPosition && _lastRotationQuaternion ? [position, forward, up] : null;
        this._position = listener.position.clone();
        this._rotation = listener.rotationQuaternion.clone();
        this._written = this._rotation.clone();
        this.position = this._position.clone();
        forwardAxisToRef(this._rotation, this.axis);
    }

    /**
     * Returns the listener of an audio engine. There is one per engine.
     * @param host - the engine's host
     * @returns the listener
     */
    public static For(host: AudioHost): VoiceListener {
        let listener = listeners.get(host);
        if (!listener) {
            listener = new VoiceListener(host);
            listeners.set(host, listener);
        }
        return listener;
    }

    /** True if the listener's parameters can run at k-rate. A panner is cheap only if its own parameters and those of the listener do. */
    public get isCheap(): boolean {
        return this._params !== null;
    }

    /** Sets the parameters to k-rate while there are voices. Each call needs a `release`. */
    public hold(): void {
        if (this._holders++ > 0 || !this._params) {
            return;
        }
        const params = this._params.flatMap((each) => each.params);
        this._rates = params.map(({ automationRate }) => automationRate);
        if (!setRates(params, () => "k-rate")) {
            this._params = null;
        }
        this._params?.forEach((each) => each.forget());
        if (!this._params) {
            warnOnce();
        }
    }

    /**
     * Releases a `hold`. The last release writes the exact pose and restores the previous rates, unless other code has changed them.
     * @param mover - scene listener that no longer moves the listener
     */
    public release(mover?: object): void {
        if (mover === this._mover) {
            this._mover = null;
        }
        if (--this._holders > 0 || !this._params) {
            return;
        }
        this._settle();
        const { _rates } = this;
        setRates(
            this._params.flatMap((each) => each.params),
            ({ automationRate }, index) => (automationRate === "k-rate" ? _rates[index] : undefined) ?? automationRate,
        );
    }

    /**
     * Decides which scene controls the pose. If several scenes are heard on one engine, the scene that is rendered last in a frame does.
     * @param mover - scene listener that asks
     * @param frame - number of the frame
     * @param occasion - `unseen` for a timer tick, which never takes control from another scene
     * @returns true if the asking scene listener controls the pose from now on
     */
    public hasPoseOf(mover: object, frame: number, occasion: FrameOccasion): boolean {
        // The scene that was rendered last in the previous frame has not been rendered in this frame yet.
        if (mover !== this._mover && this._mover && (occasion === "unseen" || frame === this._frame + 1)) {
            return false;
        }
        this._isLeaping ||= mover !== this._mover;
        this._mover = mover;
        this._frame = frame;
        return true;
    }

    /**
     * Moves the listener; called in every frame.
     * @param position - current position
     * @param rotation - current rotation, of length 1
     * @param mover - scene listener of the pose
     * @param frame - number of the frame
     */
    public move(position: Vector3, rotation: Quaternion, mover: object, frame: number): void {
        if (!this.hasPoseOf(mover, frame, "rendered")) {
            return;
        }
        if (this._isLeaping) {
            // No glide from one scene to another.
            this._params?.forEach((each) => each.forget());
            this._isLeaping = false;
        }
        const { version } = this;
        this._follow(position, rotation);
        this.isFresh = version !== this.version;
        this.isLate = this._pending && this._isHeard();
    }

    /**
     * Records a pose that other code has set; called in every frame, instead of `move`. Writes nothing to WebAudio: that is left to Babylon.
     * @param position - current position
     * @param rotation - current rotation, of length 1
     */
    public read(position: Vector3, rotation: Quaternion): void {
        this._tick();
        this._pending = this.isLate = false;
        this.isFresh = this._yield(position, rotation);
    }

    /** True if other code has written to WebAudio's listener since the last write here. False if that cannot be read. */
    public get isOverwritten(): boolean {
        return this._params !== null && (this._params[0].isOverwritten || this._params[1].isOverwritten);
    }

    /**
     * Reads WebAudio's listener. Used if `isOverwritten`.
     * @param position - receives the position
     * @param forward - receives the direction in which WebAudio's listener looks
     * @param up - receives the up direction
     */
    public readWebAudio(position: IVector, forward: IVector, up: IVector): void {
        const { _params } = this;
        _params?.[0].read(position);
        _params?.[1].read(forward);
        _params?.[2].read(up);
    }

    private _tick(): void {
        const { context } = this._host;
        this.now = context.currentTime;
        this.slot = context.state === "running" ? this.now * writesPerSecond : NaN;
    }

    /**
     * Accepts a pose that other code has set.
     * @returns true if the listener has moved
     */
    private _yield(position: Vector3, rotation: Quaternion): boolean {
        const moved = !position.equals(this._position) || !rotation.equals(this._rotation);
        this._params?.[0].forget();
        this._params?.[1].forget();
        this._params?.[2].forget();
        this._position.copyFrom(position);
        this._rotation.copyFrom(rotation);
        if (moved) {
            this._note();
        }
        return moved;
    }

    private _follow(position: Vector3, rotation: Quaternion): void {
        const { listener } = this._host.engine;
        const { _lastPosition: last, _lastRotationQuaternion: lastRotation } = insideOf(listener);
        const moved = !position.equals(this._position) || !rotation.equals(this._rotation);
        this._tick();
        if (!this._params || listener.isAttached || !last || !lastRotation) {
            this._settle();
            if (!listener.isAttached) {
                listener.update();
            }
            this._yield(position, rotation);
            return;
        }
        const isFirst = Number.isNaN(this._params[0].written.x);
        const isForeign = isFirst || !last.equals(this._position) || !lastRotation.equals(this._rotation);
        if (!moved && !isForeign && !this._pending) {
            return;
        }
        // WebAudio throws for values that are not finite.
        if (!Number.isFinite(position.x + position.y + position.z + rotation.x + rotation.y + rotation.z + rotation.w)) {
            return;
        }
        this._position.copyFrom(position);
        this._rotation.copyFrom(rotation);
        // Babylon's own loop, or a later attachment, must find the pose already written.
        last.copyFrom(position);
        lastRotation.copyFrom(rotation);
        this._pending = true;
        if (isForeign) {
            this._params.forEach((each) => each.forget());
            this._write(isFirst ? undefined : this.now);
        } else if (this._pace.isDue(Math.floor(this.slot), moved, this._isHeard())) {
            this._write(this.now);
        }
    }

    /** True if the difference between the written and the current pose is audible. */
    private _isHeard(): boolean {
        const { _position: a, position: b, _rotation: q, _written: r } = this;
        const x = a.x - b.x;
        const y = a.y - b.y;
        const z = a.z - b.z;
        return x * x + y * y + z * z >= leastStep * leastStep || Math.abs(q.x * r.x + q.y * r.y + q.z * r.z + q.w * r.w) <= leastTurn;
    }

    /** Writes the exact pose if a write is pending, unless Babylon has written another pose since. */
    private _settle(): void {
        if (this._pending && insideOf(this._host.engine.listener)._lastPosition?.equals(this._position)) {
            this._write();
        }
        this._pending = false;
    }

    private _write(now?: number): void {
        const { _params, _forward, _up } = this;
        this._note();
        this._pending = false;
        if (!_params) {
            return;
        }
        // As Babylon computes it: WebAudio's listener looks along its local -z.
        _forward.x = -this.axis.x;
        _forward.y = -this.axis.y;
        _forward.z = -this.axis.z;
        upAxisToRef(this._rotation, _up);
        if (now === undefined || this.isShared) {
            _params[0].set(this._position, this.now);
            _params[1].set(_forward, this.now);
            _params[2].set(_up, this.now);
        } else {
            // Glides, since the app's own sounds use the same listener and are not smoothed otherwise.
            _params[0].glide(this._position, now);
            _params[1].glide(_forward, now);
            _params[2].glide(_up, now);
        }
    }

    /** Records the pose that WebAudio has. */
    private _note(): void {
        this.version++;
        copy(this._position, this.position);
        this._written.copyFrom(this._rotation);
        forwardAxisToRef(this._rotation, this.axis);
    }
}

function insideOf(listener: AbstractSpatialAudioListener): IListenerInside {
    return listener as unknown as IListenerInside;
}
