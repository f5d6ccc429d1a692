import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { ScrollViewer } from "@babylonjs/gui/2D/controls/scrollViewers/scrollViewer.js";
import { BehaviorSubject, Subject } from "rxjs";
import type { Observable } from "rxjs";
import type { RtcError } from "../../index.js";
import type { AudioProcessorFactory } from "../../index.js";
import type { MirrorGroup } from "../accessibility/domMirror.js";
import { callApp } from "../guiChecks.js";
import { contextOf } from "../guiContext.js";
import type { GuiContext, IGuiOptions, IGuiSource } from "../guiContext.js";
import { PushButton } from "../kit/pushButton.js";
import { SettingsMemory, browserSettingsStorage } from "./settingsMemory.js";
import type { ISettingsStorage } from "./settingsMemory.js";
import { SettingsForm } from "./settingsForm.js";
import { settingsTable } from "./settingsTable.js";
import { scrolledHeight, scroller } from "../kit/scroller.js";
import { box, edge, gap, inset, setHeight, surface, stack, text } from "../kit/surface.js";

/** Options of the settings panel. */
export interface ISettingsPanelOptions extends IGuiOptions {
    /** In pixels, 300 or more. Default: 340. */
    readonly width?: number;
    /** In pixels; taller content scrolls. Default: 600. */
    readonly maxHeight?: number;
    /** Noise suppressor to offer besides the browser's own; `neuralSuppressor` of `babylon-rtc/suppression` creates one. Default: none. */
    readonly suppressor?: AudioProcessorFactory;
    /** Name of the push-to-talk key to show, such as `V`. The app binds the key, see `microphone.talkWhile`. Default: none. */
    readonly talkKey?: string;
    /**
     * Storage of the player's settings. The panel restores them when it is created. null = not stored. The plugin stores devices separately; the
     * ear monitor is not stored. Default: the browser's `localStorage`, under `babylon-rtc.settings`.
     */
    readonly storage?: ISettingsStorage | null;
    /** Adds a close button that calls this function. Default: none. */
    readonly close?: () => void;
}

const headerHeight = 50;

/**
 * Panel with the settings of a player: devices, talk mode, audio processing, volumes, ear monitor. Add its `control` to any container, on the
 * screen or on a mesh. While hidden, the panel is not subscribed to the plugin and measures no level.
 */
export class SettingsPanel {
    /** The control to add. */
    public readonly control: Rectangle;
    /** Errors of failed actions. Hot. */
    public readonly error$: Observable<RtcError>;
    private readonly _context: GuiContext;
    private readonly _group: MirrorGroup;
    private readonly _errors = new Subject<RtcError>();
    private readonly _scroll: ScrollViewer;
    private readonly _form: SettingsForm;
    private readonly _close: PushButton | null = null;
    private readonly _memory: SettingsMemory;
    private _maxHeight: number;
    private _height = 0;
    /** Last height of the scroll viewer, in pixels. */
    private _fitted = 0;

    /**
     * @param source - the plugin
     * @param options - appearance, noise suppressor and storage
     */
    public constructor(source: IGuiSource, options: ISettingsPanelOptions = {}) {
        const { width = 340, maxHeight = 600, suppressor = null, talkKey = null, storage = browserSettingsStorage, close } = options;
        const context = contextOf(options);
        const { theme, texts } = context;
        const { settings } = texts;
        const { rtc } = source;
        this._context = context;
        this._group = context.group(settings.title);
        this._maxHeight = maxHeight;
        this.error$ = this._errors.asObservable();

        const tried$ = new BehaviorSubject(null);
        const sections = settingsTable({ rtc, tried$, suppressor, talkKey, canChooseOutput: canChooseOutput(), texts });
        this._memory = new SettingsMemory({
            sections,
            storage,
            processAsync: (changes) => rtc.microphone.setProcessingAsync(changes),
            failed: (error) => this._errors.next(error),
            done: () => tried$.next(null),
        });
        this._form = new SettingsForm({
            width: width - 2 * (edge - inset),
            context,
            sections,
            memory: this._memory,
            tried$,
            changed: () => this._mirror(),
        });

        const title = text(settings.title, theme, { size: 18, bold: true, height: headerHeight });
        title.leftInPixels = edge - 1;
        const header = box("settings header", { width: width - 2, height: headerHeight });
        header.addControl(title);
        if (close) {
            this._close = new PushButton({
                id: "settings close",
                theme,
                icon: "close",
                name: settings.close,
                width: 36,
                height: 36,
                press: () => callApp("close", close, (error) => this._errors.next(error)),
            });
            this._close.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
            this._close.control.leftInPixels = 1 - edge;
            header.addControl(this._close.control);
        }
        this._scroll = scroller("settings scroll", width, theme);
        this._form.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._form.control.leftInPixels = edge - inset - 1;
        this._scroll.addControl(this._form.control);
        this._fit(1);
        this._form.control.onAfterDrawObservable.add(({ heightInPixels, host }) => this._fit(heightInPixels / host.idealRatio));
        this.control = surface("settings", width, theme);
        this.control.addControl(stack("settings column", "down", header, this._scroll, gap(10)));
        this._form.active = true;
        void this._memory.restoreAsync();
    }

    /** Visibility. Default: true. */
    public get visible(): boolean {
        return this.control.isVisible;
    }
    public set visible(visible: boolean) {
        this.control.isVisible = visible;
        this._form.active = visible;
        if (!visible) {
            this._mirror();
        }
    }

    /** Maximum height, in pixels; taller content scrolls. */
    public set maxHeight(maxHeight: number) {
        if (maxHeight !== this._maxHeight) {
            this._maxHeight = maxHeight;
            this._fit(this._height);
        }
    }

    /** Moves the keyboard focus to the close button, or without one to the choice of the microphone; no-op if that is hidden. */
    public focus(): void {
        this._group.focus(this._close?.id ?? "input");
    }

    /** Disposes the panel and its group in the DOM mirror. */
    public dispose(): void {
        this._form.active = false;
        this._memory.dispose();
        this.control.dispose();
        this._context.release(this._group);
        this._errors.complete();
    }

    private _mirror(): void {
        this._group.show([...(this._close ? [this._close] : []), ...this._form.mirrorables]);
    }

    /** Fits the scroll viewer to the height of its content, which is known after the first rendering. */
    private _fit(height: number): void {
        const fitting = scrolledHeight(Math.min(height, this._maxHeight - headerHeight - 12));
        this._height = height;
        // Not compared with Babylon's height, which is in pixels of the texture: on a high-density screen the two always differ, and every frame
        // would redraw everything.
        if (this._fitted !== fitting) {
            this._fitted = fitting;
            setHeight(this._scroll, fitting);
        }
    }
}

/** True if the browser can play WebAudio output on a chosen device. */
function canChooseOutput(): boolean {
    return typeof AudioContext !== "undefined" && "setSinkId" in AudioContext.prototype;
}
