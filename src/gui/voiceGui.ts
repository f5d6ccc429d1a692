import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Subscription, combineLatest } from "rxjs";
import { RtcError, useHeadsetMicrophone } from "../index.js";
import type { DomMirror } from "./accessibility/domMirror.js";
import { GuiContext, inContext, roomServiceOf } from "./guiContext.js";
import type { IGuiSource } from "./guiContext.js";
import { callApp, checkGuiOptions, checkGuiSource } from "./guiChecks.js";
import type { IconName } from "./kit/icons.js";
import { RoomList } from "./rooms/roomList.js";
import type { IRoomListOptions } from "./rooms/roomList.js";
import { SettingsPanel } from "./settings/settingsPanel.js";
import type { ISettingsPanelOptions } from "./settings/settingsPanel.js";
import { Drawers } from "./kit/drawers.js";
import type { IDrawer } from "./kit/drawers.js";
import { Overlay } from "./kit/overlay.js";
import { setPixels } from "./kit/surface.js";
import { HelpLine, helpFor } from "./notices/helpLine.js";
import type { IInputHelp, InputKind } from "./notices/helpLine.js";
import { statusText } from "./notices/notice.js";
import { Toasts } from "./notices/toasts.js";
import type { IToastsOptions } from "./notices/toasts.js";
import { TalkButton } from "./panel/talkButton.js";
import type { IGuiButton } from "./panel/voiceBar.js";
import { VoicePanel } from "./panel/voicePanel.js";
import type { IVoicePanelOptions } from "./panel/voicePanel.js";
import type { IWristMenuOptions, WristMenu } from "./xr/wristMenu.js";
import { XrPlace } from "./xr/xrPlace.js";

/** Space to keep free along the edges of the screen, in CSS pixels. */
export interface IScreenInsets {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
}

/** Options of the whole GUI. */
export interface IVoiceGuiOptions
    extends Pick<IVoicePanelOptions, "theme" | "texts" | "buttons" | "moderation">, Pick<IToastsOptions, "rejoinAsync"> {
    /**
     * XR experience; owned by the app. Adds a button that enters and exits XR, and a board with the controls in XR. While in XR, the headset's own
     * microphone is used, if a device label identifies one. Default: none.
     */
    readonly xr?: WebXRDefaultExperience | null;
    /** Adds a menu on the wrist in XR, see `WristMenu`; an object sets the hand. Default: true, on the left hand. */
    readonly wrist?: boolean | Pick<IWristMenuOptions, "hand">;
    /** Adds a button that calls this function to leave the room. Default: none. */
    readonly leave?: () => void;
    /**
     * Adds a button that opens the room list, if the room source can list rooms, as that of our server can; an object sets the refresh interval.
     * false = no list. Default: true.
     */
    readonly rooms?: boolean | Pick<IRoomListOptions, "refreshMs">;
    /**
     * Adds a button that opens the settings; an object sets their storage, noise suppressor and talk key. false = no settings. Default: true.
     */
    readonly settings?: boolean | Pick<ISettingsPanelOptions, "storage" | "suppressor" | "talkKey">;
    /**
     * Help text at the lower edge, such as key bindings, for the kind of input that was used last. A string is shown on the screen only, for every
     * kind of input. Default: none.
     */
    readonly help?: string | IInputHelp;
    /** Space to keep free along the edges of the screen, for example for a phone's notch or the app's virtual joystick. Default: 0 on all sides. */
    readonly insets?: Partial<IScreenInsets>;
    /**
     * Draws the controls on the screen on a separate canvas, above the scene's canvas. They keep the full resolution of the screen, even if
     * `engine.setHardwareScalingLevel` lowers that of the scene. Babylon's screenshots do not contain this canvas. For full screen, call
     * `requestFullscreen` of an element that contains both canvases. Default: false.
     */
    readonly overlay?: boolean;
    /** Parent element of the DOM mirror. Default: the document's body. */
    readonly mirrorParent?: HTMLElement;
}

const margin = 12;
/** Gap between the panel and the controls beside or below it, in pixels. */
const gapBetween = 8;
const panelWidth = 340;
/**
 * Screen width between the insets, in pixels, below which panel, drawers and toasts are centered, and the panel leaves the lower half of the screen
 * free.
 */
