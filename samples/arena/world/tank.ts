import type { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { place, shade } from "../modelling/geometry.js";
import { block, cylinder, extrude, lathe } from "../modelling/shapes.js";
import { palette } from "./palette.js";
import { at, obstruct } from "./site.js";
import type { ISite, ISpot } from "./site.js";

/** Appearance of a tank. */
export interface ITankOptions {
    readonly color: Color3;
    /** Rotation of the turret relative to the bow, in radians. Default: 0. */
    readonly turretYaw?: number;
    /** True for a burnt-out tank: dark and tilted, with a lowered gun and one lost track. Default: false. */
    readonly wrecked?: boolean;
}

/** A tank with its bow towards z, 6 m long without the gun. */
export function tank(site: ISite, spot: ISpot, { color, turretYaw = 0, wrecked = false }: ITankOptions): void {
    const tilt = wrecked ? { pitch: 0.05, roll: 0.09 } : {};
    const base = place(0, wrecked ? -0.12 : 0, 0, tilt, at(spot));
    const paint = wrecked ? shade(color, 0.62) : color;
    const hull = [
        [-2.9, 0.75],
        [-2.7, 0.45],
        [2.3, 0.45],
        [3, 0.95],
        [2.2, 1.3],
        [-2.6, 1.35],
        [-2.95, 1.1],
    ] as const;
    site.geometry.add(extrude(hull, 2.1), base, paint);
    for (const side of [-1, 1]) {
        track(site, base, side, wrecked && side === 1);
        const guard = place(side * 1.32, 1.08, -0.1, {}, base);
        site.geometry.add(block(0.62, 0.09, 5.7, { bevel: 0.02 }), guard, shade(paint, 0.9));
        site.geometry.add(block(0.42, 0.3, 0.9), place(side * 1.36, 1.16, -1.8, {}, base), shade(paint, 0.82));
    }
    const ring = place(0, 1.3, -0.25, { yaw: turretYaw, pitch: wrecked ? -0.04 : 0 }, base);
    const turret = [
        [-1.55, 0.05],
        [1.05, 0.05],
        [1.4, 0.36],
        [0.85, 0.78],
        [-1.3, 0.74],
        [-1.6, 0.5],
    ] as const;
    site.geometry.add(extrude(turret, 1.9), ring, shade(paint, 1.05));
    site.geometry.add(cylinder(0.42, 0.22, { top: 0.38 }), place(-0.4, 0.72, -0.5, {}, ring), shade(paint, 0.9));
    site.geometry.add(block(0.6, 0.44, 0.5, { bevel: 0.08 }), place(0, 0.2, 1.25, {}, ring), shade(paint, 0.85));
    const droop = wrecked ? 0.16 : -0.04;
    const gun = place(0, 0.42, 1.4, { pitch: Math.PI / 2 + droop }, ring);
    site.geometry.add(cylinder(0.12, 2.9, { top: 0.085, sides: 10 }), gun, shade(paint, 0.8));
    site.geometry.add(cylinder(0.15, 0.42, { sides: 10 }), place(0, 2.75, 0, {}, gun), palette.soot);
    site.geometry.add(cylinder(0.018, 1.9, { sides: 4 }), place(0.7, 0.7, -1.2, { pitch: -0.12 }, ring), palette.soot);
    obstruct(site, spot, 3.4, 6.1);
}

/** Adds the track and wheels of one side (-1 or 1). A lost track lies on the ground beside the rear of the tank. */
function track(site: ISite, base: ReturnType<typeof place>, side: number, lost: boolean): void {
    const x = side * 1.35;
    const belt = [
        [-2.35, 0],
        [2.05, 0],
        [2.8, 0.42],
        [2.85, 0.8],
        [2.55, 1.02],
        [-2.7, 1.02],
        [-3, 0.72],
        [-2.9, 0.38],
    ] as const;
    if (!lost) {
        site.geometry.add(extrude(belt, 0.56), place(x, 0, 0, {}, base), palette.soot);
        for (let pad = -2.2; pad < 2.1; pad += 0.31) {
            site.geometry.add(block(0.6, 0.05, 0.2, { bevel: 0.01 }), place(x, 0.98, pad, {}, base), palette.steel);
        }
    } else {
        site.geometry.add(block(0.56, 0.07, 3.4, { bevel: 0.02 }), place(x + 0.9, 0.1, -2.6, { yaw: 0.5 }, base), palette.soot);
    }
    const wheel = lathe(
        [
            [0.12, -0.03],
            [0.36, 0],
            [0.4, 0.05],
            [0.4, 0.16],
            [0.3, 0.2],
            [0.16, 0.2],
            [0.14, 0.27],
            [0.02, 0.28],
        ],
        14,
    );
    for (const z of [-2.3, -1.4, -0.5, 0.4, 1.3, 2.15]) {
        const axle = place(x + side * 0.2, 0.44, z, { roll: (-side * Math.PI) / 2 }, base);
        site.geometry.add(wheel, axle, lost ? palette.rust : palette.steel);
    }
}
