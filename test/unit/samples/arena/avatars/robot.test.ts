import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import type { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { Scene } from "@babylonjs/core/scene.js";
import { createRobot, createRobotMaterials, neckHeight } from "../../../../../samples/arena/avatars/robot.js";

describe("A robot", () => {
    const engine = new NullEngine();
    const scene = new Scene(engine);

    afterAll(() => engine.dispose());

    it("closes its eyes around their centre, and nothing else moves", () => {
        const { body, head, eyes, mouth } = createRobot("Rowan", scene, Color3.Gray(), createRobotMaterials(scene));
        const parts = [body, ...body.getChildMeshes()];
        const seen = (): Map<string, { readonly center: Vector3; readonly height: number }> =>
            new Map(
                parts.map((part) => {
                    part.computeWorldMatrix(true);
                    const { centerWorld, extendSizeWorld } = part.getBoundingInfo().boundingBox;
                    return [part.name, { center: centerWorld.clone(), height: 2 * extendSizeWorld.y }];
                }),
            );
        const open = seen();
        eyes.scaling.y = 0.3;
        const closed = seen();
        expect(parts).toEqual(expect.arrayContaining([head, eyes, mouth]));
        expect(open.get(eyes.name)?.center.y).toBeCloseTo(neckHeight + 0.22);
        for (const { name } of parts) {
            const [before, after] = [open.get(name), closed.get(name)];
            expect(after?.center.y).toBeCloseTo(before?.center.y ?? NaN);
            expect(after?.height).toBeCloseTo((before?.height ?? NaN) * (name === eyes.name ? 0.3 : 1));
        }
        // The antenna's tip is above the head.
        expect(Math.max(...[...closed.values()].map(({ center, height }) => center.y + height / 2))).toBeCloseTo(neckHeight + 0.66);
    });
});
