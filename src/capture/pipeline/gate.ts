import { BehaviorSubject, distinctUntilChanged, of } from "rxjs";
import type { Observable } from "rxjs";
import { voiceDetectorSource } from "./voiceDetector.js";
import type { ITalkOptions } from "../talk/talkOptions.js";
import { loadWorkletAsync } from "./worklet.js";

/**
 * Cutoff of the low-pass filter that smooths the gate's steps, in hertz. The filter is critically damped and settles in 13 ms, in a
 * smooth curve. A ramp is not suitable: if it reaches the audio thread too late, it begins with a jump.
 */
const handCutoffHz = 60;

/** Q of a critically damped filter, in decibels: the unit of WebAudio's low-pass. */
const handQ = -6.02;

/** Gate that passes or blocks audio. */
export interface IGate {
    readonly input: AudioNode;
    readonly output: AudioNode;
    /** True while the gate is open. Replays. */
    readonly open$: Observable<boolean>;
    /** Latency of the gate, in seconds. */
    readonly delaySeconds: number;
    /** Opens or closes the gate. A no-op for a gate that opens by voice activity. */
    set(open: boolean): void;
    dispose(): void;
}

/** Gate that is controlled by a button. It delays audio by the pre-roll, so that speech just before the button press is not lost. */
export class HandGate implements IGate {
    public readonly input: DelayNode;
    public readonly output: GainNode;
    public readonly open$: Observable<boolean>;
    public readonly delaySeconds: number;
    private readonly _open: BehaviorSubject<boolean>;
    private readonly _step: ConstantSourceNode;
    private readonly _rise: BiquadFilterNode;

    /**
     * @param context - audio context of the gate
     * @param preRollMs - delay of the audio, in milliseconds
     * @param open - whether the gate is initially open
     */
    public constructor(context: BaseAudioContext, preRollMs: number, open: boolean) {
        this.delaySeconds = preRollMs / 1_000;
        this.input = new DelayNode(context, { delayTime: this.delaySeconds, maxDelayTime: 1 });
        this.output = new GainNode(context, { gain: 0 });
        this.input.connect(this.output);
        this._step = new ConstantSourceNode(context, { offset: open ? 1 : 0 });
        this._rise = new BiquadFilterNode(context, { type: "lowpass", frequency: handCutoffHz, Q: handQ });
        this._step.connect(this._rise).connect(this.output.gain);
        this._step.start();
        this._open = new BehaviorSubject(open);
        this.open$ = this._open.pipe(distinctUntilChanged());
    }

    public set(open: boolean): void {
        if (open === this._open.value) {
            return;
        }
        const { offset, context } = this._step;
        const now = context.currentTime;
        offset.cancelScheduledValues(now);
        // On closing, the delay line still contains audio from before.
        offset.setValueAtTime(open ? 1 : 0, open ? now : now + this.delaySeconds);
        this._open.next(open);
    }

    public dispose(): void {
        this._step.stop();
        this._step.disconnect();
        this._rise.disconnect();
        this.input.disconnect();
        this.output.disconnect();
    }
}

/** Gate that blocks all audio. */
export class ClosedGate implements IGate {
    public readonly input: GainNode;
    public readonly output: GainNode;
    public readonly open$ = of(false);
    public readonly delaySeconds = 0;

    /** @param context - audio context of the gate */
    public constructor(context: BaseAudioContext) {
        this.input = new GainNode(context, { gain: 0 });
        this.output = this.input;
    }

    public set(): void {
        // Stays closed.
    }

    public dispose(): void {
        this.output.disconnect();
    }
}

let modules = 0;

/** Gate that opens by voice activity. */
export class VoiceGate implements IGate {
    public readonly input: GainNode;
    public readonly output: GainNode;
    public readonly open$: Observable<boolean>;
    public readonly delaySeconds: number;
    private readonly _open = new BehaviorSubject(false);
    private readonly _delay: DelayNode;
    private readonly _detector: AudioWorkletNode;

    private constructor(context: BaseAudioContext, worklet: string, { preRollMs, attackMs, hangoverMs, thresholdDb }: ITalkOptions) {
        this.input = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
        this.delaySeconds = preRollMs / 1_000;
        this._delay = new DelayNode(context, { delayTime: this.delaySeconds, maxDelayTime: 1 });
        this.output = new GainNode(context, { gain: 0 });
        this.input.connect(this._delay).connect(this.output);
        this._detector = new AudioWorkletNode(context, worklet, {
            channelCount: 1,
            channelCountMode: "explicit",
            outputChannelCount: [1],
            // The delay line outputs the last loud sample after the pre-roll, so the gate must stay open for that time as well.
            processorOptions: { attackMs, hangoverMs: hangoverMs + preRollMs, thresholdDb },
        });
        this._detector.port.onmessage = ({ data }: MessageEvent<boolean>) => this._open.next(data);
        // The detector outputs the gain, sample by sample, so that the main thread is not involved.
        this.input.connect(this._detector).connect(this.output.gain);
        this.open$ = this._open.pipe(distinctUntilChanged());
    }

    /**
     * Creates a closed gate.
     * @param context - audio context of the gate
     * @param options - timing and threshold
     * @returns a promise of the gate; rejects with `unsupported` where worklets cannot be loaded
     */
    public static async CreateAsync(context: BaseAudioContext, options: ITalkOptions): Promise<VoiceGate> {
        const name = `babylon-rtc-voice-gate-${++modules}`;
        await loadWorkletAsync(context, workletSource(name));
        return new VoiceGate(context, name, options);
    }

    public set(): void {
        // Opens by voice activity only.
    }

    public dispose(): void {
        this._detector.port.onmessage = null;
        this._detector.port.postMessage("end");
        this.input.disconnect();
        this._detector.disconnect();
        this._delay.disconnect();
        this.output.disconnect();
    }
}

/** Source of the worklet that outputs the gate's gain, 0 to 1, as a raised cosine: 8 ms to open, 30 ms to close. */
function workletSource(name: string): string {
    return `${voiceDetectorSource}
        registerProcessor(${JSON.stringify(name)}, class extends AudioWorkletProcessor {
            constructor({ processorOptions }) {
                super();
                this.detector = new VoiceDetector(sampleRate, processorOptions);
                this.place = 0;
                this.live = true;
                this.port.onmessage = () => { this.live = false; };
            }
            process([[samples]], [[gain]]) {
                const was = this.detector.open;
                this.detector.hear(samples ?? new Float32Array(gain.length));
                const { open } = this.detector;
                if (open !== was) {
                    this.port.postMessage(open);
                }
                const step = (open ? 1 / 0.008 : -1 / 0.03) / sampleRate;
                for (let i = 0; i < gain.length; i++) {
                    this.place = Math.min(1, Math.max(0, this.place + step));
                    gain[i] = 0.5 - 0.5 * Math.cos(Math.PI * this.place);
                }
                return this.live;
            }
        });`;
}

/** @returns true if a button-controlled gate is open */
export function isOpen(way: "pushToTalk" | "pushToMute", held: boolean): boolean {
    return held === (way === "pushToTalk");
}
