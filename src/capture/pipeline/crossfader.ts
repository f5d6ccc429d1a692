import { crossfadeDoneMs, leadSeconds } from "./crossfadeTimes.js";

/** Duration of a crossfade, in seconds. */
const crossfadeSeconds = 0.03;

interface IWay {
    readonly fade: GainNode;
    readonly release: () => void;
}

/** A place in an audio graph that is reached by one way at a time; a change of ways fades from one into the other, without a click. */
export class Crossfader {
    private readonly _context: BaseAudioContext;
    private readonly _output: AudioNode;
    private readonly _timers = new Set<ReturnType<typeof setTimeout>>();
    private readonly _ways = new Set<IWay>();
    private _way: IWay | null = null;

    /**
     * @param context - where the graph is
     * @param output - the place; stays the caller's
     */
    public constructor(context: BaseAudioContext, output: AudioNode) {
        this._context = context;
        this._output = output;
    }

    /**
     * Takes another way from now on.
     * @param connect - leads sound to the given node, and gives back how to undo that; it is undone when the way has faded out
     * @param delaySeconds - how late sound is on that way: before that there is nothing to fade to. Default: 0.
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

    /** Releases every way. */
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
