import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import type { ShadowGenerator } from "@babylonjs/core/Lights/Shadows/shadowGenerator.js";
import { Scene } from "@babylonjs/core/scene.js";
import { gathering, startingPlace } from "../../../../../samples/arena/player/player.js";
import { createRandom } from "../../../../../samples/arena/modelling/seededRandom.js";
import { createScenery } from "../../../../../samples/arena/world/scenery.js";
import type { IObstacle, IPlace } from "../../../../../samples/arena/world/obstacles.js";
import type { IQuality } from "../../../../../samples/arena/world/quality.js";
import { poseOf } from "../../../../../samples/bots/spots.js";

/** Half of the camera's field of view, in radians. On an upright screen, the field of view is horizontal. */
const halfView = 0.95 / 2;

describe("The starting place", () => {
    const engine = new NullEngine();
    const scene = new Scene(engine);
    const shadows = { addShadowCaster: () => undefined } as unknown as ShadowGenerator;
    const { obstacles } = createScenery(scene, shadows, { details: false } as IQuality);
    const random = createRandom(3);
    const places = Array.from({ length: 200 }, () => startingPlace(obstacles, () => random()));

    afterAll(() => engine.dispose());

    /** Angle to the right of the direction of view, in radians, and distance, in metres. The view is directed at the gathering. */
    const seen = (from: IPlace, { x, z }: IPlace): { angle: number; distance: number } => {
        const ahead = Math.atan2(gathering.x - from.x, gathering.z - from.z);
        return { angle: Math.atan2(x - from.x, z - from.z) - ahead, distance: Math.hypot(x - from.x, z - from.z) };
    };

    it("differs between visits", () => {
        expect(new Set(places.map(({ x, z }) => `${x.toFixed(1)} ${z.toFixed(1)}`)).size).toBeGreaterThan(30);
    });

    it("shows the first two bots completely on an upright screen", () => {
        const isWhole = (place: IPlace, index: number): boolean => {
            const [x, , z] = poseOf(index, 0).p;
            const { angle, distance } = seen(place, { x, z });
            return Math.abs(angle) + Math.atan2(0.45, distance) < halfView;
        };
        expect(places.filter((place) => !isWhole(place, 0) || !isWhole(place, 1))).toEqual([]);
    });

    it("has no obstacle close in front of the camera", () => {
        const isInTheWay = (place: IPlace, obstacle: IObstacle): boolean => {
            const { angle, distance } = seen(place, obstacle);
            const half = Math.max(obstacle.width, obstacle.depth) / 2;
            return distance - half < 3.5 && Math.abs(angle) - Math.atan2(half, distance) < 0.2;
        };
        expect(places.filter((place) => obstacles.some((obstacle) => isInTheWay(place, obstacle)))).toEqual([]);
    });
});
