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

/** Floors for teleporting, and obstacles. */
export interface IXrWorld {
    readonly floor: Mesh;
    readonly blockers: Mesh;
}

/**
 * Prepares immersive VR: teleportation and snap turn by the thumbsticks, a ray to press buttons with, and a touch.
 * @returns null where there is no headset
 */
export async function createXrAsync(scene: Scene, { floor, blockers }: IXrWorld): Promise<WebXRDefaultExperience | null> {
    const isSupported = await WebXRSessionManager.IsSessionSupportedAsync("immersive-vr");
    if (!isSupported) {
        return null;
    }
    knowControllers();
    return WebXRDefaultExperience.CreateAsync(scene, {
        disableDefaultUI: true,
        disableHandTracking: true,
        floorMeshes: [floor],
        // Babylon would fetch the controllers' looks from the net.
        inputOptions: { doNotLoadControllerMeshes: true, disableOnlineControllerRepository: true },
        nearInteractionOptions: { useUtilityLayer: false, motionControllerOrbMaterial: createOrbMaterial(scene) },
        pointerSelectionOptions: { enablePointerSelectionOnAllControllers: true },
        teleportationOptions: { timeToTeleport: 0, pickBlockerMeshes: [blockers] },
    });
}

/** Takes the headset's picture off, if it is on. */
export async function leaveXrAsync(xr: WebXRDefaultExperience | null): Promise<void> {
    if (xr?.baseExperience.state === WebXRState.IN_XR) {
        await xr.baseExperience.exitXRAsync();
    }
}

/** For the orb that a controller touches with: Babylon would fetch its look from the net. */
function createOrbMaterial(scene: Scene): StandardMaterial {
    const material = new StandardMaterial("orb", scene);
    material.emissiveColor = new Color3(0.9, 0.65, 0.3);
    material.disableLighting = true;
    material.alpha = 0.6;
    return material;
}

/** Every controller with trigger, grip and thumbstick has the same buttons in the same places; Babylon would fetch that fact from the net. */
function knowControllers(): void {
    for (const profile of ["generic-trigger-squeeze-thumbstick", "generic-trigger-squeeze-touchpad-thumbstick"]) {
        WebXRMotionControllerManager.RegisterController(
            profile,
            ({ gamepad, handedness }, scene) =>
                new WebXROculusTouchMotionController(scene, gamepad as unknown as IMinimalMotionControllerObject, handedness),
        );
    }
}
