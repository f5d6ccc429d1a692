import { Camera } from "@babylonjs/core/Cameras/camera.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import type { IPose } from "../poses/pose.js";
import { isFree, slide } from "../world/obstacles.js";
import type { IObstacle, IPlace } from "../world/obstacles.js";
import { fieldRadius } from "../world/terrain.js";
import { sum } from "./controls.js";
import type { IControls, IStep } from "./controls.js";
import { createDesktopControls } from "./desktopControls.js";
import { createTouchControls } from "./touchControls.js";
import type { ITouchControls } from "./touchControls.js";

const eyeHeight = 1.65;
const bodyRadius = 0.4;
/** Meeting point in front of the mast, which a new player faces. Coordinates in metres. */
export const gathering: IPlace = { x: 0, z: -3.5 };
/** Growth of the clearance that a new player needs ahead, per metre of distance from the player. */
const narrowing = 0.25;
/** Speeds in metres per second. */
const [walkingSpeed, runningSpeed] = [3.4, 6.8];
/** Rate at which the velocity approaches its target, per second. */
const agility = 12;

/** The local player: a camera, and a node at the player's place. */
export class Player {
    /** Node on the ground below the active camera (in XR, the headset), with the camera's yaw. The plugin attaches the RTC behavior to it. */
    public readonly node: TransformNode;
    /** The active camera outside of XR. */
    public readonly camera: FreeCamera;

    private readonly _scene: Scene;
    private readonly _canvas: HTMLCanvasElement;
    private readonly _obstacles: readonly IObstacle[];
    private readonly _velocity = { x: 0, z: 0 };
    private _controls: readonly IControls[] = [];
    private _touch: ITouchControls | null = null;

    public constructor(scene: Scene, canvas: HTMLCanvasElement, obstacles: readonly IObstacle[]) {
        this._scene = scene;
        this._canvas = canvas;
        this._obstacles = obstacles;
        this.node = new TransformNode("player", scene);
        this.camera = new FreeCamera("eyes", new Vector3(0, eyeHeight, -12), scene);
        this.camera.minZ = 0.08;
        this.camera.maxZ = 420;
        this.camera.fov = 0.95;
        // On a portrait screen, `fov` is the horizontal field of view; otherwise it is the vertical one.
        const engine = scene.getEngine();
        const fit = (): void => {
            this.camera.fovMode = engine.getAspectRatio(this.camera) < 1 ? Camera.FOVMODE_HORIZONTAL_FIXED : Camera.FOVMODE_VERTICAL_FIXED;
        };
        engine.onResizeObservable.add(fit);
        fit();
        scene.onBeforeRenderObservable.add(() => this._update());
    }

    /** Pose of the local player, from the active camera (in XR, the headset). */
    public get pose(): IPose {
        const eyes = this._scene.activeCamera ?? this.camera;
        const { x, z } = eyes.globalPosition;
        const look = eyes.getDirection(Vector3.Forward(this._scene.useRightHandedSystem));
        return { position: [x, 0, z], yaw: Math.atan2(look.x, look.z), pitch: -Math.asin(Math.max(-1, Math.min(1, look.y))) };
    }

    /** Moves the player to a random starting place, facing the meeting point, and enables the controls. */
    public enter(): void {
        const { x, z } = startingPlace(this._obstacles, Math.random);
        this.camera.position.set(x, eyeHeight, z);
        this.camera.setTarget(new Vector3(gathering.x, eyeHeight + 0.2, gathering.z));
        this._touch = createTouchControls(this._scene, this._canvas);
        this._controls = [createDesktopControls(this._scene, this._canvas), this._touch];
    }

    /** Disables the controls. */
    public leave(): void {
        this._controls.forEach((controls) => controls.dispose());
        this._controls = [];
        this._touch = null;
    }

    /** Touch controls. Null outside of a session. */
    public get touch(): ITouchControls | null {
        return this._touch;
    }

    private _update(): void {
        const elapsed = Math.min(0.1, this._scene.getEngine().getDeltaTime() / 1000);
        if (this._scene.activeCamera === this.camera && this._controls.length > 0) {
            this._move(sum(this._controls.map((controls) => controls.takeStep())), elapsed);
        }
        const { position, yaw } = this.pose;
        this.node.position.set(...position);
        this.node.rotation.y = yaw;
    }

    private _move({ right, forward, run, turn, nod }: IStep, elapsed: number): void {
        const { rotation, position } = this.camera;
        rotation.y += turn;
        rotation.x = Math.max(-1.4, Math.min(1.4, rotation.x + nod));

        const speed = (run ? runningSpeed : walkingSpeed) / Math.max(1, Math.hypot(right, forward));
        const [sin, cos] = [Math.sin(rotation.y), Math.cos(rotation.y)];
        const ease = Math.min(1, agility * elapsed);
        this._velocity.x += ((right * cos + forward * sin) * speed - this._velocity.x) * ease;
        this._velocity.z += ((forward * cos - right * sin) * speed - this._velocity.z) * ease;

        const step = { x: position.x + this._velocity.x * elapsed, z: position.z + this._velocity.z * elapsed };
        const { x, z } = this._keepInside(slide(step, bodyRadius, this._obstacles));
        position.set(x, eyeHeight, z);
    }

    private _keepInside(at: IPlace): IPlace {
        const scale = Math.min(1, (fieldRadius - 1.6) / Math.max(1e-6, Math.hypot(at.x, at.z)));
        return { x: at.x * scale, z: at.z * scale };
    }
}

/**
 * Finds a starting place without an obstacle close in front, far enough from the meeting point that a portrait screen shows all of it.
 * @param obstacles - obstacles to avoid
 * @param random - returns numbers from 0 to 1
 * @returns the place, in metres; a fixed place if 60 random ones are not free
 */
export function startingPlace(obstacles: readonly IObstacle[], random: () => number): IPlace {
    for (let attempt = 0; attempt < 60; attempt++) {
        const angle = Math.PI + (random() - 0.5) * 0.6;
        const distance = 10.9 + random() * 1.4;
        const place = { x: Math.sin(angle) * distance, z: Math.cos(angle) * distance };
        const [dx, dz] = [gathering.x - place.x, gathering.z - place.z];
        const length = Math.hypot(dx, dz);
        const isClear = [0, 1, 2, 3, 4].every((ahead) =>
            isFree(
                { x: place.x + (dx / length) * ahead, z: place.z + (dz / length) * ahead },
                bodyRadius + 0.5 + narrowing * ahead,
                obstacles,
            ),
        );
        if (isClear) {
            return place;
        }
    }
    return { x: 0, z: -11 };
}
