import { StandardMaterial } from "@babylonjs/core/Materials/standardMaterial.js";
import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { unfilmed } from "./unfilmed.js";
import { iconUrl } from "../ui/icons.js";
import { theme } from "../ui/theme.js";

/** What a plate tells beside the name. */
export type PlateState = "silent" | "speaking" | "muted" | "silenced";

/** Metres above the ground. */
const height = 2.02;
/** From this distance on, in metres, a plate grows so that it looks no smaller. */
const readableTo = 4.5;
/** Farther than this it does shrink. */
const largestScale = 4.5;

/** A name above a head, turned to whoever looks and readable from 1 to 20 m. */
export class NamePlate {
    private readonly _mesh: Mesh;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _name: TextBlock;
    private readonly _frame: Rectangle;
    private readonly _icon: Image;
    private _state: PlateState | null = null;

    public constructor(name: string, scene: Scene, parent: TransformNode) {
        this._mesh = CreatePlane(`${name} plate`, { width: 1.6, height: 0.4 }, scene);
        this._mesh.parent = parent;
        this._mesh.billboardMode = Mesh.BILLBOARDMODE_ALL;
        this._mesh.isPickable = false;
        this._mesh.applyFog = false;
        this._texture = AdvancedDynamicTexture.CreateForMesh(this._mesh, 512, 128, false, true);

        const material = this._mesh.material;
        if (material instanceof StandardMaterial) {
            material.imageProcessingConfiguration = unfilmed();
        }

        this._frame = new Rectangle("plate");
        this._frame.adaptWidthToChildren = true;
        this._frame.height = "96px";
        this._frame.thickness = 5;
        this._frame.cornerRadius = 48;
        this._frame.background = theme.paper;
        this._texture.addControl(this._frame);
        const row = new StackPanel("row");
        row.isVertical = false;
        row.height = "96px";
        row.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_CENTER;
        this._frame.addControl(row);

        this._icon = new Image("state");
        this._icon.width = this._icon.height = "60px";
        this._icon.paddingLeft = "22px";
        this._icon.width = "74px";
        row.addControl(this._icon);
        this._name = new TextBlock("name", name);
        this._name.resizeToFit = true;
        this._name.textWrapping = false;
        this._name.fontSize = 54;
        this._name.fontFamily = theme.font;
        this._name.fontWeight = "600";
        this._name.color = theme.ink;
        this._name.paddingLeft = "26px";
        this._name.paddingRight = "32px";
        row.addControl(this._name);
        this.name = name;
        this.state = "silent";
    }

    /** The name to show; a long one is cut. */
    public set name(name: string) {
        this._name.text = name.length > 14 ? `${name.slice(0, 13)}…` : name;
    }

    /** What the plate tells beside the name. */
    public set state(state: PlateState) {
        if (state === this._state) {
            return;
        }
        this._state = state;
        this._frame.color = state === "speaking" ? theme.speaking : theme.line;
        this._icon.isVisible = state === "muted" || state === "silenced";
        this._name.alpha = this._icon.isVisible ? 0.75 : 1;
        if (this._icon.isVisible) {
            this._icon.source = iconUrl(state === "muted" ? "microphoneOff" : "speakerOff", theme.danger);
        }
    }

    /** Fits the plate's size to the distance. */
    public update(eye: Vector3, feet: Vector3): void {
        const scale = Math.min(largestScale, Math.max(1, Vector3.Distance(eye, feet) / readableTo));
        this._mesh.scaling.setAll(scale);
        this._mesh.position.y = height + 0.2 * (scale - 1);
    }

    /** Releases the texture; the mesh goes with the avatar. */
    public dispose(): void {
        this._texture.dispose();
    }
}
