import { Logger } from "@babylonjs/core/Misc/logger.js";
import type { IVector } from "./poseMath.js";

/** Maximum number of position writes per second, for the listener and for each moving voice. */
export const writesPerSecond = 30;

/** Duration of a glide (a linear ramp), in seconds. Slightly longer than the interval between writes, so that there is no pause between glides. */
const glideSeconds = 1.25 / writesPerSecond;

/** Time constant of an approach (exponential), in seconds. Its average delay equals that of a glide. */
const approachSeconds = glideSeconds / 2;

/** Time after which a glide is complete, in seconds. Includes a margin, because a glide begins later if the audio thread is ahead. */
const glideOverSeconds = 0.2;

/** Start and end value of a glide; WebAudio copies them. An array, since Chromium reads a Float32Array with an iterator, which creates garbage. */
const curve = [0, 0];

let warned = false;

/**
 * Three WebAudio parameters that form a point or a direction. They run at k-rate: they are computed once per 128 samples, which reduces the
 * audio thread's time to a quarter. This works only if all parameters of both panner and listener run at k-rate.
 */
export class Coordinates {
    /** Last written value; NaN if there is none. */
    public readonly written: IVector = { x: NaN, y: NaN, z: NaN };
    public readonly params: readonly AudioParam[];
    /** Start value of the last glide, or the last value that was set immediately. */
    private readonly _start: IVector = { x: NaN, y: NaN, z: NaN };

    private readonly _x: AudioParam;
    private readonly _y: AudioParam;
    private readonly _z: AudioParam;
    /** Context time at which all glides are complete, in seconds. Infinity: other code may have scheduled ramps, as Babylon does initially. */
    private _until = Infinity;
    private _isApproaching = false;

    private constructor(x: AudioParam, y: AudioParam, z: AudioParam) {
        this._x = x;
        this._y = y;
        this._z = z;
        this.params = [x, y, z];
    }

    /** @returns the coordinates; null unless there are three parameters whose rate can be set */
    public static Of(...params: readonly (AudioParam | undefined)[]): Coordinates | null {
        const [x, y, z] = params;
        // Firefox does not have `automationRate` yet, but would accept an assignment to it.
        return x && y && z && params.every((param) => param?.automationRate !== undefined) ? new Coordinates(x, y, z) : null;
    }

    /**
     * True if other code has written the parameters since the last write here. During a glide, a parameter's value is between start and end. If no
     * panner reads the parameter, its value stays at the start (Chromium).
     */
    public get isOverwritten(): boolean {
        const { _start: from, written: to } = this;
        return isBeside(this._x.value, from.x, to.x) || isBeside(this._y.value, from.y, to.y) || isBeside(this._z.value, from.z, to.z);
    }

    /**
     * Reads the current values.
     * @param to - receives the values
     */
    public read(to: IVector): void {
        to.x = this._x.value;
        to.y = this._y.value;
        to.z = this._z.value;
    }

    /** Sets the values at once. */
    public set(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        const isGliding = this._isGliding(now);
        if (to.x !== written.x) {
            set(this._x, (written.x = this._start.x = to.x), isGliding);
        }
        if (to.y !== written.y) {
            set(this._y, (written.y = this._start.y = to.y), isGliding);
        }
        if (to.z !== written.z) {
            set(this._z, (written.z = this._start.z = to.z), isGliding);
        }
    }

    /** Approaches the values exponentially. Needs only one WebAudio call per parameter, but reaches the values only with `settle`. */
    public approach(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        const isGliding = this._isGliding(now);
        this._isApproaching = true;
        if (to.x !== written.x) {
            approach(this._x, (written.x = to.x), now, isGliding);
        }
        if (to.y !== written.y) {
            approach(this._y, (written.y = to.y), now, isGliding);
        }
        if (to.z !== written.z) {
            approach(this._z, (written.z = to.z), now, isGliding);
        }
    }

    /** Sets the values at once, and stops an approach. */
    public settle(to: Readonly<IVector>, now: number): void {
        if (this._isApproaching) {
            this._isApproaching = false;
            this.written.x = this.written.y = this.written.z = NaN;
        }
        this.set(to, now);
    }

