import { CreatePlane } from "@babylonjs/core/Meshes/Builders/planeBuilder.js";
import type { Mesh } from "@babylonjs/core/Meshes/mesh.js";
import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Image } from "@babylonjs/gui/2D/controls/image.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import type { Subscription } from "rxjs";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { callApp } from "../guiChecks.js";
import { contextOf } from "../guiContext.js";
import type { GuiContext, IGuiOptions, IGuiSource } from "../guiContext.js";
import { iconUrl } from "../kit/icons.js";
import { LevelBar } from "../kit/levelBar.js";
import { PushButton } from "../kit/pushButton.js";
import { gap, surface, stack } from "../kit/surface.js";
import { makeTouchable } from "./touchable.js";
import { disableImageProcessing } from "../kit/imageProcessing.js";
import type { IGuiButton } from "../panel/voiceBar.js";
import { WristFollower } from "./wristFollower.js";

/** Options of a wrist menu. */
export interface IWristMenuOptions extends IGuiOptions {
    /** Hand that wears the menu; the other hand operates it. Default: `left`. */
    readonly hand?: "left" | "right";
    /** Additional buttons, placed before the button that exits XR. Default: none. */
    readonly buttons?: readonly IGuiButton[];
}

/** Size of a button, in pixels. */
const button = { width: 92, height: 72 } as const;
const [between, margin, meterHeight] = [8, 14, 26] as const;
/** Maximum number of buttons in two columns. More are laid out in three. */
const few = 4;
/** Pixels per metre. A button is 5 cm wide: large enough for a fingertip, or for an unsteady ray at arm's length. */
const pixelsPerMetre = 1840;

/**
 * Quick menu in XR, on the wrist like a watch: level meter, mute, deafen, the app's own buttons, and exit XR. It is shown, redrawn and mirrored in
 * the DOM only while the back of the hand faces the camera and the player looks at it. Works with rays and with touches of the other hand. Create it
 * when XR begins and dispose it when XR ends; `VoiceGui` does both.
 */
export class WristMenu {
    /** Mesh of the menu; follows the wrist in every frame. */
    public readonly mesh: Mesh;
    /** Texture of the menu's controls. */
    public readonly texture: AdvancedDynamicTexture;
    private readonly _source: IGuiSource;
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _level: LevelBar;
    private readonly _mute: PushButton;
    private readonly _deafen: PushButton;
    private readonly _more: ReadonlyMap<string, PushButton>;
    private readonly _exit: PushButton;
    private readonly _follower: WristFollower;
    private _following: Subscription | null = null;

    /**
     * @param scene - scene of the menu
     * @param xr - XR experience; owned by the app
     * @param source - the plugin
     * @param options - appearance and contents
     */
    public constructor(scene: Scene, xr: WebXRDefaultExperience, source: IGuiSource, options: IWristMenuOptions = {}) {
        const { hand = "left", buttons = [] } = options;
        const { rtc } = source;
        this._source = source;
        this._context = contextOf(options);
        const { bar, wrist, settings } = this._context.texts;
        this._group = this._context.group(wrist.label);

        this._mute = this._button({ id: "mute", icon: "microphone", caption: bar.mute, press: () => (rtc.muted = !rtc.muted) });
        this._deafen = this._button({ id: "deafen", icon: "headset", caption: bar.deafen, press: () => (rtc.deafened = !rtc.deafened) });
        this._more = new Map(buttons.map((more) => [more.id, this._button(more)]));
        const exit = (): void => callApp("xr", () => xr.baseExperience.exitXRAsync(), this._context.tell);
        this._exit = this._button({ id: "xr", icon: "goggles", caption: bar.exitXr, press: exit });
        const columns = this._buttons.length > few ? 3 : 2;
        const rows = Math.ceil(this._buttons.length / columns);
        const inner = columns * (button.width + between) - between;
        const [width, height] = [inner + 2 * margin, rows * (button.height + between) + meterHeight + 2 * margin];
        this._level = new LevelBar({
            id: "wrist level",
            name: wrist.level,
            theme: this._context.theme,
            width: inner - meterHeight,
            height: meterHeight,
            level$: rtc.microphone.level$,
            open$: rtc.microphone.open$,
            inWords: settings.decibels,
            changed: () => this._mirror(),
        });

        this.mesh = CreatePlane("voice wrist", { width: width / pixelsPerMetre, height: height / pixelsPerMetre }, scene);
        this.mesh.applyFog = false;
        makeTouchable(this.mesh);
        this.texture = AdvancedDynamicTexture.CreateForMesh(this.mesh, width * 2, height * 2);
        this.texture.idealWidth = width;
        this.texture.rootContainer.isVisible = false;
        disableImageProcessing(this.mesh.material);
        const paper = surface("wrist", width, this._context.theme);
        paper.adaptHeightToChildren = false;
        // Opaque: the scene behind must not show through.
        paper.background = this._context.theme.paper.slice(0, 7);
        paper.heightInPixels = height;
        paper.addControl(this._layOut(columns));
        this.texture.addControl(paper);
        this._follower = new WristFollower(scene, xr, { mesh: this.mesh, hand, shown: (isShown) => this._show(isShown) });
    }

