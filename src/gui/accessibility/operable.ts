import type { Control } from "@babylonjs/gui/2D/controls/control.js";

interface IOperableBase {
    /** Tells it from the others of its group; stays the same while it is there. */
    readonly id: string;
    /** Accessible name. */
    readonly name: string;
    /** The drawn control. */
    readonly control: Control;
    /** True while it has the keyboard's focus; drawn as a frame. */
    focused: boolean;
}

/** Something to press. */
export interface IPressable extends IOperableBase {
    readonly kind: "button";
    /** State of a switch; null = no switch. */
    readonly pressed: boolean | null;
    /** State of the control that it opens; null = it opens none. */
    readonly expanded: boolean | null;
    press(): void;
}

/** Something to set. */
export interface IAdjustable extends IOperableBase {
    readonly kind: "slider";
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly value: number;
    /** The value in words. */
    readonly valueText: string;
    adjust(value: number): void;
}

/** Something to switch on and off. */
export interface ISwitchable extends IOperableBase {
    readonly kind: "switch";
    readonly on: boolean;
    toggle(): void;
}

/** One of several that can be chosen. */
export interface IOption {
    /** Tells it from the others. */
    readonly value: string;
    /** Accessible name. */
    readonly label: string;
}

/** Something to choose one of several in. */
export interface IChoosable extends IOperableBase {
    readonly kind: "choice";
    readonly options: readonly IOption[];
    /** Of the one that is chosen. */
    readonly value: string;
    choose(value: string): void;
}

/** Something to type in. */
export interface ITypable extends IOperableBase {
    readonly kind: "field";
    /** True hides the input, as for a password. */
    readonly secret: boolean;
    /** In characters. */
    readonly maxLength: number;
    readonly value: string;
    /** Fault of the value, in words; empty = none. */
    readonly fault: string;
    /** Set by its mirror: brings the keyboard's focus to it. */
    takeFocus: (() => void) | null;
    /** Set by its mirror, to be called when the value changes, as by a board's keyboard. */
    written?: (() => void) | null;
    /**
     * @param value - the whole text
     * @param caret - how many characters lie before the caret
     */
    write(value: string, caret: number): void;
    /** The Enter key. */
    submit(): void;
}

/** Something that a person can operate: by pointer on the canvas, by keyboard through its mirror in the DOM. */
export type Operable = IPressable | IAdjustable | ISwitchable | IChoosable | ITypable;

/** Something to read: `name` is what it says. An alert is read out at once, a status when the reader has time. */
export interface IReadable extends Pick<IOperableBase, "id" | "name" | "control"> {
    readonly kind: "heading" | "note" | "alert" | "status";
}

/** A figure that moves. */
export interface IGauge extends Pick<IOperableBase, "id" | "name" | "control"> {
    readonly kind: "meter";
    readonly min: number;
    readonly max: number;
    readonly value: number;
    /** The value in words. */
    readonly valueText: string;
}

/** Content of a mirror. */
export type Mirrorable = Operable | IReadable | IGauge;

/** @returns whether a control and everything that it lies in is to be seen */
export function isShown(control: Control): boolean {
    for (let at: Control | null = control; at; at = at.parent) {
        if (!at.isVisible) {
            return false;
        }
    }
    return true;
}
