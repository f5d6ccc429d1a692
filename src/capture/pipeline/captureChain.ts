import { BehaviorSubject, distinctUntilChanged, filter, firstValueFrom, merge, of, skip, switchMap, timer } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { level$ } from "../../audio/levelMeter.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import type { ICaptureLevels, ICapturePlan, StageName } from "./capturePlan.js";
import { CaptureStage } from "./captureStage.js";
import { Crossfader } from "./crossfader.js";
import { EarMonitor } from "./earMonitor.js";
import { leadSeconds, smoothSeconds } from "./crossfadeTimes.js";
import { HandGate, VoiceGate, isOpen } from "./gate.js";
import type { IGate } from "./gate.js";
import type { WayToTalk } from "../talk/talkMode.js";
import type { ITalkOptions } from "../talk/talkOptions.js";

/** Between two words it is softer, root mean square. */
const pauseLevel = 0.01;
/** Longest wait for a pause, in milliseconds. */
const pauseMs = 1_000;

/**
 * Audio graph of the microphone before sending: its processors, the gate of the way to talk, then volume. The ear
 * monitor listens behind all of them. Whatever changes on the way fades.
 */
export class CaptureChain {
    /** The sent track. Owned by the chain. */
    public readonly track: MediaStreamTrack;
    /** True while the gate lets the microphone through. Replays. */
    public readonly open$: Observable<boolean>;
    /** Level at the input of the gate. Cold. */
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
    private _way: WayToTalk = "open";
    private _held = false;
    private _gateChange = 0;
    private _disposed = false;

    /** Until a way to talk and the processors have been set it leads nowhere. */
    private constructor(host: AudioHost, track: MediaStreamTrack, volume: number, onError: (error: RtcError) => void) {
        const { context } = host;
        const mono = { channelCount: 1, channelCountMode: "explicit" } as const;
        this._host = host;
        this._processed = new GainNode(context, mono);
        this._volume = new GainNode(context, { gain: volume, ...mono });
        this._monitor = new EarMonitor(host, this._volume);
        // Whatever the device delivers, two channels of it stay two until the processors have seen them.
        const processor = new CaptureStage(context, this._processed, onError);
        const suppressor = new CaptureStage(context, processor.input, onError);
        const highPass = new CaptureStage(context, suppressor.input, onError);
        this._stages = { highPass, suppressor, processor };
        this._inputs = new Crossfader(context, highPass.input);
        this._gates = new Crossfader(context, this._volume);
        const destination = new MediaStreamAudioDestinationNode(context, mono);
        const [sent] = destination.stream.getAudioTracks();
        if (!sent) {
            throw new RtcError("unsupported", "This browser makes no audio track from WebAudio.");
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
                // Disposed, it is connected to nothing, and would throw.
                if (!this._disposed) {
                    this._processed.disconnect(analyser);
                }
            };
        });
        this.setInput(track);
    }

    /**
     * Builds a chain as planned, but for the suppressor and the ear monitor, which nothing waits for.
     * @param host - in whose context it is built; while that is blocked nothing is sent
     * @param track - what the microphone delivers; stays the caller's
     * @param plan - what it shall be like
     * @param held - whether the button of pushing to talk or to mute is held
     * @param onError - hears of a processor that cannot be released
     * @returns a promise of the chain, which the caller disposes; rejects as a processor or the gate does
     */
    public static async CreateAsync(
        host: AudioHost,
        track: MediaStreamTrack,
        plan: ICapturePlan,
        held: boolean,
        onError: (error: RtcError) => void,
    ): Promise<CaptureChain> {
        const chain = new CaptureChain(host, track, plan.volume, onError);
        chain.setHeld(held);
        try {
            await Promise.all([
                chain.setStageAsync("highPass", plan.highPass),
                chain.setStageAsync("suppressor", null),
                chain.setStageAsync("processor", plan.processor),
                chain.setWayToTalkAsync(plan.way, plan.talkOptions),
            ]);
        } catch (error) {
            chain.dispose();
            throw error;
        }
        return chain;
    }

    /** Latency of the chain, in seconds, without that of the audio thread. */
    public get delaySeconds(): number {
        const { highPass, suppressor, processor } = this._stages;
        return highPass.delaySeconds + suppressor.delaySeconds + processor.delaySeconds + (this._gate.value?.delaySeconds ?? 0);
    }

    /** Hears another track from now on, or nothing; the caller lets the one before live on for as long as a crossfade lasts. */
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
     * Moves to other levels, without a click.
     * @returns a promise that rejects if Babylon cannot make the ear monitor's sound source
     */
    public async setLevelsAsync({ volume, monitorVolume }: ICaptureLevels): Promise<void> {
        this._volume.gain.setTargetAtTime(volume, this._host.context.currentTime + leadSeconds, smoothSeconds);
        await this._monitor.setVolumeAsync(monitorVolume);
    }

    /**
     * Leads the sound through a processor from now on, or straight.
     * @param name - where it stands
     * @param make - makes the processor; null = none
     * @returns a promise that resolves when the new way sounds; rejects as `make` does, and then everything stays as it was
     */
    public setStageAsync(name: StageName, make: AudioProcessorFactory | null): Promise<void> {
        return this._stages[name].setAsync(make);
    }

    /**
     * Sends only when the way to talk says so, from now on.
     * @param way - the way
     * @param options - how it begins and ends
     * @returns a promise that resolves when it does; rejects with `unsupported`, and then everything stays as it was
     */
    public async setWayToTalkAsync(way: WayToTalk, options: ITalkOptions): Promise<void> {
        const change = ++this._gateChange;
        const { context } = this._host;
        const gate =
            way === "open"
                ? null
                : way === "voiceActivity"
                  ? await VoiceGate.CreateAsync(context, options)
                  : new HandGate(context, options.preRollMs, isOpen(way, this._held));
        if (this._disposed || change !== this._gateChange) {
            gate?.dispose();
            return;
        }
        this._gates.change((fade) => {
            const input = gate?.input ?? fade;
            this._processed.connect(input);
            gate?.output.connect(fade);
            return () => {
                this._processed.disconnect(input);
                gate?.dispose();
            };
        }, gate?.delaySeconds);
        this._way = way;
        this._gate.next(gate);
    }

    /** Presses or releases the button of pushing to talk or to mute. */
    public setHeld(held: boolean): void {
        this._held = held;
        if (this._way === "pushToTalk" || this._way === "pushToMute") {
            this._gate.value?.set(isOpen(this._way, held));
        }
    }

    /**
     * Waits until nobody speaks, so that what is sent can go another way unheard: what comes out of WebAudio comes later than what went in, so
     * that to go over to it is a jump in the sound. Of somebody who hums on and on it is heard, as a click of 0.4 % of the hum (Chromium 156).
     * @param overtaken$ - emits when nothing needs to be waited for any more
     * @returns a promise that resolves then, at the next pause, or after a second. Never rejects.
     */
    public async untilPauseAsync(overtaken$: Observable<unknown>): Promise<void> {
        // The first figure may be of a time when nothing had come that far.
        const paused$ = this.inputLevel$.pipe(
            skip(1),
            filter((level) => level < pauseLevel),
        );
        await firstValueFrom(merge(paused$, overtaken$, timer(pauseMs)));
    }

    /** Releases everything that it made; the microphone's own track lives on. Harmless if called twice. */
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
}
