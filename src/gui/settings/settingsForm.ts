import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { Choice } from "../kit/choice.js";
import type { GuiContext, IGuiSource } from "../guiContext.js";
import { LevelBar } from "../kit/levelBar.js";
import type { ILevelBarOptions } from "../kit/levelBar.js";
import type { IReadable, Mirrorable } from "../accessibility/operable.js";
import { isShown } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import { Reading } from "../kit/reading.js";
import type { SettingsActions } from "./settingsActions.js";
import type { NoiseChoice } from "../texts/settingsTexts.js";
import type { IChoiceView, ISettingsView } from "./settingsView.js";
import { gap, stack } from "../kit/surface.js";
import { ToggleSwitch } from "../kit/toggleSwitch.js";
import { ValueSlider } from "../kit/valueSlider.js";
import { VolumeSlider } from "../kit/volumeSlider.js";
import type { WayToTalk } from "../../index.js";

/** What the form is made with. */
export interface ISettingsFormOptions {
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    readonly actions: SettingsActions;
    readonly microphone: Pick<IGuiSource["rtc"]["microphone"], "inputLevel$" | "level$" | "open$">;
    /** Called when a meter shows another figure. */
    changed(): void;
}

const lineHeight = 40;

/** Everything that can be set, one below the other. */
export class SettingsForm {
    /** What to add. */
    public readonly control: StackPanel;
    /** What is on it, in order; see `isShown`. */
    public readonly mirrorables: readonly Mirrorable[];
    private readonly _options: ISettingsFormOptions;
    private readonly _inputNote: Reading;
    private readonly _ask: PushButton;
    private readonly _input: Choice;
    private readonly _output: Choice;
    private readonly _outputNote: Reading;
    private readonly _way: Choice;
    private readonly _wayNote: Reading;
    private readonly _inputLevel: LevelBar;
    private readonly _threshold: ValueSlider;
    private readonly _echo: ToggleSwitch;
    private readonly _noise: Choice;
    private readonly _autoGain: ToggleSwitch;
    private readonly _highPass: ToggleSwitch;
    private readonly _volume: VolumeSlider;
    private readonly _voices: VolumeSlider;
    private readonly _hear: ToggleSwitch;
    private readonly _monitor: VolumeSlider;
    private readonly _sentLevel: LevelBar;
    private _isActive = false;

    /** @param options - what it looks like, and what it does */
    public constructor(options: ISettingsFormOptions) {
        this._options = options;
        const { actions, context, microphone, width } = options;
        const { theme } = context;
        const { settings: words } = context.texts;
        this._inputNote = this._note("input note");
        this._ask = new PushButton({
            id: "ask",
            theme,
            caption: words.ask,
            width,
            height: 42,
            prominent: true,
            press: () => actions.ask(),
        });
        this._input = this._choice("input", words.input, (value) => actions.chooseInput(value));
        this._output = this._choice("output", words.output, (value) => actions.chooseOutput(value));
        this._outputNote = this._note("output note");
        this._way = this._choice("way", words.way, (value) => actions.chooseWay(value as WayToTalk));
        this._wayNote = this._note("way note");
        this._inputLevel = this._meter("input level", words.inputLevel, microphone.inputLevel$);
        this._threshold = new ValueSlider({
            ...this._line("threshold", words.threshold),
            caption: words.threshold,
            min: this._inputLevel.min,
            max: this._inputLevel.max,
            step: 1,
            value: -50,
            inWords: (db) => words.decibels(Math.round(db)),
            adjust: (db) => {
                this._inputLevel.threshold = db;
                actions.setThreshold(db);
            },
        });
        const toggle = (id: string, name: string, set: (on: boolean) => void): ToggleSwitch =>
            new ToggleSwitch({ ...this._line(id, name), toggle: set });
        this._echo = toggle("echo", words.echoCancellation, (on) => actions.setEchoCancellation(on));
        this._noise = this._choice("noise", words.noise, (value) => actions.chooseNoise(value as NoiseChoice));
        this._autoGain = toggle("auto gain", words.autoGain, (on) => actions.setAutoGain(on));
        this._highPass = toggle("high pass", words.highPass, (on) => actions.setHighPass(on));
        const volume = (id: string, name: string, adjust: (volume: number) => void): VolumeSlider =>
            new VolumeSlider({ ...this._line(id, name), caption: name, adjust });
        this._volume = volume("microphone volume", words.microphoneVolume, (loud) => actions.setVolume(loud));
        this._voices = volume("voices volume", words.voicesVolume, (loud) => actions.setVoicesVolume(loud));
        this._hear = toggle("hear", words.hearMyself, (on) => actions.setMonitorVolume(on ? 1 : 0));
        this._monitor = volume("monitor volume", words.monitorVolume, (loud) => actions.setMonitorVolume(loud));
        this._sentLevel = this._meter("sent level", words.sentLevel, microphone.level$);
        const headphones = this._note("headphones");
        headphones.name = words.headphones;

        const sections: readonly (readonly [string, ...Mirrorable[]])[] = [
            [words.devices, this._inputNote, this._ask, this._input, this._output, this._outputNote],
            [words.talk, this._way, this._wayNote, this._inputLevel, this._threshold],
            [words.processing, this._noise, this._echo, this._autoGain, this._highPass],
            [words.volumes, this._volume, this._voices],
            [words.monitor, headphones, this._hear, this._monitor, this._sentLevel],
        ];
        const headed = sections.map(([title, ...items]) => [this._heading(title), ...items] as const);
        this.mirrorables = headed.flat();
        this.control = stack("settings list", "down", ...headed.map((items) => this._column(items)));
        this.control.widthInPixels = width;
    }

