import type { AbstractSoundSource, ISoundSourceOptions } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AbstractSpatialAudio } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudio.js";
import type { AudioHost } from "../audio/audioHost.js";
import { Coordinates, Pace, setRates, warnOnce } from "./coordinates.js";
import { audibleMove } from "./hearing/audibleMove.js";
import type { IPlacement } from "./hearing/audibleMove.js";
import { copy, mirrorDirectionToRef, mirrorPointToRef } from "./poseMath.js";
import type { IVector } from "./poseMath.js";
import { hasCone } from "./spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";
import { VoiceListener } from "./voiceListener.js";

/** Re-exported, so that it is loaded together with the panner. */
export { SceneListener } from "./sceneListener.js";

/** Phase offset between two voices, in slots. The golden ratio spreads the writes of any number of voices evenly over the frames. */
const golden = 0.618034;

let panners = 0;

/**
 * Time after a voice becomes audible at which its position is written again, in seconds. If the listener moved while the panner was disconnected,
 * Chromium (156) may keep the panner's old direction until one of the two moves.
 */
const confirmSeconds = 0.1;

/** Private members of Babylon's sound source that are read. */
interface ISourceInside {
    readonly _subGraph?: { getSubNode?(name: string): { readonly node?: Partial<PannerNode> } | null };
}

/**
 * A Babylon sound source with a position. Writes directly to the source's panner node, with fewer and cheaper writes than Babylon's setters. If the
 * panner node is not found, the setters are used.
 */
export class VoicePanner {
    /** The sound source; disposed by its owner. */
    public readonly source: AbstractSoundSource;

    private readonly _listener: VoiceListener;
    /** Cached, since the getter of a disposed source would create a new object. */
    private readonly _spatial: AbstractSpatialAudio;
    private readonly _pace = new Pace();
    private readonly _phase = (panners++ * golden) % 1;
    private readonly _position: Coordinates | null = null;
    private readonly _orientation: Coordinates | null = null;
    private readonly _from: IPlacement | null = null;
    /** Target position and direction for WebAudio; while mirrored, not those in the scene. */
    private readonly _to: { readonly position: IVector; readonly facing: IVector } = {
        position: { x: 0, y: 0, z: 0 },
        facing: { x: 1, y: 0, z: 0 },
    };
    /** Options last applied to the source. */
    private _options: ISpatialVoiceOptions;
    /** The listener's version when the target position was last computed. */
    private _version = 0;
    private _isMirrored = false;
    private _pending = false;
    /** Context time at which the position is written again, in seconds; Infinity = not pending. */
    private _confirmAt = Infinity;
    /** The listener's version when the voice was last heard. */
    private _heardVersion = 0;

    /**
     * @param host - host of the audio engine that plays the source
     * @param source - a spatial source that has not been moved yet
     * @param options - options with which the source was created
     */
    public constructor(host: AudioHost, source: AbstractSoundSource, options: ISpatialVoiceOptions) {
        this._listener = VoiceListener.For(host);
        this.source = source;
        this._options = options;
        this._spatial = source.spatial;
        const panner = (source as unknown as ISourceInside)._subGraph?.getSubNode?.("Spatial")?.node;
        const position = Coordinates.Of(panner?.positionX, panner?.positionY, panner?.positionZ);
        const orientation = Coordinates.Of(panner?.orientationX, panner?.orientationY, panner?.orientationZ);
        const params = [...(position?.params ?? []), ...(orientation?.params ?? [])];
        if (this._listener.isCheap && position && orientation && setRates(params, () => "k-rate")) {
            // Babylon has scheduled initial ramps that change nothing.
            params.forEach((param) => param.cancelScheduledValues(0));
            this._position = position;
            this._orientation = orientation;
            this._from = { position: position.written, facing: orientation.written };
        } else {
            warnOnce();
        }
    }

    /**
     * Creates a sound source and its panner.
     * @param host - host of the audio engine
     * @param name - name of the source
     * @param input - node that the source plays; owned by the caller
     * @param options - spatial options of the voice
     * @returns a promise of the panner; the caller owns its source
     */
    public static async CreateAsync(host: AudioHost, name: string, input: AudioNode, options: ISpatialVoiceOptions): Promise<VoicePanner> {
        const source = await host.engine.createSoundSourceAsync(name, input, toSoundOptions(options));
        return new VoicePanner(host, source, options);
    }

