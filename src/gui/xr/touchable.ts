import { RegisterAnimatable } from "@babylonjs/core/Animations/animatable.pure.js";
import { RegisterRay } from "@babylonjs/core/Culling/ray.pure.js";
import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import { RegisterSubMeshProject } from "@babylonjs/core/Meshes/subMesh.project.pure.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";

/**
 * Makes a mesh pickable by rays, and touchable by hands and controllers. Registers modules that Babylon uses without importing them. Near interaction
 * (9.34) needs projection onto submeshes, to measure distances, and animations, to shrink the sphere in front of a controller: without them, the
 * sphere stays a metre wide and blocks rays. Pointer selection of controllers (9.19) needs rays.
 */
export function makeTouchable(mesh: AbstractMesh): void {
    RegisterAnimatable();
    RegisterRay();
    RegisterSubMeshProject();
    mesh.isNearPickable = true;
}

/**
 * Ignores touches that begin while a mesh moves by itself, since the mesh may run into a hand. Such a touch is ignored until the hand has moved
 * away and touches again.
 * @param mesh - touchable mesh; disposing it removes the observer
 * @param isMoving - returns true while the mesh moves by itself
 */
export function ignoreTouchesWhile(mesh: AbstractMesh, isMoving: () => boolean): void {
    const { onPrePointerObservable } = mesh.getScene();
    const ignored = new Set<number>();
    const observer = onPrePointerObservable.add((info) => {
        const { pointerId } = info.event as PointerEvent;
        const ends = info.type === PointerEventTypes.POINTERUP && ignored.has(pointerId);
        const begins = info.type === PointerEventTypes.POINTERDOWN && info.nearInteractionPickingInfo?.pickedMesh === mesh && isMoving();
        ignored.delete(pointerId);
        if (begins) {
            ignored.add(pointerId);
        }
        info.skipOnPointerObservable ||= begins || ends;
    }, PointerEventTypes.POINTERDOWN | PointerEventTypes.POINTERUP);
    mesh.onDisposeObservable.addOnce(() => onPrePointerObservable.remove(observer));
}