    /** Whether its meters listen, as far as they are to be seen. Default: false. */
    public set active(active: boolean) {
        this._isActive = active;
        this._listen();
    }

    /** Shows how things are set. */
    public show(view: ISettingsView): void {
        showNote(this._inputNote, view.inputNote);
        this._ask.control.isVisible = view.ask !== null;
        this._ask.caption = this._ask.name = view.ask ?? "";
        showChoice(this._input, view.input);
        showChoice(this._output, view.output);
        showNote(this._outputNote, view.outputNote);
        showChoice(this._way, view.way);
        showNote(this._wayNote, view.wayNote);
        this._threshold.control.isVisible = view.thresholdDb !== null;
        this._inputLevel.threshold = view.thresholdDb;
        this._threshold.value = view.thresholdDb ?? this._threshold.value;
        this._echo.on = view.echoCancellation;
        showChoice(this._noise, view.noise);
        this._autoGain.on = view.autoGain;
        this._highPass.on = view.highPass;
        this._volume.volume = view.volume;
        this._voices.volume = view.voicesVolume;
        this._hear.on = view.monitorVolume !== null;
        this._monitor.control.isVisible = this._sentLevel.control.isVisible = view.monitorVolume !== null;
        this._monitor.volume = view.monitorVolume ?? 1;
        this._listen();
    }

    private _listen(): void {
        for (const meter of [this._inputLevel, this._sentLevel]) {
            meter.active = this._isActive && isShown(meter.control);
        }
    }

    private _line(id: string, name: string): Pick<ILevelBarOptions, "id" | "name" | "theme" | "width" | "height"> {
        const { context, width } = this._options;
        return { id, name, theme: context.theme, width, height: lineHeight };
    }

    private _choice(id: string, name: string, choose: (value: string) => void): Choice {
        const { context, width } = this._options;
        return new Choice({ id, name, theme: context.theme, width, choose });
    }

    private _meter(id: string, name: string, level$: ILevelBarOptions["level$"]): LevelBar {
        const { context, microphone } = this._options;
        return new LevelBar({
            ...this._line(id, name),
            height: 26,
            level$,
            open$: microphone.open$,
            inWords: context.texts.settings.decibels,
            changed: () => this._options.changed(),
        });
    }

    private _heading(title: string): IReadable {
        return new Reading({ id: title, kind: "heading", theme: this._options.context.theme, words: title });
    }

    private _note(id: string): Reading {
        return new Reading({ id, kind: "note", theme: this._options.context.theme, words: "" });
    }

    private _column(items: readonly Mirrorable[]): StackPanel {
        const column = stack("section", "down", ...items.map(({ control }) => control), gap(14));
        column.widthInPixels = this._options.width;
        return column;
    }
}

function showNote(note: Reading, words: string | null): void {
    note.control.isVisible = words !== null;
    note.name = words ?? "";
}

function showChoice(choice: Choice, view: IChoiceView | null): void {
    choice.control.isVisible = view !== null;
    if (view) {
        choice.show(view.options, view.value);
    }
}
