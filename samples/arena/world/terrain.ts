import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { fractalNoise, smoothStep } from "../modelling/noise.js";
import { palette } from "./palette.js";

/** Radius of the field, in metres. The ground is flat there. Players stay at least 1.6 m inside. */
export const fieldRadius = 30;
/** Half the side length of the visible land, in metres. */
export const landRadius = 150;

/**
 * Height of the ground at a place, given in metres.
 * @returns height in metres; 0 on the field
 */
export function heightAt(x: number, z: number): number {
    const distance = Math.hypot(x, z);
    const rise = smoothStep(35, 95, distance);
    const hills = (fractalNoise(x / 34 + 40, z / 34 + 40, 4) - 0.22) * 34;
    return rise * hills + smoothStep(31, 40, distance) * 0.8;
}

/**
 * Colour of the ground at a place, given in metres.
 * @returns colour: bare soil in worn areas, grass elsewhere, rock on the hills
 */
export function colorAt(x: number, z: number): Color3 {
    const distance = Math.hypot(x, z);
    const patch = fractalNoise(x / 9 + 7, z / 9 + 3, 4);
    const worn = Math.max(smoothStep(0.46, 0.6, patch), smoothStep(11, 5, distance)) * smoothStep(44, 30, distance);
    const lush = fractalNoise(x / 15 + 90, z / 15 + 20, 3);
    const grass = Color3.Lerp(palette.dryGrass, palette.grass, smoothStep(0.35, 0.62, lush));
    const bare = Color3.Lerp(palette.dirt, palette.sand, fractalNoise(x / 4, z / 4, 3));
    const hill = Color3.Lerp(grass, palette.hill, smoothStep(34, 60, distance));
    const stony = smoothStep(0.5, 0.66, fractalNoise(x / 11 + 60, z / 11 + 80, 4)) * smoothStep(42, 70, distance);
    return Color3.Lerp(Color3.Lerp(hill, bare, worn), palette.rock, stony);
}
