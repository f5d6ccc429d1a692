import { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { Observer } from "@babylonjs/core/Misc/observable.js";
import type { Node } from "@babylonjs/core/node.js";
import type { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { checkGuiNode, checkGuiOptions } from "../guiChecks.js";
import { iconUrl } from "../kit/icons.js";
import type { IconName } from "../kit/icons.js";
import { widthOf } from "../kit/surface.js";
import { resolveTheme } from "../kit/theme.js";
import type { IGuiTheme } from "../kit/theme.js";
import { disableImageProcessing } from "../kit/imageProcessing.js";
import type { VoiceSign } from "../texts/voiceStateTexts.js";

/** Options of a name plate. */
export interface INamePlateOptions {
    /** Initial name; cut if it is too long. Default: none. */
    readonly name?: string;
    /** Height of the plate's lower edge above the node's origin, in metres. Default: 1.9. */
    readonly height?: number;
    /** Distance to the camera beyond which the plate is invisible, in metres. It fades out over the last 2 metres. Default: 22. */
    readonly visibleTo?: number;
    readonly theme?: Partial<IGuiTheme>;
}

/** Size of the plate at scale 1, in metres. */
const [width, thickness] = [1.6, 0.4];
/** Icons by sign. Signs that are not listed have none. */
const icons: Partial<Record<VoiceSign, IconName>> = {
    muted: "microphoneOff",
    silenced: "speakerOff",
    reconnecting: "refresh",
    noPath: "unlinked",
};
/** Sizes in pixels of the texture. */
const [textureWidth, textureHeight, frameThickness, iconWidth] = [512, 128, 5, 74];
/** Font size of the name, and padding on its left and right, in pixels of the texture. */
const [textSize, textLeft, textRight] = [54, 26, 32];

/**
 * Name plate above an avatar, turned to the scene's active camera. Its apparent size is constant from 2 m up to the distance where it is culled.
 * Disposed with its node.
 */
export class NamePlate {
    private readonly _scene: Scene;
    private readonly _node: TransformNode;
    private readonly _height: number;
    private readonly _visibleTo: number;
    private readonly _theme: IGuiTheme;
    private readonly _mesh: Mesh;
    private readonly _texture: AdvancedDynamicTexture;
    private readonly _text: TextBlock;
    private readonly _frame: Rectangle;
    private readonly _icon: Image;
    private readonly _frames: Observer<Scene>;
    private readonly _end: Observer<Node>;
    private _sign: VoiceSign | null = null;
    private _name = "";

    /**
     * @param node - node of the avatar; the plate hovers above its origin
     * @param options - name and appearance
     */
    public constructor(node: TransformNode, options: INamePlateOptions = {}) {
        checkGuiOptions(options);
        checkGuiNode(node);
        const { name = "", height = 1.9, visibleTo = 22 } = options;
        this._scene = node.getScene();
        this._node = node;
        this._height = height;
        this._visibleTo = visibleTo;
        this._theme = resolveTheme(options.theme);
        this._mesh = CreatePlane(`${node.name} plate`, { width, height: thickness }, this._scene);
        this._mesh.parent = node;
        this._mesh.position.y = height + thickness / 2;
        this._mesh.billboardMode = Mesh.BILLBOARDMODE_ALL;
        this._mesh.isPickable = false;
        this._mesh.applyFog = false;
        this._texture = AdvancedDynamicTexture.CreateForMesh(this._mesh, textureWidth, textureHeight, false);
        disableImageProcessing(this._mesh.material);
        this._text = this._createText();
        this._icon = new Image("sign");
        this._frame = this._createFrame();
        this._texture.addControl(this._frame);
        this.name = name;
        this.sign = "silent";
        this._update();
        this._frames = this._scene.onBeforeRenderObservable.add(() => this._update());
        this._end = node.onDisposeObservable.add(() => this.dispose());
    }

    /** The shown name. A name that is set is cut if it is too long. */
    public get name(): string {
        return this._text.text;
    }
    public set name(name: string) {
        this._name = name;
        this._fit();
    }

    /** State of the voice, shown beside the name. */
    public get sign(): VoiceSign {
        return this._sign ?? "silent";
    }
    public set sign(sign: VoiceSign) {
        if (sign === this._sign) {
            return;
        }
        this._sign = sign;
        this._frame.color = sign === "speaking" ? this._theme.speaking : this._theme.line;
        this._icon.isVisible = sign in icons;
        this._text.alpha = this._icon.isVisible ? 0.75 : 1;
        this._fit();
        const icon = icons[sign];
        if (icon) {
            this._icon.source = iconUrl(icon, sign === "reconnecting" ? this._theme.accent : this._theme.danger);
        }
    }

    /** True while the plate is near enough to be drawn, and its node is enabled. */
    public get isShown(): boolean {
        return this._mesh.isEnabled();
    }

    /** Disposes the plate, but not the node. Idempotent. */
    public dispose(): void {
        this._scene.onBeforeRenderObservable.remove(this._frames);
        this._node.onDisposeObservable.remove(this._end);
        this._texture.dispose();
        this._mesh.dispose(false, true);
    }

    private _fit(): void {
        const room = textureWidth - 2 * frameThickness - textLeft - textRight - (this._icon.isVisible ? iconWidth : 0);
        this._text.text = shortened(this._name, (words) => widthOf(words, this._theme, { size: textSize, bold: true }) <= room);
    }

    private _update(): void {
        const eye = this._scene.activeCamera;
        const distance = eye ? Vector3.Distance(eye.globalPosition, this._node.absolutePosition) : 0;
        const visibility = plateVisibility(distance, this._visibleTo);
        if (this._mesh.isEnabled(false) !== visibility > 0) {
            this._mesh.setEnabled(visibility > 0);
        }
        if (visibility === 0) {
            return;
        }
        const scale = plateScale(distance, this._visibleTo);
        this._mesh.visibility = visibility;
        if (Math.abs(scale - this._mesh.scaling.x) > 0.01 * scale) {
            this._mesh.scaling.setAll(scale);
            this._mesh.position.y = this._height + (thickness / 2) * scale;
        }
    }

    private _createText(): TextBlock {
        const text = new TextBlock("name");
        text.resizeToFit = true;
        text.textWrapping = false;
        text.fontSize = textSize;
        text.fontFamily = this._theme.font;
        text.fontWeight = "600";
        text.color = this._theme.ink;
        text.paddingLeftInPixels = textLeft;
        text.paddingRightInPixels = textRight;
        return text;
    }

    private _createFrame(): Rectangle {
        this._icon.widthInPixels = iconWidth;
        this._icon.height = "60px";
        this._icon.paddingLeft = "22px";
        const row = new StackPanel("row");
        row.isVertical = false;
        row.height = "96px";
        row.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_CENTER;
        row.addControl(this._icon);
        row.addControl(this._text);
        const frame = new Rectangle("plate");
        frame.adaptWidthToChildren = true;
        frame.height = "96px";
        frame.thickness = frameThickness;
        frame.cornerRadius = 48;
        frame.background = this._theme.paper;
        frame.addControl(row);
        return frame;
    }
}

/**
 * Cuts a name that is too long. Cuts between code points, since half of a surrogate pair is drawn as a box. Pure.
 * @param name - full name
 * @param fits - returns true if a text fits
 * @returns the name, or as much of it as fits with an ellipsis, but at least one code point
 */
export function shortened(name: string, fits: (words: string) => boolean): string {
    if (fits(name)) {
        return name;
    }
    const characters = Array.from(name);
    while (characters.length > 1 && !fits(`${characters.join("")}…`)) {
        characters.pop();
    }
    return `${characters.join("")}…`;
}

/** Distance at which the scale is 1, in metres. From `nearest` up to culling, the plate looks equally large at any distance. */
const unscaledAt = 4.5;
/** Distance below which the scale is constant, in metres: the nearer the camera, the larger the plate then looks. */
const nearest = 2;
/** Distance over which the plate fades before it is culled, in metres. */
const fade = 2;

/**
 * Scale of a name plate. Pure.
 * @param distance - distance from the camera, in metres
 * @param visibleTo - distance beyond which the plate is invisible, in metres
 */
export function plateScale(distance: number, visibleTo: number): number {
    return Math.min(visibleTo, Math.max(nearest, distance)) / unscaledAt;
}

/**
 * Visibility of a name plate. Pure.
 * @param distance - distance from the camera, in metres
 * @param visibleTo - distance beyond which the plate is invisible, in metres
 * @returns 1 = fully visible, 0 = culled
 */
export function plateVisibility(distance: number, visibleTo: number): number {
    return Math.min(1, Math.max(0, (visibleTo - distance) / fade));
}
