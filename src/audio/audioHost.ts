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
 * - `running`: it does.
 * - `blocked`: the browser waits for a click (or the app has paused the audio engine); resume from a click.
 * - `interrupted`: the system took the sound away (a phone call); it gives it back by itself, or on resuming. Also: the app has disposed the
 *   audio engine, which is told as an error, too, since nothing gives that sound back.
 */
export type AudioState = "running" | "blocked" | "interrupted";

/** A browser that will not start sound keeps its promise to start pending for ever; so long do we believe in it, in milliseconds. */
const resumeTimeoutMs = 500;

const hosts = new WeakMap<AudioEngineV2, AudioHost>();

/** The part of an audio engine beyond Babylon's public interface that is used here. There is one per engine, and only this file reads the engine's context. */
export class AudioHost {
    /** The engine; it stays its maker's. */
    public readonly engine: AudioEngineV2;
    /** The engine's context. */
    public readonly context: AudioContext;
    /** Replays the present state, then every change. Never ends. */
    public readonly state$: Observable<AudioState>;
    /** Emits once, when the engine is disposed; at once if it is. */
    public readonly closed$: Observable<void>;
    /** Turns tracks into audio nodes: by the browser, unless a test sets another way. */
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
     * Gives the one host of an engine.
     * @param engine - an engine that runs on WebAudio, as all of Babylon's do
     * @returns the host. Throws `unsupported` for an engine without an audio context.
     */
    public static For(engine: AudioEngineV2): AudioHost {
        let host = hosts.get(engine);
        if (!host) {
            const { _audioContext: context } = engine as unknown as { readonly _audioContext?: AudioContext };
            if (!context) {
                throw new RtcError("unsupported", "Voice needs an engine that runs on WebAudio: CreateAudioEngineAsync() makes one.");
            }
            host = new AudioHost(engine, context);
            hosts.set(engine, host);
        }
        return host;
    }

    /** True once the engine is disposed, so that it never sounds again. */
    public get closed(): boolean {
        return this.engine.state === "closed";
    }

    /** True while the app has paused the engine, so that nobody but the app or a click may resume it. */
    public get paused(): boolean {
        return (this.engine as unknown as { readonly _pauseCalled?: boolean })._pauseCalled === true;
    }

    /** The present state. */
    public get state(): AudioState {
        // The engine's own word, since it calls an offline context running.
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
     * Asks for sound; call it from a click or key press. Read `state$` for what came of it.
     * @returns a promise that resolves when sound runs, or after half a second if the browser does not let it. Never rejects.
     */
    public async resumeAsync(): Promise<void> {
        if (this.state === "running" || this.closed) {
            return;
        }
        let timer: ReturnType<typeof setTimeout> | undefined;
        // Babylon hands out its first pending promise again and again, so a call that came too early would use up the later click.
        const resumed = Promise.allSettled([this.engine.resumeAsync(), this.context.resume()]);
        const timeout = new Promise<void>((resolve) => {
            timer = setTimeout(resolve, resumeTimeoutMs);
        });
        await Promise.race([resumed, timeout]);
        clearTimeout(timer);
    }

    /**
     * Lets the whole engine's sound come out of another device.
     * @param deviceId - as `enumerateDevices` names it; "" = the system's choice
     * @returns a promise that resolves when it does; rejects with `unsupported`, `deviceNotFound` or `microphoneDenied`
     */
    public async setOutputAsync(deviceId: string): Promise<void> {
        const { switchOutputAsync } = await onDemandAsync(() => import("./outputSwitch.js"));
        await switchOutputAsync(this.context, deviceId);
    }

    /**
     * Makes a live audio track that says nothing, for a link without a microphone.
     * @returns the track, which the caller releases by `dispose`; throws `disposed` or `unsupported`
     */
    public createSilentTrack(): { readonly track: MediaStreamTrack; dispose(): void } {
        if (this.closed) {
            throw new RtcError("disposed", "The audio engine is disposed.");
        }
        const destination = new MediaStreamAudioDestinationNode(this.context, { channelCount: 1, channelCountMode: "explicit" });
        const [track] = destination.stream.getAudioTracks();
        if (!track) {
            throw new RtcError("unsupported", "This browser makes no audio track from WebAudio.");
        }
        // Without any input Chromium computes nothing: no packet is sent, and the other end's track stays muted.
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

/** @returns the host that a stream gives as soon as it is subscribed to; null if there is none yet: nobody waits for one here */
export function presentHost(host$: Observable<AudioHost>): AudioHost | null {
    let present: AudioHost | null = null;
    host$.subscribe((host) => (present ??= host)).unsubscribe();
    return present;
}
