/** Three numbers that can be written to. Babylon's `Vector3` is one. */
export interface IVector {
    x: number;
    y: number;
    z: number;
}

/** A rotation as four numbers. Babylon's `Quaternion` is one. */
export interface IRotation {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
}

/**
 * Copies three numbers.
 * @param from - read
 * @param to - written to
 */
export function copy(from: Readonly<IVector>, to: IVector): void {
    to.x = from.x;
    to.y = from.y;
    to.z = from.z;
}

/**
 * The listener's own z axis in the world: the axis along which a left-handed scene and WebAudio disagree.
 * @param rotation - the listener's rotation, of length 1
 * @param result - written to
 */
export function forwardAxisToRef(rotation: IRotation, result: IVector): void {
    const { x, y, z, w } = rotation;
    result.x = 2 * (x * z + w * y);
    result.y = 2 * (y * z - w * x);
    result.z = 1 - 2 * (x * x + y * y);
}

/**
 * The listener's own y axis in the world.
 * @param rotation - the listener's rotation, of length 1
 * @param result - written to
 */
export function upAxisToRef(rotation: IRotation, result: IVector): void {
    const { x, y, z, w } = rotation;
    result.x = 2 * (x * y - z * w);
    result.y = 1 - 2 * (z * z + x * x);
    result.z = 2 * (y * z + x * w);
}

/**
 * Mirrors a point through the plane across the listener: `v' = p + R·diag(1, 1, −1)·R⁻¹·(v − p)`, which is
 * `v − 2·((v − p)·f)·f` with f the listener's z axis. Babylon tells WebAudio that the listener looks along −z in either handedness, so
 * in a left-handed scene, where a camera looks along +z, front and back would be exchanged. Distances, left, right, up and down stay.
 * @param point - v, in the world
 * @param listener - p, where the listener is
 * @param axis - f, of length 1
 * @param result - v'; may be `point` itself
 */
export function mirrorPointToRef(point: Readonly<IVector>, listener: Readonly<IVector>, axis: Readonly<IVector>, result: IVector): void {
    const twice = 2 * ((point.x - listener.x) * axis.x + (point.y - listener.y) * axis.y + (point.z - listener.z) * axis.z);
    result.x = point.x - twice * axis.x;
    result.y = point.y - twice * axis.y;
    result.z = point.z - twice * axis.z;
}

/**
 * Mirrors a direction as `mirrorPointToRef` mirrors points.
 * @param direction - in the world
 * @param axis - the listener's z axis, of length 1
 * @param result - the mirrored direction; may be `direction` itself
 */
export function mirrorDirectionToRef(direction: Readonly<IVector>, axis: Readonly<IVector>, result: IVector): void {
    const twice = 2 * (direction.x * axis.x + direction.y * axis.y + direction.z * axis.z);
    result.x = direction.x - twice * axis.x;
    result.y = direction.y - twice * axis.y;
    result.z = direction.z - twice * axis.z;
}
