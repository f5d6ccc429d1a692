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
    /** Which hand wears it; the other one operates it. Default: `left`. */
    readonly hand?: "left" | "right";
    /** More buttons, between ours and the one that leaves XR. Default: none. */
    readonly buttons?: readonly IGuiButton[];
}

/** In pixels. */
const button = { width: 92, height: 72 } as const;
const [between, margin, meterHeight] = [8, 14, 26] as const;
/** Up to four buttons stand in twos, more in threes. */
const few = 4;
/** A button is 5 cm wide: large enough for a fingertip or a shaky ray at arm's length. */
const pixelsPerMetre = 1840;

/**
 * The few things that are needed at once in a headset, on the wrist like a watch: mute with the own level, deafen, the app's own buttons, and the
 * way out. It is to be seen, drawn and mirrored only while the back of the hand is turned to the eyes and they look at it. Rays and the other hand's
 * touch reach it. Make it when XR begins and dispose it when it ends; `VoiceGui` does that by itself.
 */
export class WristMenu {
    /** The menu in the scene; it is moved every frame. */
    public readonly mesh: Mesh;
    /** Texture that it is drawn on. */
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
     * @param scene - where it is
     * @param xr - the headset; it stays the app's
     * @param source - the plugin
     * @param options - how it looks, and what is on it
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
        const exit = (): void => void xr.baseExperience.exitXRAsync();
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
        // Opaque: the world behind must not show through.
        paper.background = this._context.theme.paper.slice(0, 7);
        paper.heightInPixels = height;
        paper.addControl(this._layOut(columns));
        this.texture.addControl(paper);
        this._follower = new WristFollower(scene, xr, { mesh: this.mesh, hand, shown: (isShown) => this._show(isShown) });
    }

    /** Which hand wears it. */
    public get hand(): "left" | "right" {
        return this._follower.hand;
    }
    public set hand(hand: "left" | "right") {
        this._follower.hand = hand;
    }

    /** True while it is visible. */
    public get visible(): boolean {
        return this._follower.isShown;
    }

    /**
     * Shows whether what a button opens is open.
     * @param id - which of the app's buttons
     * @param open - whether it is
     */
    public setOpen(id: string, open: boolean): void {
        const more = this._more.get(id);
        if (more) {
            more.expanded = open;
            this._mirror();
        }
    }

    /** Removes it and its mirror. */
    public dispose(): void {
        this._follower.dispose();
        this._following?.unsubscribe();
        this._level.active = false;
        this.texture.dispose();
        this.mesh.dispose(false, true);
        this._context.release(this._group);
    }

    /** While it is not to be seen nothing on it changes, so nothing is drawn. */
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
