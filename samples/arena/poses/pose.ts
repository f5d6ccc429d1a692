/** Position and direction of a player. */
export interface IPose {
    /** Position between the feet, in metres, y up. */
    readonly position: readonly [x: number, y: number, z: number];
    /** Direction of the body, in radians. 0 is along z; positive is to the right. */
    readonly yaw: number;
    /** Downward tilt of the head, in radians. */
    readonly pitch: number;
}

/** Room message with a pose, topic "pose". The names are short, because poses are sent often. */
export interface IPoseMessage {
    /** Position in metres. */
    readonly p: readonly [number, number, number];
    /** Yaw in radians. */
    readonly r: number;
    /** Pitch of the head, in radians. Default: 0. */
    readonly h?: readonly [number];
}

/** Rounds to millimetres or milliradians. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** Converts a pose to a message. */
export function toMessage({ position: [x, y, z], yaw, pitch }: IPose): IPoseMessage {
    return { p: [rounded(x), rounded(y), rounded(z)], r: rounded(yaw), h: [rounded(pitch)] };
}

/** Reads a pose from the data of a message. Null if the data is invalid; a sender can send anything. */
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

/** True if the difference between two poses is too small to see. */
export function isSamePose(a: IPose, b: IPose): boolean {
    return distanceBetween(a, b) < 0.01 && Math.abs(turnBetween(a.yaw, b.yaw)) < 0.01 && Math.abs(a.pitch - b.pitch) < 0.01;
}

/** Distance between two poses, in metres. */
function distanceBetween({ position: a }: IPose, { position: b }: IPose): number {
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Interpolates between two poses: `t` = 0 returns `from`, 1 returns `to`. */
export function between(from: IPose, to: IPose, t: number): IPose {
    const mix = (a: number, b: number): number => a + (b - a) * t;
    return {
        position: [mix(from.position[0], to.position[0]), mix(from.position[1], to.position[1]), mix(from.position[2], to.position[2])],
        yaw: from.yaw + turnBetween(from.yaw, to.yaw) * t,
        pitch: mix(from.pitch, to.pitch),
    };
}

/** Shortest rotation from one yaw to another, -π to π. */
function turnBetween(from: number, to: number): number {
    const turn = (to - from) % (2 * Math.PI);
    return turn - 2 * Math.PI * Math.round(turn / (2 * Math.PI));
}

const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && Math.abs(value) < 1e4;
const numbers = (value: unknown): readonly number[] => (Array.isArray(value) && value.every(isNumber) ? value : []);

/** Longest step that is interpolated, in metres. A longer step counts as a teleport, and is shown at once. */
const longestStep = 3;
/** Bounds of the interpolation time, in milliseconds. Between them, that time is the interval between the last two poses. */
const [shortestGlide, longestGlide] = [40, 250];

/** Turns received poses into smooth movement: interpolates from the displayed pose to the latest received pose. */
export class PoseTrack {
    private _from: IPose;
    private _to: IPose;
    private _start: number;
    private _duration = 0;

    /**
     * @param pose - first pose
     * @param now - time of its arrival, in milliseconds
     */
    public constructor(pose: IPose, now: number) {
        this._from = this._to = pose;
        this._start = now;
    }

    /** Adds the next pose, received at the time `now`, in milliseconds. */
    public push(pose: IPose, now: number): void {
        const seen = this.at(now);
        this._from = distanceBetween(seen, pose) > longestStep ? pose : seen;
        this._to = pose;
        this._duration = Math.min(longestGlide, Math.max(shortestGlide, now - this._start));
        this._start = now;
    }

    /** Pose to display at the time `now`, in milliseconds. */
    public at(now: number): IPose {
        return this._duration === 0 ? this._to : between(this._from, this._to, Math.min(1, (now - this._start) / this._duration));
    }
}
