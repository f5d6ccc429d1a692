import { Color3 } from "@babylonjs/core/Maths/math.color.js";

const hex = (value: string): Color3 => Color3.FromHexString(value);

/** Colours of the world in evening light. */
export const palette = {
    sun: hex("#ffc27a"),
    skyLight: hex("#8fa0c8"),
    groundLight: hex("#6b4a34"),
    haze: hex("#e3b083"),
    horizon: hex("#f3b97c"),
    zenith: hex("#3f5f94"),

    sand: hex("#b08d5c"),
    dirt: hex("#84633f"),
    grass: hex("#75703a"),
    dryGrass: hex("#ab9350"),
    hill: hex("#6c6a40"),
    rock: hex("#8d8071"),

    concrete: hex("#a59c8d"),
    darkConcrete: hex("#6e675d"),
    wood: hex("#8f6536"),
    darkWood: hex("#5d4126"),
    canvas: hex("#8f8458"),
    rust: hex("#6d4128"),
    steel: hex("#565b5e"),
    soot: hex("#2c2926"),
    olive: hex("#5b6337"),
    tan: hex("#a68a56"),
    pine: hex("#46502f"),
    red: hex("#b8392b"),
    teal: hex("#2b8a86"),
    cream: hex("#e6d8b8"),
} as const;
