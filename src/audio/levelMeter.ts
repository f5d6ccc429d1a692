import { Observable, share } from "rxjs";
import type { AudioHost } from "./audioHost.js";

/** Length of the measuring window, in samples: 43 ms at 48, 96 or 192 kHz. Long enough for a steady level of speech, short enough to be cheap. */
function windowSizeAt({ sampleRate }: BaseAudioContext): number {
    return 2048 * 2 ** Math.max(0, Math.round(Math.log2(sampleRate / 48_000)) || 0);
}

/** Clock that all meters of a host share: one timer, and one sample buffer that the meters use in turn. */
class MeterClock {
    private readonly _host: AudioHost;
    private readonly _meters = new Set<Meter>();
    private readonly _window: Float32Array<ArrayBuffer>;
    private _timer: ReturnType<typeof setInterval> | undefined;
    private _tickMs = 0;

    public constructor(host: AudioHost) {
        this._host = host;
        this._window = new Float32Array(windowSizeAt(host.context));
    }

    public add(meter: Meter): void {
        this._meters.add(meter);
        this._retime();
    }

    public remove(meter: Meter): void {
        this._meters.delete(meter);
        this._retime();
    }

    private _retime(): void {
        let tickMs = Infinity;
        for (const meter of this._meters) {
            tickMs = Math.min(tickMs, meter.periodMs);
        }
        if (tickMs === this._tickMs) {
            return;
        }
        clearInterval(this._timer);
        this._timer = undefined;
        this._tickMs = tickMs;
        if (tickMs !== Infinity) {
            this._timer = setInterval(this._onTick, tickMs);
        }
    }

    private readonly _onTick = (): void => {
        // The analysers of a context that does not run keep returning their last samples.
        const running = this._host.state === "running";
        for (const meter of this._meters) {
            meter.advance(this._tickMs, running ? this._window : null);
        }
    };
}

const clocks = new WeakMap<AudioHost, MeterClock>();

class Meter {
    public readonly periodMs: number;
    private readonly _analyser: AnalyserNode;
    private readonly _emit: (level: number) => void;
    private _elapsedMs = 0;

    public constructor(analyser: AnalyserNode, periodMs: number, emit: (level: number) => void) {
        this._analyser = analyser;
        this.periodMs = periodMs;
        this._emit = emit;
    }

    public advance(tickMs: number, window: Float32Array<ArrayBuffer> | null): void {
        this._elapsedMs += tickMs;
        if (this._elapsedMs < this.periodMs - tickMs / 2) {
            return;
        }
        this._elapsedMs = 0;
        if (!window) {
            this._emit(0);
            return;
        }
        this._analyser.getFloatTimeDomainData(window);
        let sum = 0;
        const { length } = window;
        for (let i = 0; i < length; i++) {
            const sample = window[i] ?? 0;
            sum += sample * sample;
        }
        this._emit(Math.min(1, Math.sqrt(sum / length)));
    }
}

/**
 * Measures a level. Cold: without a subscriber there is no analyser and no timer; all subscribers share one analyser.
 * @param host - host of the audio context
 * @param connect - connects the analyser, and returns a function that disconnects it
 * @param periodMs - time between two values, in milliseconds. Default: 100.
 * @returns root mean square of the last 43 ms or so, 0 to 1; 0 while the audio engine does not run. Never errors or completes.
 */
export function level$(host: AudioHost, connect: (analyser: AnalyserNode) => () => void, periodMs = 100): Observable<number> {
    return new Observable<number>((subscriber) => {
        const analyser = new AnalyserNode(host.context, {
            fftSize: windowSizeAt(host.context),
            channelCount: 1,
            channelCountMode: "explicit",
        });
        const disconnect = connect(analyser);
        const meter = new Meter(analyser, periodMs, (level) => subscriber.next(level));
        let clock = clocks.get(host);
        if (!clock) {
            clock = new MeterClock(host);
            clocks.set(host, clock);
        }
        clock.add(meter);
        return () => {
            clock.remove(meter);
            disconnect();
            analyser.disconnect();
        };
    }).pipe(share());
}

/**
 * Measures the level of a track.
 * @param host - host of the audio context
 * @param track - a live track
 * @param periodMs - time between two values, in milliseconds. Default: 100.
 * @returns level of the track: root mean square, 0 to 1. Cold.
 */
export function trackLevel$(host: AudioHost, track: MediaStreamTrack, periodMs?: number): Observable<number> {
    return level$(
        host,
        (analyser) => {
            const source = host.openTrack(host.context, track);
            source.node.connect(analyser);
            return () => source.dispose();
        },
        periodMs,
    );
}
