import { WebXRDefaultExperienceOptions } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import "@babylonjs/core/Helpers/sceneHelpers.js";
import { XRDevice, metaQuest3 } from "iwer";
import type { World } from "./world.js";

/** Options without UI, teleportation and hand tracking, because these tests move only the head. */
function withoutControls(): WebXRDefaultExperienceOptions {
    const options = new WebXRDefaultExperienceOptions();
    options.disableDefaultUI = true;
    options.disableTeleportation = true;
    options.disableHandTracking = true;
    return options;
}

/** An emulated headset with a Babylon XR experience. */
export class Headset {
    private readonly _device: XRDevice;
    private readonly _world: World;
    private _experience: WebXRDefaultExperience | null = null;

    public constructor(world: World) {
        this._device = new XRDevice(metaQuest3);
        this._device.installRuntime({ forceInstall: true });
        this._world = world;
    }

    /** Enters XR. */
    public async enterAsync(): Promise<void> {
        this._experience ??= await this._world.scene.createDefaultXRExperienceAsync(withoutControls());
        await this._experience.baseExperience.enterXRAsync("immersive-vr", "local-floor");
        await this._world.framesAsync(5);
    }

    /** Exits XR. */
    public async exitAsync(): Promise<void> {
        await this._experience?.baseExperience.exitXRAsync();
        await this._world.framesAsync(5);
    }

    /** Sets the yaw of the head, in radians, counter-clockwise seen from above (WebXR's axes). */
    public turn(yaw: number): void {
        this._device.quaternion.set(0, Math.sin(yaw / 2), 0, Math.cos(yaw / 2));
    }

    /** Sets the position of the head in metres, in WebXR's axes (x right, y up, z backward). */
    public move(x: number, y: number, z: number): void {
        this._device.position.set(x, y, z);
    }

    /** Simulates a trigger press by a `select` event of the session. */
    public pullTrigger(): void {
        this._experience?.baseExperience.sessionManager.session.dispatchEvent(new Event("select"));
    }

    /** Name of the active camera. */
    public get cameraName(): string {
        return this._world.scene.activeCamera?.name ?? "";
    }
}
