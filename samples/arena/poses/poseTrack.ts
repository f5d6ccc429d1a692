import { between, distanceBetween } from "./pose.js";
import type { IPose } from "./pose.js";

/** A step longer than this was a teleport: nobody wants to see it as a flight. Metres. */
const longestStep = 3;
/** A glide takes as long as the messages were apart, within these bounds. Milliseconds. */
const [shortestGlide, longestGlide] = [40, 250];

/** Turns poses that arrive now and then into smooth movement: it glides from where it is seen to where it was last heard of. */
export class PoseTrack {
    private _from: IPose;
    private _to: IPose;
    private _start: number;
    private _duration = 0;

    /**
     * @param pose - the first one
     * @param now - when it arrived, in milliseconds
     */
    public constructor(pose: IPose, now: number) {
        this._from = this._to = pose;
        this._start = now;
    }

    /** Takes the next pose. Times are in milliseconds. */
    public push(pose: IPose, now: number): void {
        const seen = this.at(now);
        this._from = distanceBetween(seen, pose) > longestStep ? pose : seen;
        this._to = pose;
        this._duration = Math.min(longestGlide, Math.max(shortestGlide, now - this._start));
        this._start = now;
    }

    /** The pose to show at a time, in milliseconds. */
    public at(now: number): IPose {
        return this._duration === 0 ? this._to : between(this._from, this._to, Math.min(1, (now - this._start) / this._duration));
    }
}
