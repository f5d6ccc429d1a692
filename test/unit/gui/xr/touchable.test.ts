import { Animation } from "@babylonjs/core/Animations/animation.pure.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { PickingInfo } from "@babylonjs/core/Collisions/pickingInfo.js";
import { BoundingSphere } from "@babylonjs/core/Culling/boundingSphere.js";
import { Ray } from "@babylonjs/core/Culling/ray.core.js";
import type { IPointerEvent } from "@babylonjs/core/Events/deviceInputEvents.js";
import { PointerEventTypes, PointerInfoPre } from "@babylonjs/core/Events/pointerEvents.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Material } from "@babylonjs/core/Materials/material.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { AbstractMesh } from "@babylonjs/core/Meshes/abstractMesh.js";
import { WebXRNearInteractionPickMeshWithSphere } from "@babylonjs/core/XR/features/WebXRNearInteraction.pure.js";
import { Scene } from "@babylonjs/core/scene.js";
import { ignoreTouchesWhile, makeTouchable } from "../../../../src/gui/xr/touchable.js";

const { POINTERDOWN, POINTERUP } = PointerEventTypes;

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
        ["close in front of it", [0.05, 0.1, -0.02], true],
        ["10 cm in front of it", [0.05, 0.1, -0.1], false],
        ["beside it", [0.3, 0.1, -0.02], false],
    ] as const)("lets near interaction detect a touch only close to the mesh: a fingertip %s, %j", (_where, at, isTouched) => {
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

    it("makes the mesh pickable by rays without another import", () => {
        const mesh = CreatePlane("board", { width: 0.4, height: 0.4 }, scene);
        mesh.material = paint;
        makeTouchable(mesh);
        scene.render();
        const pick = scene.pickWithRay(new Ray(new Vector3(0.05, 0.1, -1), Vector3.Forward()));
        expect(pick?.pickedMesh?.name).toBe("board");
    });

    it("enables the animations of near interaction without another import", () => {
        const ball = CreatePlane("ball", { width: 1, height: 1 }, scene);
        makeTouchable(ball);
        const shrink = new Animation("shrink", "scaling", 60, Animation.ANIMATIONTYPE_VECTOR3);
        shrink.setKeys([
            { frame: 0, value: Vector3.One() },
            { frame: 1, value: Vector3.Zero() },
        ]);
        scene.beginDirectAnimation(ball, [shrink], 0, 1, false, 1).goToFrame(1);
        expect(ball.scaling.asArray()).toEqual([0, 0, 0]);
    });
});

describe("ignoreTouchesWhile", () => {
    let engine: NullEngine;
    let scene: Scene;
    let board: AbstractMesh;
    let isMoving: boolean;
    let heard: string[];

    /** Sends a pointer event of a finger (`xr-near`) or of a ray that points at a mesh. Records it in `heard` unless it is skipped. */
    const tell = (type: number, mesh: AbstractMesh, pointerId: number, pointerType = "xr-near"): void => {
        const pick = new PickingInfo();
        pick.hit = true;
        pick.pickedMesh = pick.originMesh = mesh;
        const event = { pointerId, pointerType } as IPointerEvent;
        const pre = new PointerInfoPre(type, event, 0, 0);
        pre.nearInteractionPickingInfo = pointerType === "xr-near" ? pick : null;
        scene.onPrePointerObservable.notifyObservers(pre, type);
        if (!pre.skipOnPointerObservable) {
            heard.push(`${type === POINTERDOWN ? "down" : "up"} ${pointerId} ${mesh.name}`);
        }
    };

    beforeEach(() => {
        engine = new NullEngine();
        scene = new Scene(engine);
        board = CreatePlane("board", { width: 0.4, height: 0.4 }, scene);
        isMoving = false;
        heard = [];
        ignoreTouchesWhile(board, () => isMoving);
    });

    afterEach(() => engine.dispose());

    it("passes a touch of the mesh at rest", () => {
        tell(POINTERDOWN, board, 7);
        tell(POINTERUP, board, 7);
        expect(heard).toEqual(["down 7 board", "up 7 board"]);
    });

    it("ignores a touch that began while the mesh moved, and passes the next touch", () => {
        isMoving = true;
        tell(POINTERDOWN, board, 7);
        isMoving = false;
        tell(POINTERUP, board, 7);
        expect(heard).toEqual([]);
        tell(POINTERDOWN, board, 7);
        tell(POINTERUP, board, 7);
        expect(heard).toEqual(["down 7 board", "up 7 board"]);
    });

    it("passes the release of a touch that began before the mesh moved", () => {
        tell(POINTERDOWN, board, 7);
        isMoving = true;
        tell(POINTERUP, board, 7);
        expect(heard).toEqual(["down 7 board", "up 7 board"]);
    });

    it("does not affect other meshes, rays or events that are already skipped", () => {
        const other = CreatePlane("other", { width: 0.4, height: 0.4 }, scene);
        isMoving = true;
        tell(POINTERDOWN, other, 7);
        tell(POINTERUP, other, 7);
        tell(POINTERDOWN, board, 8, "xr");
        tell(POINTERUP, board, 8, "xr");
        expect(heard).toEqual(["down 7 other", "up 7 other", "down 8 board", "up 8 board"]);
        isMoving = false;
        scene.onPrePointerObservable.add((info) => void (info.skipOnPointerObservable = true), undefined, true);
        tell(POINTERDOWN, board, 9);
        expect(heard).toHaveLength(4);
    });

    it("forgets an ignored touch that was never released", () => {
        isMoving = true;
        tell(POINTERDOWN, board, 7);
        isMoving = false;
        tell(POINTERDOWN, board, 7);
        tell(POINTERUP, board, 7);
        expect(heard).toEqual(["down 7 board", "up 7 board"]);
    });

    it("removes its observer when the mesh is disposed", () => {
        expect(scene.onPrePointerObservable.hasObservers()).toBe(true);
        board.dispose();
        expect(scene.onPrePointerObservable.hasObservers()).toBe(false);
    });
});
