import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import type { INotice, NoticeAction } from "./notice.js";
import type { Operable } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import { gap, surface, stack, text } from "../kit/surface.js";
import type { GuiContext } from "../guiContext.js";

/** Card that shows a notice. */
export interface IToastCard {
    readonly control: Rectangle;
    readonly operables: readonly Operable[];
}

/** Options of a toast. */
export interface IToastCardOptions {
    readonly notice: INotice;
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    act(does: NoticeAction): void;
    dismiss(): void;
}

/** Creates the card of a notice, with a close button, and a button for the action if the notice has one. */
export function createToastCard(options: IToastCardOptions): IToastCard {
    const { notice, width } = options;
    const { theme, texts } = options.context;
    const { kind, title, advice, action, passing } = notice;
    const card = surface("notice", width, theme);
    card.heightInPixels = 1;
    card.color = action ? theme.accent : passing && kind !== "serverStopping" ? theme.danger : theme.line;
    card.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
    const inner = width - 40;
    const operables: Operable[] = [];

    const headline = text(title, theme, { size: 17, bold: true });
    headline.paddingRightInPixels = 36;
    const column = stack("notice column", "down", gap(12), headline, gap(6), text(advice, theme, { size: 15, color: theme.faint }));
    if (action) {
        const { label, does } = action;
        const button = new PushButton({
            id: `${kind} action`,
            theme,
            caption: label,
            name: `${label}: ${title}`,
            width: inner,
            height: 42,
            prominent: true,
            press: () => options.act(does),
        });
        column.addControl(gap(8));
        column.addControl(button.control);
        operables.push(button);
    }
    column.addControl(gap(14));
    column.widthInPixels = inner;
    card.addControl(column);
    const cross = new PushButton({
        id: `${kind} dismiss`,
        theme,
        icon: "close",
        name: texts.notices.dismiss(title),
        width: 32,
        height: 32,
        press: () => options.dismiss(),
    });
    cross.control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
    cross.control.verticalAlignment = Control.VERTICAL_ALIGNMENT_TOP;
    cross.control.leftInPixels = -10;
    cross.control.topInPixels = 10;
    card.addControl(cross.control);
    operables.push(cross);
    return { control: card, operables };
}
