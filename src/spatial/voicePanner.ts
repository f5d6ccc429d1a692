import type { AbstractSoundSource, ISoundSourceOptions } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AbstractSpatialAudio } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudio.js";
import type { AbstractSpatialAudioListener } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudioListener.js";
import type { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import type { AudioHost } from "../audio/audioHost.js";
import { audibleMove } from "./hearing/audibleMove.js";
import type { IPlacement } from "./hearing/audibleMove.js";
import { forwardAxisToRef, mirrorDirectionToRef, mirrorPointToRef, upAxisToRef } from "./poseMath.js";
import type { IVector } from "./poseMath.js";
import { hasCone } from "./spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";

/** Times per second that the listener, or one moving voice, is written at most. */
const writesPerSecond = 30;

/** Length of a glide, in seconds: a little longer than until the next write, so that a steady move stays steady. */
const glideSeconds = 1.25 / writesPerSecond;

/** Time constant of an approach, in seconds: as late, on average, as a glide. */
const approachSeconds = glideSeconds / 2;

/** When a glide is over for certain, in seconds; it begins later if the audio thread is ahead. */
const glideOverSeconds = 0.2;

/** The smallest turn of the listener that is heard: 1.5°, as the cosine of half the angle. */
const leastTurn = Math.cos((0.75 * Math.PI) / 180);

/** The smallest step of the listener that is heard, in metres: 1 % of the distance of a sound 1 m away. */
const leastStep = 0.01;

/** Of a voice's phase: the golden ratio spreads any number of voices evenly over the frames. */
const golden = 0.618034;

/** Values of a glide; WebAudio copies them. An array, since Chromium reads a Float32Array by an iterator, which is garbage. */
const curve = [0, 0];

const listeners = new WeakMap<AudioHost, VoiceListener>();
let panners = 0;
let warned = false;

/**
 * Three parameters of WebAudio that are a point or a direction. They are of k-rate: computed once for 128 samples, which takes a quarter of
 * the audio thread's time; but only if those of panner and listener all are.
 */
class Coordinates {
    /** Value written last; NaN if none was. */
    public readonly written: IVector = { x: NaN, y: NaN, z: NaN };
    public readonly params: readonly AudioParam[];

    private readonly _x: AudioParam;
    private readonly _y: AudioParam;
    private readonly _z: AudioParam;
    /** When glides are over for certain, in seconds; Infinity: all three may be ramped by somebody else, as Babylon does at first. */
    private _until = Infinity;
    private _isApproaching = false;

    private constructor(x: AudioParam, y: AudioParam, z: AudioParam) {
        this._x = x;
        this._y = y;
        this._z = z;
        this.params = [x, y, z];
    }

    /** @returns null unless all three are parameters whose rate can be set */
    public static Of(...params: readonly (AudioParam | undefined)[]): Coordinates | null {
        const [x, y, z] = params;
        // As yet Firefox has no such property, and would take any that is set.
        return x && y && z && params.every((param) => param?.automationRate !== undefined) ? new Coordinates(x, y, z) : null;
    }

    /** Goes there at once. */
    public set(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        const isGliding = this._isGliding(now);
        if (to.x !== written.x) {
            set(this._x, (written.x = to.x), isGliding);
        }
        if (to.y !== written.y) {
            set(this._y, (written.y = to.y), isGliding);
        }
        if (to.z !== written.z) {
            set(this._z, (written.z = to.z), isGliding);
        }
    }

    /** Goes there in steps that get smaller: takes one call of WebAudio, but arrives with `settle` only. */
    public approach(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        const isGliding = this._isGliding(now);
        this._isApproaching = true;
        if (to.x !== written.x) {
            approach(this._x, (written.x = to.x), now, isGliding);
        }
        if (to.y !== written.y) {
            approach(this._y, (written.y = to.y), now, isGliding);
        }
        if (to.z !== written.z) {
            approach(this._z, (written.z = to.z), now, isGliding);
        }
    }

    /** Goes there at once, and ends an approach. */
    public settle(to: Readonly<IVector>, now: number): void {
        if (this._isApproaching) {
            this._isApproaching = false;
            this.written.x = this.written.y = this.written.z = NaN;
        }
        this.set(to, now);
    }

    /** Goes there in small steps of one size, as fine as k-rate has them. */
    public glide(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        this._until = now + glideOverSeconds;
        if (to.x !== written.x) {
            glide(this._x, (written.x = to.x), now);
        }
        if (to.y !== written.y) {
            glide(this._y, (written.y = to.y), now);
        }
        if (to.z !== written.z) {
            glide(this._z, (written.z = to.z), now);
        }
    }

    /** Lets the next write write all three, whatever somebody else has done to them. */
    public forget(): void {
        this.written.x = this.written.y = this.written.z = NaN;
        this._until = Infinity;
    }

    /** Whether a glide, or a ramp of somebody else, may stand in the way. */
    private _isGliding(now: number): boolean {
        const isGliding = now <= this._until;
        if (this._until === Infinity) {
            this._until = 0;
        }
        return isGliding;
    }
}

/** Schedule of writes: audible moves at most once per 1/30 s, the rest after 1/30 s of rest. */
class Pace {
    private _wrote = NaN;
    private _moved = NaN;

    /**
     * @param slot - number of the present slot; NaN while the context does not run, when nothing has to be saved
     * @param moved - whether there is a new move
     * @param isHeard - whether what is not written yet is heard
     * @returns whether it is written now
     */
    public isDue(slot: number, moved: boolean, isHeard: boolean): boolean {
        if (moved) {
            this._moved = slot;
        }
        const due = (isHeard && slot !== this._wrote) || !(moved || slot - this._moved <= 1);
        if (due) {
            this._wrote = slot;
        }
        return due;
    }
}

/** What is read of Babylon's listener beyond its public face: what it has told WebAudio. */
interface IListenerInside {
    readonly _lastPosition?: Vector3;
    readonly _lastRotationQuaternion?: Quaternion;
}

/** What is read of Babylon's sound source beyond its public face. */
interface ISourceInside {
    readonly _subGraph?: { getSubNode?(name: string): { readonly node?: Partial<PannerNode> } | null };
}

/**
 * The listener of an audio engine. Babylon's own object holds what it would without us, while WebAudio is told what is heard, in
 * fewer and cheaper writes.
 */
export class VoiceListener {
    /** Where it is, as WebAudio has it. */
    public readonly position: IVector;
    /** Its z axis, as WebAudio has it. */
    public readonly axis: IVector = { x: 0, y: 0, z: 1 };
    /** Changes with each write. */
    public version = 0;
    /** The context's time in this frame, in seconds. */
    public now = 0;
    /** The same in slots of 1/30 s; NaN while the context does not run. */
    public slot = NaN;
    /** Whether it was written in this frame. */
    public isFresh = false;
    /** Whether it has moved audibly and is written in the next slot. */
    public isLate = false;

    private readonly _host: AudioHost;
    private readonly _pace = new Pace();
    /** Pose last written into Babylon's listener object. */
    private readonly _position: Vector3;
    private readonly _rotation: Quaternion;
    private readonly _written: Quaternion;
    private readonly _forward: IVector = { x: 0, y: 0, z: 0 };
    private readonly _up: IVector = { x: 0, y: 0, z: 0 };
    /** Position, forward, up. Null: Babylon's setters do. */
    private _params: readonly [Coordinates, Coordinates, Coordinates] | null;
    private _rates: readonly AutomationRate[] = [];
    private _holders = 0;
    private _pending = false;
    /** Whose pose it has. */
    private _mover: object | null = null;
    /** Of the last move. */
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
     * Gives the one listener of an audio engine.
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

    /** True if the parameters are of k-rate, so that voices can be, too. */
    public get isCheap(): boolean {
        return this._params !== null;
    }

    /** Makes it cheap while there are voices. Each call needs a `release`. */
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

    /** Leaves the listener as it was found: exact, at the rate that it had, unless somebody else has changed that. */
    public release(): void {
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
     * Called in every frame. Where several scenes are heard by one engine, the one that is rendered last counts.
     * @param position - where it is now
     * @param rotation - how it is turned now, of length 1
     * @param mover - whose pose it is
     * @param frame - number of the frame
     */
    public move(position: Vector3, rotation: Quaternion, mover: object, frame: number): void {
        if (mover !== this._mover && frame === this._frame + 1) {
            // The one that was last in the frame before is still to come.
            return;
        }
        this._mover = mover;
        this._frame = frame;
        const { version } = this;
        this._follow(position, rotation);
        this.isFresh = version !== this.version;
        this.isLate = this._pending && this._isHeard();
    }

    private _follow(position: Vector3, rotation: Quaternion): void {
        const { context, engine } = this._host;
        this.now = context.currentTime;
        this.slot = context.state === "running" ? this.now * writesPerSecond : NaN;
        const { listener } = engine;
        const { _lastPosition: last, _lastRotationQuaternion: lastRotation } = insideOf(listener);
        const moved = !position.equals(this._position) || !rotation.equals(this._rotation);
        if (!this._params || listener.isAttached || !last || !lastRotation) {
            this._settle();
            if (!listener.isAttached) {
                listener.update();
            }
            this._params?.forEach((each) => each.forget());
            this._position.copyFrom(position);
            this._rotation.copyFrom(rotation);
            if (moved) {
                this._note();
            }
            return;
        }
        const isFirst = Number.isNaN(this._params[0].written.x);
        const isForeign = isFirst || !last.equals(this._position) || !lastRotation.equals(this._rotation);
        if (!moved && !isForeign && !this._pending) {
            return;
        }
        // WebAudio refuses what is no number with an error.
        if (!Number.isFinite(position.x + position.y + position.z + rotation.x + rotation.y + rotation.z + rotation.w)) {
            return;
        }
        this._position.copyFrom(position);
        this._rotation.copyFrom(rotation);
        // Babylon's own loop, or an attachment to come, shall find it done.
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

    /** Whether what is not written yet is heard. */
    private _isHeard(): boolean {
        const { _position: a, position: b, _rotation: q, _written: r } = this;
        const x = a.x - b.x;
        const y = a.y - b.y;
        const z = a.z - b.z;
        return x * x + y * y + z * z >= leastStep * leastStep || Math.abs(q.x * r.x + q.y * r.y + q.z * r.z + q.w * r.w) <= leastTurn;
    }

    /** Writes the exact pose, unless Babylon has written another since. */
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
        // As Babylon computes it: in WebAudio the listener looks along its own -z.
        _forward.x = -this.axis.x;
        _forward.y = -this.axis.y;
        _forward.z = -this.axis.z;
        upAxisToRef(this._rotation, _up);
        if (now === undefined) {
            _params[0].set(this._position, this.now);
            _params[1].set(_forward, this.now);
            _params[2].set(_up, this.now);
        } else {
            // It is the app's listener, too, and nothing else smooths its sounds.
            _params[0].glide(this._position, now);
            _params[1].glide(_forward, now);
            _params[2].glide(_up, now);
        }
    }

    /** Notes what WebAudio has been told. */
    private _note(): void {
        this.version++;
        copy(this._position, this.position);
        this._written.copyFrom(this._rotation);
        forwardAxisToRef(this._rotation, this.axis);
    }
}

/**
 * A Babylon sound source in a place. It writes to the panner inside by itself, in fewer and cheaper writes than Babylon's setters; where that
 * panner is not found, those do.
 */
export class VoicePanner {
    /** The source; its owner disposes of it. */
    public readonly source: AbstractSoundSource;

    private readonly _listener: VoiceListener;
    /** Kept, since a source that was disposed of would make itself another one. */
    private readonly _spatial: AbstractSpatialAudio;
    private readonly _pace = new Pace();
    private readonly _phase = (panners++ * golden) % 1;
    private readonly _position: Coordinates | null = null;
    private readonly _orientation: Coordinates | null = null;
    private readonly _from: IPlacement | null = null;
    private readonly _to: { position: Readonly<IVector>; facing: Readonly<IVector> };
    /** Options last applied to the source. */
    private _options: ISpatialVoiceOptions;
    /** The listener's when it was aimed last. */
    private _version = 0;
    private _isMirrored = false;
    private _pending = false;

    /**
     * @param host - the host of the engine that the source plays on
     * @param source - a spatial source that has not been moved yet
     * @param options - what the source was made with
     */
    public constructor(host: AudioHost, source: AbstractSoundSource, options: ISpatialVoiceOptions) {
        this._listener = VoiceListener.For(host);
        this.source = source;
        this._options = options;
        this._spatial = source.spatial;
        this._to = { position: this._spatial.position, facing: this._spatial.orientation };
        const panner = (source as unknown as ISourceInside)._subGraph?.getSubNode?.("Spatial")?.node;
        const position = Coordinates.Of(panner?.positionX, panner?.positionY, panner?.positionZ);
        const orientation = Coordinates.Of(panner?.orientationX, panner?.orientationY, panner?.orientationZ);
        const params = [...(position?.params ?? []), ...(orientation?.params ?? [])];
        if (this._listener.isCheap && position && orientation && setRates(params, () => "k-rate")) {
            // Babylon has begun with ramps that lead nowhere.
            params.forEach((param) => param.cancelScheduledValues(0));
            this._position = position;
            this._orientation = orientation;
            this._from = { position: position.written, facing: orientation.written };
        } else {
            warnOnce();
        }
    }

    /**
     * Makes a sound source.
     * @param host - the host of the engine
     * @param name - name of the source
     * @param input - what it plays; stays the caller's
     * @param options - how it sounds
     * @returns where it is moved; its source is the caller's
     */
    public static async CreateAsync(host: AudioHost, name: string, input: AudioNode, options: ISpatialVoiceOptions): Promise<VoicePanner> {
        const source = await host.engine.createSoundSourceAsync(name, input, toSoundOptions(options));
        return new VoicePanner(host, source, options);
    }

    /**
     * Brings the source up to changed options. What it has cannot be asked of it: Babylon's getters do not know the creation options.
     * @param options - what shall hold
     */
    public apply(options: ISpatialVoiceOptions): void {
        const { _spatial: spatial } = this;
        const before = this._options;
        this._options = options;
        if (options.panningModel !== before.panningModel) {
            spatial.panningModel = options.panningModel;
        }
        if (options.minDistance !== before.minDistance) {
            spatial.minDistance = options.minDistance;
        }
        if (options.maxDistance !== before.maxDistance) {
            spatial.maxDistance = options.maxDistance;
        }
        if (options.rolloffFactor !== before.rolloffFactor) {
            spatial.rolloffFactor = options.rolloffFactor;
        }
        if (options.distanceModel !== before.distanceModel) {
            spatial.distanceModel = options.distanceModel;
        }
        if (options.coneInnerAngle !== before.coneInnerAngle) {
            spatial.coneInnerAngle = options.coneInnerAngle;
        }
        if (options.coneOuterAngle !== before.coneOuterAngle) {
            spatial.coneOuterAngle = options.coneOuterAngle;
        }
        if (options.coneOuterVolume !== before.coneOuterVolume) {
            spatial.coneOuterVolume = options.coneOuterVolume;
        }
    }

    /**
     * Puts it somewhere else.
     * @param place - in the scene
     * @param leftHanded - whether the scene is left-handed
     * @param isHeard - whether it is heard now, so that it glides there instead of being there at once
     */
    public place(place: IPlacement, leftHanded: boolean, isHeard: boolean): void {
        const { _listener, _position, _orientation, _spatial: spatial } = this;
        this._aim(place, leftHanded);
        this._pending = false;
        if (!_position || !_orientation) {
            return;
        }
        if (isHeard) {
            _position.glide(spatial.position, _listener.now);
        } else {
            _position.settle(spatial.position, _listener.now);
        }
        if (hasCone(this._options)) {
            if (isHeard) {
                _orientation.glide(spatial.orientation, _listener.now);
            } else {
                _orientation.set(spatial.orientation, _listener.now);
            }
        }
    }

    /**
     * Lets it follow; called in every frame in which it is heard. Allocates nothing.
     * @param place - in the scene
     * @param leftHanded - whether the scene is left-handed
     * @param moved - whether it moved there since the last call
     */
    public follow(place: IPlacement, leftHanded: boolean, moved: boolean): void {
        const { _listener, _position, _orientation, _from, _options } = this;
        const isMirrored = leftHanded && _options.panningModel === "HRTF";
        const isTurned = isMirrored !== this._isMirrored || (isMirrored && this._version !== _listener.version);
        if (moved || isTurned) {
            this._aim(place, leftHanded);
            this._pending = true;
        }
        // What moves together with the listener is written together with it, or it would flutter.
        if (!this._pending || _listener.isLate || !_position || !_orientation || !_from) {
            return;
        }
        // Babylon's own vectors hold where it is; tools read them.
        const { _spatial: spatial } = this;
        this._to.position = spatial.position;
        this._to.facing = spatial.orientation;
        const move = audibleMove(_listener.position, _from, this._to, _options);
        const isHeard = move !== "none";
        const isDue = this._pace.isDue(Math.floor(_listener.slot + this._phase), moved || isTurned, isHeard);
        if (!isDue && !(_listener.isFresh && isHeard)) {
            return;
        }
        this._pending = false;
        // Browsers blend from one HRTF to the next by themselves, and nothing else.
        if (_options.panningModel !== "HRTF" || _listener.isFresh || isTurned) {
            _position.glide(spatial.position, _listener.now);
        } else if (move === "leap") {
            _position.approach(spatial.position, _listener.now);
            // It settles once the voice rests.
            this._pending = true;
        } else if (move === "step") {
            _position.set(spatial.position, _listener.now);
        } else {
            _position.settle(spatial.position, _listener.now);
        }
        if (hasCone(_options)) {
            _orientation.glide(spatial.orientation, _listener.now);
        }
    }

    /** Fills Babylon's vectors; where the panner was not found, its setters write them to the audio graph, and only what differs. */
    private _aim({ position, facing }: IPlacement, leftHanded: boolean): void {
        const { _listener, _options, _spatial: spatial } = this;
        const at = spatial.position;
        const direction = spatial.orientation;
        // Equal power panning does not know front from back, so there it would be in vain.
        const isMirrored = leftHanded && _options.panningModel === "HRTF";
        this._version = _listener.version;
        this._isMirrored = isMirrored;
        if (isMirrored) {
            mirrorPointToRef(position, _listener.position, _listener.axis, at);
        } else {
            at.copyFromFloats(position.x, position.y, position.z);
        }
        if (hasCone(_options)) {
            if (isMirrored) {
                mirrorDirectionToRef(facing, _listener.axis, direction);
            } else {
                direction.copyFromFloats(facing.x, facing.y, facing.z);
            }
        }
        if (!this._from) {
            spatial.position = at;
            if (hasCone(_options)) {
                spatial.orientation = direction;
            }
        }
    }
}

/** A voice's options as Babylon's, without automatic updates: each of those would run a loop of its own. */
function toSoundOptions(options: ISpatialVoiceOptions): Partial<ISoundSourceOptions> {
    return {
        mediaStreamSinkEnabled: false,
        spatialEnabled: true,
        spatialAutoUpdate: false,
        spatialPanningModel: options.panningModel,
        spatialDistanceModel: options.distanceModel,
        spatialMinDistance: options.minDistance,
        spatialMaxDistance: options.maxDistance,
        spatialRolloffFactor: options.rolloffFactor,
        spatialConeInnerAngle: options.coneInnerAngle,
        spatialConeOuterAngle: options.coneOuterAngle,
        spatialConeOuterVolume: options.coneOuterVolume,
    };
}

function insideOf(listener: AbstractSpatialAudioListener): IListenerInside {
    return listener as unknown as IListenerInside;
}

/** @returns whether the browser lets them be set */
function setRates(params: readonly AudioParam[], rateOf: (param: AudioParam, index: number) => AutomationRate): boolean {
    try {
        params.forEach((param, index) => (param.automationRate = rateOf(param, index)));
        return true;
    } catch {
        return false;
    }
}

function set(param: AudioParam, value: number, isGliding: boolean): void {
    if (isGliding) {
        param.cancelScheduledValues(0);
    }
    try {
        param.value = value;
    } catch {
        // A ramp of somebody else, or a glide that was long delayed, stands in the way.
        param.cancelScheduledValues(0);
        param.value = value;
    }
}

function approach(param: AudioParam, value: number, now: number, isGliding: boolean): void {
    if (isGliding) {
        param.cancelScheduledValues(0);
    }
    try {
        param.setTargetAtTime(value, now, approachSeconds);
    } catch {
        // As in `set`.
        param.cancelScheduledValues(0);
        param.setTargetAtTime(value, now, approachSeconds);
    }
}

function glide(param: AudioParam, value: number, now: number): void {
    curve[0] = param.value;
    curve[1] = value;
    param.cancelScheduledValues(0);
    param.setValueCurveAtTime(curve, now, glideSeconds);
}

function copy(from: Readonly<IVector>, to: IVector): void {
    to.x = from.x;
    to.y = from.y;
    to.z = from.z;
}

function warnOnce(): void {
    if (!warned) {
        warned = true;
        Logger.Warn(
            "babylon-rtc: This browser, or this version of Babylon, moves voices by Babylon's setters alone, which takes more time.",
        );
    }
}
