import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { Scene } from "@babylonjs/core/scene.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { AudioHost } from "../../src/audio/audioHost.js";

// Hides the version message that each engine logs.
Logger.LogLevels = Logger.WarningLogLevel | Logger.ErrorLogLevel;

/** Time from a change to its measurement, in seconds. Babylon's ramps and the library's fades are over by then. */
export const Settle = 0.3;

export const SampleRate = 44100;

/** Level at each ear during a period. */
export interface IEars {
    readonly left: number;
    readonly right: number;
}

/** Actions by their time in the rendering, in seconds. The rendering waits for the promises that the actions return. */
export type Timeline = Readonly<Record<number, () => unknown>>;

export interface IAudioSceneOptions {
    readonly rightHanded?: boolean;
    /** Length of the rendering, in seconds. Default: 1. */
    readonly seconds?: number;
    /** Sample rate of the context, in hertz. Default: `SampleRate`. With another rate, only `earsAt` measures correctly. */
    readonly sampleRate?: number;
    /** Sound of a voice. Default: a constant 1, so that the level at an ear is exactly the gain to that ear. */
    readonly speak?: (context: BaseAudioContext) => AudioScheduledSourceNode;
}

/** A scene without pictures, whose sound is computed exactly instead of played. */
export class AudioScene {
    public readonly engine = new NullEngine();
    public readonly scene = new Scene(this.engine);
    public readonly camera: TargetCamera;
    public readonly track = {} as MediaStreamTrack;
    public openTracks = 0;
    public readonly context: OfflineAudioContext;
    public readonly audioEngine: AudioEngineV2;
    private _rendered: AudioBuffer | null = null;

    private constructor(offline: OfflineAudioContext, audioEngine: AudioEngineV2, options: IAudioSceneOptions) {
        this.context = offline;
        this.audioEngine = audioEngine;
        this.scene.useRightHandedSystem = options.rightHanded === true;
        // Created after the handedness is set, which determines where a camera looks.
        this.camera = new TargetCamera("camera", Vector3.Zero(), this.scene);
        // Babylon rotates a camera that is created in a right-handed scene.
        this.camera.rotation.setAll(0);
        const speak = options.speak ?? ((context) => new ConstantSourceNode(context));
        AudioHost.For(audioEngine).openTrack = (context) => {
            const node = speak(context);
            node.start();
            this.openTracks++;
            return {
                node,
                playingAsync: Promise.resolve(),
                dispose: () => {
                    node.disconnect();
                    this.openTracks--;
                },
            };
        };
    }

    public static async CreateAsync(options: IAudioSceneOptions = {}): Promise<AudioScene> {
        // Babylon's audio engine waits for clicks on the document.
        if (typeof document === "undefined") {
            globalThis.document = new EventTarget() as Document;
        }
        const rate = options.sampleRate ?? SampleRate;
        const context = new OfflineAudioContext(2, rate * (options.seconds ?? 1), rate);
        const audioEngine = await CreateAudioEngineAsync({
            audioContext: context,
            disableDefaultUI: true,
            listenerAutoUpdate: false,
        } as unknown as Parameters<typeof CreateAudioEngineAsync>[0]);
        return new AudioScene(context, audioEngine, options);
    }

    /** Sign of the forward direction (z) of a camera that was not rotated. */
    public get ahead(): number {
        return this.scene.useRightHandedSystem ? -1 : 1;
    }

    /** Computes the sound and runs the actions of a timeline. Renders a frame of the scene before the start and after each action. */
    public async renderAsync(timeline: Timeline = {}): Promise<void> {
        this.scene.render();
        const acts = Object.entries(timeline);
        let done = 0;
        const doing = acts.map(([at, act]) => {
            const actAsync = async (): Promise<void> => {
                try {
                    await act();
                    // A new sound starts only after a few more promises have settled.
                    await new Promise<void>((resolve) => setImmediate(resolve));
                    this.scene.render();
                } finally {
                    done++;
                    await this.context.resume();
                }
            };
            return this.context.suspend(Number(at)).then(actAsync, () => undefined);
        });
        const allDone = Promise.all(doing);
        // Errors of the actions are reported by the `await` below. This prevents unhandled rejections until then.
        allDone.catch(() => undefined);
        if (acts.length > 0) {
            await this._suspensionsNotedAsync();
        }
        this._rendered = await this.context.startRendering();
        if (done < acts.length) {
            throw new Error("The audio library rendered past a point in time where it should have waited.");
        }
        await allDone;
    }

    /**
     * Waits until node-web-audio-api has registered the suspensions. The library registers them on its own threads, without a notification, and
     * renders past a suspension that it registers too late. So other contexts are rendered for 40 ms: they use the same threads, and on a busy
     * machine they end only after these threads got CPU time.
     */
    private async _suspensionsNotedAsync(): Promise<void> {
        const start = performance.now();
        while (performance.now() < start + 40) {
            await Promise.all([0, 1, 2, 3].map(() => new OfflineAudioContext(1, 128, SampleRate).startRendering()));
            await new Promise((resolve) => setImmediate(resolve));
        }
    }

    /** Root mean square at each ear over 50 ms from a point in time. */
    public earsAt(seconds: number): IEars {
        return { left: this._level(0, seconds), right: this._level(1, seconds) };
    }

    /** Amplitude of the sine of this frequency at the louder ear. The period, in seconds, must contain whole cycles of the sine. */
    public toneAt(hz: number, from: number, to: number): number {
        return Math.max(this._tone(0, hz, from, to), this._tone(1, hz, from, to));
    }

    /** Greatest difference between successive samples during a period: a measure of clicks. */
    public steepest(from: number, to: number): number {
        let steepest = 0;
        for (const channel of [0, 1]) {
            const samples = this._samples(channel).subarray(from * SampleRate, to * SampleRate);
            for (let i = 1; i < samples.length; i++) {
                steepest = Math.max(steepest, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
            }
        }
        return steepest;
    }

    /** Greatest absolute sample during a period. */
    public loudest(from: number, to: number, ears: readonly ("left" | "right")[] = ["left", "right"]): number {
        let loudest = 0;
        for (const ear of ears) {
            for (const sample of this._samples(ear === "left" ? 0 : 1).subarray(from * SampleRate, to * SampleRate)) {
                loudest = Math.max(loudest, Math.abs(sample));
            }
        }
        return loudest;
    }

    /** Rendered samples. Throws before the first rendering. */
    public get rendered(): AudioBuffer {
        if (!this._rendered) {
            throw new Error("Nothing was rendered yet.");
        }
        return this._rendered;
    }

    public dispose(): void {
        this.scene.dispose();
        this.audioEngine.dispose();
        this.engine.dispose();
    }

    private _level(channel: number, from: number): number {
        const { sampleRate } = this.context;
        const samples = this._samples(channel).subarray(from * sampleRate, (from + 0.05) * sampleRate);
        return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    }

    /** One bin of a Fourier transform. */
    private _tone(channel: number, hz: number, from: number, to: number): number {
        const samples = this._samples(channel).subarray(from * SampleRate, to * SampleRate);
        const step = (2 * Math.PI * hz) / SampleRate;
        let real = 0;
        let imaginary = 0;
        samples.forEach((sample, i) => {
            real += sample * Math.cos(step * i);
            imaginary += sample * Math.sin(step * i);
        });
        return (2 * Math.hypot(real, imaginary)) / samples.length;
    }

    private _samples(channel: number): Float32Array {
        return this.rendered.getChannelData(channel);
    }
}
