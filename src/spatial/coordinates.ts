import { Logger } from "@babylonjs/core/Misc/logger.js";
import type { IVector } from "./poseMath.js";

/** Times per second that the listener, or one moving voice, is written at most. */
export const writesPerSecond = 30;

/** Length of a glide, in seconds: a little longer than until the next write, so that a steady move stays steady. */
const glideSeconds = 1.25 / writesPerSecond;

/** Time constant of an approach, in seconds: as late, on average, as a glide. */
const approachSeconds = glideSeconds / 2;

/** Time after which a glide is over for certain, in seconds; it begins later if the audio thread is ahead. */
const glideOverSeconds = 0.2;

/** Values of a glide; WebAudio copies them. An array, since Chromium reads a Float32Array by an iterator, which is garbage. */
const curve = [0, 0];

let warned = false;

/**
 * Three parameters of WebAudio that are a point or a direction. They are of k-rate: computed once for 128 samples, which takes a quarter of
 * the audio thread's time; but only if those of panner and listener all are.
 */
export class Coordinates {
    /** Value written last; NaN if none was. */
    public readonly written: IVector = { x: NaN, y: NaN, z: NaN };
    public readonly params: readonly AudioParam[];
    /** Values at the beginning of the last glide; like `written` otherwise. */
    private readonly _start: IVector = { x: NaN, y: NaN, z: NaN };

    private readonly _x: AudioParam;
    private readonly _y: AudioParam;
    private readonly _z: AudioParam;
    /** Time at which glides are over for certain, in seconds of the context; Infinity: all three may be ramped by somebody else, as Babylon does at first. */
    private _until = Infinity;
    private _isApproaching = false;

    private constructor(x: AudioParam, y: AudioParam, z: AudioParam) {
        this._x = x;
        this._y = y;
        this._z = z;
        this.params = [x, y, z];
    }

    /** @returns null unless all three are parameters whose rate can be set */
    public static Of(...params: readonly (AudioParam | undefined)[]): Coordinates | null {
        const [x, y, z] = params;
        // As yet Firefox has no such property, and would take any that is set.
        return x && y && z && params.every((param) => param?.automationRate !== undefined) ? new Coordinates(x, y, z) : null;
    }

    /**
     * True once somebody else has written since. A parameter that glides tells a value between start and end; one that no panner reads tells the
     * start for ever (Chromium).
     */
    public get isOverwritten(): boolean {
        const { _start: from, written: to } = this;
        return isBeside(this._x.value, from.x, to.x) || isBeside(this._y.value, from.y, to.y) || isBeside(this._z.value, from.z, to.z);
    }

    /**
     * Reads what they are now.
     * @param to - written to
     */
    public read(to: IVector): void {
        to.x = this._x.value;
        to.y = this._y.value;
        to.z = this._z.value;
    }

    /** Goes there at once. */
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

    /** Goes there in steps that get smaller: takes one call of WebAudio, but arrives with `settle` only. */
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

    /** Goes there at once, and ends an approach. */
    public settle(to: Readonly<IVector>, now: number): void {
        if (this._isApproaching) {
            this._isApproaching = false;
            this.written.x = this.written.y = this.written.z = NaN;
        }
        this.set(to, now);
    }

    /**
     * Writes the value that was written last once more, a few millionths farther away along one axis, so that it counts as a move. The axis is the
     * one along which it is farthest away: beside the others, straight ahead or above would become a hair beside it, where Chromium (156) takes
     * other impulse responses of HRTF.
     * @param from - where it is seen from
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

    /** Goes there in small steps of one size, as fine as k-rate has them. */
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

    /** Lets the next write write all three, whatever somebody else has done to them. */
    public forget(): void {
        this.written.x = this.written.y = this.written.z = NaN;
        this._until = Infinity;
    }

    /** True while a glide, or a ramp of somebody else, may be in force. */
    private _isGliding(now: number): boolean {
        const isGliding = now <= this._until;
        if (this._until === Infinity) {
            this._until = 0;
        }
        return isGliding;
    }
}

/** Schedule of writes: audible moves at most once per 1/30 s, the rest after 1/30 s of rest. */
export class Pace {
    private _wrote = NaN;
    private _moved = NaN;

    /**
     * @param slot - number of the present slot; NaN while the context does not run, when nothing has to be saved
     * @param moved - whether there is a new move
     * @param isHeard - whether what is not written yet is heard
     * @returns whether it is written now
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
 * @param rateOf - gives the rate of each
 * @returns whether the browser lets them be set
 */
export function setRates(params: readonly AudioParam[], rateOf: (param: AudioParam, index: number) => AutomationRate): boolean {
    try {
        params.forEach((param, index) => (param.automationRate = rateOf(param, index)));
        return true;
    } catch {
        return false;
    }
}

/** @returns the next value of a parameter, some steps of float32 farther away from another one */
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
        // A ramp of somebody else, or a glide that was long delayed, stands in the way.
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

/** @returns where it begins */
function glide(param: AudioParam, value: number, now: number): number {
    const start = param.value;
    curve[0] = start;
    curve[1] = value;
    param.cancelScheduledValues(0);
    param.setValueCurveAtTime(curve, now, glideSeconds);
    return start;
}

/** @returns whether a value lies outside of two others by more than what floats of 32 bits lose; false as long as those are not known */
function isBeside(value: number, a: number, b: number): boolean {
    const least = 1e-6 * (1 + Math.abs(a) + Math.abs(b));
    return value < Math.min(a, b) - least || value > Math.max(a, b) + least;
}

/** Says, once, that the cheap way of moving voices is not there. */
export function warnOnce(): void {
    if (!warned) {
        warned = true;
        Logger.Warn(
            "babylon-rtc: This browser, or this version of Babylon, moves voices by Babylon's setters alone, which takes more time.",
        );
    }
}