const narrow = 600;
/** Minimum width of toasts beside the panel, and maximum width of toasts, in pixels. */
const [leastToasts, mostToasts] = [260, 400];
/** Screen width between the insets, in pixels, from which toasts lie beside the panel instead of below it. */
const wide = panelWidth + gapBetween + leastToasts + 2 * margin;
/** Minimum height for the panel above the help text, in pixels. Where there is less, the help text lies beside the panel. */
const leastPanelHeight = 260;
/** Screen width between the insets, in pixels, from which a drawer opens beside the panel instead of in place of it. */
const roomy = 2 * panelWidth + 3 * margin + 400;
/** Size of the board in XR, in pixels. */
const board = { width: panelWidth + 2 * margin, height: 640 } as const;
/** Height of the board that is reserved for toasts, in pixels. */
const boardToasts = 190;
const noInsets: IScreenInsets = { left: 0, top: 0, right: 0, bottom: 0 };

/**
 * Complete voice chat GUI: panel, drawers and toasts, on the screen or on a board in XR, mirrored in the DOM. Create it with
 * `new VoiceGui(scene, plugin)`. On the screen, one pixel of a control is one CSS pixel, at any device pixel ratio.
 * @example
 * ```ts
 * import { VoiceGui } from "babylon-rtc/gui";
 *
 * const gui = new VoiceGui(scene, plugin, { theme: { accent: "#ffb02e" } });
 * ```
 */
export class VoiceGui {
    /** DOM mirror for screen readers and the keyboard. */
    public readonly mirror: DomMirror;
    /** Panel with the room's name, the members and the buttons. */
    public readonly panel: VoicePanel;
    /** Settings panel; null = disabled by the options. Hidden at first, see `settingsOpen`. */
    public readonly settings: SettingsPanel | null;
    /** Room list; null = disabled by the options, or the room source cannot list rooms. Hidden at first, see `roomsOpen`. */
    public readonly rooms: RoomList | null;
    /** Toasts about errors and states that need attention. */
    public readonly toasts: Toasts;
    private readonly _scene: Scene;
    private readonly _context: GuiContext;
    private readonly _drawers: Drawers;
    private readonly _screen: AdvancedDynamicTexture;
    private readonly _overlay: Overlay | null;
    private readonly _helpLine: HelpLine;
    private readonly _talk: TalkButton;
    private _help: string | IInputHelp;
    private _insets: IScreenInsets;
    /** Last used kind of input. */
    private _screenInput: InputKind = isTouched() ? "touch" : "keys";
    private readonly _subscription = new Subscription();
    /** Screen size of the last layout, in CSS pixels. */
    private _placed: { readonly width: number; readonly height: number } = { width: NaN, height: NaN };
    private readonly _xr: XrPlace | null = null;
    /** Height of the help text, in pixels; 0 = none. */
    private _helpHeight = 0;
    /** True if toasts lie below the panel. */
    private _isBelow = false;
    /** Upper edge of toasts below the panel, in pixels; NaN = to be computed. */
    private _toastsTop = NaN;

