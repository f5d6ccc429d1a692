import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AudioHost } from "../audio/audioHost.js";
import type { ITrackSource } from "../audio/trackSource.js";
import { RtcError } from "../rtcError.js";
import type { AudioProcessorFactory, IAudioProcessor } from "./audioProcessor.js";

/** How fast loudness follows a change, in seconds: too slow for a click, too fast to notice. */
const SmoothSeconds = 0.01;

/** How long two ways through the chain sound together while one takes over from the other, in seconds. */
const CrossfadeSeconds = 0.03;

/** When a crossfade is over for certain, in milliseconds; the audio thread runs some blocks behind. */
const CrossfadeDoneMs = 120;

/** One way from the microphone to the volume: through a processor, or straight. */
interface IWay {
    readonly processor: IAudioProcessor | null;
    readonly fade: GainNode;
}

/** What the microphone's sound goes through before it is sent: the app's processor, then volume. The ear monitor listens behind both. */
export class CaptureChain {
    /** What is sent. Owned by the chain. */
    public readonly track: MediaStreamTrack;

    private readonly _host: AudioHost;
    private readonly _source: ITrackSource;
    private readonly _volume: GainNode;
    private readonly _monitorGain: GainNode;
    private readonly _timers = new Set<ReturnType<typeof setTimeout>>();
    private readonly _ways = new Set<IWay>();
    private _way: IWay | null = null;
    private _monitor: Promise<AbstractSoundSource> | null = null;
    private _change = 0;
    private _disposed = false;

    /**
     * @param host - in whose context it is built; while that is blocked nothing is sent
     * @param track - what the microphone delivers; stays the caller's
     * @param volume - 0 to 4
     */
    public constructor(host: AudioHost, track: MediaStreamTrack, volume: number) {
        const { context } = host;
        this._host = host;
        this._source = host.openTrack(context, track);
        this._volume = new GainNode(context, { gain: volume, channelCount: 1, channelCountMode: "explicit" });
        this._monitorGain = new GainNode(context, { gain: 0 });
        this._volume.connect(this._monitorGain);
        const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: "explicit" });
        const [sent] = destination.stream.getAudioTracks();
        if (!sent) {
            throw new RtcError("unsupported", "This browser makes no audio track from WebAudio.");
        }
        this._volume.connect(destination);
        this.track = sent;
    }

    /** Moves to another loudness, 0 to 4, without a click. */
    public setVolume(volume: number): void {
        this._volume.gain.setTargetAtTime(volume, this._host.context.currentTime, SmoothSeconds);
    }

    /**
     * Lets the local member hear what is sent.
     * @param volume - 0 to 4; 0 = off
     */
    public async setMonitorAsync(volume: number): Promise<void> {
        this._monitorGain.gain.setTargetAtTime(volume, this._host.context.currentTime, SmoothSeconds);
        if (volume > 0) {
            this._monitor ??= this._host.engine.createSoundSourceAsync("ear monitor", this._monitorGain, { mediaStreamSinkEnabled: false });
            const monitor = await this._monitor;
            if (this._disposed) {
                monitor.dispose();
            }
        }
    }

    /**
     * Leads the sound through a processor from now on, or straight; the two ways fade into each other. At first it leads nowhere.
     * @param make - makes the processor; null = none
     * @returns a promise that resolves when the new way sounds; rejects as `make` does, and then everything stays as it was
     */
    public async setProcessorAsync(make: AudioProcessorFactory | null): Promise<void> {
        const change = ++this._change;
        const processor = make ? await make(this._host.context) : null;
        if (this._disposed || change !== this._change) {
            processor?.dispose?.();
            return;
        }
        const { context } = this._host;
        const now = context.currentTime;
        const before = this._way;
        const fade = new GainNode(context, { gain: before ? 0 : 1 });
        const way: IWay = { processor, fade };
        if (processor) {
            this._source.node.connect(processor.input);
            processor.output.connect(fade);
        } else {
            this._source.node.connect(fade);
        }
        fade.connect(this._volume);
        this._way = way;
        this._ways.add(way);
        if (before) {
            fade.gain.setValueAtTime(0, now);
            fade.gain.linearRampToValueAtTime(1, now + CrossfadeSeconds);
            before.fade.gain.cancelScheduledValues(now);
            before.fade.gain.setValueAtTime(before.fade.gain.value, now);
            before.fade.gain.linearRampToValueAtTime(0, now + CrossfadeSeconds);
            const timer = setTimeout(() => {
                this._timers.delete(timer);
                this._remove(before);
            }, CrossfadeDoneMs);
            this._timers.add(timer);
        }
    }

    /** Releases everything that it made; the microphone's own track lives on. Harmless if called twice. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
        this._ways.forEach((way) => this._remove(way));
        this._volume.disconnect();
        this._monitorGain.disconnect();
        this._monitor?.then(
            (monitor) => monitor.dispose(),
            () => undefined,
        );
        this._source.dispose();
        this.track.stop();
    }

    private _remove(way: IWay): void {
        if (!this._ways.delete(way)) {
            return;
        }
        this._source.node.disconnect(way.processor?.input ?? way.fade);
        way.processor?.output.disconnect(way.fade);
        way.fade.disconnect();
        way.processor?.dispose?.();
    }
}
