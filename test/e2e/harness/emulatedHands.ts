import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";

/** Side of a controller. */
export type Hand = "left" | "right";
export type Triple = readonly [x: number, y: number, z: number];

/** Origin, in metres, and rotation of a controller's target ray, in WebXR's axes: x right, y up, z backward. */
export interface IControllerPose {
    readonly position: Triple;
    readonly quaternion: readonly [x: number, y: number, z: number, w: number];
}

declare global {
    /** The part of iwer's `XRDevice` that tests use. */
    var emulatedHeadset: {
        readonly controllers: Readonly<
            Record<
                Hand,
                | {
                      readonly position: { set(x: number, y: number, z: number): void };
                      readonly quaternion: { set(x: number, y: number, z: number, w: number): void };
                      updateButtonValue(id: string, value: number): void;
                  }
                | undefined
            >
        >;
        readonly activeSession?: { end(): Promise<void> };
        /** Sets the visibility, with effect from the next frame. */
        updateVisibilityState(state: XRVisibilityState): void;
    };
}

/** Default height of the emulated head above the floor, in metres. The head looks along −z. */
export const headHeight = 1.6;

/** Grip of a Quest 3's left controller relative to its target ray, with iwer's values. The right grip is its mirror image. */
const grip = {
    x: [0.9925461411476135, 0, -0.12186933308839798],
    y: [0.08617459982633591, 0.70710688829422, 0.7018360495567322],
    z: [0.08617466688156128, -0.7071067094802856, 0.7018362283706665],
    offset: [-0.003979803062975407, -0.015857873484492302, 0.04964187368750572],
} as const;

const vector = ([x, y, z]: Triple): Vector3 => new Vector3(x, y, z);
const triple = ({ x, y, z }: Vector3): Triple => [x, y, z];
const pose = (position: Vector3, { x, y, z, w }: Quaternion): IControllerPose => ({ position: triple(position), quaternion: [x, y, z, w] });

/** Pose of a controller whose ray starts at one point and goes through another. */
export function aimed(from: Triple, to: Triple): IControllerPose {
    const direction = vector(to).subtract(vector(from)).normalize();
    const quaternion = Quaternion.FromUnitVectorsToRef(new Vector3(0, 0, -1), direction, new Quaternion());
    return pose(vector(from), quaternion);
}

/**
 * Pose of a controller held across the chest, like a wristwatch that is being read. Its ray points along the fingers.
 * @param hand - side of the controller
 * @param at - position of the palm
 * @param away - angle by which the back of the hand is turned away from the eyes, in radians
 */
export function watched(hand: Hand, at: Triple, away = 0): IControllerPose {
    const side = hand === "left" ? 1 : -1;
    const fingers = new Vector3(side, 0, 0);
    const toEyes = new Vector3(0, headHeight, 0).subtract(vector(at)).normalize();
    const back = toEyes.applyRotationQuaternion(Quaternion.RotationAxis(fingers, away));
    const x = back.subtract(fingers.scale(Vector3.Dot(back, fingers))).normalize();
    x.scaleInPlace(-side);
    // The rod of the grip is tilted by 45°, from the thumb to the fingers.
    const elbow = fingers.scale(-1);
    const z = Vector3.Cross(x, elbow).add(elbow).normalize();
    const gripped = Quaternion.RotationQuaternionFromAxis(x, Vector3.Cross(z, x), z);
    const mirror = (which: Triple, sign: 1 | -1): Vector3 =>
        hand === "left" ? vector(which) : new Vector3(sign * which[0], -sign * which[1], -sign * which[2]);
    const offset = Quaternion.RotationQuaternionFromAxis(mirror(grip.x, 1), mirror(grip.y, -1), mirror(grip.z, -1));
    const turned = gripped.multiply(offset.conjugate());
    return pose(vector(at).subtract(mirror(grip.offset, -1).applyRotationQuaternion(turned)), turned);
}
