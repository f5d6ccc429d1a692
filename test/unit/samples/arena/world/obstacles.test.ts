import { isFree, slide } from "../../../../../samples/arena/world/obstacles.js";
import type { IObstacle } from "../../../../../samples/arena/world/obstacles.js";

const wall: IObstacle = { x: 0, z: 0, width: 4, depth: 2, yaw: 0 };
const radius = 0.5;

describe("Obstacles", () => {
    it("leave the positions beside them free", () => {
        expect(isFree({ x: 5, z: 0 }, radius, [wall])).toBe(true);
        expect(isFree({ x: 0, z: 1.5 }, radius, [wall])).toBe(true);
        expect(isFree({ x: 0, z: 1.4 }, radius, [wall])).toBe(false);
    });

    it("push a walker out by the shortest way, so that the walker slides along a wall", () => {
        expect(slide({ x: 1, z: 1.2 }, radius, [wall])).toEqual({ x: 1, z: 1.5 });
        expect(slide({ x: 2.3, z: 0 }, radius, [wall])).toEqual({ x: 2.5, z: 0 });
    });

    it("can be turned by any angle", () => {
        const turned = { ...wall, yaw: Math.PI / 2 };
        expect(isFree({ x: 0, z: 2.3 }, radius, [turned])).toBe(false);
        expect(isFree({ x: 2.3, z: 0 }, radius, [turned])).toBe(true);
        expect(slide({ x: 1.2, z: 1 }, radius, [turned]).x).toBeCloseTo(1.5);
        expect(slide({ x: 1.2, z: 1 }, radius, [turned]).z).toBeCloseTo(1);
    });

    it("push a walker out of their very centre", () => {
        expect(isFree(slide({ x: 0, z: 0 }, radius, [wall]), radius, [wall])).toBe(true);
    });
});
