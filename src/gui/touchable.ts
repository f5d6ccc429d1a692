import { RegisterSubMeshProject } from "@babylonjs/core/Meshes/subMesh.project.pure.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";

/** Lets hands and controllers touch a mesh. Babylon's near interaction (9.34) measures with what it does not bring along. */
export function makeTouchable(mesh: AbstractMesh): void {
    RegisterSubMeshProject();
    mesh.isNearPickable = true;
}