    /**
     * @param scene - scene to draw in; disposing the scene disposes the GUI
     * @param source - the plugin
     * @param options - appearance and contents
     */
    public constructor(scene: Scene, source: IGuiSource, options: IVoiceGuiOptions = {}) {
        if (typeof (scene as Scene | undefined)?.getEngine !== "function") {
            throw new RtcError("invalidArgument", "A VoiceGui needs the scene in which it is drawn.");
        }
        checkGuiSource(source);
        checkGuiOptions(options);
        const { xr = null, wrist = true, moderation, rejoinAsync, rooms = true, settings = true } = options;
        const context = new GuiContext(options, options.mirrorParent);
        const { texts: words } = context;
        this._context = context;
        this._scene = scene;
        this.mirror = context.mirror;
        this._help = options.help ?? "";
        this._insets = { ...noInsets, ...options.insets };
        this._screen = AdvancedDynamicTexture.CreateFullscreenUI("voice screen", true, scene);
        if (this._screen.layer) {
            // Without post-processes the controls keep the resolution of the canvas and their own colours.
            this._screen.layer.applyPostProcess = false;
        }
        this._overlay = options.overlay ? new Overlay(this._screen, scene) : null;
        const service = rooms ? roomServiceOf(source.room, "listAsync") : null;
        const opener = (id: string, icon: IconName, caption: string): IGuiButton => ({
            id,
            icon,
            caption,
            opens: true,
            press: () => this._drawers.toggle(id),
        });
        const doors: readonly IGuiButton[] = [
            ...(service ? [opener("rooms", "door", words.bar.rooms)] : []),
            ...(settings !== false ? [opener("settings", "gear", words.bar.settings)] : []),
        ];
        const toggleXr = (): void => callApp("xr", () => this._xr?.toggleAsync(), context.tell);
        const buttons: IGuiButton[] = [
            ...doors,
            ...(options.buttons ?? []),
            ...(xr ? [{ id: "xr", icon: "goggles", caption: words.bar.enterXr, press: toggleXr } as const] : []),
            ...(options.leave ? [{ id: "leave", icon: "leave", caption: words.bar.leave, press: () => options.leave?.() } as const] : []),
        ];
        this.toasts = new Toasts(source, inContext(context, { ...(rejoinAsync && { rejoinAsync }) }));
        const width = Math.min(panelWidth, this._size.width - 2 * margin);
        this.panel = new VoicePanel(source, inContext(context, { buttons, width, ...(moderation && { moderation }) }));
        const drawer = { width, close: () => (this._drawers.open = null) };
        this.rooms =
            service &&
            new RoomList(service, inContext(context, { ...drawer, ...(typeof rooms === "object" ? rooms : {}), visible: false }));
        this.settings =
            settings === false
                ? null
                : new SettingsPanel(source, inContext(context, { ...drawer, ...(settings === true ? {} : settings) }));
        this._helpLine = new HelpLine(context);
        this._talk = new TalkButton(source, context);
        this._talk.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        this._talk.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_BOTTOM;
        for (const { error$ } of [context, this.panel, ...(this.settings ? [this.settings] : [])]) {
            this._subscription.add(error$.subscribe((error) => this.toasts.report(error)));
        }
        const { bar } = this.panel;
        const drawers = new Map<string, IDrawer>();
        if (this.rooms) {
            drawers.set("rooms", this.rooms);
        }
        if (this.settings) {
            drawers.set("settings", this.settings);
        }
        this._drawers = new Drawers(drawers, {
            mirror: this.mirror,
            setOpen: (id, open) => bar.setOpen(id, open),
            place: () => this._place(),
            focusButton: (id) => bar.focus(id),
        });
        const { room, rtc } = source;
        this._subscription.add(
            combineLatest({ status: room.status$, connection: rtc.connection$, members: rtc.members$, self: rtc.self$ }).subscribe(
                (whereabouts) => this.mirror.say(statusText(whereabouts, words)),
            ),
        );
        const canvas = scene.getEngine().getInputElement();
        const touched = ({ pointerType }: PointerEvent): void => this._setScreenInput(pointerType === "mouse" ? "keys" : "touch");
        canvas?.addEventListener("pointerdown", touched);
        this._subscription.add(() => canvas?.removeEventListener("pointerdown", touched));
        const resized = scene.getEngine().onResizeObservable.add(() => this._follow());
        const ended = scene.onDisposeObservable.add(() => this.dispose());
        this._subscription.add(() => {
            scene.getEngine().onResizeObservable.remove(resized);
            scene.onDisposeObservable.remove(ended);
        });
        if (xr) {
            this._xr = new XrPlace({
                scene,
                xr,
                source,
                context,
                board,
                wrist: wrist === false ? null : wrist === true ? {} : wrist,
                drawers: this._drawers,
                doors,
                toasts: this.toasts.control,
                moved: () => this._move(),
                changed: () => this._place(),
            });
            this._xr.begin();
            this._subscription.add(useHeadsetMicrophone(rtc.microphone, xr.baseExperience));
        }
        this._screen.onEndRenderObservable.add(() => this._placeBelow());
        this._move();
        this._place();
    }

    /** True while the settings are open: beside the panel, or in place of it if the screen is too narrow for both. Default: false. */
    public get settingsOpen(): boolean {
        return this._drawers.open === "settings";
    }
    public set settingsOpen(open: boolean) {
        checkGuiOptions({ settingsOpen: open });
        this._setOpen("settings", open);
    }

    /** True while the room list is open, in the same place as the settings. Opening either of them closes the other. Default: false. */
    public get roomsOpen(): boolean {
        return this._drawers.open === "rooms";
    }
    public set roomsOpen(open: boolean) {
        checkGuiOptions({ roomsOpen: open });
        this._setOpen("rooms", open);
    }

