import type { WebXRDefaultExperience } from "@babylonjs/core/XR/webXRDefaultExperience.js";
import type { Scene } from "@babylonjs/core/scene.js";
import { AdvancedDynamicTexture } from "@babylonjs/gui/2D/advancedDynamicTexture.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Subscription, combineLatest } from "rxjs";
import { RtcError, useHeadsetMicrophone } from "../index.js";
import type { DomMirror } from "./accessibility/domMirror.js";
import { GuiContext, inContext, roomServiceOf } from "./guiContext.js";
import type { IGuiSource } from "./guiContext.js";
import { checkGuiOptions, checkGuiSource } from "./guiChecks.js";
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

/** Margins of the controls along the edges of the screen, in CSS pixels. */
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
     * The headset: adds a button to enter and leave it, and a board inside; its own microphone is used meanwhile, if it tells by its name. It stays
     * the app's. Default: none.
     */
    readonly xr?: WebXRDefaultExperience | null;
    /** A menu on the wrist in the headset, see `WristMenu`, on the hand of one's choice. Default: true, on the left one. */
    readonly wrist?: boolean | Pick<IWristMenuOptions, "hand">;
    /** Adds a button that leaves the room. Default: none. */
    readonly leave?: () => void;
    /** Adds a button that opens the list of rooms, if they are our server's, with how often it is refreshed. false = none. Default: true. */
    readonly rooms?: boolean | Pick<IRoomListOptions, "refreshMs">;
    /**
     * Adds a button that opens the settings, with what they offer beside what the browser can do. false = none. Default: true.
     */
    readonly settings?: boolean | Pick<ISettingsPanelOptions, "storage" | "suppressor" | "talkKey">;
    /**
     * Help at the lower edge, like which keys do what, by what the player has used last; a string is for the screen alone, whatever it is operated
     * with. Default: none.
     */
    readonly help?: string | IInputHelp;
    /** Left free along the edges of the screen, as for a telephone's notch or the app's own stick. Default: 0 everywhere. */
    readonly insets?: Partial<IScreenInsets>;
    /**
     * Draws what lies on the screen on a canvas of its own, over that of the scene in the page: as sharp as the screen, also where
     * `engine.setHardwareScalingLevel` lets the scene be drawn more coarsely. Babylon's screenshots then lack it, and for a full screen the element around
     * both is the one to ask. Default: false.
     */
    readonly overlay?: boolean;
    /** Parent element of the DOM mirror. Default: the document's body. */
    readonly mirrorParent?: HTMLElement;
}

const margin = 12;
/** Between the panel and the drawer beside it, in pixels. */
const gapBetween = 8;
const panelWidth = 340;
/** On a screen narrower than this, in pixels, everything lies in the middle, and the panel leaves the lower half to the scene. */
const narrow = 600;
/** Widths of toasts, in pixels. */
const [leastToasts, mostToasts] = [260, 400];
/** From this width on, in pixels, toasts lie beside the panel; otherwise at the lower edge. */
const wide = panelWidth + gapBetween + leastToasts + 2 * margin;
/** Height for the panel, in pixels, below which help lies beside it instead of at the lower edge of the whole screen. */
const leastPanelHeight = 260;
/** From this width on, in pixels, drawers stand beside the panel; otherwise in its place. */
const roomy = 2 * panelWidth + 3 * margin + 400;
/** Pixels of the board in XR. */
const board = { width: panelWidth + 2 * margin, height: 640 } as const;
/** Part of it that is kept for toasts. */
const boardToasts = 190;
const noInsets: IScreenInsets = { left: 0, top: 0, right: 0, bottom: 0 };

/**
 * Everything in one: panel and toasts on the screen, on a board in the headset, and mirrored in the DOM. `new VoiceGui(scene, plugin)`; one pixel
 * is one CSS pixel, whatever the screen's sharpness.
 */
export class VoiceGui {
    /** DOM mirror for screen readers and the keyboard. */
    public readonly mirror: DomMirror;
    /** Room, members and buttons. */
    public readonly panel: VoicePanel;
    /** The settings; null = the app wants none. Hidden at first, see `settingsOpen`. */
    public readonly settings: SettingsPanel | null;
    /** The server's rooms; null = the app wants none, or has rooms of its own. Not to be seen at first, see `roomsOpen`. */
    public readonly rooms: RoomList | null;
    /** Toasts on faults. */
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
    /** Kind of input that was used last. */
    private _screenInput: InputKind = isTouched() ? "touch" : "keys";
    private readonly _subscription = new Subscription();
    /** Size of the screen for which everything was placed last, in CSS pixels. */
    private _placed: { readonly width: number; readonly height: number } = { width: NaN, height: NaN };
    private readonly _xr: XrPlace | null = null;
    /** In pixels; 0 = there is no help. */
    private _helpHeight = 0;
    /** True if toasts lie below the panel. */
    private _isBelow = false;
    /** Upper edge of toasts there, in pixels. */
    private _toastsTop = NaN;

