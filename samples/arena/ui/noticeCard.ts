import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { card, gap, stack, text, textButton } from "./controls.js";
import type { INotice } from "./panelView.js";
import { theme } from "./theme.js";

/** What the player should know, with a button if they can do something about it. */
export function createNoticeCard(notice: INotice, width: number, press: (does: "startAudio" | "rejoin") => void): Rectangle {
    const { title, advice, action } = notice;
    const sheet = card("notice", width);
    sheet.color = action ? theme.accent : theme.line;
    sheet.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
    const column = stack("notice column", "down", gap(12), text(title, { size: 18, bold: true }), gap(4), text(advice, { size: 15, color: theme.faint })); // prettier-ignore
    if (action) {
        const { label, does } = action;
        column.addControl(gap(10));
        column.addControl(textButton("notice action", label, width - 40, () => press(does)));
    }
    column.addControl(gap(14));
    column.widthInPixels = width - 40;
    sheet.addControl(column);
    return sheet;
}
