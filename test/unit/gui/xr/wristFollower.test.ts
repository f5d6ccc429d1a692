import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { WristFollower } from "../../../../src/gui/xr/wristFollower.js";
import type { IWristInput } from "../../../../src/gui/xr/wristFollower.js";
import type { Hand } from "../../../../src/gui/xr/wristPose.js";

/** A controller, or a tracked hand if `inputSource.hand` is set. It is 40 cm in front of the eyes; at first, the palm faces them. */
class FakeHand {
    public readonly uniqueId: string;
    public readonly grip: TransformNode;
    public readonly inputSource: { readonly handedness: Hand; hand?: object };
    private readonly _side: number;

    public constructor(scene: Scene, handedness: Hand) {
        this.uniqueId = `controller-${handedness}`;
        this.inputSource = { handedness };
        this.grip = new TransformNode(this.uniqueId, scene);
        this.grip.position.set(0, 1.6, 0.4);
        this.grip.rotationQuaternion = Quaternion.Identity();
        this._side = handedness === "left" ? 1 : -1;
        this.turn(Math.PI);
    }

    /** Sets the angle between the back of the hand and the direction to the eyes, in radians. At 0, the back faces the eyes. */
    public turn(away: number): void {
        const back = new Vector3(0, -Math.sin(away), -Math.cos(away));
        const elbow = new Vector3(-this._side, 0, 0);
        const x = back.scale(-this._side);
        // The rod in the hand is tilted by 45°, from the thumb to the fingers.
        const z = Vector3.Cross(x, elbow).subtract(elbow).normalize();
        Quaternion.RotationQuaternionFromAxisToRef(x, Vector3.Cross(z, x), z, this.grip.rotationQuaternion ?? new Quaternion());
    }
}

describe("WristFollower", () => {
    let engine: NullEngine;
    let scene: Scene;
    let mesh: Mesh;
    let left: FakeHand;
    let right: FakeHand;
    let controllers: FakeHand[];
    let joint: TransformNode | null;
    let told: boolean[];
    let follower: WristFollower;

    const degrees = (figure: number): number => (figure * Math.PI) / 180;

    beforeEach(() => {
        engine = new NullEngine();
        scene = new Scene(engine);
        new FreeCamera("eyes", new Vector3(0, 1.6, 0), scene);
        mesh = new Mesh("menu", scene);
        left = new FakeHand(scene, "left");
        right = new FakeHand(scene, "right");
        controllers = [right, left];
        joint = null;
        told = [];
        const xr = {
            input: { controllers },
            baseExperience: {
                featuresManager: {
                    getEnabledFeature: () => (joint ? { getHandByHandedness: () => ({ getJointMesh: () => joint }) } : undefined),
                },
            },
        } as unknown as IWristInput;
        follower = new WristFollower(scene, xr, { mesh, hand: "left", shown: (isShown) => told.push(isShown) });
    });

    afterEach(() => engine.dispose());

    it("shows the mesh when the back of the hand faces the eyes, and hides it with hysteresis", () => {
        scene.render();
        expect(follower.isShown).toBe(false);
        for (const [away, isShown] of [
            [60, false],
            [50, false],
            [20, true],
            [40, true],
            [80, false],
            [50, false],
        ] as const) {
            left.turn(degrees(away));
            scene.render();
            expect([away, mesh.isEnabled()]).toEqual([away, isShown]);
        }
        expect(told).toEqual([true, false]);
    });

    it("moves the mesh with the wrist", () => {
        left.turn(0);
        scene.render();
        const before = mesh.position.clone();
        left.grip.position.x += 0.1;
        scene.render();
        expect(mesh.position.subtract(before).asArray()).toEqual([0.1, 0, 0].map((figure) => expect.closeTo(figure, 6) as number));
    });

    it("moves to the other hand on request, and excludes that hand from touching the mesh", () => {
        const excluded = (): unknown =>
            (mesh.reservedDataStore as { nearInteraction: { excludedControllerId: unknown } }).nearInteraction.excludedControllerId;
        left.turn(0);
        scene.render();
        expect(excluded()).toBe("controller-left");
        follower.hand = "right";
        scene.render();
        expect(follower.isShown).toBe(false);
        right.turn(0);
        scene.render();
        expect(follower.isShown).toBe(true);
        expect(excluded()).toBe("controller-right");
        expect(mesh.position.x).toBeCloseTo(0.09, 6);
    });

    it("follows the wrist joint if joints are tracked, and the grip otherwise", () => {
        left.turn(0);
        left.inputSource.hand = {};
        scene.render();
        expect(mesh.position.x).toBeCloseTo(-0.09, 6);
        joint = new TransformNode("wrist", scene);
        joint.position.set(0, 1.5, 0.5);
        // The joint's Y axis points to the eyes.
        joint.rotationQuaternion = Quaternion.RotationAxis(Vector3.Right(), -Math.PI / 2);
        scene.render();
        expect(follower.isShown).toBe(true);
        expect(mesh.position.z).toBeCloseTo(0.45, 6);
    });

    it("hides the mesh once when the controller disconnects", () => {
        left.turn(0);
        scene.render();
        controllers.length = 0;
        scene.render();
        expect(told).toEqual([true, false]);
        scene.render();
        expect(told).toEqual([true, false]);
    });

    it("removes its observer on dispose", () => {
        follower.dispose();
        expect(scene.onBeforeRenderObservable.hasObservers()).toBe(false);
        left.turn(0);
        scene.render();
        expect(told).toEqual([]);
    });
});