    /** Help text at the lower edge. Default: `IVoiceGuiOptions.help`. */
    public get help(): string | IInputHelp {
        return this._help;
    }
    public set help(help: string | IInputHelp) {
        checkGuiOptions({ help });
        this._help = help;
        this._place();
    }

    /** Space to keep free along the edges of the screen, in CSS pixels. Absent sides are set to 0. Default: `IVoiceGuiOptions.insets`. */
    public get insets(): IScreenInsets {
        return this._insets;
    }
    public set insets(insets: Partial<IScreenInsets>) {
        checkGuiOptions({ insets });
        this._insets = { ...noInsets, ...insets };
        this._place();
    }

    /** Menu on the wrist; null = not in XR, or disabled by the options. */
    public get wrist(): WristMenu | null {
        return this._xr?.wrist ?? null;
    }

    /** Disposes all controls and the DOM mirror. Idempotent. */
    public dispose(): void {
        if (this._subscription.closed) {
            return;
        }
        this._subscription.unsubscribe();
        this.panel.dispose();
        this._drawers.dispose();
        this.toasts.dispose();
        this._xr?.dispose();
        this._helpLine.dispose();
        this._talk.dispose();
        this._screen.dispose();
        this._overlay?.dispose();
        this.mirror.dispose();
    }

    /** Texture of the board in XR; null = not in XR. */
    private get _board(): AdvancedDynamicTexture | null {
        return this._xr?.texture ?? null;
    }

    /** Size of the canvas, in CSS pixels. */
    private get _size(): { readonly width: number; readonly height: number } {
        const engine = this._scene.getEngine();
        const canvas = engine.getInputElement();
        return { width: canvas?.clientWidth ?? engine.getRenderWidth(), height: canvas?.clientHeight ?? engine.getRenderHeight() };
    }

    private _setOpen(id: string, open: boolean): void {
        if (open !== (this._drawers.open === id)) {
            this._drawers.toggle(id);
        }
    }

    /** Moves all controls to the board in XR, or back to the screen. */
    private _move(): void {
        const { bar } = this._context.texts;
        const texture = this._board ?? this._screen;
        this.panel.bar.setCaption("xr", this._board ? bar.exitXr : bar.enterXr);
        // The visibility of the screen changes before the controls move, since the DOM mirror leaves out hidden controls.
        this._screen.rootContainer.isVisible = texture === this._screen;
        for (const control of this._controls) {
            control.parent?.removeControl(control);
            texture.addControl(control);
        }
    }

    /** Controls in drawing order: the last one is in front. */
    private get _controls(): readonly Control[] {
        return [this._helpLine.control, this._talk.control, this.panel.control, ...this._drawers.controls, this.toasts.control];
    }

    /**
     * Updates overlay and layout after the screen was resized. The layout does not change in XR: the board has a fixed size, and Babylon (9.34)
     * reports a resize in every frame.
     */
    private _follow(): void {
        this._overlay?.follow();
        const { width, height } = this._size;
        if (!this._board && (width !== this._placed.width || height !== this._placed.height)) {
            this._place();
        }
    }

