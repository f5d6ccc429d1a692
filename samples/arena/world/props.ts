import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { place, shade } from "../modelling/geometry.js";
import { block, cylinder, lathe } from "../modelling/shapes.js";
import { palette } from "./palette.js";
import { at, obstruct } from "./site.js";
import type { ISite, ISpot } from "./site.js";

/** A wooden crate. `size`: edge length; `height`: height above the ground. In metres. Only a crate on the ground is an obstacle. */
export function crate(site: ISite, spot: ISpot, size = 1, height = 0): void {
    const base = place(0, height, 0, {}, at(spot));
    const wood = shade(palette.wood, site.random(0.85, 1.15));
    const [rail, edge] = [size * 0.1, size / 2 - size * 0.05];
    site.geometry.add(block(size * 0.94, size * 0.94, size * 0.94), place(0, size * 0.03, 0, {}, base), wood);
    for (const [x, z] of [
        [edge, edge],
        [-edge, edge],
        [edge, -edge],
        [-edge, -edge],
    ] as const) {
        site.geometry.add(block(rail, size, rail), place(x, 0, z, {}, base), palette.darkWood);
    }
    for (const y of [0, size - rail]) {
        site.geometry.add(block(size, rail, rail), place(0, y, edge, {}, base), palette.darkWood);
        site.geometry.add(block(size, rail, rail), place(0, y, -edge, {}, base), palette.darkWood);
        site.geometry.add(block(rail, rail, size), place(edge, y, 0, {}, base), palette.darkWood);
        site.geometry.add(block(rail, rail, size), place(-edge, y, 0, {}, base), palette.darkWood);
    }
    if (height === 0) {
        obstruct(site, spot, size, size);
    }
}

/** An oil drum. */
export function barrel(site: ISite, spot: ISpot, color = palette.red): void {
    const drum = lathe(
        [
            [0.28, 0],
            [0.3, 0.03],
            [0.3, 0.3],
            [0.325, 0.33],
            [0.3, 0.36],
            [0.3, 0.62],
            [0.325, 0.65],
            [0.3, 0.68],
            [0.3, 0.92],
            [0.27, 0.95],
        ],
        14,
    );
    site.geometry.add(drum, at(spot), shade(color, site.random(0.75, 1.05)));
    obstruct(site, spot, 0.6, 0.6);
}

/** A tank trap of three crossed beams. */
export function hedgehog(site: ISite, spot: ISpot): void {
    const beam = block(0.16, 2.2, 0.16, { bevel: 0.02 });
    const middle = place(0, 0.68, 0, {}, at(spot));
    for (const yaw of [0, 2.094, 4.189]) {
        const turn = { yaw, pitch: 0.95 };
        const centred = place(0, -1.1, 0, {}, place(0, 0, 0, turn, middle));
        site.geometry.add(beam, centred, shade(palette.rust, site.random(0.8, 1.1)));
    }
    obstruct(site, spot, 1.1, 1.1);
}

/** A curved wall of sandbags. `bags`: number of bags in the lowest row. */
export function sandbags(site: ISite, spot: ISpot, bags = 7, rows = 3): void {
    const [radius, length] = [2.4, 0.72];
    const base = at(spot);
    for (let row = 0; row < rows; row++) {
        for (let bag = 0; bag < bags - (row % 2); bag++) {
            const angle = ((bag - (bags - 1 - (row % 2)) / 2) * (length - 0.04)) / radius;
            const [x, z] = [Math.sin(angle) * radius, Math.cos(angle) * radius - radius];
            const turn = { yaw: angle + site.random(-0.08, 0.08), roll: site.random(-0.06, 0.06) };
            const sack = block(length, 0.3, 0.42, { bevel: 0.11, taper: 0.92 });
            site.geometry.add(sack, place(x, row * 0.26, z, turn, base), shade(palette.canvas, site.random(0.85, 1.2)));
        }
    }
    const reach = Math.sin(((bags - 1) / 2) * (length / radius)) * radius * 2 + length;
    obstruct(site, spot, reach, 0.9);
}

/** A boulder. `size`: approximate width; `height`: height of the ground. In metres. It is an obstacle only if `height` is 0. */
export function rock(site: ISite, spot: ISpot, size: number, height = 0): void {
    const sides = 7;
    const profile = [
        [0.75, -0.2],
        [1, 0.25],
        [0.8, 0.75],
        [0.3, 1],
    ] as const;
    const shape = lathe(
        profile.map(([radius, y]) => [radius * site.random(0.8, 1.15), y * site.random(0.85, 1.1)] as const),
        sides,
    );
    const scale = new Vector3(size * 0.6, size * site.random(0.5, 0.8), size * site.random(0.45, 0.65));
    site.geometry.add(shape, place(0, height, 0, { yaw: site.random(0, 6), scale }, at(spot)), shade(palette.rock, site.random(0.8, 1.1)));
    if (height === 0) {
        obstruct(site, spot, size, size);
    }
}

/** A pine made of cones. `size`: approximate height of the pine; `height`: height of the ground. In metres. */
export function pine(site: ISite, spot: ISpot, size: number, height = 0): void {
    const base = place(0, height - 0.3, 0, { scale: size, roll: site.random(-0.04, 0.04), pitch: site.random(-0.04, 0.04) }, at(spot));
    site.geometry.add(cylinder(0.035, 0.3, { sides: 6, top: 0.025 }), base, palette.darkWood);
    const green = shade(palette.pine, site.random(0.75, 1.25));
    for (const [y, radius, tall] of [
        [0.14, 0.22, 0.34],
        [0.32, 0.18, 0.34],
        [0.52, 0.125, 0.4],
    ] as const) {
        const cone = cylinder(radius, tall, { sides: 7, top: 0.005 });
        site.geometry.add(cone, place(0, y, 0, { yaw: site.random(0, 3) }, base), shade(green, 0.85 + y * 0.5));
    }
}

/** A pole, 6 m high, with a banner. */
export function flagpole(site: ISite, spot: ISpot, team: "red" | "teal"): void {
    site.geometry.add(cylinder(0.3, 0.25, { sides: 8, top: 0.22 }), at(spot), palette.darkConcrete);
    site.geometry.add(cylinder(0.06, 6, { sides: 8, top: 0.04 }), at(spot), palette.steel);
    site.geometry.add(lathe([[0.02, 0], [0.1, 0.06], [0.08, 0.16], [0.01, 0.2]], 8), place(0, 6, 0, {}, at(spot)), palette.sun); // prettier-ignore
    site.banners.push({ x: spot.x, y: 5.85, z: spot.z, team });
    obstruct(site, spot, 0.4, 0.4);
}
