import type { AudioBus } from "@babylonjs/core/AudioV2/abstractAudio/audioBus.js";
import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import { Observable } from "rxjs";
import type { AudioHost } from "./audioHost.js";
import { onDemandAsync } from "../interop/onDemand.js";
import type { VoiceLimiter } from "./voiceLimiter.js";

/** A hold on the bus of all voices. */
export interface IVoiceBusHold {
    /** Resolves to where a voice's sound source goes; null if the audio engine is gone. Rejects if Babylon could not make the bus. */
    readonly inputAsync: Promise<AudioBus | null>;
    /**
     * Says how loud the holder plays or is about to: above 1 the limiter is put in.
     * @returns in so many seconds it may grow louder than 1; it is in by then
     */
    setGain(gain: number): number;
    /** Lets go. Harmless if called twice. */
    release(): void;
}

const buses = new WeakMap<AudioHost, VoiceBus>();

/**
 * The bus that all voices of an audio engine go through: voices → limiter → the engine's main bus. The app's own sounds do not pass here.
 * There is one per engine while somebody holds it.
 */
export class VoiceBus {
    private readonly _host: AudioHost;
    /** null until there is a bus. */
    private _limiter: VoiceLimiter | null = null;
    private readonly _holders = new Set<object>();
    private readonly _boosters = new Set<object>();
    private readonly _inputAsync: Promise<AudioBus | null>;
    private _bus: AudioBus | null = null;
    private _output: AbstractSoundSource | null = null;
    private _disposed = false;

    private constructor(host: AudioHost) {
        this._host = host;
        this._inputAsync = this._createAsync();
        this._inputAsync.catch(() => this.dispose());
    }

    /**
     * Holds the bus of an engine, which is made for the first one and disposed after the last.
     * @param host - the engine's host
     * @returns the hold, which its owner releases
     */
    public static Hold(host: AudioHost): IVoiceBusHold {
        let bus = buses.get(host);
        if (!bus) {
            bus = new VoiceBus(host);
            buses.set(host, bus);
        }
        return bus._hold();
    }

    /**
     * Holds the bus while subscribed, ahead of the first voice, which then need not wait for its code to load.
     * @param host - the engine's host
     * @returns emits nothing, never ends
     */
    public static Held$(host: AudioHost): Observable<never> {
        return new Observable<never>(() => {
            const hold = VoiceBus.Hold(host);
            return () => hold.release();
        });
    }

    /** Takes it out of the graph. */
    public dispose(): void {
        if (this._disposed) {
            return;
        }
        this._disposed = true;
        if (buses.get(this._host) === this) {
            buses.delete(this._host);
        }
        this._limiter?.dispose();
        this._output?.dispose();
        if (this._bus) {
            outNodeOf(this._bus).disconnect();
            this._bus.dispose();
        }
    }

    private _hold(): IVoiceBusHold {
        const key = {};
        this._holders.add(key);
        return {
            inputAsync: this._inputAsync,
            setGain: (gain) => {
                if (gain > 1 && this._holders.has(key)) {
                    this._boosters.add(key);
                } else {
                    this._boosters.delete(key);
                }
                this._limit();
                return gain > 1 ? (this._limiter?.delay ?? 0) : 0;
            },
            release: () => {
                this._holders.delete(key);
                this._boosters.delete(key);
                if (this._holders.size === 0) {
                    this.dispose();
                } else {
                    this._limit();
                }
            },
        };
    }

    private _isGone(): boolean {
        return this._disposed || this._host.closed;
    }

    private _limit(): void {
        if (this._limiter) {
            this._limiter.active = this._boosters.size > 0;
        }
    }

    private async _createAsync(): Promise<AudioBus | null> {
        const { engine, context } = this._host;
        const { VoiceLimiter: Limiter } = await onDemandAsync(() => import("./voiceLimiter.js"));
        if (this._isGone()) {
            return null;
        }
        const limiter = new Limiter(context);
        this._limiter = limiter;
        this._limit();
        const [bus, output] = await Promise.all([
            engine.createBusAsync("voices"),
            engine.createSoundSourceAsync("voices", limiter.output, { mediaStreamSinkEnabled: false }),
        ]);
        bus.outBus = null;
        if (this._isGone()) {
            bus.dispose();
            output.dispose();
            return null;
        }
        this._bus = bus;
        this._output = output;
        // Whoever disposes of the audio engine disposes of its buses.
        bus.onDisposeObservable.addOnce(() => this.dispose());
        outNodeOf(bus).connect(limiter.input);
        return bus;
    }
}

/** Babylon lets a bus go out to other buses alone, and has none with a limiter. */
function outNodeOf(bus: AudioBus): AudioNode {
    return (bus as unknown as { readonly _outNode: AudioNode })._outNode;
}