    /**
     * Writes the last position again, so that the browser treats it as a change: moves it away from a point along one axis, by half a millionth of
     * the coordinate or of 1, whichever is greater. Uses the axis with the greatest distance. On another axis, a position straight ahead or above
     * would become slightly off-axis, where Chromium (156) uses other HRTF impulse responses.
     * @param from - the point, which is the listener's position
     */
    public confirm(from: Readonly<IVector>): void {
        const { written, _start: start } = this;
        const x = Math.abs(written.x - from.x);
        const y = Math.abs(written.y - from.y);
        const z = Math.abs(written.z - from.z);
        if (this._isApproaching || !(x + y + z < Infinity)) {
            return;
        }
        if (x >= y && x >= z) {
            set(this._x, (written.x = start.x = beyond(written.x, from.x)), true);
        } else if (y >= z) {
            set(this._y, (written.y = start.y = beyond(written.y, from.y)), true);
        } else {
            set(this._z, (written.z = start.z = beyond(written.z, from.z)), true);
        }
    }

    /** Moves to the values linearly, in k-rate steps (128 samples). */
    public glide(to: Readonly<IVector>, now: number): void {
        const { written } = this;
        this._until = now + glideOverSeconds;
        if (to.x !== written.x) {
            this._start.x = glide(this._x, (written.x = to.x), now);
        }
        if (to.y !== written.y) {
            this._start.y = glide(this._y, (written.y = to.y), now);
        }
        if (to.z !== written.z) {
            this._start.z = glide(this._z, (written.z = to.z), now);
        }
    }

    /** Makes the next write set all three parameters, and cancel ramps of other code. */
    public forget(): void {
        this.written.x = this.written.y = this.written.z = NaN;
        this._until = Infinity;
    }

    /** True while a glide, or a ramp of other code, may be active. */
    private _isGliding(now: number): boolean {
        const isGliding = now <= this._until;
        if (this._until === Infinity) {
            this._until = 0;
        }
        return isGliding;
    }
}

/** Schedule of writes: audible moves at most once per 1/30 s, inaudible moves after 1/30 s without movement. */
export class Pace {
    private _wrote = NaN;
    private _moved = NaN;

    /**
     * Decides whether to write now.
     * @param slot - number of the current time slot; NaN while the context does not run: audible moves are then written at once
     * @param moved - whether there is a new move
     * @param isHeard - whether the unwritten change is audible
     * @returns true if the position must be written now
     */
    public isDue(slot: number, moved: boolean, isHeard: boolean): boolean {
        if (moved) {
            this._moved = slot;
        }
        const due = (isHeard && slot !== this._wrote) || !(moved || slot - this._moved <= 1);
        if (due) {
            this._wrote = slot;
        }
        return due;
    }
}

/**
 * Sets the rates of parameters.
 * @param params - the parameters
 * @param rateOf - returns the rate of a parameter
 * @returns true if the browser allows the rates to be set
 */
export function setRates(params: readonly AudioParam[], rateOf: (param: AudioParam, index: number) => AutomationRate): boolean {
    try {
        params.forEach((param, index) => (param.automationRate = rateOf(param, index)));
        return true;
    } catch {
        return false;
    }
}

/** @returns the value, moved away from another value by a few float32 steps */
function beyond(value: number, from: number): number {
    return Math.fround(value + (value < from ? -1 : 1) * Math.max(1, Math.abs(value)) * 2 ** -21);
}

function set(param: AudioParam, value: number, isGliding: boolean): void {
    if (isGliding) {
        param.cancelScheduledValues(0);
    }
    try {
        param.value = value;
    } catch {
        // A ramp of other code, or a delayed glide, is still active.
        param.cancelScheduledValues(0);
        param.value = value;
    }
}

function approach(param: AudioParam, value: number, now: number, isGliding: boolean): void {
    if (isGliding) {
        param.cancelScheduledValues(0);
    }
    try {
        param.setTargetAtTime(value, now, approachSeconds);
    } catch {
        // As in `set`.
        param.cancelScheduledValues(0);
        param.setTargetAtTime(value, now, approachSeconds);
    }
}

/** @returns the start value */
function glide(param: AudioParam, value: number, now: number): number {
    const start = param.value;
    curve[0] = start;
    curve[1] = value;
    param.cancelScheduledValues(0);
    param.setValueCurveAtTime(curve, now, glideSeconds);
    return start;
}

/** @returns true if a value is outside the range of two others by more than the rounding error of float32; false while those are NaN */
function isBeside(value: number, a: number, b: number): boolean {
    const least = 1e-6 * (1 + Math.abs(a) + Math.abs(b));
    return value < Math.min(a, b) - least || value > Math.max(a, b) + least;
}

/** Warns once that the faster way of moving voices is not available. */
export function warnOnce(): void {
    if (!warned) {
        warned = true;
        Logger.Warn("babylon-rtc: This browser or Babylon version can move voices only with Babylon's setters, which is slower.");
    }
}
