import { BehaviorSubject, distinctUntilChanged, filter, firstValueFrom, merge, of, skip, switchMap, timer } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { level$ } from "../../audio/levelMeter.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { plainPlan } from "./capturePlan.js";
import type { ICaptureLevels, ICapturePlan, IPartSettings, PartName, StageName } from "./capturePlan.js";
import { CaptureStage } from "./captureStage.js";
import { Crossfader } from "./crossfader.js";
import { EarMonitor } from "./earMonitor.js";
import { leadSeconds, smoothSeconds } from "./crossfadeTimes.js";
import { ClosedGate, HandGate, VoiceGate, isOpen } from "./gate.js";
import type { IGate } from "./gate.js";
import type { WayToTalk } from "../talk/talkMode.js";
import type { ITalkOptions } from "../talk/talkOptions.js";

/** Level below which a pause between words is assumed, root mean square. */
const pauseLevel = 0.01;
/** Longest wait for a pause, in milliseconds. */
const pauseMs = 1_000;

/** A part that could not be created, so there is no chain. */
export interface IChainFault {
    readonly part: PartName;
    readonly error: unknown;
}

/**
 * Audio graph between the microphone and the sent track: processors, the gate of the talk mode, then volume. The ear
 * monitor plays the output. Every change is faded.
 */
export class CaptureChain {
    /** The sent track. Owned by the chain. */
    public readonly track: MediaStreamTrack;
    /** True while the gate passes the microphone's audio. Replays. */
    public readonly open$: Observable<boolean>;
    /** Level at the input of the gate: root mean square, 0 to 1. Cold. */
    public readonly inputLevel$: Observable<number>;

    private readonly _host: AudioHost;
    private readonly _processed: GainNode;
    private readonly _volume: GainNode;
    private readonly _monitor: EarMonitor;
    private readonly _inputs: Crossfader;
    private readonly _stages: Readonly<Record<StageName, CaptureStage>>;
    private readonly _gates: Crossfader;
    private readonly _gate = new BehaviorSubject<IGate | null>(null);
    private _input: MediaStreamTrack | null = null;
    /** Talk mode and options in effect; null = none yet. */
    private _talk: { readonly way: WayToTalk; readonly talkOptions: ITalkOptions } | null = null;
    private _held = false;
    private _gateChange = 0;
    private _disposed = false;

    /** Creates a graph that has no output until the talk mode and all stages are set. */
    private constructor(host: AudioHost, track: MediaStreamTrack, volume: number, onError: (error: RtcError) => void) {
        const { context } = host;
        const mono = { channelCount: 1, channelCountMode: "explicit" } as const;
        this._host = host;
        this._processed = new GainNode(context, mono);
        this._volume = new GainNode(context, { gain: volume, ...mono });
        this._monitor = new EarMonitor(host, this._volume);
        // The stages keep the device's channel count. Audio is mixed down to mono only after the processors.
        const processor = new CaptureStage(context, this._processed, onError);
        const suppressor = new CaptureStage(context, processor.input, onError);
        const highPass = new CaptureStage(context, suppressor.input, onError);
        this._stages = { highPass, suppressor, processor };
        this._inputs = new Crossfader(context, highPass.input);
        this._gates = new Crossfader(context, this._volume);
        const destination = new MediaStreamAudioDestinationNode(context, mono);
        const [sent] = destination.stream.getAudioTracks();
        if (!sent) {
            throw new RtcError("unsupported", "This browser cannot send audio from WebAudio.");
        }
        this._volume.connect(destination);
        this.track = sent;
        this.open$ = this._gate.pipe(
            switchMap((gate) => gate?.open$ ?? of(true)),
            distinctUntilChanged(),
        );
        this.inputLevel$ = level$(host, (analyser) => {
            this._processed.connect(analyser);
            return () => {
                // After disposal the node is already disconnected, and another `disconnect` would throw.
                if (!this._disposed) {
                    this._processed.disconnect(analyser);
                }
            };
        });
        this.setInput(track);
    }

    /**
     * Creates a chain from a plan, without its suppressor and ear monitor: sending does not wait for those.
     * @param host - host of the audio context; while the context is blocked nothing is sent
     * @param track - the microphone's track; owned by the caller
     * @param plan - settings of the chain
     * @param held - whether the button of push-to-talk or push-to-mute is held
     * @param onError - called if a processor cannot be released
     * @returns a promise of the chain, which the caller disposes, or of the part that could not be created. Never rejects.
     */
    public static async CreateAsync(
        host: AudioHost,
        track: MediaStreamTrack,
        plan: ICapturePlan,
        held: boolean,
        onError: (error: RtcError) => void,
    ): Promise<CaptureChain | IChainFault> {
        const chain = new CaptureChain(host, track, plan.volume, onError);
        chain.setHeld(held);
        const faultAsync = (part: PartName, setting: Promise<void>): Promise<IChainFault | null> =>
            setting.then(
                () => null,
                (error: unknown) => ({ part, error }),
            );
        const fault$ = merge(
            faultAsync("highPass", chain.setStageAsync("highPass", plan.highPass)),
            faultAsync("suppressor", chain.setStageAsync("suppressor", null)),
            faultAsync("processor", chain.setStageAsync("processor", plan.processor)),
            faultAsync("way", chain.setWayToTalkAsync(plan.way, plan.talkOptions)),
        ).pipe(filter((fault) => fault !== null));
        const fault = await firstValueFrom(fault$, { defaultValue: null });
        if (fault) {
            chain.dispose();
        }
        return fault ?? chain;
    }

