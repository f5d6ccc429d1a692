import { Matrix, Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { forwardAxisToRef, mirrorDirectionToRef, mirrorPointToRef } from "../../../src/spatial/poseMath.js";

const poses = [
    ["unturned, at the origin", new Vector3(0, 0, 0), Quaternion.Identity()],
    ["unturned, elsewhere", new Vector3(3, -2, 7), Quaternion.Identity()],
    ["turned to the side", new Vector3(1, 2, 3), Quaternion.FromEulerAngles(0, Math.PI / 2, 0)],
    ["turned about every axis", new Vector3(-4, 1.7, 0.5), Quaternion.FromEulerAngles(0.4, 2.3, -0.9)],
] as const;

/** Mirrors a point or a direction by the formula in matrix form: p + R·diag(1, 1, −1)·R⁻¹·(v − p). */
function byMatrices(v: Vector3, p: Vector3, q: Quaternion, isDirection = false): Vector3 {
    const rotation = new Matrix();
    Matrix.FromQuaternionToRef(q, rotation);
    const flip = Matrix.Scaling(1, 1, -1);
    const all = Matrix.Invert(rotation).multiply(flip).multiply(rotation);
    return isDirection ? Vector3.TransformNormal(v, all) : Vector3.TransformNormal(v.subtract(p), all).add(p);
}

const point = new Vector3(-1, 5, 3);
const points = [new Vector3(0, 0, 2), point, new Vector3(100, -20, -30)];

describe.each(poses)("A listener %s", (_name, position, rotation) => {
    const axis = { x: 0, y: 0, z: 0 };
    forwardAxisToRef(rotation, axis);

    test("has the z axis of its rotation matrix", () => {
        const expected = Vector3.Forward().applyRotationQuaternion(rotation);
        expect(Vector3.Distance(expected, new Vector3(axis.x, axis.y, axis.z))).toBeLessThan(1e-12);
    });

    test.each(points)("mirrors the point %p like the matrix formula, without changing its distance", (point) => {
        const result = new Vector3();
        mirrorPointToRef(point, position, axis, result);
        expect(Vector3.Distance(result, byMatrices(point, position, rotation))).toBeLessThan(1e-4);
        expect(Vector3.Distance(result, position)).toBeCloseTo(Vector3.Distance(point, position), 6);
    });

    test.each(points)("mirrors the direction %p like the matrix formula", (direction) => {
        const result = new Vector3();
        mirrorDirectionToRef(direction, axis, result);
        expect(Vector3.Distance(result, byMatrices(direction, position, rotation, true))).toBeLessThan(1e-4);
    });

    test("returns a point to its position when it is mirrored twice in place", () => {
        const moved = point.clone();
        mirrorPointToRef(moved, position, axis, moved);
        mirrorPointToRef(moved, position, axis, moved);
        expect(Vector3.Distance(moved, point)).toBeLessThan(1e-9);
    });
});
