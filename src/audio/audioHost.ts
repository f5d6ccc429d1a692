import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { defer, distinctUntilChanged, filter, fromEvent, map, shareReplay, startWith, take } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../errors/rtcError.js";
import { onDemandAsync } from "../interop/onDemand.js";
import { openMediaStreamTrack } from "./trackSource.js";
import type { TrackOpener } from "./trackSource.js";

/**
 * State of the audio output.
 *
 * - `running`: audio plays.
 * - `blocked`: the browser waits for a click (or the app has paused the audio engine); resume from a click.
 * - `interrupted`: the system has interrupted audio (a phone call); audio continues by itself, or on resuming. Also the state after the app
 *   has disposed the audio engine. Audio cannot continue then, so an error is reported as well.
 */
export type AudioState = "running" | "blocked" | "interrupted";

/** Timeout for `resume()`, in milliseconds. The promise never settles while autoplay is blocked. */
const resumeTimeoutMs = 500;

const hosts = new WeakMap<AudioEngineV2, AudioHost>();

/** Access to an audio engine beyond Babylon's public interface. There is one host per engine. Only this file reads the engine's private members. */
export class AudioHost {
    /** The audio engine; owned by its creator. */
    public readonly engine: AudioEngineV2;
    /** The engine's audio context. */
    public readonly context: AudioContext;
    /** Current state, and every change. Replays. Never completes. */
    public readonly state$: Observable<AudioState>;
    /** Emits once, when the engine is disposed; immediately if it already is. */
    public readonly closed$: Observable<void>;
    /** Opens a track as a source of the audio graph. Default: uses the browser's API; tests may replace it. */
    public openTrack: TrackOpener = openMediaStreamTrack;

    private constructor(engine: AudioEngineV2, context: AudioContext) {
        this.engine = engine;
        this.context = context;
        const changes$ = defer(() => fromEvent(context, "statechange").pipe(startWith(null)));
        this.closed$ = changes$.pipe(
            filter(() => this.closed),
            take(1),
            map(() => undefined),
        );
        this.state$ = changes$.pipe(
            map(() => this.state),
            distinctUntilChanged(),
            shareReplay({ bufferSize: 1, refCount: true }),
        );
    }

    /**
     * Returns the host of an engine. There is one per engine.
     * @param engine - an engine that runs on WebAudio, like all of Babylon's engines
     * @returns the host. Throws `unsupported` for an engine without an audio context.
     */
    public static For(engine: AudioEngineV2): AudioHost {
        let host = hosts.get(engine);
        if (!host) {
            const { _audioContext: context } = engine as unknown as { readonly _audioContext?: AudioContext };
            if (!context) {
                throw new RtcError("unsupported", "Voice needs a WebAudio engine. Create one with CreateAudioEngineAsync().");
            }
            host = new AudioHost(engine, context);
            hosts.set(engine, host);
        }
        return host;
    }

    /** True once the engine is disposed. It can never play again. */
    public get closed(): boolean {
        return this.engine.state === "closed";
    }

    /** True while the app has paused the engine. Only the app or a click may then resume it. */
    public get paused(): boolean {
        return (this.engine as unknown as { readonly _pauseCalled?: boolean })._pauseCalled === true;
    }

    /** Current state. */
    public get state(): AudioState {
        // The engine's state, not the context's, since the engine reports an offline context as running.
        switch (this.engine.state) {
            case "running":
                return "running";
            case "interrupted":
            case "closed":
                return "interrupted";
            default:
                return "blocked";
        }
    }

    /**
     * Resumes audio; call it from a click or key press. `state$` has the outcome.
     * @returns a promise that resolves when audio runs, or after half a second if the browser does not allow it. Never rejects.
     */
    public async resumeAsync(): Promise<void> {
        if (this.state === "running" || this.closed) {
            return;
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        // While a resume is pending, Babylon only returns its promise. A resume before the first click stays pending, so a later click
        // would have no effect. Therefore the context is also resumed directly.
        const resumed = Promise.allSettled([this.engine.resumeAsync(), this.context.resume()]);
        const timeout = new Promise<void>((resolve) => {
            timer = setTimeout(resolve, resumeTimeoutMs);
        });
        await Promise.race([resumed, timeout]);
        clearTimeout(timer);
    }

    /**
     * Switches the whole engine to another output device.
     * @param deviceId - id from `enumerateDevices`; "" = the system's default device
     * @returns a promise that resolves when the switch is done; rejects with `unsupported`, `deviceNotFound`, `microphoneDenied`, or
     * `serverUnreachable` if a part of the library cannot be loaded
     */
    public async setOutputAsync(deviceId: string): Promise<void> {
        const { switchOutputAsync } = await onDemandAsync(() => import("./outputSwitch.js"));
        await switchOutputAsync(this.context, deviceId);
    }

    /**
     * Creates a live, silent audio track, for a link without a microphone.
     * @returns the track, which the caller releases with `dispose`; throws `disposed` or `unsupported`
     */
    public createSilentTrack(): { readonly track: MediaStreamTrack; dispose(): void } {
        if (this.closed) {
            throw new RtcError("disposed", "The audio engine is disposed.");
        }
        const destination = new MediaStreamAudioDestinationNode(this.context, { channelCount: 1, channelCountMode: "explicit" });
        const [track] = destination.stream.getAudioTracks();
        if (!track) {
            throw new RtcError("unsupported", "This browser cannot send audio from WebAudio.");
        }
        // Without an input, Chromium does not process the node: no packets are sent, and the remote track stays muted.
        const silence = new ConstantSourceNode(this.context, { offset: 0 });
        silence.connect(destination);
        silence.start();
        return {
            track,
            dispose: () => {
                track.stop();
                silence.stop();
                silence.disconnect();
            },
        };
    }
}

/** @returns the host that an observable emits synchronously on subscription; null if there is none yet */
export function presentHost(host$: Observable<AudioHost>): AudioHost | null {
    let present: AudioHost | null = null;
    host$.subscribe((host) => (present ??= host)).unsubscribe();
    return present;
}
