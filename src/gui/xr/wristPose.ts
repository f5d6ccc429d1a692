import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Matrix } from "@babylonjs/core/Maths/math.vector.js";

/** One of two. */
export type Hand = "left" | "right";

/** Kind of a node at a hand: WebXR's grip of a controller or a hand, or the wrist of a tracked hand. */
export type WristKind = "grip" | "joint";

/** Position of the eyes and direction of the look. Directions have a length of 1. */
export interface IEyes {
    readonly position: Vector3;
    readonly look: Vector3;
    readonly up: Vector3;
}

/** Towards the elbow and off the back of the hand, in metres: from the palm's middle, which the grip is, and from the wrist itself. */
const away: Readonly<Record<WristKind, readonly [elbow: number, back: number]>> = { grip: [0.09, 0.065], joint: [0.02, 0.05] };

/**
 * Thresholds for showing and hiding the menu: cosines of the angles between its face and the way to the eyes, and between the look and the way to
 * it. 40° and 36° bring it, beyond 55° or 50° it goes.
 */
const [turned, turnedAway, looked, lookedAway] = [0.77, 0.57, 0.81, 0.64];

/** Pose of a menu on a wrist: off the back of the hand, its face away from it, upright for whoever looks. Computes without allocating. */
export class WristPose {
    /** In the world. */
    public readonly position = new Vector3();
    /** In the world, for a plane of Babylon's. */
    public readonly rotation = Quaternion.Identity();
    /** Cosine of the angle between its face and the way to the eyes. */
    public turn = -1;
    /** Cosine of the angle between the look and the way to it. */
    public look = -1;
    private readonly _forward: 1 | -1;
    private readonly _face = new Vector3();
    private readonly _arm = new Vector3();
    private readonly _toEyes = new Vector3();
    private readonly _right = new Vector3();
    private readonly _up = new Vector3();
    private readonly _depth = new Vector3();

    /** @param useRightHandedSystem - as the scene says */
    public constructor(useRightHandedSystem: boolean) {
        this._forward = useRightHandedSystem ? -1 : 1;
    }

    /**
     * Puts it on a wrist.
     * @param world - of the node at the hand
     * @param kind - what that stands for
     * @param hand - which one
     * @param eyes - whose it is
     */
    public follow(world: Matrix, kind: WristKind, hand: Hand, eyes: IEyes): void {
        const { m } = world;
        // Of a grip, WebXR lets X point out of the back of a right hand; of a joint, Y points out of the back of either. Fingers point forward.
        const [axis, sign] = kind === "joint" ? [4, 1] : [0, hand === "right" ? 1 : -1];
        this._face.set((m[axis] ?? 0) * sign, (m[axis + 1] ?? 0) * sign, (m[axis + 2] ?? 0) * sign).normalize();
        this._arm.set(m[8] ?? 0, m[9] ?? 0, m[10] ?? 0).normalize();
        const [elbow, back] = away[kind];
        this.position.set(m[12] ?? 0, m[13] ?? 0, m[14] ?? 0);
        this._face.scaleAndAddToRef(back, this.position);
        this._arm.scaleAndAddToRef(-elbow * this._forward, this.position);

        eyes.position.subtractToRef(this.position, this._toEyes).normalize();
        this.turn = Vector3.Dot(this._face, this._toEyes);
        this.look = -Vector3.Dot(eyes.look, this._toEyes);
        this._stand(eyes.up);
    }

    /** Turns it about its face until it is upright. Seen from along the face there is no upright: then it stays. */
    private _stand(up: Vector3): void {
        this._up.copyFrom(up);
        this._face.scaleAndAddToRef(-Vector3.Dot(up, this._face), this._up);
        if (this._up.lengthSquared() < 1e-4) {
            return;
        }
        this._up.normalize();
        // The face of a plane is that towards its −Z; in a right-handed scene it is the other one.
        this._depth.copyFrom(this._face).scaleInPlace(-this._forward);
        Vector3.CrossToRef(this._up, this._depth, this._right);
        Quaternion.RotationQuaternionFromAxisToRef(this._right, this._up, this._depth, this.rotation);
    }
}

/**
 * @param pose - how a menu is turned, and looked at
 * @param wasShown - whether it is to be seen so far; then it stays a little longer
 * @returns whether it is to be seen
 */
export function isForEyes({ turn, look }: Pick<WristPose, "turn" | "look">, wasShown: boolean): boolean {
    return turn > (wasShown ? turnedAway : turned) && look > (wasShown ? lookedAway : looked);
}
