import { Control } from "@babylonjs/gui/2D/controls/control.js";
import type { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { PushButton } from "../kit/pushButton.js";
import { box, edge, text } from "../kit/surface.js";
import type { GuiContext } from "../guiContext.js";

/** Height of the header, in pixels. */
export const headHeight = 50;

/** Options of the header. */
export interface IRoomListHeadOptions {
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    refresh(): void;
    /** Opens or closes the form for a new room. */
    create(): void;
    /** Adds a close button that calls this. Default: none. */
    readonly close?: () => void;
}

/** Header of the room list: title and buttons. */
export class RoomListHead {
    /** Control to add to the room list. */
    public readonly control: Rectangle;
    /** Buttons, from left to right. */
    public readonly buttons: readonly PushButton[];
    private readonly _create: PushButton;

    /** @param options - width, context and callbacks */
    public constructor(options: IRoomListHeadOptions) {
        const { width, context, close } = options;
        const { theme } = context;
        const { rooms: texts } = context.texts;
        const size = { theme, width: 36, height: 36 } as const;
        const again = new PushButton({
            ...size,
            id: "rooms refresh",
            icon: "refresh",
            name: texts.refresh,
            press: () => options.refresh(),
        });
        this._create = new PushButton({ ...size, id: "rooms new", icon: "plus", name: texts.create, press: () => options.create() });
        const cross = close && new PushButton({ ...size, id: "rooms close", icon: "close", name: texts.close, press: close });
        this.buttons = [again, this._create, ...(cross ? [cross] : [])];
        this.control = box("rooms head", { width, height: headHeight });
        const title = text(texts.label, theme, { size: 18, bold: true, height: headHeight });
        title.leftInPixels = edge - 1;
        this.control.addControl(title);
        this.buttons.toReversed().forEach(({ control }, index) => {
            control.horizontalAlignment = Control.HORIZONTAL_ALIGNMENT_RIGHT;
            control.leftInPixels = 1 - edge - 42 * index;
            this.control.addControl(control);
        });
    }

    /** True while the form for a new room is open. */
    public set creating(creating: boolean) {
        this._create.expanded = creating;
    }

    /** Id of the button that opens the form. */
    public get createId(): string {
        return this._create.id;
    }
}
