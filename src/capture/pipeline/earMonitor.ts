import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import type { AudioHost } from "../../audio/audioHost.js";
import { leadSeconds, smoothSeconds } from "./crossfadeTimes.js";

/** Plays the sent audio to the local member, through the audio engine's output. */
export class EarMonitor {
    private readonly _host: AudioHost;
    private readonly _source: AudioNode;
    private readonly _gain: GainNode;
    /** Created when the monitor is first turned on; null again after a failure. */
    private _sound: Promise<AbstractSoundSource> | null = null;
    private _disposed = false;

    /**
     * @param host - host of the audio engine that plays the monitor
     * @param source - the sent audio; owned by the caller
     */
    public constructor(host: AudioHost, source: AudioNode) {
        this._host = host;
        this._source = source;
        this._gain = new GainNode(host.context, { gain: 0 });
        source.connect(this._gain);
    }

    /**
     * Sets the volume, without a click.
     * @param volume - 0 to 4; 0 = off
     * @returns a promise that rejects if Babylon cannot create a sound source. A later call tries again.
     */
    public async setVolumeAsync(volume: number): Promise<void> {
        this._gain.gain.setTargetAtTime(volume, this._host.context.currentTime + leadSeconds, smoothSeconds);
        if (volume === 0 || this._disposed) {
            return;
        }
        const sound = (this._sound ??= this._host.engine.createSoundSourceAsync("ear monitor", this._gain, {
            mediaStreamSinkEnabled: false,
        }));
        try {
            await sound;
        } catch (error) {
            if (this._sound === sound) {
                this._sound = null;
            }
            throw error;
        }
    }

    /** Releases the audio nodes and the sound source. */
    public dispose(): void {
        this._disposed = true;
        this._source.disconnect(this._gain);
        this._gain.disconnect();
        this._sound?.then(
            (sound) => sound.dispose(),
            () => undefined,
        );
    }
}
