import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { combineLatest, map, of } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { isShown } from "../accessibility/operable.js";
import type { IReadable, Mirrorable } from "../accessibility/operable.js";
import type { GuiContext } from "../guiContext.js";
import { Choice } from "../kit/choice.js";
import { LevelBar } from "../kit/levelBar.js";
import { PushButton } from "../kit/pushButton.js";
import { Reading } from "../kit/reading.js";
import { gap, inset, setHeight, stack } from "../kit/surface.js";
import { ToggleSwitch } from "../kit/toggleSwitch.js";
import { ValueSlider, VolumeSlider } from "../kit/valueSlider.js";
import type { SettingsMemory } from "./settingsMemory.js";
import type { ISettingsSection, SettingsRow } from "./settingsTable.js";

/** Options of the form. */
export interface ISettingsFormOptions {
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    readonly sections: readonly ISettingsSection[];
    /** Applies and stores the chosen values. */
    readonly memory: SettingsMemory;
    /** Emits after each attempt to apply a setting; all controls then show the actual values. Replays. */
    readonly tried$: Observable<unknown>;
    /** Called when the shown content has changed. */
    changed(): void;
}

const lineHeight = 44;

/** Column of all settings, with one control for each row. */
export class SettingsForm {
    /** The control to add. */
    public readonly control: StackPanel;
    /** All controls in Tab order, hidden ones included. */
    public readonly mirrorables: readonly Mirrorable[];
    private readonly _options: ISettingsFormOptions;
    private readonly _meters: { readonly bar: LevelBar; readonly mark: string | undefined }[] = [];
    private readonly _sliders = new Map<string, ValueSlider>();
    /** For each row, emits a function that shows the row's current state in its control. */
    private readonly _states: Observable<() => void>[] = [];
    private _following: Subscription | null = null;

    /** @param options - appearance, settings and callback */
    public constructor(options: ISettingsFormOptions) {
        this._options = options;
        const { sections, width } = options;
        const headed = sections.map(({ title, rows }) => [this._heading(title), ...rows.map((row) => this._create(row))] as const);
        this.mirrorables = headed.flat();
        this.control = stack("settings list", "down", ...headed.map((items) => this._column(items)));
        this.control.widthInPixels = width;
    }

    /** True while the form is subscribed to the settings, and to the levels of visible meters. Default: false. */
    public set active(active: boolean) {
        if (active) {
            this._following ??= combineLatest([this._options.tried$, ...this._states]).subscribe(([, ...shows]) => {
                shows.forEach((show) => show());
                this._showMeters(true);
                this._options.changed();
            });
        } else {
            this._following?.unsubscribe();
            this._following = null;
            this._showMeters(false);
        }
    }

    /** @returns a new control for a row, which shows and changes the setting */
    private _create(row: SettingsRow): Mirrorable {
        const { context, memory, width } = this._options;
        const { theme, texts } = context;
        const line = { id: row.id, theme, width, height: lineHeight } as const;
        switch (row.kind) {
            case "note": {
                const note = new Reading({ id: row.id, kind: "note", theme, words: "" });
                return this._follow(note, row, (words) => (note.name = words));
            }
            case "button": {
                const press = (): void => memory.set(row, undefined);
                const button = new PushButton({ ...line, width: width - 2 * inset, caption: "", height: 44, prominent: true, press });
                // Padding between the button and the control below.
                setHeight(button.control, 44 + inset);
                button.control.paddingBottomInPixels = inset;
                return this._follow(button, row, (caption) => (button.caption = button.name = caption));
            }
            case "switch": {
                const toggle = new ToggleSwitch({ ...line, name: row.text, toggle: (on) => memory.switch(row, on) });
                return this._follow(toggle, row, (value) => (toggle.on = value !== row.off));
            }
            case "choice": {
                const choice = new Choice({ ...line, name: row.text, choose: (value) => memory.set(row, value) });
                return this._follow(choice, row, ({ options, value }) => choice.show(options, value));
            }
            case "volume": {
                const volume = new VolumeSlider({ ...line, name: row.text, caption: row.text, adjust: (loud) => memory.set(row, loud) });
                return this._follow(volume, row, (value) => (volume.volume = value));
            }
            case "slider": {
                const slider = new ValueSlider({
                    ...line,
                    name: row.text,
                    caption: row.text,
                    min: row.min,
                    max: row.max,
                    step: row.step,
                    value: row.min,
                    inWords: (value) => row.inWords(value),
                    adjust: (value) => {
                        this._mark();
                        memory.set(row, value);
                    },
                });
                this._sliders.set(row.id, slider);
                return this._follow(slider, row, (value) => (slider.value = value));
            }
            case "meter": {
                const bar = new LevelBar({
                    ...line,
                    name: row.text,
                    height: 26,
                    level$: row.value$,
                    open$: row.open$,
                    inWords: texts.settings.decibels,
                    changed: () => this._options.changed(),
                });
                this._meters.push({ bar, mark: row.mark });
                // The bar itself subscribes to the level, and only while it is visible.
                return this._follow(bar, { ...row, value$: of(0) }, () => undefined);
            }
        }
    }

    /** Keeps value and visibility of a control up to date with its row while the form is active. */
    private _follow<Shown>(
        item: Mirrorable,
        { value$, visible$ = of(true) }: { readonly value$: Observable<Shown | null>; readonly visible$?: Observable<boolean> },
        show: (value: Shown) => void,
    ): Mirrorable {
        const state$ = combineLatest([value$, visible$]).pipe(
            map(([value, isVisible]) => () => {
                item.control.isVisible = isVisible && value !== null;
                if (value !== null) {
                    show(value);
                }
            }),
        );
        this._states.push(state$);
        return item;
    }

    private _showMeters(active: boolean): void {
        this._mark();
        this._meters.forEach(({ bar }) => (bar.active = active && isShown(bar.control)));
    }

    /** Updates the marks of the meters from the sliders, which change before their debounced value is applied. */
    private _mark(): void {
        for (const { bar, mark = "" } of this._meters) {
            const slider = this._sliders.get(mark);
            bar.threshold = slider?.control.isVisible ? slider.value : null;
        }
    }

    private _heading(title: string): IReadable {
        return new Reading({ id: title, kind: "heading", theme: this._options.context.theme, words: title });
    }

    private _column(items: readonly Mirrorable[]): StackPanel {
        const column = stack("section", "down", ...items.map(({ control }) => control), gap(14));
        column.widthInPixels = this._options.width;
        return column;
    }
}