    /**
     * @param scene - in which it is drawn; disposing it disposes the gui
     * @param source - the plugin
     * @param options - how it looks, and what is in it
     */
    public constructor(scene: Scene, source: IGuiSource, options: IVoiceGuiOptions = {}) {
        if (typeof (scene as Scene | undefined)?.getEngine !== "function") {
            throw new RtcError("invalidArgument", "A VoiceGui wants the scene in which it is drawn.");
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
            // As sharp as the canvas, and in its own colours, whatever post-processes do to the scene.
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
        const buttons: IGuiButton[] = [
            ...doors,
            ...(options.buttons ?? []),
            ...(xr ? [{ id: "xr", icon: "goggles", caption: words.bar.enterXr, press: () => void this._xr?.toggleAsync() } as const] : []),
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
        this._helpLine = new HelpLine(context.theme);
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

    /** Visibility of the settings: beside the panel, or in its place where there is no room for both. Default: false. */
    public get settingsOpen(): boolean {
        return this._drawers.open === "settings";
    }
    public set settingsOpen(open: boolean) {
        checkGuiOptions({ settingsOpen: open });
        this._setOpen("settings", open);
    }

    /** Visibility of the room list, at the same place; opening one drawer closes another. Default: false. */
    public get roomsOpen(): boolean {
        return this._drawers.open === "rooms";
    }
    public set roomsOpen(open: boolean) {
        checkGuiOptions({ roomsOpen: open });
        this._setOpen("rooms", open);
    }

    /** Help at the lower edge. Default: `IVoiceGuiOptions.help`. */
    public get help(): string | IInputHelp {
        return this._help;
    }
    public set help(help: string | IInputHelp) {
        checkGuiOptions({ help });
        this._help = help;
        this._place();
    }

    /** Left free along the edges of the screen, in CSS pixels. Default: `IVoiceGuiOptions.insets`. */
    public get insets(): IScreenInsets {
        return this._insets;
    }
    public set insets(insets: Partial<IScreenInsets>) {
        checkGuiOptions({ insets });
        this._insets = { ...noInsets, ...insets };
        this._place();
    }

    /** The menu on the wrist; null = nobody wears the headset, or the app wants none. */
    public get wrist(): WristMenu | null {
        return this._xr?.wrist ?? null;
    }

    /** Removes everything. Harmless if called twice. */
    public dispose(): void {
        if (this._subscription.closed) {
            return;
        }
        this._subscription.unsubscribe();
        this.panel.dispose();
        this._drawers.dispose();
        this.toasts.dispose();
        this._xr?.dispose();
        this._helpLine.control.dispose();
        this._talk.dispose();
        this._screen.dispose();
        this._overlay?.dispose();
        this.mirror.dispose();
    }

    /** Controls in the headset; null = the screen is used. */
    private get _board(): AdvancedDynamicTexture | null {
        return this._xr?.texture ?? null;
    }

    /** In CSS pixels. */
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

    /** To the board or the screen, wherever the player looks. */
    private _move(): void {
        const { bar } = this._context.texts;
        const texture = this._board ?? this._screen;
        this.panel.bar.setCaption("xr", this._board ? bar.exitXr : bar.enterXr);
        // First of all, since what is not to be seen is not mirrored either.
        this._screen.rootContainer.isVisible = texture === this._screen;
        for (const control of this._controls) {
            control.parent?.removeControl(control);
            texture.addControl(control);
        }
    }

    /** Drawn last, so in front. */
    private get _controls(): readonly Control[] {
        return [this._helpLine.control, this._talk.control, this.panel.control, ...this._drawers.controls, this.toasts.control];
    }

    /** Places everything for a screen of another size. In a headset Babylon (9.34) tells of a resize in every frame, and the board keeps its size. */
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
        if (!this._board) {
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

        // Two drawers, and still some of the scene; a board has room for one.
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

        // Its place is the right thumb's.
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

    /** Puts toasts below the panel as high as it is now, but not below the screen; help gives way to toasts that reach it. */
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

/** @returns a length of a control, in CSS pixels. Default: its height */
function inPixels(control: Control, length: "heightInPixels" | "leftInPixels" | "widthInPixels" = "heightInPixels"): number {
    return control[length] / control.host.idealRatio;
}

/** True if the device has a touch screen as its main input. */
function isTouched(): boolean {
    return (globalThis as Partial<Pick<typeof globalThis, "matchMedia">>).matchMedia?.("(pointer: coarse)").matches ?? false;
}
