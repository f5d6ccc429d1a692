import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import { WebXRSessionManager } from "@babylonjs/core/XR/webXRSessionManager.js";
import "@babylonjs/core/XR/features/WebXRControllerPointerSelection.js";
import "@babylonjs/core/XR/features/WebXRControllerTeleportation.js";

/** Where one can teleport, and what is in the way. */
export interface IXrWorld {
    readonly floor: Mesh;
    readonly blockers: Mesh;
}

/**
 * Prepares immersive VR: teleportation and snap turn by the thumbsticks, a ray to press buttons with.
 * @returns null where there is no headset
 */
export async function createXrAsync(scene: Scene, { floor, blockers }: IXrWorld): Promise<WebXRDefaultExperience | null> {
    const isSupported = await WebXRSessionManager.IsSessionSupportedAsync("immersive-vr");
    if (!isSupported) {
        return null;
    }
    return WebXRDefaultExperience.CreateAsync(scene, {
        disableDefaultUI: true,
        disableHandTracking: true,
        disableNearInteraction: true,
        floorMeshes: [floor],
        // Babylon would fetch the controllers' looks from the net.
        inputOptions: { doNotLoadControllerMeshes: true, disableOnlineControllerRepository: true },
        pointerSelectionOptions: { enablePointerSelectionOnAllControllers: true },
        teleportationOptions: { timeToTeleport: 0, pickBlockerMeshes: [blockers] },
    });
}
