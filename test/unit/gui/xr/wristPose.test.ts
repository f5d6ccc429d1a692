import { Matrix, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { WristPose, isForEyes } from "../../../../src/gui/xr/wristPose.js";
import type { Hand } from "../../../../src/gui/xr/wristPose.js";

type Triple = readonly [x: number, y: number, z: number];

const vector = (triple: Triple): Vector3 => new Vector3(...triple);
const rounded = ({ x, y, z }: Vector3): Triple => [x, y, z].map((figure) => Math.round(figure * 1e6) / 1e6 || 0) as unknown as Triple;

/** World matrix of a node, from the directions of its axes, its position and its scale. */
function matrixOf(x: Triple, y: Triple, z: Triple, at: Triple, scale = 1): Matrix {
    const rows = [x, y, z].flatMap((axis) => [...axis.map((figure) => figure * scale), 0]);
    return Matrix.FromArray([...rows, ...at, 1]);
}

describe("The pose of a menu on a wrist", () => {
    describe.each([
        ["left", 1],
        ["right", -1],
    ] as const)("in a %s-handed scene", (_handed, ahead) => {
        const eyes = { position: vector([0, 1.6, 0]), look: vector([0, 0, ahead]), up: Vector3.Up() };
        const at: Triple = [0, 1.6, 0.4 * ahead];

        it.each([
            ["left", 1],
            ["right", -1],
        ] as const)("is off the back of the %s hand, towards the elbow, upright and facing the eyes", (hand: Hand, side) => {
            const pose = new WristPose(ahead === -1);
            // The hand is held sideways: the fingers point to the other side, the thumb points down, and the back of the hand faces the eyes. The rod
            // in the hand is tilted by 45°, from the thumb to the fingers. Its thumb end is +Z in a left-handed scene, −Z in a right-handed one. X points
            // out of the back of a right hand, and into that of a left hand.
            const x: Triple = [0, 0, side * ahead];
            const z: Triple = [side * ahead * Math.SQRT1_2, -ahead * Math.SQRT1_2, 0];
            const y = rounded(Vector3.Cross(vector(z), vector(x)));
            pose.follow(matrixOf(x, y, z, at), "grip", hand, eyes);
            expect(rounded(pose.position)).toEqual([-0.09 * side, 1.6, (0.4 - 0.065) * ahead]);
            expect(pose.rotation.asArray().map(Math.abs)).toEqual([0, 0, 0, 1].map((figure) => expect.closeTo(figure, 6) as number));
            expect(pose.turn).toBeGreaterThan(0.95);
            expect(pose.look).toBeGreaterThan(0.95);
        });

        it("is on the side of the elbow, not of the thumb, if a controller has only a target ray", () => {
            const pose = new WristPose(ahead === -1);
            // The ray points along the fingers.
            const x: Triple = [0, 0, ahead];
            const z: Triple = [ahead, 0, 0];
            const y = rounded(Vector3.Cross(vector(z), vector(x)));
            pose.follow(matrixOf(x, y, z, at), "pointer", "left", eyes);
            expect(rounded(pose.position)).toEqual([-0.09, 1.6, (0.4 - 0.065) * ahead]);
        });

        it("follows the joint's axes for a tracked hand, whatever the joint's scale", () => {
            const pose = new WristPose(ahead === -1);
            // The Y axis points out of the back of the hand.
            const y: Triple = [0, 0, -ahead];
            const z: Triple = [ahead, 0, 0];
            const x = rounded(Vector3.Cross(vector(y), vector(z)));
            pose.follow(matrixOf(x, y, z, at, 0.012), "joint", "right", eyes);
            expect(rounded(pose.position)).toEqual([-0.02, 1.6, 0.35 * ahead]);
            expect(pose.turn).toBeGreaterThan(0.95);
            expect(Math.abs(pose.rotation.w)).toBeCloseTo(1, 6);
        });
    });

    it("has a lower turn when the hand turns away, and a lower look when the head turns away", () => {
        const pose = new WristPose(false);
        const eyes = { position: vector([0, 1.6, 0]), look: vector([0, 0, 1]), up: Vector3.Up() };
        // The palm faces the eyes.
        pose.follow(matrixOf([0, 0, -1], [0, 1, 0], [1, 0, 0], [0, 1.6, 0.4]), "grip", "left", eyes);
        expect(pose.turn).toBeLessThan(-0.9);
        pose.follow(matrixOf([0, 0, 1], [0, -1, 0], [1, 0, 0], [0, 1.6, 0.4]), "grip", "left", { ...eyes, look: vector([1, 0, 0]) });
        expect(pose.turn).toBeGreaterThan(0.9);
        expect(pose.look).toBeLessThan(0.1);
    });
});

describe("isForEyes", () => {
    it.each([
        ["shows a menu that faces the eyes in view", 1, 1, false, true],
        ["keeps a slightly turned menu hidden", 0.7, 1, false, false],
        ["keeps a slightly turned menu shown", 0.7, 1, true, true],
        ["hides a menu that is turned away", 0.5, 1, true, false],
        ["keeps a menu at the edge of view hidden", 1, 0.7, false, false],
        ["keeps a menu at the edge of view shown", 1, 0.7, true, true],
        ["hides a menu out of view", 1, 0.6, true, false],
        ["hides a menu behind the viewer", -1, -1, true, false],
    ])("%s: %d, %d", (_case, turn, look, wasShown, isShown) => {
        expect(isForEyes({ turn, look }, wasShown)).toBe(isShown);
    });
});
