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

/** Spatial options, and the audio engine. */
export interface IVoiceBehaviorOptions extends Partial<ISpatialVoiceOptions> {
    /** The engine to play on; it stays the app's. Default: the one that was made last, or a new one that goes when the last voice on it is detached. */
    readonly audioEngine?: AudioEngineV2;
}

/**
 * Lets a node speak: `avatar.addBehavior(new VoiceBehavior(stream))` plays the stream from where the avatar stands. Removing the
 * behavior, or disposing of the node or the scene, releases everything that it made; the stream stays the app's.
 */
export class VoiceBehavior implements Behavior<Node> {
    /** Always `Voice`: `avatar.getBehaviorByName("Voice")`. */
    public readonly name = "Voice";
    /** The node that speaks; null while it is attached to none. */
    public attachedNode: Node | null = null;
    /** Loudness as the voice arrives, before volume and distance: root mean square, 0 to 1, every 100 ms. Cold; says nothing while detached. */
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
     * @param stream - what is heard: its first audio track, which is never stopped here
     * @param options - how it sounds, and on which engine. Throws `invalidArgument` for an unusable option or a stream without audio.
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

    /** Resolves once the voice can be heard or is detached. Rejects with `unsupported` or `unknown` if it never can. */
    public get readyAsync(): Promise<void> {
        return this._voice.value?.readyAsync ?? this._ready;
    }

    /** Volume, 0 to 4; 1 = as sent. Throws `invalidArgument` for anything else. Default: 1. */
    public get volume(): number {
        return this._voice.value?.volume ?? this._volume;
    }

    public set volume(value: number) {
        this._volume = checkVolume(value);
        if (this._voice.value) {
            this._voice.value.volume = value;
        }
    }

    /** False = not played, and no audio is processed. Default: true. */
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

    /** Spatial options in force. */
    public get options(): ISpatialVoiceOptions {
        return this._voice.value?.options ?? this._options;
    }

    /**
     * Changes how the voice sounds from where it stands.
     * @param options - what shall change. Throws `invalidArgument` and changes nothing if any of it is unusable.
     */
    public setOptions(options: Partial<ISpatialVoiceOptions>): void {
        this._options = resolveSpatialVoiceOptions(options, this.options);
        this._voice.value?.setOptions(options);
    }

    /** Part of Babylon's behavior contract; there is nothing to prepare. */
    public init(): void {
        // Nothing.
    }

    /**
     * Called by `node.addBehavior`. Throws `invalidArgument` while it is attached to another node.
     * @param target - the node that speaks
     */
    public attach(target: Node): void {
        if (this.attachedNode && this.attachedNode !== target) {
            throw new RtcError("invalidArgument", "A voice comes from one node: remove its VoiceBehavior from the other first.");
        }
        if (this.attachedNode) {
            return;
        }
        this.attachedNode = target;
        this._ready = this._playAsync(target);
        this._ready.catch(() => undefined);
    }

    /** Called by `node.removeBehavior` and when the node is disposed. */
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
