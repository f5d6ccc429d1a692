import { Constants } from "@babylonjs/core/Engines/constants.js";
import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { DynamicTexture } from "@babylonjs/core/Materials/Textures/dynamicTexture.js";
import { Color3 } from "@babylonjs/core/Maths/math.color.js";
import { CreateGround } from "@babylonjs/core/Meshes/Builders/groundBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { checkGuiNode, checkGuiOptions } from "../guiChecks.js";
import { resolveTheme } from "../kit/theme.js";
import type { IGuiTheme } from "../kit/theme.js";
import { disableImageProcessing } from "../kit/imageProcessing.js";

/** Options of a speaking ring. */
export interface ISpeakingRingOptions {
    /** Radius, in metres. Default: 1. */
    readonly radius?: number;
    readonly theme?: Partial<IGuiTheme>;
}

/** Rate at which the ring fades in and out, per second. */
const fadeSpeed = 7;
/** Radius of the ring, as a fraction of half the texture's width. */
const radiusInTexture = 0.74;

/** Materials by scene and colour, shared by all rings of that colour and disposed with the last of them. */
const materials = new WeakMap<Scene, Map<string, { readonly material: StandardMaterial; users: number }>>();

/** Ring that glows around the feet of an avatar while `speaking` is true. Disposed with its node. Does no work in frames in which it is off. */
export class SpeakingRing {
    private readonly _scene: Scene;
    private readonly _node: TransformNode;
    private readonly _mesh: Mesh;
    private readonly _color: string;
    private readonly _end: Observer<Node>;
    private _frames: Observer<Scene> | null = null;
    private _speaking = false;
    private _strength = 0;
    private _seconds = 0;
    private _isDisposed = false;

    /**
     * @param node - node of the avatar; the ring lies around its origin
     * @param options - appearance
     */
    public constructor(node: TransformNode, options: ISpeakingRingOptions = {}) {
        checkGuiOptions(options);
        checkGuiNode(node);
        this._scene = node.getScene();
        this._node = node;
        this._color = resolveTheme(options.theme).speaking;
        const size = (2 * (options.radius ?? 1)) / radiusInTexture;
        this._mesh = CreateGround(`${node.name} ring`, { width: size, height: size }, this._scene);
        this._mesh.material = takeMaterial(this._scene, this._color);
        this._mesh.parent = node;
        this._mesh.position.y = 0.04;
        this._mesh.isPickable = false;
        this._mesh.setEnabled(false);
        this._end = node.onDisposeObservable.add(() => this.dispose());
    }

    /** True = the ring is shown. It fades in and out. Default: false. */
    public get speaking(): boolean {
        return this._speaking;
    }
    public set speaking(speaking: boolean) {
        this._speaking = speaking;
        if (speaking && !this._isDisposed) {
            this._frames ??= this._scene.onBeforeRenderObservable.add(() => this._update());
        }
    }

    /** Current strength of the glow, 0 to 1. */
    public get strength(): number {
        return this._strength;
    }

    /** Disposes the ring, but not the node. Idempotent. */
    public dispose(): void {
        if (this._isDisposed) {
            return;
        }
        this._isDisposed = true;
        this._rest();
        this._node.onDisposeObservable.remove(this._end);
        this._mesh.dispose();
        leaveMaterial(this._scene, this._color);
    }

    private _update(): void {
        const elapsed = Math.min(0.1, this._scene.getEngine().getDeltaTime() / 1000);
        const step = elapsed * fadeSpeed;
        this._seconds += elapsed;
        this._strength = this._speaking ? Math.min(1, this._strength + step) : Math.max(0, this._strength - step);
        this._mesh.setEnabled(this._strength > 0);
        this._mesh.visibility = this._strength;
        this._mesh.scaling.setAll(0.85 + 0.15 * this._strength + 0.05 * Math.sin(this._seconds * 9));
        if (this._strength === 0) {
            this._rest();
        }
    }

    private _rest(): void {
        this._scene.onBeforeRenderObservable.remove(this._frames);
        this._frames = null;
    }
}

function takeMaterial(scene: Scene, color: string): StandardMaterial {
    const ofScene = materials.get(scene) ?? new Map<string, { readonly material: StandardMaterial; users: number }>();
    materials.set(scene, ofScene);
    const entry = ofScene.get(color) ?? { material: createMaterial(scene, color), users: 0 };
    ofScene.set(color, entry);
    entry.users++;
    return entry.material;
}

function leaveMaterial(scene: Scene, color: string): void {
    const entry = materials.get(scene)?.get(color);
    if (entry && --entry.users === 0) {
        materials.get(scene)?.delete(color);
        entry.material.dispose(false, true);
    }
}

function createMaterial(scene: Scene, color: string): StandardMaterial {
    const size = 256;
    const texture = new DynamicTexture("speaking ring", size, scene, true);
    const context = texture.getContext();
    const glow = context.createRadialGradient(size / 2, size / 2, 0, size / 2, size / 2, size / 2);
    const { r, g, b } = Color3.FromHexString(color.slice(0, 7));
    for (const [at, light] of [
        [0, 0.05],
        [0.5, 0.1],
        [0.66, 0.25],
        [0.72, 0.85],
        [0.75, 0.85],
        [0.81, 0.22],
        [1, 0],
    ] as const) {
        const [red, green, blue] = [r, g, b].map((part) => Math.round(part * light * 255));
        glow.addColorStop(at, `rgb(${red ?? 0}, ${green ?? 0}, ${blue ?? 0})`);
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
    disableImageProcessing(material);
    material.disableDepthWrite = true;
    material.zOffset = -2;
    return material;
}
