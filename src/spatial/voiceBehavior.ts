import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { Behavior } from "@babylonjs/core/Behaviors/behavior.js";
import type { Node } from "@babylonjs/core/node.js";
import { BehaviorSubject, NEVER, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { resolveAudioEngineAsync } from "../audio/resolveAudioEngine.js";
import type { IResolvedAudioEngine } from "../audio/resolveAudioEngine.js";
import { checkVolume } from "../audio/volume.js";
import { checkOptions, checkSwitch, requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import { SpatialVoice } from "./spatialVoice.js";
import { resolveSpatialVoiceOptions } from "./spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "./spatialVoiceOptions.js";

/** Spatial options and audio engine of a `VoiceBehavior`. */
export interface IVoiceBehaviorOptions extends Partial<ISpatialVoiceOptions> {
    /** Audio engine; owned by the app. Default: the one that was created last, or a new one that is disposed when its last voice is detached. */
    readonly audioEngine?: AudioEngineV2;
}

/**
 * Plays a voice at a node: `avatar.addBehavior(new VoiceBehavior(stream))` plays the stream from the avatar's position. Removing the
 * behavior, or disposing the node or the scene, releases all resources of the behavior. The stream is owned by the app.
 * @example
 * ```ts
 * import { VoiceBehavior } from "babylon-rtc";
 *
 * avatar.addBehavior(new VoiceBehavior(stream, { maxDistance: 20 }));
 * ```
 */
export class VoiceBehavior implements Behavior<Node> {
    /** Name of the behavior, always `Voice`: `avatar.getBehaviorByName("Voice")`. */
    public readonly name = "Voice";
    /** The attached node, at which the voice plays; null while detached. */
    public attachedNode: Node | null = null;
    /** Level of the received audio, before volume and distance: root mean square, 0 to 1, every 100 ms. Cold. Emits nothing while detached. */
    public readonly level$: Observable<number>;

    private readonly _stream: MediaStream;
    private readonly _audioEngine: AudioEngineV2 | undefined;
    private readonly _voice = new BehaviorSubject<SpatialVoice | null>(null);
    private _engine: IResolvedAudioEngine | null = null;
    private _options: ISpatialVoiceOptions;
    private _volume = 1;
    private _audible = true;
    private _ready: Promise<void> = Promise.resolve();

    /**
     * @param stream - stream whose first audio track is played; the track is never stopped here
     * @param options - audio engine and spatial options. Throws `invalidArgument` for an invalid option or a stream without audio.
     */
    public constructor(stream: MediaStream, options: IVoiceBehaviorOptions = {}) {
        requireOptions(options);
        checkOptions({ stream, ...options }, "stream.getAudioTracks! audioEngine=object");
        if (stream.getAudioTracks().length === 0) {
            throw new RtcError("invalidArgument", "The stream of a voice must have an audio track.");
        }
        this._stream = stream;
        this._audioEngine = options.audioEngine;
        this._options = resolveSpatialVoiceOptions(options);
        this.level$ = this._voice.pipe(switchMap((voice) => voice?.level$ ?? NEVER));
    }

    /**
     * Resolves once the voice can be heard or is detached. Rejects with `unsupported` or `unknown` if the voice can never be heard, or with
     * `serverUnreachable` if a module of this library could not be loaded; loading is then retried until it succeeds.
     */
    public get readyAsync(): Promise<void> {
        return this._voice.value?.readyAsync ?? this._ready;
    }

    /** Volume, 0 to 4; 1 = as sent. Throws `invalidArgument` for any other value. Default: 1. */
    public get volume(): number {
        return this._voice.value?.volume ?? this._volume;
    }

    public set volume(value: number) {
        this._volume = checkVolume(value);
        if (this._voice.value) {
            this._voice.value.volume = value;
        }
    }

    /** False = the voice is not played, and its audio is not processed. Default: true. */
    public get audible(): boolean {
        return this._voice.value?.audible ?? this._audible;
    }

    public set audible(value: boolean) {
        checkSwitch("audible", value);
        this._audible = value;
        if (this._voice.value) {
            this._voice.value.audible = value;
        }
    }

    /** Current spatial options. */
    public get options(): ISpatialVoiceOptions {
        return this._voice.value?.options ?? this._options;
    }

    /**
     * Changes the spatial options.
     * @param options - options to change. Throws `invalidArgument` and changes nothing if any of them is invalid.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this._options = resolveSpatialVoiceOptions(options, this.options);
        this._voice.value?.setOptions(options);
    }

    /** Part of Babylon's behavior contract. A no-op. */
    public init(): void {
        // Nothing.
    }

    /**
     * Starts playback. Called by `node.addBehavior`. Throws `invalidArgument` while the behavior is attached to another node.
     * @param target - node at which the voice plays
     */
    public attach(target: Node): void {
        if (this.attachedNode && this.attachedNode !== target) {
            throw new RtcError("invalidArgument", "A voice has one node. Remove its VoiceBehavior from the other node first.");
        }
        if (this.attachedNode) {
            return;
        }
        this.attachedNode = target;
        this._ready = this._playAsync(target);
        this._ready.catch(() => undefined);
    }

    /** Stops playback and releases all resources. Called by `node.removeBehavior` and when the node is disposed. */
    public detach(): void {
        const { value: voice } = this._voice;
        this.attachedNode = null;
        this._voice.next(null);
        voice?.dispose();
        this._engine?.release();
        this._engine = null;
    }

    private async _playAsync(target: Node): Promise<void> {
        const engine = await resolveAudioEngineAsync(this._audioEngine);
        const [track] = this._stream.getAudioTracks();
        if (this.attachedNode !== target || this._voice.value || !track) {
            engine.release();
            return;
        }
        this._engine = engine;
        const voice = new SpatialVoice(target.getScene(), track, {
            ...this._options,
            audioEngine: engine.engine,
            name: `voice of ${target.name}`,
        });
        voice.volume = this._volume;
        voice.audible = this._audible;
        voice.node = target;
        this._voice.next(voice);
        await voice.readyAsync;
    }
}
