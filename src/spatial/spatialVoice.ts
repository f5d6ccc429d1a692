import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { AbstractSpatialAudio } from "@babylonjs/core/AudioV2/abstractAudio/subProperties/abstractSpatialAudio.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AsyncSubject, BehaviorSubject, ReplaySubject, distinctUntilChanged, takeUntil } from "rxjs";
import type { Observable } from "rxjs";
import { AudioHost } from "../audio/audioHost.js";
import { level$ } from "../audio/levelMeter.js";
import type { ITrackSource } from "../audio/trackSource.js";
import { checkVolume } from "../audio/volume.js";
import { RtcError } from "../errors/rtcError.js";
import { isInEarshot } from "./hearing/earshot.js";
import { mirrorDirectionToRef, mirrorPointToRef } from "./poseMath.js";
import { applySoundOptions, toSoundOptions } from "./soundOptions.js";
import { hasCone, resolveSpatialVoiceOptions } from "./spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";
import { VoiceOutput } from "./voiceOutput.js";
import { VoicePlace } from "./voicePlace.js";
import { VoiceRenderer } from "./voiceRenderer.js";
import type { IRenderedVoice } from "./voiceRenderer.js";

/** A voice without a place is as loud in each ear as one straight ahead at `minDistance`, so that nothing jumps when its avatar arrives. */
const straightAheadGain = Math.SQRT1_2;

/** What a voice is made with. */
export interface ISpatialVoiceInit extends Partial<ISpatialVoiceOptions> {
    /** The engine to play on; stays the caller's. */
    readonly audioEngine: AudioEngineV2;
    /** Name of the Babylon sound source, for Babylon's inspector. Default: `voice`. */
    readonly name?: string;
}

/**
 * Somebody's voice in a scene: a media track, heard from where a node is. Every member works at once, though the sound itself takes
 * a moment to be ready.
 */
export class SpatialVoice implements IRenderedVoice {
    /** Loudness as the voice arrives, before volume and distance and even while not audible: root mean square, 0 to 1, every 100 ms. Cold. Ends with the voice. */
    public readonly level$: Observable<number>;
    /** Whether the voice is near enough to be heard (`maxDistance`); true while it has no place. Replays, ends with the voice. */
    public readonly inEarshot$: Observable<boolean>;
    /** Why it cannot be heard: Babylon could not make its sound. Replays, ends with the voice. */
    public readonly error$: Observable<RtcError>;
    /** Resolves once what shall sound does, or the voice is disposed. Rejects with `unknown` if Babylon could not make the sound. */
    public readonly readyAsync: Promise<void>;

    private readonly _host: AudioHost;
    private readonly _renderer: VoiceRenderer;
    private readonly _track: ITrackSource;
    private readonly _name: string;
    private readonly _place = new VoicePlace();
    private readonly _inEarshot = new BehaviorSubject(true);
    private readonly _errors = new ReplaySubject<RtcError>(1);
    private readonly _disposed$ = new AsyncSubject<void>();
    private _options: ISpatialVoiceOptions;
    /** What the sound source has been told. */
    private _applied: ISpatialVoiceOptions;
    private _volume = 1;
    private _master = 1;
    private _audible = true;
    /** What sounds until the avatar arrives. */
    private _plain: VoiceOutput | null = null;
    /** What sounds from then on. */
    private _placed: VoiceOutput | null = null;
    private _started = false;
    private _disposed = false;

    /**
     * @param scene - the scene to be heard in
     * @param track - what is heard; stays the caller's and is never stopped here
     * @param options - how it sounds, and on which engine. Throws `invalidArgument`.
     */
    public constructor(scene: Scene, track: MediaStreamTrack, options: ISpatialVoiceInit) {
        this._options = resolveSpatialVoiceOptions(options);
        this._applied = this._options;
        this._name = options.name ?? "voice";
        this._host = AudioHost.For(options.audioEngine);
        this._renderer = VoiceRenderer.For(scene, options.audioEngine);
        this._track = this._host.openTrack(this._host.context, track);
        const { node } = this._track;
        this.level$ = level$(this._host, (analyser) => {
            node.connect(analyser);
            return () => node.disconnect(analyser);
        }).pipe(takeUntil(this._disposed$));
        this.error$ = this._errors.asObservable();
        this.inEarshot$ = this._inEarshot.pipe(distinctUntilChanged());
        this._renderer.add(this);
        // In a moment, since most voices get their node right after they were made.
        this.readyAsync = Promise.resolve().then(() => this._startAsync());
        this.readyAsync.catch(() => undefined);
    }

    /**
     * The node that the voice is heard from. Null: nowhere if there never was one (see `withoutAvatar`), otherwise from where the last
     * one stood; so it is too when the node is disposed.
     */
    public get node(): Node | null {
        return this._place.node;
    }

    public set node(node: Node | null) {
        if (this._disposed || node === this._place.node) {
            return;
        }
        this._place.node = node;
        this._listen();
        if (this._isHeard) {
            this._write();
        }
        this.refresh();
    }

    /** How loud, 0 to 4; 1 = as sent. Throws `invalidArgument` for anything else. Default: 1. */
    public get volume(): number {
        return this._volume;
    }

    public set volume(value: number) {
        this._volume = checkVolume(value);
        this.refresh();
    }

    /** What `volume` is multiplied with: how loud its listener wants all voices, 0 to 4. Default: 1. */
    public get master(): number {
        return this._master;
    }