    /** Hand that wears the menu. */
    public get hand(): "left" | "right" {
        return this._follower.hand;
    }
    public set hand(hand: "left" | "right") {
        this._follower.hand = hand;
    }

    /** True while the menu is visible. */
    public get visible(): boolean {
        return this._follower.isShown;
    }

    /**
     * Sets whether the target of a button is open, for screen readers (`aria-expanded`). The drawn button does not change.
     * @param id - id of one of the app's buttons; others are ignored
     * @param open - true if the target is open
     */
    public setOpen(id: string, open: boolean): void {
        const more = this._more.get(id);
        if (more) {
            more.expanded = open;
            this._mirror();
        }
    }

    /** Disposes the menu and its group in the DOM mirror. */
    public dispose(): void {
        this._follower.dispose();
        this._following?.unsubscribe();
        this._level.active = false;
        this.texture.dispose();
        this.mesh.dispose(false, true);
        this._context.release(this._group);
    }

    /** Shows or hides the controls. While hidden, none of them is updated, so the texture is not redrawn. */
    private _show(isShown: boolean): void {
        this.texture.rootContainer.isVisible = isShown;
        this._level.active = isShown;
        this._following?.unsubscribe();
        this._following = isShown ? this._source.rtc.self$.subscribe((self) => this._showSelf(self.muted !== "no", self.deafened)) : null;
        this._mirror();
    }

    private _showSelf(muted: boolean, deafened: boolean): void {
        const { bar } = this._context.texts;
        const { ink, danger } = this._context.theme;
        this._mute.pressed = muted;
        this._mute.caption = muted ? bar.unmute : bar.mute;
        this._mute.setIcon(muted ? "microphoneOff" : "microphone", muted ? danger : ink);
        this._deafen.pressed = deafened;
        this._deafen.caption = deafened ? bar.undeafen : bar.deafen;
        this._deafen.setIcon(deafened ? "headsetOff" : "headset", deafened ? danger : ink);
        this._mirror();
    }

    private _mirror(): void {
        this._group.show([this._level, ...this._buttons]);
    }

    private _layOut(columns: number): StackPanel {
        const ear = new Image("wrist level icon", iconUrl("microphone", this._context.theme.faint));
        ear.widthInPixels = ear.heightInPixels = meterHeight - 4;
        const meter = stack("wrist meter", "right", ear, gap(4), this._level.control);
        meter.heightInPixels = meterHeight;
        const column = stack("wrist column", "down", meter);
        const buttons = this._buttons.map(({ control }) => control);
        for (let first = 0; first < buttons.length; first += columns) {
            const row = buttons.slice(first, first + columns);
            const line = stack("wrist row", "right", ...row.flatMap((control, index) => (index > 0 ? [gap(between), control] : [control])));
            line.heightInPixels = button.height;
            column.addControl(gap(between));
            column.addControl(line);
        }
        return column;
    }

    private _button(more: IGuiButton): PushButton {
        const { id, icon, caption, opens = false } = more;
        const made = new PushButton({
            id: `wrist ${id}`,
            icon,
            caption,
            theme: this._context.theme,
            ...button,
            press: () => callApp(`buttons (${more.id})`, () => more.press(), this._context.tell),
        });
        made.expanded = opens ? false : null;
        return made;
    }

    private get _buttons(): readonly PushButton[] {
        return [this._mute, this._deafen, ...this._more.values(), this._exit];
    }
}