    /** Settings in effect. */
    public get settings(): IPartSettings {
        const { highPass, suppressor, processor } = this._stages;
        return {
            highPass: highPass.make,
            suppressor: suppressor.make,
            processor: processor.make,
            ...(this._talk ?? { way: plainPlan.way, talkOptions: plainPlan.talkOptions }),
        };
    }

    /** Latency of the chain, in seconds, without the latency of the audio thread. */
    public get delaySeconds(): number {
        const { highPass, suppressor, processor } = this._stages;
        return highPass.delaySeconds + suppressor.delaySeconds + processor.delaySeconds + (this._gate.value?.delaySeconds ?? 0);
    }

    /** Replaces the input track; null = no input. The caller keeps the previous track live until the crossfade is over. */
    public setInput(track: MediaStreamTrack | null): void {
        if (track === this._input) {
            return;
        }
        this._input = track;
        this._inputs.change((fade) => {
            if (!track) {
                return () => undefined;
            }
            const source = this._host.openTrack(this._host.context, track);
            source.node.connect(fade);
            return () => source.dispose();
        });
    }

    /**
     * Changes the levels, without a click.
     * @returns a promise that rejects with an `RtcError` if Babylon cannot create the ear monitor's sound source
     */
    public async setLevelsAsync({ volume, monitorVolume }: ICaptureLevels): Promise<void> {
        this._volume.gain.setTargetAtTime(volume, this._host.context.currentTime + leadSeconds, smoothSeconds);
        try {
            await this._monitor.setVolumeAsync(monitorVolume);
        } catch (error) {
            throw RtcError.From(error, "unknown", "The ear monitor could not start.");
        }
    }

    /**
     * Sets or removes the processor of a stage.
     * @param name - name of the stage
     * @param make - creates the processor; null = none
     * @returns a promise that resolves when the change is in effect; rejects with the error of `make`, and then nothing changes
     */
    public setStageAsync(name: StageName, make: AudioProcessorFactory | null): Promise<void> {
        return this._stages[name].setAsync(make);
    }

    /**
     * Sets the talk mode. Nothing is sent until the gate of a mode other than the present one is ready.
     * @param way - the talk mode
     * @param talkOptions - timing and threshold
     * @returns a promise that resolves when the mode is in effect; rejects with an `RtcError`, and then nothing changes
     */
    public async setWayToTalkAsync(way: WayToTalk, talkOptions: ITalkOptions): Promise<void> {
        const { context } = this._host;
        const change = ++this._gateChange;
        const isOvertaken = (): boolean => this._disposed || change !== this._gateChange;
        const before = this._talk;
        const closes = way === "voiceActivity" && before !== null && before.way !== "voiceActivity";
        if (closes) {
            // From now on, the user expects that only speech is sent.
            this._useGate(new ClosedGate(context));
        }
        try {
            const gate = way === "voiceActivity" ? await VoiceGate.CreateAsync(context, talkOptions) : this._handGate(way, talkOptions);
            if (isOvertaken()) {
                gate?.dispose();
                return;
            }
            this._useGate(gate, way === "open" || way === "voiceActivity" || isOpen(way, this._held));
            this._talk = { way, talkOptions };
        } catch (error) {
            if (closes && !isOvertaken()) {
                this._useGate(this._handGate(before.way, before.talkOptions));
            }
            throw RtcError.From(error, "unknown", "The way to talk could not be set.");
        }
    }

    /** Presses or releases the button of push-to-talk or push-to-mute. */
    public setHeld(held: boolean): void {
        this._held = held;
        const way = this._talk?.way;
        if (way === "pushToTalk" || way === "pushToMute") {
            this._gate.value?.set(isOpen(way, held));
        }
    }

    /**
     * Waits for a pause in speech, in which the sent track can be replaced by this chain's output unnoticed. WebAudio delays the audio, so the
     * replacement makes a jump in the waveform. During a continuous hum, this jump is a click at 0.4 % of the hum's level (Chromium 156).
     * @param overtaken$ - emits when waiting is no longer necessary
     * @returns a promise that resolves when `overtaken$` emits, at the next pause, or after one second. Never rejects.
     */
    public async untilPauseAsync(overtaken$: Observable<unknown>): Promise<void> {
        // The first level may have been measured before any audio reached the gate.
        const paused$ = this.inputLevel$.pipe(
            skip(1),
            filter((level) => level < pauseLevel),
        );
        await firstValueFrom(merge(paused$, overtaken$, timer(pauseMs)));
    }

    /** Releases the graph and stops the sent track, but not the microphone's track. Idempotent. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        this._gates.dispose();
        Object.values(this._stages).forEach((stage) => stage.dispose());
        this._inputs.dispose();
        this._processed.disconnect();
        this._monitor.dispose();
        this._volume.disconnect();
        this.track.stop();
    }

    /** Creates the gate of a mode other than voice activity; null = no gate. */
    private _handGate(way: Exclude<WayToTalk, "voiceActivity">, { preRollMs }: ITalkOptions): HandGate | null {
        return way === "open" ? null : new HandGate(this._host.context, preRollMs, isOpen(way, this._held));
    }

    /**
     * Crossfades to a gate, which the chain then owns; null = no gate.
     * @param passes - false if the gate is closed: then only what was spoken before the change still passes, as the previous gate delays it
     */
    private _useGate(gate: IGate | null, passes = true): void {
        const delays = [gate, ...(passes ? [] : [this._gate.value])].map((each) => each?.delaySeconds ?? 0);
        this._gates.change(
            (fade) => {
                const input = gate?.input ?? fade;
                this._processed.connect(input);
                gate?.output.connect(fade);
                return () => {
                    this._processed.disconnect(input);
                    gate?.dispose();
                };
            },
            Math.min(...delays),
        );
        this._gate.next(gate);
    }
}