    public set master(value: number) {
        this._master = checkVolume(value);
        this.refresh();
    }

    /** Whether the voice may be heard. While not, it costs nothing. Default: true. */
    public get audible(): boolean {
        return this._audible;
    }

    public set audible(value: boolean) {
        this._audible = value;
        this.refresh();
    }

    /** How the voice sounds from where it stands. */
    public get options(): ISpatialVoiceOptions {
        return this._options;
    }

    /** Whether the voice is near enough to be heard; true while it has no place. */
    public get inEarshot(): boolean {
        return this._inEarshot.value;
    }

    /**
     * Changes how the voice sounds from where it stands.
     * @param options - what shall change. Throws `invalidArgument` and changes nothing if any of it is unusable.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this._options = resolveSpatialVoiceOptions(options, this._options);
        const spatial = this._placed?.source?.spatial;
        if (spatial) {
            this._apply(spatial);
        }
        this._listen();
        this.refresh();
    }

    /** @internal */
    public follow(listenerMoved: boolean): void {
        const moved = this._place.read();
        if ((!moved && !listenerMoved) || !this._place.known) {
            return;
        }
        const wasHeard = this._isHeard;
        this._listen();
        // One that has just come into earshot has been written already.
        if (wasHeard && (moved || this._isMirrored)) {
            this._write();
        }
    }

    /** Decides what sounds, and how loud. @internal */
    public refresh(): void {
        if (this._disposed || !this._started) {
            return;
        }
        const { known } = this._place;
        const volume = this._audible ? this._volume * this._master : 0;
        const plainGain = !known && this._options.withoutAvatar === "heard" ? volume * straightAheadGain : 0;
        const placedGain = known && this._inEarshot.value ? volume : 0;
        if (plainGain > 0) {
            this._plain ??= this._watched(new VoiceOutput(this._host, this._track.node, this._name, {}));
        }
        if (this._plain) {
            this._plain.gain = plainGain;
            if (known) {
                this._plain.retire();
            }
        }
        if (placedGain > 0) {
            if (!this._isHeard) {
                // Nothing was written while it was not heard.
                this._write();
            }
            this._placed ??= this._createPlaced();
        }
        if (this._placed) {
            this._placed.gain = placedGain;
        }
    }

    /** Releases everything that it made, at once; the track lives on. Harmless if called twice. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        this._renderer.remove(this);
        this._place.dispose();
        // Meters first: they disconnect from the source themselves.
        this._disposed$.next();
        this._disposed$.complete();
        this._inEarshot.complete();
        this._errors.complete();
        this._plain?.dispose();
        this._placed?.dispose();
        this._track.dispose();
    }

    private get _isHeard(): boolean {
        return (this._placed?.gain ?? 0) > 0;
    }

    /** Whether it must be mirrored to be heard right. Equal power panning does not know front from back, so there it would be in vain. */
    private get _isMirrored(): boolean {
        return this._renderer.pose.mirrored && this._options.panningModel === "HRTF";
    }

    private async _startAsync(): Promise<void> {
        this._started = true;
        this.refresh();
        try {
            await Promise.all([this._plain?.readyAsync, this._placed?.readyAsync]);
        } catch (error) {
            throw soundError(error);
        }
    }

    private _createPlaced(): VoiceOutput {
        this._applied = this._options;
        return this._watched(new VoiceOutput(this._host, this._track.node, this._name, toSoundOptions(this._options), this._onPlacedReady));
    }

    private _watched(output: VoiceOutput): VoiceOutput {
        output.readyAsync.catch((error: unknown) => this._errors.next(soundError(error)));
        return output;
    }

    private readonly _onPlacedReady = (): void => {
        const spatial = this._placed?.source?.spatial;
        if (spatial) {
            // The options may have changed in the meantime.
            this._apply(spatial);
        }
    };

    private _apply(spatial: AbstractSpatialAudio): void {
        applySoundOptions(spatial, this._options, this._applied);
        this._applied = this._options;
        this._write();
    }

    /** Finds out whether it is near enough. */
    private _listen(): void {
        const { known, position } = this._place;
        if (!known || this._disposed) {
            return;
        }
        const was = this._inEarshot.value;
        const is = isInEarshot(was, this._renderer.pose.position, position, this._options.maxDistance);
        if (is !== was) {
            this._inEarshot.next(is);
            this.refresh();
        }
    }

    private _write(): void {
        const spatial = this._placed?.source?.spatial;
        if (!spatial) {
            return;
        }
        const { position, facing } = this._place;
        const { pose } = this._renderer;
        // Babylon's own vectors are filled and handed back to it: its setters write to the audio graph, and only what differs.
        const at = spatial.position;
        if (this._isMirrored) {
            mirrorPointToRef(position, pose.position, pose.axis, at);
        } else {
            at.copyFromFloats(position.x, position.y, position.z);
        }
        spatial.position = at;
        if (hasCone(this._options)) {
            const direction = spatial.orientation;
            if (this._isMirrored) {
                mirrorDirectionToRef(facing, pose.axis, direction);
            } else {
                direction.copyFromFloats(facing.x, facing.y, facing.z);
            }
            spatial.orientation = direction;
        }
    }
}

function soundError(error: unknown): RtcError {
    return RtcError.From(error, "unknown", "Babylon could not make a sound source for this voice, so it is not heard.");
}
