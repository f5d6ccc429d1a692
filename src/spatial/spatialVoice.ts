import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AsyncSubject, BehaviorSubject, ReplaySubject, distinctUntilChanged, takeUntil } from "rxjs";
import type { Observable } from "rxjs";
import { AudioHost } from "../audio/audioHost.js";
import { level$ } from "../audio/levelMeter.js";
import { VoiceInput } from "../audio/voiceInput.js";
import { checkVolume } from "../audio/volume.js";
import { RtcError } from "../errors/rtcError.js";
import { isInEarshot } from "./hearing/earshot.js";
import { resolveSpatialVoiceOptions } from "./spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";
import { VoiceOutput } from "./voiceOutput.js";
import type { VoicePanner } from "./voicePanner.js";
import { VoicePlace } from "./voicePlace.js";
import { VoiceRenderer } from "./voiceRenderer.js";
import type { IRenderedVoice } from "./voiceRenderer.js";

/** Gain of a voice without a position: the level in each ear of a voice straight ahead at `minDistance`, to avoid a jump when the avatar arrives. */
const straightAheadGain = Math.SQRT1_2;

/** Delay before loading a module of the library is retried, in milliseconds. */
const reloadAfterMs = 2_000;

/** Options of a new voice. */
export interface ISpatialVoiceInit extends Partial<ISpatialVoiceOptions> {
    /** Audio engine that plays the voice; owned by the caller. */
    readonly audioEngine: AudioEngineV2;
    /** Name of the Babylon sound source, for Babylon's inspector. Default: `voice`. */
    readonly name?: string;
}

/**
 * A voice in a scene: a media track that is heard from the position of a node. All members can be used immediately, although the sound
 * takes a moment to be ready.
 */
export class SpatialVoice implements IRenderedVoice {
    /**
     * Level of the received audio, before volume and distance, even while not audible: root mean square, 0 to 1, every 100 ms. Cold. Completes on
     * disposal.
     */
    public readonly level$: Observable<number>;
    /** True while the voice is within `maxDistance` or has no position. Replays. Completes on disposal. */
    public readonly inEarshot$: Observable<boolean>;
    /** Error that keeps the voice silent: Babylon could not create its sound, or a module cannot be loaded yet. Replays. Completes on disposal. */
    public readonly error$: Observable<RtcError>;
    /**
     * Resolves once the voice plays (if it is to be heard), or is disposed. Rejects with `unknown` if Babylon could not create the sound, or with
     * `serverUnreachable` if a module of this library could not be loaded; loading is then retried until it succeeds.
     */
    public readonly readyAsync: Promise<void>;

    private readonly _host: AudioHost;
    private _renderer: VoiceRenderer;
    private readonly _input: VoiceInput;
    private readonly _name: string;
    private readonly _place = new VoicePlace();
    private readonly _inEarshot = new BehaviorSubject(true);
    private readonly _errors = new ReplaySubject<RtcError>(1);
    private readonly _disposed$ = new AsyncSubject<void>();
    private _options: ISpatialVoiceOptions;
    private _volume = 1;
    private _master = 1;
    private _audible = true;
    /** Output until the avatar arrives. */
    private _plain: VoiceOutput | null = null;
    /** Output once there is an avatar. */
    private _placed: VoiceOutput | null = null;
    private _panner: VoicePanner | null = null;
    private _started = false;
    private _reloadTimer: ReturnType<typeof setTimeout> | undefined;
    private _isUnloaded = false;
    private _disposed = false;

