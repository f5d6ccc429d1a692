import { RegisterRay } from "@babylonjs/core/Culling/ray.pure.js";
import { RegisterSubMeshProject } from "@babylonjs/core/Meshes/subMesh.project.pure.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";

/**
 * Lets rays point at a mesh, and hands and controllers touch it. Babylon's near interaction (9.34) measures with what it does not bring along; nor did
 * the pointer of its controllers bring the ray (9.19).
 */
export function makeTouchable(mesh: AbstractMesh): void {
    RegisterRay();
    RegisterSubMeshProject();
    mesh.isNearPickable = true;
}
