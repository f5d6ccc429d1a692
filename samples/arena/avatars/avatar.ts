import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import type { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IRoomMember } from "babylon-rtc";
import { PoseTrack } from "../poses/poseTrack.js";
import type { IPose } from "../poses/pose.js";
import { NamePlate } from "./namePlate.js";
import type { PlateState } from "./namePlate.js";
import { createRobot } from "./robot.js";
import type { IRobot, IRobotMaterials } from "./robot.js";
import { SpeakingRing } from "./speakingRing.js";

/** What all avatars share. */
export interface IAvatarWorkshop {
    readonly scene: Scene;
    readonly shadows: ShadowGenerator;
    readonly robot: IRobotMaterials;
    readonly ring: StandardMaterial;
}

/** The body of one remote member. */
export class Avatar {
    private readonly _root: TransformNode;
    private readonly _robot: IRobot;
    private readonly _plate: NamePlate;
    private readonly _ring: SpeakingRing;
    private readonly _track: PoseTrack;
    private readonly _shadows: ShadowGenerator;

    public constructor(member: IRoomMember, pose: IPose, workshop: IAvatarWorkshop) {
        const { scene, shadows, robot, ring } = workshop;
        const { name } = member;
        this._root = new TransformNode(`${name} avatar`, scene);
        this._robot = createRobot(name, scene, colorOf(member), robot);
        this._robot.body.parent = this._root;
        this._plate = new NamePlate(name, scene, this._root);
        this._ring = new SpeakingRing(name, scene, this._root, ring);
        this._track = new PoseTrack(pose, performance.now());
        this._shadows = shadows;
        shadows.addShadowCaster(this._robot.body);
        this._show(pose);
    }

    /** The node that the voice comes from. */
    public get head(): TransformNode {
        return this._robot.head;
    }

    /** Where the member said to be last. */
    public set pose(pose: IPose) {
        this._track.push(pose, performance.now());
    }

    /** What the plate and the ring tell. */
    public set state(state: PlateState) {
        this._plate.state = state;
        this._ring.speaking = state === "speaking";
    }

    /**
     * Moves the avatar on; call it before each frame.
     * @param eye - where the looker's eye is
     * @param now - in milliseconds
     * @param elapsed - since the last call, in milliseconds
     */
    public update(eye: Vector3, now: number, elapsed: number): void {
        this._show(this._track.at(now));
        this._ring.update(now / 1000, elapsed / 1000);
        this._plate.update(eye, this._root.position);
        // A mouth that opens and closes, and eyes that blink every few seconds.
        const talk = this._ring.strength * (1.2 + 1.1 * Math.sin(now / 47) + 0.9 * Math.sin(now / 83));
        this._robot.mouth.scaling.y = 1 + 0.8 * Math.max(0, talk);
        this._robot.eyes.scaling.y = (now + this._root.uniqueId * 977) % 4100 < 110 ? 0.3 : 1;
    }

    /** Removes the body. */
    public dispose(): void {
        this._shadows.removeShadowCaster(this._robot.body);
        this._plate.dispose();
        this._root.dispose();
    }

    private _show({ position: [x, y, z], yaw, pitch }: IPose): void {
        this._root.position.set(x, y, z);
        this._robot.body.rotation.y = yaw;
        this._robot.head.rotation.x = Math.max(-0.7, Math.min(0.5, pitch));
    }
}

/** The colour that a member chose; grey if there is none to be read. */
export function colorOf({ attributes }: IRoomMember): Color3 {
    const { color } = attributes;
    return typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color) ? Color3.FromHexString(color) : new Color3(0.6, 0.6, 0.6);
}
