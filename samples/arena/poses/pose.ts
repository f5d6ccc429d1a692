/** Position and direction of a player. */
export interface IPose {
    /** Between the feet: metres, y up. */
    readonly position: readonly [x: number, y: number, z: number];
    /** Which way the body looks: radians, 0 = along z, growing to the right. */
    readonly yaw: number;
    /** Downward tilt of the head, in radians. */
    readonly pitch: number;
}

/** A pose as it travels through the room, topic "pose". Short names, since it travels often. */
export interface IPoseMessage {
    /** Position: metres. */
    readonly p: readonly [number, number, number];
    /** Yaw: radians. */
    readonly r: number;
    /** Head: its pitch in radians. */
    readonly h?: readonly [number];
}

/** Millimetres and milliradians are fine enough. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** Packs a pose. */
export function toMessage({ position: [x, y, z], yaw, pitch }: IPose): IPoseMessage {
    return { p: [rounded(x), rounded(y), rounded(z)], r: rounded(yaw), h: [rounded(pitch)] };
}

/** Unpacks a pose. Other people's programs sent it, so anything may be in it: null if it is not a pose. */
export function fromMessage(data: unknown): IPose | null {
    if (typeof data !== "object" || data === null) {
        return null;
    }
    const { p, r, h } = data as Partial<Record<keyof IPoseMessage, unknown>>;
    const [x, y, z] = numbers(p);
    const [pitch = 0] = numbers(h);
    if (x === undefined || y === undefined || z === undefined || !isNumber(r)) {
        return null;
    }
    return { position: [x, y, z], yaw: r, pitch };
}

/** True if the difference of two poses is invisible. */
export function isSamePose(a: IPose, b: IPose): boolean {
    return distanceBetween(a, b) < 0.01 && Math.abs(turnBetween(a.yaw, b.yaw)) < 0.01 && Math.abs(a.pitch - b.pitch) < 0.01;
}

/** Metres from one to the other. */
function distanceBetween({ position: a }: IPose, { position: b }: IPose): number {
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** A pose on the way from one to another; `t` from 0 to 1. */
export function between(from: IPose, to: IPose, t: number): IPose {
    const mix = (a: number, b: number): number => a + (b - a) * t;
    return {
        position: [mix(from.position[0], to.position[0]), mix(from.position[1], to.position[1]), mix(from.position[2], to.position[2])],
        yaw: from.yaw + turnBetween(from.yaw, to.yaw) * t,
        pitch: mix(from.pitch, to.pitch),
    };
}

/** The shorter way round, -π to π. */
function turnBetween(from: number, to: number): number {
    const turn = (to - from) % (2 * Math.PI);
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 1e4;
const numbers = (value: unknown): readonly number[] => (Array.isArray(value) && value.every(isNumber) ? value : []);

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