    /**
     * Applies changed options to the source. Compares them with the last applied ones, since Babylon's getters do not return the creation options.
     * @param options - new spatial options
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
     * Moves the source to another position.
     * @param place - position and direction in the scene
     * @param leftHanded - whether the scene is left-handed
     * @param isHeard - whether the voice is heard now; the source then glides to the position, otherwise it jumps
     */
    public place(place: IPlacement, leftHanded: boolean, isHeard: boolean): void {
        const { _listener, _position, _orientation, _to } = this;
        this._aim(place, leftHanded);
        this.show(place);
        this._pending = false;
        if (!_position || !_orientation) {
            return;
        }
        if (isHeard) {
            _position.glide(_to.position, _listener.now);
        } else {
            _position.settle(_to.position, _listener.now);
            this._confirmAt = this._heardVersion === _listener.version ? Infinity : _listener.now + confirmSeconds;
        }
        if (hasCone(this._options)) {
            if (isHeard) {
                _orientation.glide(_to.facing, _listener.now);
            } else {
                _orientation.set(_to.facing, _listener.now);
            }
        }
    }

    /**
     * Updates the position; called in every frame in which the voice is heard. Allocates nothing.
     * @param place - position and direction in the scene
     * @param leftHanded - whether the scene is left-handed
     * @param moved - whether the place has changed since the last call
     */
    public follow(place: IPlacement, leftHanded: boolean, moved: boolean): void {
        const { _listener, _position, _orientation, _from, _to, _options } = this;
        const isMirrored = leftHanded && _options.panningModel === "HRTF";
        const isTurned = isMirrored !== this._isMirrored || (isMirrored && this._version !== _listener.version);
        if (moved || isTurned) {
            this._aim(place, leftHanded);
            this.show(place);
            this._pending = true;
        }
        this._heardVersion = _listener.version;
        if (_listener.now >= this._confirmAt && _listener.slot >= 0) {
            this._confirmAt = Infinity;
            _position?.confirm(_listener.position);
        }
        // A voice that moves with the listener is written together with the listener; otherwise its direction would jitter.
        if (!this._pending || _listener.isLate || !_position || !_orientation || !_from) {
            return;
        }
        const move = audibleMove(_listener.position, _from, _to, _options);
        const isHeard = move !== "none";
        const isDue = this._pace.isDue(Math.floor(_listener.slot + this._phase), moved || isTurned, isHeard);
        if (!isDue && !(_listener.isFresh && isHeard)) {
            return;
        }
        this._pending = false;
        // Browsers crossfade from one HRTF to the next, but smooth nothing else.
        if (_options.panningModel !== "HRTF" || _listener.isFresh || isTurned) {
            _position.glide(_to.position, _listener.now);
        } else if (move === "leap") {
            _position.approach(_to.position, _listener.now);
            // `settle` follows once the voice rests.
            this._pending = true;
        } else if (move === "step") {
            _position.set(_to.position, _listener.now);
        } else {
            _position.settle(_to.position, _listener.now);
        }
        if (hasCone(_options)) {
            _orientation.glide(_to.facing, _listener.now);
        }
    }

    /**
     * Sets the position that Babylon's tools show: the Inspector draws a sound without an attached node at its `spatial.position`. Allocates nothing,
     * and writes nothing to WebAudio.
     * @param place - position and direction in the scene
     */
    public show({ position, facing }: IPlacement): void {
        const { _spatial: spatial } = this;
        spatial.position.copyFromFloats(position.x, position.y, position.z);
        if (hasCone(this._options)) {
            spatial.orientation.copyFromFloats(facing.x, facing.y, facing.z);
        }
    }

    /** Computes the target position for WebAudio. If the panner node was not found, Babylon's setters write the position, if it has changed. */
    private _aim(place: IPlacement, leftHanded: boolean): void {
        const { _listener, _options, _spatial: spatial } = this;
        const { position, facing } = this._to;
        // Equal-power panning does not distinguish front and back, so mirroring would have no effect.
        const isMirrored = leftHanded && _options.panningModel === "HRTF";
        this._version = _listener.version;
        this._isMirrored = isMirrored;
        copy(place.position, position);
        copy(place.facing, facing);
        if (isMirrored) {
            mirrorPointToRef(position, _listener.position, _listener.axis, position);
            mirrorDirectionToRef(facing, _listener.axis, facing);
        }
        if (this._from) {
            return;
        }
        // Babylon's setter keeps the given vector and reads it immediately.
        const { position: at, orientation } = spatial;
        spatial.position = at.copyFromFloats(position.x, position.y, position.z);
        if (hasCone(_options)) {
            spatial.orientation = orientation.copyFromFloats(facing.x, facing.y, facing.z);
        }
    }
}

/** Converts a voice's options to Babylon's. Automatic updates are off, since each source would run its own loop. */
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
