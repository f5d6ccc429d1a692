import type { TextBlock } from "@babylonjs/gui/2D/controls/textBlock.js";
import type { IReadable } from "../accessibility/operable.js";
import { inset, text } from "./surface.js";
import type { IGuiTheme } from "./theme.js";

/** Options of a text. */
export interface IReadingOptions {
    readonly id: string;
    readonly kind: IReadable["kind"];
    readonly theme: IGuiTheme;
    readonly words: string;
}

/** Heading on one line, or text that is wrapped into as many lines as needed. */
export class Reading implements IReadable {
    public readonly kind: IReadable["kind"];
    public readonly id: string;
    public readonly control: TextBlock;

    /** @param options - kind and text */
    public constructor({ id, kind, theme, words }: IReadingOptions) {
        this.id = id;
        this.kind = kind;
        this.control =
            kind === "heading"
                ? text(words, theme, { size: 15, bold: true, color: theme.accent, height: 34 })
                : text(words, theme, { size: 14, color: theme.faint });
        this.control.name = id;
        this.control.paddingLeftInPixels = inset;
        this.control.paddingTopInPixels = kind === "note" ? 4 : 0;
    }

    /** The text. */
    public get name(): string {
        return this.control.text;
    }
    public set name(words: string) {
        this.control.text = words;
    }
}
