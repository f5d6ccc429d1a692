import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import { BehaviorSubject, distinctUntilChanged, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../audio/audioHost.js";
import { RtcError } from "../rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import { Crossfader, LeadSeconds } from "./crossfader.js";
import { HandGate, VoiceGate, isOpen } from "./gate.js";
import type { IGate } from "./gate.js";
import type { ITalkOptions, WayToTalk } from "./wayToTalk.js";

/** How fast loudness follows a change, in seconds: too slow for a click, too fast to notice. */
const SmoothSeconds = 0.01;

/**
 * What the microphone's sound goes through before it is sent: the app's processor, the gate of the way to talk, then volume. The ear
 * monitor listens behind all of them. Whatever changes on the way fades.
 */
export class CaptureChain {
    /** What is sent. Owned by the chain. */
    public readonly track: MediaStreamTrack;
    /** Whether the gate lets the microphone through. Replays. */
    public readonly open$: Observable<boolean>;

    private readonly _host: AudioHost;
    private readonly _captured: GainNode;
    private readonly _processed: GainNode;
    private readonly _volume: GainNode;
    private readonly _monitorGain: GainNode;
    private readonly _inputs: Crossfader;
    private readonly _processors: Crossfader;
    private readonly _gates: Crossfader;
    private readonly _gate = new BehaviorSubject<IGate | null>(null);
    private _way: WayToTalk = "open";
    private _held = false;
    private _monitor: Promise<AbstractSoundSource> | null = null;
    private _processorChange = 0;
    private _gateChange = 0;
    private _disposed = false;

    /**
     * Until a way to talk and a processor have been set it leads nowhere.
     * @param host - in whose context it is built; while that is blocked nothing is sent
     * @param track - what the microphone delivers; stays the caller's
     * @param volume - 0 to 4
     */
    public constructor(host: AudioHost, track: MediaStreamTrack, volume: number) {
        const { context } = host;
        const mono = { channelCount: 1, channelCountMode: "explicit" } as const;
        this._host = host;
        // Whatever the device delivers, two channels of it stay two until a processor has seen them.
        this._captured = new GainNode(context);
        this._processed = new GainNode(context, mono);
        this._volume = new GainNode(context, { gain: volume, ...mono });
        this._monitorGain = new GainNode(context, { gain: 0 });
        this._inputs = new Crossfader(context, this._captured);
        this._processors = new Crossfader(context, this._processed);
        this._gates = new Crossfader(context, this._volume);
        this._volume.connect(this._monitorGain);
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
        this.setInput(track);
    }

    /** Hears another track from now on; the caller lets the one before live on for as long as a crossfade lasts. */
    public setInput(track: MediaStreamTrack): void {
        this._inputs.change((fade) => {
            const source = this._host.openTrack(this._host.context, track);
            source.node.connect(fade);
            return () => source.dispose();
        });
    }

    /** Moves to another loudness, 0 to 4, without a click. */
    public setVolume(volume: number): void {
        this._volume.gain.setTargetAtTime(volume, this._host.context.currentTime + LeadSeconds, SmoothSeconds);
    }

    /**
     * Lets the local member hear what is sent.
     * @param volume - 0 to 4; 0 = off
     */
    public async setMonitorAsync(volume: number): Promise<void> {
        this._monitorGain.gain.setTargetAtTime(volume, this._host.context.currentTime + LeadSeconds, SmoothSeconds);
        if (volume > 0) {
            this._monitor ??= this._host.engine.createSoundSourceAsync("ear monitor", this._monitorGain, { mediaStreamSinkEnabled: false });
            const monitor = await this._monitor;
            if (this._disposed) {
                monitor.dispose();
            }
        }
    }

    /**
     * Leads the sound through a processor from now on, or straight.
     * @param make - makes the processor; null = none
     * @returns a promise that resolves when the new way sounds; rejects as `make` does, and then everything stays as it was
     */
    public async setProcessorAsync(make: AudioProcessorFactory | null): Promise<void> {
        const change = ++this._processorChange;
        const processor = make ? await make(this._host.context) : null;
        if (this._disposed || change !== this._processorChange) {
            processor?.dispose?.();
            return;
        }
        this._processors.change((fade) => {
            const input = processor?.input ?? fade;
            this._captured.connect(input);
            processor?.output.connect(fade);
            return () => {
                this._captured.disconnect(input);
                processor?.output.disconnect(fade);
                processor?.dispose?.();
            };
        });
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

    /** Releases everything that it made; the microphone's own track lives on. Harmless if called twice. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        this._gates.dispose();
        this._processors.dispose();
        this._inputs.dispose();
        this._captured.disconnect();
        this._processed.disconnect();
        this._volume.disconnect();
        this._monitorGain.disconnect();
        this._monitor?.then(
            (monitor) => monitor.dispose(),
            () => undefined,
        );
        this.track.stop();
    }
}
