import type { AudioBus } from "@babylonjs/core/AudioV2/abstractAudio/audioBus.js";
import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import { Observable } from "rxjs";
import type { AudioHost } from "./audioHost.js";
import { onDemandAsync } from "../interop/onDemand.js";
import type { VoiceLimiter } from "./voiceLimiter.js";

/** A lease of the bus of all voices. */
export interface IVoiceBusHold {
    /**
     * Promise of the output bus for a voice's sound source; null if the audio engine was disposed, or all leases were released meanwhile. Rejects
     * if the limiter's module cannot be loaded or Babylon cannot create the bus.
     */
    readonly inputAsync: Promise<AudioBus | null>;
    /**
     * Reports the gain with which the holder plays or is about to play. A gain above 1 activates the limiter.
     * @returns the delay until the gain may exceed 1, in seconds; the limiter is active by then
     */
    setGain(gain: number): number;
    /** Releases the bus. Idempotent. */
    release(): void;
}

/**
 * Loads the limiter's module.
 * @returns the module; rejects with `serverUnreachable`. A later call tries again.
 */
export function loadLimiterAsync(): Promise<{ readonly VoiceLimiter: typeof VoiceLimiter }> {
    return onDemandAsync(() => import("./voiceLimiter.js"));
}

const buses = new WeakMap<AudioHost, VoiceBus>();

/**
 * Bus of all voices of an audio engine: voices → limiter → the engine's main bus. The app's own sounds do not pass through it.
 * An engine has one such bus while there is a holder.
 */
export class VoiceBus {
    private readonly _host: AudioHost;
    /** Null until the limiter's module is loaded. */
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
     * Leases the bus of an engine. The bus is created for the first holder and disposed after the last one.
     * @param host - the engine's host
     * @returns the lease, which the caller releases
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
     * Leases the bus while subscribed. Subscribe before the first voice, so that this voice does not wait for the limiter's module.
     * @param host - the engine's host
     * @returns emits nothing, never completes
     */
    public static Held$(host: AudioHost): Observable<never> {
        return new Observable<never>(() => {
            const hold = VoiceBus.Hold(host);
            return () => hold.release();
        });
    }

    /** Disconnects and disposes the bus. */
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
        const { VoiceLimiter: Limiter } = await loadLimiterAsync();
        if (this._isGone()) {
            return null;
        }
        const limiter = new Limiter(context);
        this._limiter = limiter;
        this._limit();
        const [bus, output] = await Promise.allSettled([
            engine.createBusAsync("voices"),
            engine.createSoundSourceAsync("voices", limiter.output, { mediaStreamSinkEnabled: false }),
        ]);
        if (this._isGone() || bus.status === "rejected" || output.status === "rejected") {
            [bus, output].forEach((each) => each.status === "fulfilled" && each.value.dispose());
            const failed = [bus, output].find((each) => each.status === "rejected");
            if (failed) {
                throw failed.reason as Error;
            }
            return null;
        }
        bus.value.outBus = null;
        this._bus = bus.value;
        this._output = output.value;
        // Disposing the audio engine also disposes its buses.
        bus.value.onDisposeObservable.addOnce(() => this.dispose());
        outNodeOf(bus.value).connect(limiter.input);
        return bus.value;
    }
}

/** Returns a bus's private output node. Babylon connects buses only to other buses, and has no bus with a limiter. */
function outNodeOf(bus: AudioBus): AudioNode {
    return (bus as unknown as { readonly _outNode: AudioNode })._outNode;
}
