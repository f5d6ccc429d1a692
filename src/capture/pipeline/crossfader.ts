import { crossfadeDoneMs, leadSeconds } from "./crossfadeTimes.js";

/** Duration of a crossfade, in seconds. */
const crossfadeSeconds = 0.03;

interface IWay {
    readonly fade: GainNode;
    readonly release: () => void;
}

/** Connects one path at a time to a node of an audio graph. A change of path is crossfaded, without a click. */
export class Crossfader {
    private readonly _context: BaseAudioContext;
    private readonly _output: AudioNode;
    private readonly _timers = new Set<ReturnType<typeof setTimeout>>();
    private readonly _ways = new Set<IWay>();
    private _way: IWay | null = null;

    /**
     * @param context - audio context of the graph
     * @param output - node to which the paths lead; owned by the caller
     */
    public constructor(context: BaseAudioContext, output: AudioNode) {
        this._context = context;
        this._output = output;
    }

    /**
     * Crossfades to another path.
     * @param connect - connects the path to the given node, and returns a function that disconnects the path. That function is called after the
     * path has faded out, or on `dispose`.
     * @param delaySeconds - latency of the path, in seconds. The crossfade starts after that time, since the path is silent until then. Default: 0.
     */
    public change(connect: (fade: AudioNode) => () => void, delaySeconds = 0): void {
        const begin = this._context.currentTime + leadSeconds + delaySeconds;
        const before = this._way;
        const fade = new GainNode(this._context, { gain: before ? 0 : 1 });
        const way: IWay = { fade, release: connect(fade) };
        fade.connect(this._output);
        this._way = way;
        this._ways.add(way);
        if (before) {
            fade.gain.setValueAtTime(0, begin);
            fade.gain.linearRampToValueAtTime(1, begin + crossfadeSeconds);
            before.fade.gain.cancelScheduledValues(begin);
            before.fade.gain.setValueAtTime(before.fade.gain.value, begin);
            before.fade.gain.linearRampToValueAtTime(0, begin + crossfadeSeconds);
            const timer = setTimeout(
                () => {
                    this._timers.delete(timer);
                    this._remove(before);
                },
                crossfadeDoneMs + 1_000 * delaySeconds,
            );
            this._timers.add(timer);
        }
    }

    /** Releases all paths. */
    public dispose(): void {
        this._timers.forEach((timer) => clearTimeout(timer));
        this._timers.clear();
        this._ways.forEach((way) => this._remove(way));
        this._way = null;
    }

    private _remove(way: IWay): void {
        if (this._ways.delete(way)) {
            way.release();
            way.fade.disconnect();
        }
    }
}
