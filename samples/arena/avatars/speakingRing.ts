import { Constants } from "@babylonjs/core/Engines/constants.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { unfilmed } from "./unfilmed.js";
import type { Scene } from "@babylonjs/core/scene.js";

/** How fast the ring appears and goes, per second. */
const fadeSpeed = 7;

/** A ring of light at the feet of whoever speaks. */
export class SpeakingRing {
    /** Whether to show it; it fades. */
    public speaking = false;
    private readonly _mesh: Mesh;
    private _strength = 0;

    public constructor(name: string, scene: Scene, parent: TransformNode, material: StandardMaterial) {
        this._mesh = CreateGround(`${name} ring`, { width: 2.6, height: 2.6 }, scene);
        this._mesh.material = material;
        this._mesh.parent = parent;
        this._mesh.position.y = 0.04;
        this._mesh.isPickable = false;
        this._mesh.setEnabled(false);
    }

    /** How strongly it glows, 0 to 1. */
    public get strength(): number {
        return this._strength;
    }

    /**
     * Moves it on.
     * @param now - in seconds
     * @param elapsed - since the last call, in seconds
     */
    public update(now: number, elapsed: number): void {
        const step = elapsed * fadeSpeed;
        this._strength = this.speaking ? Math.min(1, this._strength + step) : Math.max(0, this._strength - step);
        this._mesh.setEnabled(this._strength > 0);
        this._mesh.visibility = this._strength;
        this._mesh.scaling.setAll(0.85 + 0.15 * this._strength + 0.07 * Math.sin(now * 9));
    }
}

/** The material of all rings. */
export function createRingMaterial(scene: Scene): StandardMaterial {
    const size = 256;
    const texture = new DynamicTexture("speaking ring", size, scene, true);
    const context = texture.getContext();
    const glow = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    for (const [at, light] of [
        [0, 0.05],
        [0.5, 0.1],
        [0.66, 0.25],
        [0.72, 0.85],
        [0.75, 0.85],
        [0.81, 0.22],
        [1, 0],
    ] as const) {
        const [red, green, blue] = [0.28, 1, 0.66].map((part) => Math.round(part * light * 255).toString());
        glow.addColorStop(at, `rgb(${red ?? ""}, ${green ?? ""}, ${blue ?? ""})`);
    }
    context.fillStyle = glow;
    context.fillRect(0, 0, size, size);
    texture.update();

    const material = new StandardMaterial("speaking ring", scene);
    material.emissiveTexture = texture;
    material.emissiveColor = Color3.Black();
    material.diffuseColor = Color3.Black();
    material.disableLighting = true;
    material.alphaMode = Constants.ALPHA_ADD;
    material.alpha = 0.99;
    material.fogEnabled = false;
    material.imageProcessingConfiguration = unfilmed();
    material.disableDepthWrite = true;
    material.zOffset = -2;
    return material;
}
