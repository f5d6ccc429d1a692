/** Mutable vector. Babylon's `Vector3` is compatible. */
export interface IVector {
    x: number;
    y: number;
    z: number;
}

/** Rotation quaternion. Babylon's `Quaternion` is compatible. */
export interface IRotation {
    readonly x: number;
    readonly y: number;
    readonly z: number;
    readonly w: number;
}

/**
 * Copies a vector.
 * @param from - the source
 * @param to - the target
 */
export function copy(from: Readonly<IVector>, to: IVector): void {
    to.x = from.x;
    to.y = from.y;
    to.z = from.z;
}

/**
 * Computes the listener's local z axis in world space: the axis along which a left-handed scene and WebAudio differ.
 * @param rotation - the listener's rotation, of length 1
 * @param result - receives the axis
 */
export function forwardAxisToRef(rotation: IRotation, result: IVector): void {
    const { x, y, z, w } = rotation;
    result.x = 2 * (x * z + w * y);
    result.y = 2 * (y * z - w * x);
    result.z = 1 - 2 * (x * x + y * y);
}

/**
 * Computes the listener's local y axis in world space.
 * @param rotation - the listener's rotation, of length 1
 * @param result - receives the axis
 */
export function upAxisToRef(rotation: IRotation, result: IVector): void {
    const { x, y, z, w } = rotation;
    result.x = 2 * (x * y - z * w);
    result.y = 1 - 2 * (z * z + x * x);
    result.z = 2 * (y * z + x * w);
}

/**
 * Mirrors a point in the plane through the listener, perpendicular to its z axis: `v' = p + R·diag(1, 1, −1)·R⁻¹·(v − p)`, which is
 * `v − 2·((v − p)·f)·f` with f the listener's z axis. For WebAudio, Babylon makes the listener look along −z in both handednesses. In a
 * left-handed scene a camera looks along +z, so front and back would be swapped. Distances, left, right, up and down do not change.
 * @param point - v, in world space
 * @param listener - p, the position of the listener
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
 * Mirrors a direction like `mirrorPointToRef` mirrors points.
 * @param direction - in world space
 * @param axis - the listener's z axis, of length 1
 * @param result - the mirrored direction; may be `direction` itself
 */
export function mirrorDirectionToRef(direction: Readonly<IVector>, axis: Readonly<IVector>, result: IVector): void {
    const twice = 2 * (direction.x * axis.x + direction.y * axis.y + direction.z * axis.z);
    result.x = direction.x - twice * axis.x;
    result.y = direction.y - twice * axis.y;
    result.z = direction.z - twice * axis.z;
}
