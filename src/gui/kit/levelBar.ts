import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { combineLatest, distinctUntilChanged, map } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import type { IGauge } from "../accessibility/operable.js";
import { box, setPixels } from "./surface.js";
import type { IGuiTheme } from "./theme.js";
import { thumbWay } from "./valueSlider.js";

/** Options of a level meter. */
export interface ILevelBarOptions {
    /** See `IGauge.id`. */
    readonly id: string;
    /** Accessible name. */
    readonly name: string;
    readonly theme: IGuiTheme;
    /** In pixels. The bar is as long as the track of a slider of this width, so that both line up. */
    readonly width: number;
    /** In pixels. */
    readonly height: number;
    /** Level: root mean square, 0 to 1. Subscribed to while the bar is active. */
    readonly level$: Observable<number>;
    /** True while the level passes the gate; the bar is then lit. */
    readonly open$: Observable<boolean>;
    /** Returns the text for a level in dBFS. */
    readonly inWords: (db: number) => string;
    /** Called when the shown level changes while the bar is active. */
    changed(): void;
}

/** Range and step of the level, in dBFS. Each change by a step redraws the texture. */
const [quietest, loudest, stepDb] = [-90, 0, 3];

/**
 * Converts a level to the shown value. Pure.
 * @param level - root mean square, 0 to 1
 * @returns the level in dBFS, from −90 to 0 in steps of 3
 */
export function meterDb(level: number): number {
    const db = 20 * Math.log10(Math.max(level, 1e-6));
    return Math.min(loudest, Math.max(quietest, stepDb * Math.round(db / stepDb)));
}

/** Level meter with a mark for a threshold. Not subscribed to the level while inactive. */
export class LevelBar implements IGauge {
    public readonly kind = "meter";
    public readonly min = quietest;
    public readonly max = loudest;
    public readonly id: string;
    public readonly name: string;
    public readonly control: Rectangle;
    private readonly _theme: IGuiTheme;
    private readonly _bar: { readonly left: number; readonly width: number };
    private readonly _fill = new Rectangle("level");
    private readonly _mark = new Rectangle("mark");
    private readonly _shown$: Observable<{ readonly db: number; readonly open: boolean }>;
    private readonly _inWords: (db: number) => string;
    private readonly _changed: () => void;
    private _listening: Subscription | null = null;
    private _value = quietest;

    /** @param options - appearance and level */
    public constructor(options: ILevelBarOptions) {
        const { id, name, theme, width, height, level$, open$ } = options;
        this.id = id;
        this.name = name;
        this._theme = theme;
        this._bar = thumbWay(width);
        this._inWords = options.inWords;
        this._changed = () => options.changed();
        this._shown$ = combineLatest({ db: level$.pipe(map(meterDb), distinctUntilChanged()), open: open$ });
        this.control = box(id, { width, height });
        const track = new Rectangle("track");
        for (const [part, color] of [
            [track, theme.line],
            [this._fill, theme.faint],
        ] as const) {
            part.heightInPixels = 10;
            part.cornerRadius = 5;
            part.thickness = 0;
            part.background = color;
            part.widthInPixels = this._bar.width;
            part.leftInPixels = this._bar.left;
            part.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
            this.control.addControl(part);
        }
        this._mark.widthInPixels = 3;
        this._mark.heightInPixels = 20;
        this._mark.cornerRadius = 1.5;
        this._mark.thickness = 0;
        this._mark.background = theme.accent;
        this._mark.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._mark.isVisible = false;
        this.control.addControl(this._mark);
        this._show(quietest);
    }

    /** Shown level, in dBFS, −90 to 0. */
    public get value(): number {
        return this._value;
    }

    /** {@inheritDoc IGauge.valueText} */
    public get valueText(): string {
        return this._inWords(this._value);
    }

    /** True = the bar is subscribed to the level; false = it shows silence. Default: false. */
    public get active(): boolean {
        return this._listening !== null;
    }
    public set active(active: boolean) {
        if (active) {
            this._listening ??= this._shown$.subscribe(({ db, open }) => {
                this._fill.background = open ? this._theme.speaking : this._theme.faint;
                if (db !== this._value) {
                    this._show(db);
                    this._changed();
                }
            });
        } else {
            this._listening?.unsubscribe();
            this._listening = null;
            this._show(quietest);
        }
    }

    /** Level of the threshold mark, in dBFS; null = no mark. Default: null. */
    public set threshold(db: number | null) {
        this._mark.isVisible = db !== null;
        if (db !== null) {
            setPixels(this._mark, "left", this._bar.left + this._place(db) - 1.5);
        }
    }

    private _place(db: number): number {
        return (this._bar.width * (db - quietest)) / (loudest - quietest);
    }

    private _show(db: number): void {
        this._value = db;
        this._fill.isVisible = db > quietest;
        setPixels(this._fill, "width", Math.max(10, this._place(db)));
    }
}