    /**
     * @param scene - scene in which the voice is heard
     * @param track - audio track; owned by the caller and never stopped here
     * @param options - audio engine and spatial options. Throws `invalidArgument`.
     */
    public constructor(scene: Scene, track: MediaStreamTrack, options: ISpatialVoiceInit) {
        this._options = resolveSpatialVoiceOptions(options);
        this._name = options.name ?? "voice";
        this._host = AudioHost.For(options.audioEngine);
        this._renderer = VoiceRenderer.For(scene, options.audioEngine);
        this._input = new VoiceInput(this._host, track);
        this.level$ = level$(this._host, (analyser) => this._input.connect(analyser)).pipe(takeUntil(this._disposed$));
        this.error$ = this._errors.asObservable();
        this.inEarshot$ = this._inEarshot.pipe(distinctUntilChanged());
        this._renderer.add(this);
        // Deferred, since most voices get their node right after construction.
        this.readyAsync = Promise.resolve().then(() => this._startAsync());
        this.readyAsync.catch(() => undefined);
    }

    /**
     * Node at whose position the voice is heard. Null: no position if there never was a node (see `withoutAvatar`), otherwise the last
     * position of the previous node. A disposed node is replaced by null.
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
        this._follow(true);
        this.refresh();
    }

    /** Volume, 0 to 4; 1 = as sent. Throws `invalidArgument` for any other value. Default: 1. */
    public get volume(): number {
        return this._volume;
    }

    public set volume(value: number) {
        this._volume = checkVolume(value);
        this.refresh();
    }

    /** Master volume of all voices, which multiplies `volume`, 0 to 4. Throws `invalidArgument` for any other value. Default: 1. */
    public get master(): number {
        return this._master;
    }

    public set master(value: number) {
        this._master = checkVolume(value);
        this.refresh();
    }

    /** False = the voice is not played, and its audio is not processed. Default: true. */
    public get audible(): boolean {
        return this._audible;
    }

    public set audible(value: boolean) {
        this._audible = value;
        this.refresh();
    }

    /** Current spatial options. */
    public get options(): ISpatialVoiceOptions {
        return this._options;
    }

    /** True while the voice is within `maxDistance` or has no position. */
    public get inEarshot(): boolean {
        return this._inEarshot.value;
    }

    /**
     * Changes the spatial options.
     * @param options - options to change. Throws `invalidArgument` and changes nothing if any of them is invalid.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this._options = resolveSpatialVoiceOptions(options, this._options);
        if (this._placed?.source) {
            this._apply();
        }
        this._listen();
        this.refresh();
    }

    /**
     * Moves the voice to another scene. The voice plays from its previous position until `arrive` is called.
     * @param scene - the new scene
     * @internal
     */
    public moveTo(scene: Scene): void {
        if (!this._disposed) {
            this._renderer.remove(this);
            this._renderer = VoiceRenderer.For(scene, this._host.engine);
            this._renderer.add(this);
        }
    }

    /**
     * Moves the voice to its node at once, without a glide, since the listener has jumped as well. Without a node the voice has no position, like a
     * new voice.
     * @internal
     */
    public arrive(): void {
        const { _place } = this;
        if (_place.known && !_place.node) {
            _place.forget();
            this._plain?.dispose();
            this._plain = null;
            this._inEarshot.next(true);
        }
        this._listen();
        this._panner?.place(
            _place.known ? _place : { position: this._renderer.position, facing: _place.facing },
            this._renderer.leftHanded,
            false,
        );
        this.refresh();
    }

    /** @internal */
    public follow(listenerMoved: boolean): void {
        const moved = this._place.read();
        if ((moved || listenerMoved) && this._place.known) {
            this._listen();
        }
        this._follow(moved);
    }

    /** Updates which output plays, and its gain. @internal */
    public refresh(): void {
        if (this._disposed || !this._started) {
            return;
        }
        const { known } = this._place;
        const volume = this._audible ? this._volume * this._master : 0;
        const plainGain = !known && this._options.withoutAvatar === "heard" ? volume * straightAheadGain : 0;
        const placedGain = known && this._inEarshot.value ? volume : 0;
        if (plainGain > 0) {
            this._plain ??= this._watched((node) =>
                this._host.engine.createSoundSourceAsync(this._name, node, { mediaStreamSinkEnabled: false }),
            );
        }
        if (placedGain > 0) {
            if (!this._isHeard) {
                // The position was not written while the voice was not heard.
                this._write();
            }
            this._placed ??= this._watched(this._createPlacedAsync);
        }
        // The current output plays until the other one is ready.
        if (!known) {
            if (this._plain) {
                this._plain.gain = plainGain;
            }
        } else if (placedGain === 0 || this._placed?.source) {
            this._plain?.retire();
        }
        if (this._placed && (plainGain === 0 || this._plain?.source)) {
            this._placed.gain = placedGain;
        }
    }

