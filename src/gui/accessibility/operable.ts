import type { Control } from "@babylonjs/gui/2D/controls/control.js";

interface IOperableBase {
    /** Identifier, unique in the group. Constant while the control exists. */
    readonly id: string;
    /** Accessible name. */
    readonly name: string;
    /** The drawn control. */
    readonly control: Control;
    /** True while the control has the keyboard focus; drawn as a frame. */
    focused: boolean;
}

/** A control that can be pressed. */
export interface IPressable extends IOperableBase {
    readonly kind: "button";
    /** State of a toggle button; null = not a toggle button. */
    readonly pressed: boolean | null;
    /** True if the target of the button is open; null = the button opens nothing. */
    readonly expanded: boolean | null;
    press(): void;
}

/** A control for a number in a range. */
export interface IAdjustable extends IOperableBase {
    readonly kind: "slider";
    readonly min: number;
    readonly max: number;
    readonly step: number;
    readonly value: number;
    /** Text for the value. */
    readonly valueText: string;
    /** Sets the value, as the user does with the pointer. */
    adjust(value: number): void;
}

/** A control that is on or off. */
export interface ISwitchable extends IOperableBase {
    readonly kind: "switch";
    readonly on: boolean;
    /** Requests the other state, as a press does. */
    toggle(): void;
}

/** Option of a choice. */
export interface IOption {
    /** Identifier, unique in the choice. */
    readonly value: string;
    /** Accessible name. */
    readonly label: string;
}

/** A control to choose one of several options. */
export interface IChoosable extends IOperableBase {
    readonly kind: "choice";
    readonly options: readonly IOption[];
    /** Value of the chosen option. */
    readonly value: string;
    /** Chooses the option with this value, as a press does. */
    choose(value: string): void;
}

/** A text field. */
export interface ITypable extends IOperableBase {
    readonly kind: "field";
    /** True = shows dots instead of the characters, as for a password. */
    readonly secret: boolean;
    /** Maximum length, in characters. */
    readonly maxLength: number;
    readonly value: string;
    /** Error message about the value; empty = none. */
    readonly fault: string;
    /** Set by the DOM mirror: moves the keyboard focus to the field. */
    takeFocus: (() => void) | null;
    /** Set by the DOM mirror: copies the value to the `<input>`. Call it when the value changes, for example by a virtual keyboard. */
    written?: (() => void) | null;
    /**
     * Sets text and caret, as when the user types.
     * @param value - the whole text
     * @param caret - number of characters before the caret
     */
    write(value: string, caret: number): void;
    /** Called when the user presses Enter in the field. */
    submit(): void;
}

/** A control that the user can operate: with a pointer on the canvas, or with the keyboard through the DOM mirror. */
export type Operable = IPressable | IAdjustable | ISwitchable | IChoosable | ITypable;

/** A text; `name` is its content. Screen readers read out an alert at once, and a status when they are idle. */
export interface IReadable extends Pick<IOperableBase, "id" | "name" | "control"> {
    readonly kind: "heading" | "note" | "alert" | "status";
}

/** A meter of a changing value. */
export interface IGauge extends Pick<IOperableBase, "id" | "name" | "control"> {
    readonly kind: "meter";
    readonly min: number;
    readonly max: number;
    readonly value: number;
    /** Text for the value. */
    readonly valueText: string;
}

/** Content of a DOM mirror. */
export type Mirrorable = Operable | IReadable | IGauge;

/** @returns true if a control and all its ancestors are visible */
export function isShown(control: Control): boolean {
    for (let at: Control | null = control; at; at = at.parent) {
        if (!at.isVisible) {
            return false;
        }
    }
    return true;
}
