import { Observable } from "rxjs";
import { LastCreatedAudioEngine } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { RtcError } from "../errors/rtcError.js";

/** An audio engine to use, and how to let go of it. */
export interface IResolvedAudioEngine {
    /** The engine. */
    readonly engine: AudioEngineV2;
    /** True if this call made it. */
    readonly owned: boolean;
    /**
     * Lets go of the engine: one that was made here is disposed when everybody who was given it has let go, any other is left alone.
     * Harmless if called twice.
     */
    release(): void;
}

/** Number of holders of each engine that was made here. */
const holderCounts = new WeakMap<AudioEngineV2, number>();

/**
 * Finds the audio engine to play on: the given one, otherwise the one that the app made last, otherwise a new one without Babylon's
 * unmute button and without its automatic listener. One that is closed is passed over.
 * @param given - the app's choice, which stays the app's
 * @returns the engine, to be released by the caller. Rejects with `unsupported` where none can be made.
 */
export async function resolveAudioEngineAsync(given?: AudioEngineV2): Promise<IResolvedAudioEngine> {
    const existing = open(given) ?? lastOpen();
    if (existing) {
        return hold(existing, false);
    }
    try {
        const { CreateAudioEngineAsync } = await import("@babylonjs/core/AudioV2/webAudio/webAudioEngine.js");
        // Somebody else may have made one while the code was loading.
        const other = lastOpen();
        if (other) {
            return hold(other, false);
        }
        const making = CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1 });
        // Babylon lists an engine before it is ready; whoever finds it there must already find its holder, too.
        const made = lastOpen();
        const resolved = made ? hold(made, true) : null;
        const engine = await making;
        return resolved ?? hold(engine, true);
    } catch (error) {
        throw RtcError.From(error, "unsupported", "This browser could not start an audio engine.");
    }
}

/**
 * The same as a stream.
 * @param given - the app's choice, which stays the app's
 * @returns emits the engine and lets go of it when unsubscribed; errors with `unsupported` where none can be made
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
 * @param engine - found by `resolveAudioEngineAsync`
 * @returns the same, or what is played on since it was closed
 */
export function openEngine(engine: AudioEngineV2): AudioEngineV2 {
    return open(engine) ?? lastOpen() ?? engine;
}

function lastOpen(): AudioEngineV2 | null {
    return open(LastCreatedAudioEngine());
}

/** A context that somebody closed leaves its engine among Babylon's. */
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