    /**
     * Replaces the track, without a gap. Must not be called on a disposed voice.
     * @param track - audio track; owned by the caller and never stopped here
     */
    public changeTrack(track: MediaStreamTrack): void {
        this._input.change(track);
    }

    /** Stops playback immediately and releases all resources. The track is not stopped. Idempotent. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        clearTimeout(this._reloadTimer);
        this._renderer.remove(this);
        this._place.dispose();
        // Ends the meters first, since they disconnect themselves from the input.
        this._disposed$.next();
        this._disposed$.complete();
        this._inEarshot.complete();
        this._errors.complete();
        this._plain?.dispose();
        this._placed?.dispose();
        this._input.dispose();
    }

    private get _isHeard(): boolean {
        return (this._placed?.gain ?? 0) > 0;
    }

    /** True once the positional output plays; false while it is being created. */
    private get _isSounding(): boolean {
        return this._isHeard && (this._placed?.source ?? null) !== null;
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

    private readonly _createPlacedAsync = async (node: AudioNode): Promise<AbstractSoundSource> => {
        this._panner = await this._renderer.createPannerAsync(this._name, node, this._options);
        // The options may have changed in the meantime.
        this._apply();
        return this._panner.source;
    };

    private _watched(createAsync: (node: AudioNode) => Promise<AbstractSoundSource>): VoiceOutput {
        const output = new VoiceOutput(this._host, this._input, createAsync);
        output.readyAsync.then(
            () => {
                this._isUnloaded = false;
                this.refresh();
            },
            (error: unknown) => this._onFailure(output, soundError(error)),
        );
        return output;
    }

    /** Reports the error once. A failed load is retried after a delay, or with the next change. */
    private _onFailure(output: VoiceOutput, error: RtcError): void {
        const isLoading = error.code === "serverUnreachable";
        if (!isLoading || !this._isUnloaded) {
            this._errors.next(error);
        }
        this._isUnloaded = isLoading;
        if (!isLoading || this._disposed) {
            return;
        }
        output.dispose();
        if (this._plain === output) {
            this._plain = null;
        }
        if (this._placed === output) {
            this._placed = null;
        }
        clearTimeout(this._reloadTimer);
        this._reloadTimer = setTimeout(() => this.refresh(), reloadAfterMs);
    }

    private _apply(): void {
        this._panner?.apply(this._options);
        this._write();
    }

    /** Updates whether the voice is in earshot. */
    private _listen(): void {
        const { known, position } = this._place;
        if (!known || this._disposed) {
            return;
        }
        const was = this._inEarshot.value;
        const is = isInEarshot(was, this._renderer.position, position, this._options.maxDistance);
        if (is !== was) {
            this._inEarshot.next(is);
            this.refresh();
        }
    }

    /** Writes the current position to the panner, if there is one. */
    private _write(): void {
        this._panner?.place(this._place, this._renderer.leftHanded, this._isSounding);
    }

    /** Updates the panner while the voice is heard, and the position that Babylon's tools show in any case. */
    private _follow(moved: boolean): void {
        if (this._isHeard) {
            this._panner?.follow(this._place, this._renderer.leftHanded, moved);
        } else if (moved) {
            this._panner?.show(this._place);
        }
    }
}

function soundError(error: unknown): RtcError {
    return RtcError.From(error, "unknown", "Babylon made no sound source for this voice, so it is not heard.");
}
