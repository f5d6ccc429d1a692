import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IRoomMember, RtcPlugin } from "babylon-rtc";
import { Subscription, withLatestFrom } from "rxjs";
import { receivePoses } from "../poses/poseSync.js";
import { Avatar } from "./avatar.js";
import type { IAvatarWorkshop } from "./avatar.js";
import { createRobotMaterials } from "./robot.js";

/** Avatars of the remote members. An avatar is created with its member's first pose and removed when the member leaves. */
export class Avatars {
    private readonly _scene: Scene;
    private readonly _workshop: IAvatarWorkshop;
    private readonly _avatars = new Map<string, Avatar>();
    private readonly _observer: Observer<Scene>;

    public constructor(scene: Scene, shadows: ShadowGenerator) {
        this._scene = scene;
        this._workshop = { scene, shadows, robot: createRobotMaterials(scene) };
        this._observer = scene.onBeforeRenderObservable.add(() => this._update());
    }

    /** Avatar of a member. Undefined before the member's first pose. */
    public get(id: string): Avatar | undefined {
        return this._avatars.get(id);
    }

    /**
     * Adds, moves and removes avatars as members send poses and leave the room.
     * @returns a subscription; unsubscribing removes all avatars
     */
    public followRoom({ room, rtc }: RtcPlugin): Subscription {
        const subscription = new Subscription(() => this._keepOnly(new Map()));
        subscription.add(room.members$.subscribe((members) => this._keepOnly(members)));
        subscription.add(
            receivePoses(room)
                .pipe(withLatestFrom(room.members$))
                .subscribe(([{ id, pose }, members]) => {
                    const avatar = this._avatars.get(id);
                    const member = members.get(id);
                    if (avatar) {
                        avatar.pose = pose;
                    } else if (member) {
                        this._avatars.set(id, new Avatar(member, pose, rtc, this._workshop));
                    }
                }),
        );
        return subscription;
    }

    /** Removes all avatars and stops updating. */
    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._observer);
        this._keepOnly(new Map());
    }

    private _keepOnly(members: ReadonlyMap<string, IRoomMember>): void {
        for (const [id, avatar] of this._avatars) {
            if (!members.has(id)) {
                avatar.dispose();
                this._avatars.delete(id);
            }
        }
    }

    private _update(): void {
        const now = performance.now();
        this._avatars.forEach((avatar) => avatar.update(now));
    }
}
