import { frameMs } from "./oggOpus.js";

/** A process that was held up longer than this lets the missed frames go, in milliseconds: receivers hear a gap, not a burst. */
const catchUpMs = 200;

/** Counts 20 ms frames without drift: each is due at a fixed time after the first, however late the timer fires. */
export class FrameClock {
    private readonly _onFrame: (frame: number) => void;
    private readonly _start = performance.now();
    private _frame = 0;
    private _timer: ReturnType<typeof setTimeout>;
    private _stopped = false;

    /** @param onFrame - called once a frame with its number; begins at once */
    public constructor(onFrame: (frame: number) => void) {
        this._onFrame = onFrame;
        this._timer = setTimeout(this._tick, 0);
    }

    /** Stops; nothing is called afterwards. */
    public stop(): void {
        this._stopped = true;
        clearTimeout(this._timer);
    }

    private readonly _tick = (): void => {
        const due = Math.floor((performance.now() - this._start) / frameMs);
        if ((due - this._frame) * frameMs > catchUpMs) {
            this._frame = due;
        }
        this._timer = setTimeout(this._tick, Math.max(1, (due + 1) * frameMs - (performance.now() - this._start)));
        for (; this._frame <= due && !this._stopped; this._frame++) {
            this._onFrame(this._frame);
        }
    };
}
