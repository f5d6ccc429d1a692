import { place, shade } from "../modelling/geometry.js";
import { block, cylinder, extrude, lathe } from "../modelling/shapes.js";
import type { Shape } from "../modelling/shapes.js";
import { palette } from "./palette.js";
import { at, obstruct } from "./site.js";
import type { ISite, ISpot } from "./site.js";

/** A concrete barrier, wide at the base. `length` and `height` in metres. */
export function barrier(site: ISite, spot: ISpot, length = 3, height = 1.1): void {
    const color = shade(palette.concrete, site.random(0.85, 1.08));
    const slab = (bottom: number, top: number, from: number, to: number): Shape =>
        extrude(
            [
                [-bottom, from],
                [bottom, from],
                [top, to],
                [-top, to],
            ],
            length - 0.06,
        );
    site.geometry.add(slab(0.42, 0.4, 0, 0.14), at(spot), color);
    site.geometry.add(slab(0.4, 0.17, 0.14, height * 0.5), at(spot), color);
    site.geometry.add(slab(0.17, 0.13, height * 0.5, height), at(spot), color);
    for (const end of [-1, 1]) {
        const stripe = place((end * length) / 2 - end * 0.45, height * 0.66, 0, {}, at(spot));
        site.geometry.add(block(0.34, 0.2, 0.33, { bevel: 0.01 }), stripe, palette.red);
    }
    obstruct(site, spot, length, 0.8);
}

/**
 * A ruined wall of columns, each 1.2 m wide. Every second column has a window if it is at least 3 m high.
 * @param heights - heights of the columns from left to right, in metres; 0 = gap
 */
export function ruin(site: ISite, spot: ISpot, heights: readonly number[]): void {
    const column = 1.2;
    heights.forEach((height, index) => {
        const x = (index - (heights.length - 1) / 2) * column;
        const color = shade(palette.concrete, site.random(0.88, 1.05));
        const hasWindow = height >= 3 && index % 2 === 1;
        if (hasWindow) {
            site.geometry.add(block(column, 1.1, 0.4, { bevel: 0.02 }), place(x, 0, 0, {}, at(spot)), color);
            site.geometry.add(block(column, height - 2.2, 0.4, { bevel: 0.02 }), place(x, 2.2, 0, {}, at(spot)), color);
            site.geometry.add(block(column, 0.1, 0.52, { bevel: 0.02 }), place(x, 1.08, 0, {}, at(spot)), palette.darkConcrete);
        } else if (height > 0) {
            const roll = site.random(-0.01, 0.01);
            site.geometry.add(block(column, height, 0.4, { bevel: 0.05 }), place(x, 0, 0, { roll }, at(spot)), color);
        }
        if (height > 0) {
            const { x: px, z: pz, yaw = 0 } = spot;
            obstruct(site, { x: px + x * Math.cos(yaw), z: pz - x * Math.sin(yaw), yaw }, column, 0.4);
        }
    });
}

/** A low concrete bunker with a viewing slit. */
export function bunker(site: ISite, spot: ISpot): void {
    const base = at(spot);
    const color = shade(palette.concrete, 0.86);
    site.geometry.add(block(7.4, 1.35, 5.4, { taper: 0.94, bevel: 0.12 }), base, color);
    for (const [x, z, width, depth] of [
        [-2.9, 1.9, 1.1, 1.1],
        [2.9, 1.9, 1.1, 1.1],
        [0, 2, 0.8, 0.9],
        [0, -1.2, 6.9, 2.5],
    ] as const) {
        site.geometry.add(block(width, 0.6, depth, { bevel: 0.05 }), place(x, 1.3, z, {}, base), shade(color, 0.8));
    }
    site.geometry.add(block(6.2, 0.55, 3.4), place(0, 1.3, 0, {}, base), palette.soot);
    site.geometry.add(block(7.8, 0.55, 5.8, { bevel: 0.14, taper: 0.96 }), place(0, 1.85, 0, {}, base), color);
    site.geometry.add(block(4.4, 0.4, 3.2, { bevel: 0.12, taper: 0.9 }), place(-0.6, 2.38, -0.4, {}, base), shade(color, 0.94));
    site.geometry.add(cylinder(0.5, 0.3, { top: 0.42 }), place(1.9, 2.38, -0.6, {}, base), palette.steel);
    site.geometry.add(cylinder(0.03, 2.6, { sides: 5 }), place(2.9, 2.3, -1.9, {}, base), palette.steel);
    obstruct(site, spot, 7.4, 5.4);
}

