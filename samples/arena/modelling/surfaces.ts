import { Constants } from "@babylonjs/core/Engines/constants.js";
import { RawTexture } from "@babylonjs/core/Materials/Textures/rawTexture.js";
import type { Texture } from "@babylonjs/core/Materials/Textures/texture.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** Two repeating textures of a rough surface. */
export interface ISurface {
    /** Grey texture: dark in hollows, light on ridges. */
    readonly tone: Texture;
    /** Normal map. */
    readonly bump: Texture;
}

/** Options of a surface. */
export interface ISurfaceOptions {
    /** Pixels along each side, a power of two. */
    readonly size: number;
    /** Height (0 to 1) at a texture coordinate (0 to 1). Must be periodic with a period of 1. */
    readonly field: (u: number, v: number) => number;
    /** Grey value for a height; clamped to 0 to 1. */
    readonly tone: (height: number) => number;
    /** Height difference between the field values 0 and 1, as a fraction of the texture's width. */
    readonly strength: number;
    /** True for anisotropic filtering, which is sharper at flat angles and costs GPU time. */
    readonly sharp: boolean;
}

/** Creates both textures from one height field, without loading files. */
export function createSurface(name: string, scene: Scene, options: ISurfaceOptions): ISurface {
    const { size, field, tone, strength, sharp } = options;
    const heights = Float32Array.from({ length: size * size }, (_, index) => field((index % size) / size, Math.floor(index / size) / size));
    const height = (x: number, y: number): number => heights[((y + size) % size) * size + ((x + size) % size)] ?? 0;
    const steepness = (size / 2) * strength;
    return {
        tone: paint(`${name} tone`, scene, size, sharp, (x, y) => {
            const value = 255 * tone(height(x, y));
            return [value, value, value];
        }),
        bump: paint(`${name} bump`, scene, size, sharp, (x, y) => {
            const [dx, dy] = [(height(x - 1, y) - height(x + 1, y)) * steepness, (height(x, y - 1) - height(x, y + 1)) * steepness];
            const length = Math.hypot(dx, dy, 1);
            return [127.5 + (127.5 * dx) / length, 127.5 + (127.5 * dy) / length, 127.5 + 127.5 / length];
        }),
    };
}

function paint(name: string, scene: Scene, size: number, sharp: boolean, pixel: (x: number, y: number) => readonly number[]): Texture {
    const data = new Uint8ClampedArray(size * size * 4);
    for (let index = 0; index < size * size; index++) {
        data.set([...pixel(index % size, Math.floor(index / size)), 255], index * 4);
    }
    const texture = RawTexture.CreateRGBATexture(
        new Uint8Array(data.buffer),
        size,
        size,
        scene,
        true,
        false,
        Constants.TEXTURE_TRILINEAR_SAMPLINGMODE,
    );
    texture.name = name;
    texture.wrapU = texture.wrapV = Constants.TEXTURE_WRAP_ADDRESSMODE;
    texture.anisotropicFilteringLevel = sharp ? 8 : 1;
    return texture;
}
