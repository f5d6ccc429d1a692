import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { WebXRMotionControllerManager } from "@babylonjs/core/XR/motionController/webXRMotionControllerManager.js";
import type { IMinimalMotionControllerObject } from "@babylonjs/core/XR/motionController/webXRAbstractMotionController.js";
import { WebXROculusTouchMotionController } from "@babylonjs/core/XR/motionController/webXROculusTouchMotionController.js";
import { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRState } from "@babylonjs/core/XR/webXRTypes.js";
import { WebXRSessionManager } from "@babylonjs/core/XR/webXRSessionManager.js";
import "@babylonjs/core/XR/features/WebXRControllerPointerSelection.js";
import "@babylonjs/core/XR/features/WebXRControllerTeleportation.js";

/** Meshes for teleportation: the floor, and the meshes that block the teleportation ray. */
export interface IXrWorld {
    readonly floor: Mesh;
    readonly blockers: Mesh;
}

/**
 * Prepares immersive VR: the thumbsticks teleport and snap-turn, and buttons are pressed with the pointer ray or by near interaction.
 * @returns null if immersive VR is not supported or cannot be prepared. Never rejects.
 */
export async function createXrAsync(scene: Scene, { floor, blockers }: IXrWorld): Promise<WebXRDefaultExperience | null> {
    // Rejects in a frame without `allow="xr-spatial-tracking"`.
    const isSupported = await WebXRSessionManager.IsSessionSupportedAsync("immersive-vr").catch(() => false);
    if (!isSupported) {
        return null;
    }
    knowControllers();
    const xr = await WebXRDefaultExperience.CreateAsync(scene, {
        disableDefaultUI: true,
        disableHandTracking: true,
        floorMeshes: [floor],
        // Otherwise, Babylon downloads the controller models.
        inputOptions: { doNotLoadControllerMeshes: true, disableOnlineControllerRepository: true },
        nearInteractionOptions: { useUtilityLayer: false, motionControllerOrbMaterial: createOrbMaterial(scene) },
        pointerSelectionOptions: { enablePointerSelectionOnAllControllers: true },
        teleportationOptions: { timeToTeleport: 0, pickBlockerMeshes: [blockers] },
    });
    // Babylon.js logs a failure, and returns the object without this part.
    const made: Partial<Pick<WebXRDefaultExperience, "baseExperience">> = xr;
    return made.baseExperience ? xr : null;
}

/** Exits XR. No-op outside of XR. */
export async function leaveXrAsync(xr: WebXRDefaultExperience | null): Promise<void> {
    if (xr?.baseExperience.state === WebXRState.IN_XR) {
        await xr.baseExperience.exitXRAsync();
    }
}

/** Material for a controller's near-interaction orb. Without it, Babylon downloads one. */
function createOrbMaterial(scene: Scene): StandardMaterial {
    const material = new StandardMaterial("orb", scene);
    material.emissiveColor = new Color3(0.9, 0.65, 0.3);
    material.disableLighting = true;
    material.alpha = 0.6;
    return material;
}

/**
 * Registers the two generic profiles with trigger, grip and thumbstick, which have the same button layout. Babylon has them only in its online
 * repository, which is disabled.
 */
function knowControllers(): void {
    for (const profile of ["generic-trigger-squeeze-thumbstick", "generic-trigger-squeeze-touchpad-thumbstick"]) {
        WebXRMotionControllerManager.RegisterController(
            profile,
            ({ gamepad, handedness }, scene) =>
                new WebXROculusTouchMotionController(scene, gamepad as unknown as IMinimalMotionControllerObject, handedness),
        );
    }
}
