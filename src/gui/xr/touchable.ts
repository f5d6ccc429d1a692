import { RegisterAnimatable } from "@babylonjs/core/Animations/animatable.pure.js";
import { RegisterRay } from "@babylonjs/core/Culling/ray.pure.js";
import { PointerEventTypes } from "@babylonjs/core/Events/pointerEvents.js";
import { RegisterSubMeshProject } from "@babylonjs/core/Meshes/subMesh.project.pure.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";

/**
 * Lets rays point at a mesh, and hands and controllers touch it. Babylon's near interaction (9.34) measures with what it does not bring along, nor does it
 * bring the animations that make the ball before a controller small: without them it is a metre wide, and in the way of rays. The pointer of Babylon's
 * controllers did not bring the ray (9.19).
 */
export function makeTouchable(mesh: AbstractMesh): void {
    RegisterAnimatable();
    RegisterRay();
    RegisterSubMeshProject();
    mesh.isNearPickable = true;
}

/**
 * Keeps a mesh that moves by itself from pressing what lies on it against a hand that it meets on its way: such a touch counts for nothing until the
 * hand is away and comes again.
 * @param mesh - what can be touched; this ends with it
 * @param isMoving - whether it moves by itself just now
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
