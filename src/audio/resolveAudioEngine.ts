import { Observable } from "rxjs";
import { LastCreatedAudioEngine } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { RtcError } from "../errors/rtcError.js";

/** An audio engine, with a function that releases it. */
export interface IResolvedAudioEngine {
    /** The engine. */
    readonly engine: AudioEngineV2;
    /** True if this call created the engine. */
    readonly owned: boolean;
    /**
     * Releases the engine. An engine that was created here is disposed when all its holders have released it; other engines are not changed.
     * Idempotent.
     */
    release(): void;
}

/** Number of holders of each engine that was created here. */
const holderCounts = new WeakMap<AudioEngineV2, number>();

/**
 * Finds the audio engine to play on: the given one if it is open, otherwise the one that was created last if it is open, otherwise a new one. A new
 * engine has no unmute button of Babylon, and Babylon does not update its listener.
 * @param given - the app's choice; owned by the app
 * @returns a promise of the engine, which the caller releases. Rejects with `unsupported` if none can be created.
 */
export async function resolveAudioEngineAsync(given?: AudioEngineV2): Promise<IResolvedAudioEngine> {
    const existing = open(given) ?? lastOpen();
    if (existing) {
        return hold(existing, false);
    }
    try {
        const { CreateAudioEngineAsync } = await import("@babylonjs/core/AudioV2/webAudio/webAudioEngine.js");
        // Other code may have created an engine while this module was loading.
        const other = lastOpen();
        if (other) {
            return hold(other, false);
        }
        const making = CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1 });
        // Babylon lists an engine before it is ready. This holder is counted now, since a concurrent call may find the engine and release it.
        const made = lastOpen();
        const resolved = made ? hold(made, true) : null;
        const engine = await making;
        return resolved ?? hold(engine, true);
    } catch (error) {
        throw RtcError.From(error, "unsupported", "This browser could not start an audio engine.");
    }
}

/**
 * Like `resolveAudioEngineAsync`, as an observable.
 * @param given - the app's choice; owned by the app
 * @returns emits the engine, and releases it when unsubscribed; errors with `unsupported` if none can be created
 */
export function audioEngine$(given?: AudioEngineV2): Observable<IResolvedAudioEngine> {
    return new Observable((subscriber) => {
        let resolved: IResolvedAudioEngine | null = null;
        resolveAudioEngineAsync(given).then(
            (audio) => {
                resolved = audio;
                if (subscriber.closed) {
                    audio.release();
                } else {
                    subscriber.next(audio);
                }
            },
            (error: unknown) => subscriber.error(error),
        );
        return () => resolved?.release();
    });
}

/**
 * Replaces a closed engine.
 * @param engine - result of `resolveAudioEngineAsync`
 * @returns the engine that was created last, if that one is open and the given one is closed; otherwise the given one
 */
export function openEngine(engine: AudioEngineV2): AudioEngineV2 {
    return open(engine) ?? lastOpen() ?? engine;
}

function lastOpen(): AudioEngineV2 | null {
    return open(LastCreatedAudioEngine());
}

/** Returns the engine unless it is closed. Babylon still lists an engine after other code has closed its context. */
function open(engine: AudioEngineV2 | null | undefined): AudioEngineV2 | null {
    return engine && engine.state !== "closed" ? engine : null;
}

function hold(engine: AudioEngineV2, owned: boolean): IResolvedAudioEngine {
    const ours = owned || holderCounts.has(engine);
    if (ours) {
        holderCounts.set(engine, (holderCounts.get(engine) ?? 0) + 1);
    }
    let held = ours;
    return {
        engine,
        owned,
        release: () => {
            if (!held) {
                return;
            }
            held = false;
            const holders = (holderCounts.get(engine) ?? 1) - 1;
            holderCounts.set(engine, holders);
            if (holders === 0) {
                holderCounts.delete(engine);
                engine.dispose();
            }
        },
    };
}
