import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Matrix } from "@babylonjs/core/Maths/math.vector.js";

/** Side of a hand. */
export type Hand = "left" | "right";

/** Kind of the node at a hand: WebXR grip or target ray of a controller, or wrist joint of a tracked hand. */
export type WristKind = "grip" | "pointer" | "joint";

/** Position, view direction and up direction of the camera, in the world. Directions are unit vectors. */
export interface IEyes {
    readonly position: Vector3;
    readonly look: Vector3;
    readonly up: Vector3;
}

/**
 * Offsets of the menu, in metres: towards the elbow, and away from the back of the hand. The origin of a grip is in the middle of the palm, that of a
 * joint at the wrist.
 */
const away: Readonly<Record<WristKind, readonly [elbow: number, back: number]>> = {
    grip: [0.09, 0.065],
    pointer: [0.09, 0.065],
    joint: [0.02, 0.05],
};

/**
 * Direction to the elbow, as a unit vector in the plane of the WebXR axes +Y and +Z. A target ray and a joint point away from the elbow along −Z. The
 * −Z of a grip runs along the held rod to the thumb: +Y points to the elbow if the fist holds the rod upright, and the rods of controllers are
 * tilted forward by about 45° (Quest: https://github.com/meta-quest/immersive-web-emulation-runtime, `gripOffsetMatrix`).
 */
const toElbow: Readonly<Record<WristKind, readonly [y: number, z: number]>> = {
    grip: [Math.SQRT1_2, Math.SQRT1_2],
    pointer: [0, 1],
    joint: [0, 1],
};

/**
 * Thresholds for showing and hiding the menu, as cosines of two angles: between the menu's normal and the direction to the eyes, and between the
 * view direction and the direction to the menu. The menu is shown within 40° and 36°, and hidden beyond 55° or 50°.
 */
const [turned, turnedAway, looked, lookedAway] = [0.77, 0.57, 0.81, 0.64];

/** Pose of a menu on a wrist: above the back of the hand, facing away from it, upright for the viewer. Its methods allocate nothing. */
export class WristPose {
    /** World position. */
    public readonly position = new Vector3();
    /** World rotation, for a Babylon plane. */
    public readonly rotation = Quaternion.Identity();
    /** Cosine of the angle between the menu's normal and the direction to the eyes. */
    public turn = -1;
    /** Cosine of the angle between the view direction and the direction to the menu. */
    public look = -1;
    private readonly _forward: 1 | -1;
    private readonly _face = new Vector3();
    private readonly _arm = new Vector3();
    private readonly _toEyes = new Vector3();
    private readonly _right = new Vector3();
    private readonly _up = new Vector3();
    private readonly _depth = new Vector3();

    /** @param useRightHandedSystem - `useRightHandedSystem` of the scene */
    public constructor(useRightHandedSystem: boolean) {
        this._forward = useRightHandedSystem ? -1 : 1;
    }

    /**
     * Computes the pose for a wrist.
     * @param world - world matrix of the node at the hand
     * @param kind - kind of that node
     * @param hand - hand that wears the menu
     * @param eyes - camera of the viewer
     */
    public follow(world: Matrix, kind: WristKind, hand: Hand, eyes: IEyes): void {
        const { m } = world;
        // WebXR axes. Grip and pointer: +X points out of the back of a right hand, −X out of the back of a left one. Joint: +Y points out of the back
        // of both hands.
        const [axis, sign] = kind === "joint" ? [4, 1] : [0, hand === "right" ? 1 : -1];
        this._face.set((m[axis] ?? 0) * sign, (m[axis + 1] ?? 0) * sign, (m[axis + 2] ?? 0) * sign).normalize();
        const [y, z] = toElbow[kind];
        // In a left-handed scene, the node's +Z is WebXR's −Z.
        const backward = -z * this._forward;
        this._arm.set(
            y * (m[4] ?? 0) + backward * (m[8] ?? 0),
            y * (m[5] ?? 0) + backward * (m[9] ?? 0),
            y * (m[6] ?? 0) + backward * (m[10] ?? 0),
        );
        const [elbow, back] = away[kind];
        this.position.set(m[12] ?? 0, m[13] ?? 0, m[14] ?? 0);
        this._face.scaleAndAddToRef(back, this.position);
        this._arm.normalize().scaleAndAddToRef(elbow, this.position);

        eyes.position.subtractToRef(this.position, this._toEyes).normalize();
        this.turn = Vector3.Dot(this._face, this._toEyes);
        this.look = -Vector3.Dot(eyes.look, this._toEyes);
        this._stand(eyes.up);
    }

    /** Rotates the menu about its normal until it is upright. Keeps the rotation if the up direction is parallel to the normal. */
    private _stand(up: Vector3): void {
        this._up.copyFrom(up);
        this._face.scaleAndAddToRef(-Vector3.Dot(up, this._face), this._up);
        if (this._up.lengthSquared() < 1e-4) {
            return;
        }
        this._up.normalize();
        // A plane faces its −Z in a left-handed scene, and its +Z in a right-handed one.
        this._depth.copyFrom(this._face).scaleInPlace(-this._forward);
        Vector3.CrossToRef(this._up, this._depth, this._right);
        Quaternion.RotationQuaternionFromAxisToRef(this._right, this._up, this._depth, this.rotation);
    }
}

/**
 * Decides whether the menu is shown.
 * @param pose - `turn` and `look` of the menu
 * @param wasShown - true if the menu is shown now; the angles may then be larger (hysteresis)
 * @returns true if the menu should be shown
 */
export function isForEyes({ turn, look }: Pick<WristPose, "turn" | "look">, wasShown: boolean): boolean {
    return turn > (wasShown ? turnedAway : turned) && look > (wasShown ? lookedAway : looked);
}
