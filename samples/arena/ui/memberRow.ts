import type { Button } from "@babylonjs/gui/2D/controls/button.js";
import { Control } from "@babylonjs/gui/2D/controls/control.js";
import { Ellipse } from "@babylonjs/gui/2D/controls/ellipse.js";
import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import { iconButton, setIcon, text } from "./controls.js";
import type { IMemberView } from "./panelView.js";
import { theme } from "./theme.js";

/** Height of a line, in pixels: enough for a thumb. */
export const rowHeight = 42;

/** One member in the panel: a dot of their paint that lights up as they speak, their name, and a button to silence them. */
export class MemberRow {
    /** What to add to the list. */
    public readonly control = new Rectangle("member");
    private readonly _dot = new Ellipse("dot");
    private readonly _name: TextBlock = text("", { size: 16, height: rowHeight });
    private readonly _button: Button;

    /** @param press - silences the member, or hears them again */
    public constructor(press: () => void) {
        this.control.heightInPixels = rowHeight;
        this.control.thickness = 0;
        this.control.isPointerBlocker = false;

        this._dot.widthInPixels = this._dot.heightInPixels = 22;
        this._dot.leftInPixels = 14;
        this._dot.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_LEFT;
        this._name.leftInPixels = 48;
        this._name.paddingRightInPixels = 96;
        this._button = iconButton("silence", "speaker", 36, press);
        this._button.leftInPixels = -8;
        this._button.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
        for (const control of [this._dot, this._name, this._button]) {
            this.control.addControl(control);
        }
    }

    /** Shows a member. */
    public show({ name, color, isSelf, state }: IMemberView): void {
        const label = name.length > 18 ? `${name.slice(0, 17)}…` : name;
        this._name.text = isSelf ? `${label} (you)` : label;
        this._name.color = state === "muted" || state === "silenced" ? theme.faint : theme.ink;
        this._dot.background = color;
        this._dot.thickness = state === "speaking" ? 4 : 2;
        this._dot.color = state === "speaking" ? theme.speaking : theme.line;

        // One sign per member: what we did to them goes before what they did.
        this._button.isEnabled = this._button.isPointerBlocker = !isSelf;
        this._button.disabledColor = "transparent";
        this._button.background = isSelf ? "transparent" : theme.paperLight;
        this._button.isVisible = !isSelf || state === "muted";
        if (state === "silenced") {
            setIcon(this._button, "speakerOff", theme.danger);
        } else if (state === "muted") {
            setIcon(this._button, "microphoneOff", theme.danger);
        } else {
            setIcon(this._button, "speaker", state === "speaking" ? theme.speaking : theme.ink);
        }
    }
}
