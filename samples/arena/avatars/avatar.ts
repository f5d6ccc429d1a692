import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { LipSyncBehavior, levelOf$ } from "babylon-rtc";
import type { IRoomMember, RtcBehavior } from "babylon-rtc";
import { VoiceSigns } from "babylon-rtc/gui";
import { PoseTrack } from "../poses/pose.js";
import type { IPose } from "../poses/pose.js";
import { createRobot } from "./robot.js";
import type { IRobot, IRobotMaterials } from "./robot.js";
import { theme } from "../ui/arenaTheme.js";

/** Resources that all avatars share. */
export interface IAvatarWorkshop {
    readonly scene: Scene;
    readonly shadows: ShadowGenerator;
    readonly robot: IRobotMaterials;
}

/** Avatar of one remote member. */
export class Avatar {
    private readonly _root: TransformNode;
    private readonly _robot: IRobot;
    private readonly _track: PoseTrack;
    private readonly _shadows: ShadowGenerator;

    public constructor(member: IRoomMember, pose: IPose, rtc: RtcBehavior, workshop: IAvatarWorkshop) {
        const { scene, shadows, robot } = workshop;
        const { id, name } = member;
        this._root = new TransformNode(`${name} avatar`, scene);
        this._robot = createRobot(name, scene, colorOf(member), robot);
        this._robot.body.parent = this._root;
        new VoiceSigns(this._root, { rtc, memberId: id, name, theme });
        this._robot.mouth.addBehavior(new LipSyncBehavior(levelOf$(rtc, id), { open: 3.4 }));
        this._track = new PoseTrack(pose, performance.now());
        this._shadows = shadows;
        shadows.addShadowCaster(this._robot.body);
        this._show(pose);
    }

    /** Node at which the voice is played. */
    public get head(): TransformNode {
        return this._robot.head;
    }

    /** Sets the latest pose that was received from the member. */
    public set pose(pose: IPose) {
        this._track.push(pose, performance.now());
    }

    /**
     * Updates the displayed pose. Must be called before each frame.
     * @param now - current time from `performance.now()`, in milliseconds
     */
    public update(now: number): void {
        this._show(this._track.at(now));
        // The eyes blink every 4.1 seconds, at another time for each avatar.
        this._robot.eyes.scaling.y = (now + this._root.uniqueId * 977) % 4100 < 110 ? 0.3 : 1;
    }

    /** Removes the avatar from the scene. */
    public dispose(): void {
        this._shadows.removeShadowCaster(this._robot.body);
        this._root.dispose();
    }

    private _show({ position: [x, y, z], yaw, pitch }: IPose): void {
        this._root.position.set(x, y, z);
        this._robot.body.rotation.y = yaw;
        this._robot.head.rotation.x = Math.max(-0.7, Math.min(0.5, pitch));
    }
}

/** Avatar colour from a member's attribute `color` (`#rrggbb`). Grey if the attribute is missing or invalid. */
export function colorOf({ attributes }: IRoomMember): Color3 {
    const { color } = attributes;
    return typeof color === "string" && /^#[0-9a-f]{6}$/i.test(color) ? Color3.FromHexString(color) : new Color3(0.6, 0.6, 0.6);
}
