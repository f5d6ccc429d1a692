/** How long two ways sound together while one takes over from the other, in seconds. */
const CrossfadeSeconds = 0.03;

/** When a crossfade is over for certain, in milliseconds; the audio thread runs some blocks behind. */
export const CrossfadeDoneMs = 120;

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
     */
    public change(connect: (fade: AudioNode) => () => void): void {
        const { currentTime: now } = this._context;
        const before = this._way;
        const fade = new GainNode(this._context, { gain: before ? 0 : 1 });
        const way: IWay = { fade, release: connect(fade) };
        fade.connect(this._output);
        this._way = way;
        this._ways.add(way);
        if (before) {
            fade.gain.setValueAtTime(0, now);
            fade.gain.linearRampToValueAtTime(1, now + CrossfadeSeconds);
            before.fade.gain.cancelScheduledValues(now);
            before.fade.gain.setValueAtTime(before.fade.gain.value, now);
            before.fade.gain.linearRampToValueAtTime(0, now + CrossfadeSeconds);
            const timer = setTimeout(() => {
                this._timers.delete(timer);
                this._remove(before);
            }, CrossfadeDoneMs);
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