    private _place(): void {
        this._xr?.update();
        this._overlay?.follow();
        this._placed = this._size;
        const whole = this._board ? board : this._placed;
        const { left, top, right, bottom } = this._board ? noInsets : this._insets;
        const [width, height] = [whole.width - left - right, whole.height - top - bottom];
        if (!this._board && !this._overlay) {
            this._screen.idealWidth = whole.width;
        }
        const isNarrow = width < narrow;
        const alignment = isNarrow ? Control.HORIZONTAL_ALIGNMENT_CENTER : Control.HORIZONTAL_ALIGNMENT_LEFT;
        const middle = (left - right) / 2;
        const help = helpFor(this._help, this._board ? "headset" : this._screenInput);
        const withGap = (helpHeight: number): number => (helpHeight > 0 ? helpHeight + gapBetween : 0);
        this._helpHeight = this._helpLine.show(help, width - 2 * margin);
        let belowPanel = withGap(this._helpHeight);
        let helpLeft = middle;
        if (!isNarrow && !this._board && height - 2 * margin - belowPanel < leastPanelHeight) {
            const taken = panelWidth + gapBetween;
            this._helpHeight = this._helpLine.show(help, width - 2 * margin - taken);
            belowPanel = 0;
            helpLeft += taken / 2;
        }
        const aboveHelp = withGap(this._helpHeight);
        setPixels(this._helpLine.control, "left", helpLeft);
        setPixels(this._helpLine.control, "top", -bottom - margin);

        // On a roomy screen, panel and drawer fit side by side and leave some of the scene visible. A board has space for only one of them.
        const hasRoom = !this._board && width >= roomy;
        const isReplaced = (this._drawers.open !== null && !hasRoom) || (this._xr?.isAway ?? false);
        if (this.panel.visible === isReplaced) {
            this.panel.visible = !isReplaced;
        }
        const { control: panel } = this.panel;
        const maxHeight = height - 2 * margin - (this._board ? boardToasts : belowPanel);
        this.panel.maxHeight = isNarrow && !this._board ? Math.min(maxHeight, whole.height / 2) : maxHeight;
        panel.horizontalAlignment = alignment;
        panel.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
        setPixels(panel, "left", isNarrow ? middle : left + margin);
        setPixels(panel, "top", top + margin);
        const beside = hasRoom ? panelWidth + gapBetween : 0;
        this._drawers.place({ alignment, left: isNarrow ? middle : left + margin + beside, top: top + margin, maxHeight });

        // The talk button lies within reach of the right thumb.
        setPixels(this._talk.control, "left", -margin - right);
        setPixels(this._talk.control, "top", -margin - bottom - aboveHelp);
        this._talk.offered = !this._board && this._screenInput === "touch" && !isReplaced;

        const toasts = this.toasts.control;
        const isBeside = width >= wide;
        this.toasts.width = Math.min(isNarrow ? panelWidth : mostToasts, width - 2 * margin - (isBeside ? panelWidth + gapBetween : 0));
        toasts.horizontalAlignment = isBeside ? Control.HORIZONTAL_ALIGNMENT_RIGHT : Control.HORIZONTAL_ALIGNMENT_CENTER;
        toasts.verticalAlignment = isBeside ? Control.VERTICAL_ALIGNMENT_TOP : Control.VERTICAL_ALIGNMENT_BOTTOM;
        setPixels(toasts, "left", isBeside ? -margin - right : middle);
        setPixels(toasts, "top", isBeside ? margin + top : -margin - bottom - aboveHelp);
        this._isBelow = !isBeside && !this._board && this.panel.visible;
        this._toastsTop = NaN;
        this._placeBelow();
    }

    /**
     * Places toasts below the panel at its current height, but not beyond the lower edge of the screen. Hides the help text while toasts cover it.
     */
    private _placeBelow(): void {
        const { control: panel } = this.panel;
        const toasts = this.toasts.control;
        const { control: help } = this._helpLine;
        const { width, height } = this._placed;
        const { top, right, bottom } = this._insets;
        const length = toasts.children.length > 0 ? inPixels(toasts) : 0;
        const wanted = Math.max(margin, Math.min(top + margin + inPixels(panel) + gapBetween, height - length - margin));
        if (this._isBelow && wanted !== this._toastsTop) {
            this._toastsTop = wanted;
            toasts.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
            setPixels(toasts, "top", wanted);
        }
        const toastsTop = this._isBelow ? wanted : margin + top;
        const toastsLeft = this._isBelow ? 0 : width - right - margin - inPixels(toasts, "widthInPixels");
        const helpRight = width / 2 + inPixels(help, "leftInPixels") + inPixels(help, "widthInPixels") / 2;
        const isCovered = length > 0 && helpRight > toastsLeft && toastsTop + length > height - bottom - margin - this._helpHeight;
        const isShown = this._helpHeight > 0 && !isCovered;
        if (help.isVisible !== isShown) {
            help.isVisible = isShown;
        }
    }

    private _setScreenInput(kind: InputKind): void {
        if (kind !== this._screenInput) {
            this._screenInput = kind;
            this._place();
        }
    }
}

/** @returns a dimension of a control, in CSS pixels. Default: its height */
function inPixels(control: Control, length: "heightInPixels" | "leftInPixels" | "widthInPixels" = "heightInPixels"): number {
    return control[length] / control.host.idealRatio;
}

/** True if the device has a touch screen as its main input. */
function isTouched(): boolean {
    return (globalThis as Partial<Pick<typeof globalThis, "matchMedia">>).matchMedia?.("(pointer: coarse)").matches ?? false;
}
