import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { BoundingSphere } from "@babylonjs/core/Culling/boundingSphere.js";
import { Ray } from "@babylonjs/core/Culling/ray.core.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Material } from "@babylonjs/core/Materials/material.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import { WebXRNearInteractionPickMeshWithSphere } from "@babylonjs/core/XR/features/WebXRNearInteraction.pure.js";
import { Scene } from "@babylonjs/core/scene.js";
import { makeTouchable } from "../../../src/gui/touchable.js";

/** What a board is painted with. */
const paintOf = (scene: Scene): Material => new StandardMaterial("paint", scene);

describe("makeTouchable", () => {
    let engine: NullEngine;
    let scene: Scene;
    let paint: Material;

    beforeEach(() => {
        engine = new NullEngine();
        scene = new Scene(engine);
        paint = paintOf(scene);
        new FreeCamera("eyes", new Vector3(0, 0, -1), scene);
    });

    afterEach(() => engine.dispose());

    it.each([
        ["close before it", [0.05, 0.1, -0.02], true],
        ["a hand's breadth before it", [0.05, 0.1, -0.1], false],
        ["beside it", [0.3, 0.1, -0.02], false],
    ] as const)("lets Babylon's near interaction find a fingertip %s: %j", (_where, at, isTouched) => {
        const mesh = CreatePlane("board", { width: 0.4, height: 0.4 }, scene);
        mesh.material = paint;
        makeTouchable(mesh);
        scene.render();
        const finger = BoundingSphere.CreateFromCenterAndRadius(new Vector3(...at), 0.03);
        const touch = WebXRNearInteractionPickMeshWithSphere(mesh, finger);
        expect(touch.hit).toBe(isTouched);
        expect(mesh.isNearPickable).toBe(true);
        if (isTouched) {
            expect(touch.pickedPoint?.asArray()).toEqual([0.05, 0.1, 0].map((figure) => expect.closeTo(figure, 6) as number));
        }
    });

    it("lets rays find it, though nobody else has brought them along", () => {
        const mesh = CreatePlane("board", { width: 0.4, height: 0.4 }, scene);
        mesh.material = paint;
        makeTouchable(mesh);
        scene.render();
        const pick = scene.pickWithRay(new Ray(new Vector3(0.05, 0.1, -1), Vector3.Forward()));
        expect(pick?.pickedMesh?.name).toBe("board");
    });
});
