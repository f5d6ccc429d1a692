import { maxDescriptionLength, maxPasswordLength } from "../../../protocol/limits.js";
import type { StackPanel } from "@babylonjs/gui/2D/controls/stackPanel.js";
import { InlineError } from "../kit/inlineError.js";
import type { Mirrorable } from "../accessibility/operable.js";
import { PushButton } from "../kit/pushButton.js";
import type { FaultyField, IRoomDraft } from "./roomListView.js";
import { gap, inset, setHeight, stack } from "../kit/surface.js";
import { TextField } from "../kit/textField.js";
import type { GuiContext } from "../guiContext.js";
import { ToggleSwitch } from "../kit/toggleSwitch.js";

const fieldHeight = 42;

/** Options of the form. */
export interface ICreateRoomFormOptions {
    /** In pixels. */
    readonly width: number;
    readonly context: GuiContext;
    create(draft: IRoomDraft): void;
    back(): void;
    /** Called when the form's appearance has changed. */
    changed(): void;
    /** Called when the user edits the field that the shown error message is about. */
    edited(): void;
}

/** Form for a new room. */
export class CreateRoomForm {
    /** The control to add. */
    public readonly control: StackPanel;
    private readonly _context: GuiContext;
    private readonly _name: TextField;
    private readonly _description: TextField;
    private readonly _password: TextField;
    private readonly _most: TextField;
    private readonly _private: ToggleSwitch;
    private readonly _create: PushButton;
    private readonly _back: PushButton;
    private readonly _fault: InlineError;

    /** @param options - appearance and actions */
    public constructor(options: ICreateRoomFormOptions) {
        const { width, context } = options;
        const { theme } = context;
        const { rooms: words } = context.texts;
        this._context = context;
        const submit = (): void => options.create(this._draft);
        const field = (id: string, name: string, limits: { readonly maxLength?: number; readonly secret?: boolean } = {}): TextField =>
            new TextField({ id: `new ${id}`, name, theme, width, height: fieldHeight, edited: () => options.edited(), submit, ...limits });
        this._name = field("name", words.name);
        this._description = field("description", words.description, { maxLength: maxDescriptionLength });
        this._password = field("password", words.newPassword, { secret: true, maxLength: maxPasswordLength });
        this._most = field("most", words.most, { maxLength: 4 });
        this._private = new ToggleSwitch({
            id: "new private",
            name: words.private,
            theme,
            width: width + 2 * inset,
            height: fieldHeight,
            toggle: (on) => {
                this._private.on = on;
                options.changed();
            },
        });
        this._fault = new InlineError("new fault", width, theme);
        const half = (width - 8) / 2;
        this._back = new PushButton({ id: "new back", theme, caption: words.back, width: half, height: 44, press: () => options.back() });
        this._create = new PushButton({
            id: "create",
            theme,
            caption: words.createButton,
            width: half,
            height: 44,
            prominent: true,
            press: submit,
        });
        const ends = stack("new ends", "right", this._back.control, gap(8), this._create.control);
        ends.heightInPixels = 44;
        const lines = [this._name, this._description, this._password, this._most, this._private].flatMap(({ control }) => [
            control,
            gap(8),
        ]);
        this.control = stack("new room", "down", gap(2), ...lines, this._fault.control, ends, gap(6));
        this.control.widthInPixels = width + 2 * inset;
        this.clear();
    }

    /** All controls in Tab order, hidden ones included. */
    public get mirrorables(): readonly Mirrorable[] {
        return [...this._fields, this._private, this._fault, this._back, this._create];
    }

    /** Current height, in pixels. */
    public get height(): number {
        return 2 + 5 * (fieldHeight + 8) + this._fault.height + 44 + 6;
    }

    /**
     * Shows the state of the request.
     * @param busy - true while the room is being created
     * @param fault - error message of the last attempt; empty = none
     * @param at - field that the message is about; null = none of them
     */
    public show(busy: boolean, fault: string, at: FaultyField | null): void {
        const { creating, createButton } = this._context.texts.rooms;
        this._create.caption = busy ? creating : createButton;
        this._fault.name = fault;
        this._name.fault = at === "name" ? fault : "";
        this._password.fault = at === "password" ? fault : "";
        this._most.fault = at === "most" ? fault : "";
        setHeight(this.control, this.height);
    }

    /** Opens a keyboard for the first field. */
    public edit(): void {
        this._name.edit();
    }

    /** Resets all inputs and closes the virtual keyboard. */
    public clear(): void {
        this.done();
        this._fields.forEach((field) => field.reset());
        this._private.on = false;
    }

    /** Closes the virtual keyboard; no-op if there is none. */
    public done(): void {
        this._fields.forEach((field) => field.done());
    }

    private get _fields(): readonly TextField[] {
        return [this._name, this._description, this._password, this._most];
    }

    private get _draft(): IRoomDraft {
        return {
            name: this._name.value,
            description: this._description.value,
            password: this._password.value,
            most: this._most.value,
            private: this._private.on,
        };
    }
}