/** A wooden watch tower, 8 m high without the pole on its roof. */
export function watchTower(site: ISite, spot: ISpot): void {
    const base = at(spot);
    const deck = 4.4;
    for (const [x, z] of [
        [1, 1],
        [-1, 1],
        [1, -1],
        [-1, -1],
    ] as const) {
        const lean = { pitch: -z * 0.09, roll: x * 0.09 };
        site.geometry.add(block(0.22, deck + 0.1, 0.22, { bevel: 0.03 }), place(x * 1.75, 0, z * 1.75, lean, base), palette.darkWood);
        site.geometry.add(block(0.14, 2.1, 0.14, { bevel: 0.02 }), place(x * 1.4, deck, z * 1.4, {}, base), palette.darkWood);
    }
    for (const yaw of [0, 1, 2, 3].map((quarter) => (quarter * Math.PI) / 2)) {
        const side = place(0, 0, 0, { yaw }, base);
        for (const slope of [0.62, -0.62]) {
            const centred = place(0, -2, 0, {}, place(0, 2.1, 1.56, { roll: slope, pitch: -0.09 }, side));
            site.geometry.add(block(0.12, 4, 0.08, { bevel: 0.02 }), centred, shade(palette.wood, 0.8));
        }
        for (const y of [0.25, 0.62, 0.98]) {
            const plank = place(site.random(-0.04, 0.04), deck + y, 1.44, { roll: site.random(-0.012, 0.012) }, side);
            site.geometry.add(block(3, 0.24, 0.06, { bevel: 0.015 }), plank, shade(palette.wood, site.random(0.85, 1.15)));
        }
    }
    site.geometry.add(block(3.3, 0.18, 3.3), place(0, deck, 0, {}, base), palette.wood);
    const roof = lathe(
        [
            [2.75, 0],
            [2.75, 0.12],
            [0.12, 1.35],
            [0.05, 1.4],
        ],
        4,
    );
    site.geometry.add(roof, place(0, deck + 2.05, 0, {}, base), shade(palette.rust, 1.1));
    site.geometry.add(cylinder(0.05, 1.6, { sides: 6 }), place(0, deck + 3.3, 0, {}, base), palette.steel);
    obstruct(site, spot, 3.4, 3.4);
}

/** The central landmark: a radio mast with horn loudspeakers, 17.7 m high with its antenna. */
export function radioMast(site: ISite, spot: ISpot): void {
    const base = at(spot);
    site.geometry.add(cylinder(2.6, 0.3, { sides: 8, top: 2.45 }), base, palette.darkConcrete);
    site.geometry.add(cylinder(1.7, 0.35, { sides: 8, top: 1.6 }), place(0, 0.3, 0, {}, base), palette.concrete);
    const [height, foot, top] = [15, 1.05, 0.28];
    const half = (y: number): number => foot + (top - foot) * (y / height);
    for (let corner = 0; corner < 4; corner++) {
        const side = place(0, 0.6, 0, { yaw: (corner * Math.PI) / 2 }, base);
        const lean = Math.atan((foot - top) / height);
        const leg = place(foot, 0, foot, { pitch: -lean, roll: lean }, side);
        site.geometry.add(cylinder(0.085, height, { sides: 6, top: 0.05 }), leg, palette.red);
        const rungs = 9;
        for (let rung = 0; rung < rungs; rung++) {
            const [low, high] = [(rung / rungs) * height, ((rung + 1) / rungs) * height];
            const [wide, narrow] = [half(low), half(high)];
            const slope = Math.atan2(wide + narrow, high - low) * (rung % 2 === 0 ? 1 : -1);
            const brace = cylinder(0.03, Math.hypot(high - low, wide + narrow), { sides: 4 });
            const foots = place(rung % 2 === 0 ? wide : -wide, low, wide, { pitch: -lean, roll: slope }, side);
            const color = rung % 3 === 0 ? palette.cream : palette.red;
            site.geometry.add(brace, foots, color);
            site.geometry.add(block(wide * 2, 0.05, 0.05, { bevel: 0.01 }), place(0, low, wide, {}, side), color);
        }
        const horn = lathe(
            [
                [0.1, 0],
                [0.12, 0.25],
                [0.3, 0.55],
                [0.62, 0.8],
                [0.66, 0.84],
            ],
            14,
        );
        const mouth = place(0, 6.3, half(6.3) + 0.05, { pitch: 1.45 }, side);
        site.geometry.add(horn, mouth, palette.cream);
        site.geometry.add(cylinder(0.56, 0.02, { sides: 14 }), place(0, 0.83, 0, {}, mouth), palette.soot);
        site.geometry.add(cylinder(0.16, 0.3), place(0, 6.25, half(6.3) - 0.2, { pitch: 1.45 }, side), palette.steel);
    }
    site.geometry.add(cylinder(0.75, 0.08, { sides: 10 }), place(0, 10.6, 0, {}, base), palette.steel);
    const dish = lathe(
        [
            [0.1, 0],
            [0.55, 0.1],
            [0.95, 0.35],
        ],
        16,
    );
    site.geometry.add(dish, place(-0.7, 11.2, -0.5, { pitch: -1.2, yaw: 0.9 }, base), palette.cream);
    site.geometry.add(cylinder(0.05, 2.2, { sides: 6, top: 0.02 }), place(0, 15.5, 0, {}, base), palette.cream);
    obstruct(site, spot, 3.4, 3.4);
}
