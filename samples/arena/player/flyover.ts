import type { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";

/**
 * Lets the camera drift over the field, as long as nobody has entered.
 * @returns stops it
 */
export function startFlyover(camera: FreeCamera): () => void {
    const scene = camera.getScene();
    const target = new Vector3(-2, 3.2, 3);
    const start = performance.now();
    const observer = scene.onBeforeRenderObservable.add(() => {
        const time = (performance.now() - start) / 1000;
        const angle = 2.72 + 0.35 * Math.sin(time * 0.05);
        camera.position.set(Math.sin(angle) * 19, 3.4 + 0.6 * Math.sin(time * 0.11), Math.cos(angle) * 19);
        camera.setTarget(target);
    });
    return () => scene.onBeforeRenderObservable.remove(observer);
}
