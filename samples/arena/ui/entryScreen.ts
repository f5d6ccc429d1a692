import { RtcError } from "babylon-rtc";
import { defaultTexts } from "babylon-rtc/gui";
import "./entryScreen.css";
import { find } from "./find.js";

/** Input of the player on the entry screen. */
export interface IEntry {
    readonly name: string;
    readonly room: string;
    /** As `#rrggbb`. */
    readonly color: string;
    /** Absent if the field is empty. */
    readonly password?: string;
}

/** Available avatar colours. */
const colors = { Rust: "#c8553d", Amber: "#e0a030", Moss: "#7f9a3e", Lagoon: "#2f9c95", Sky: "#4f86c6", Plum: "#9b5fa5" } as const;

/** Message for a room that requires a password, if none was typed yet. */
const locked = { title: "This room has a password", advice: "Type it above. The members of the room know it." } as const;

/** The entry screen, over the running arena. */
export class EntryScreen {
    private readonly _root = find("#entry", HTMLElement);
    private readonly _form = find("#entry form", HTMLFormElement);
    private readonly _name = find("#name", HTMLInputElement);
    private readonly _room = find("#room", HTMLInputElement);
    private readonly _password = find("#password", HTMLInputElement);
    private readonly _error = find("#error", HTMLElement);
    private readonly _button = find("#enter", HTMLButtonElement);
    private readonly _cancel = find("#cancel", HTMLButtonElement);
    private _attempt: AbortController | null = null;

    /**
     * @param suggestion - initial values of the form
     * @param enterAsync - enters the room; when it resolves, the screen is hidden; when it rejects, the screen shows the error
     */
    public constructor(suggestion: Partial<IEntry>, enterAsync: (entry: IEntry, signal: AbortSignal) => Promise<void>) {
        const lucky = Math.floor(Math.random() * 90 + 10).toString();
        this._name.value = suggestion.name ?? `Rover ${lucky}`;
        this._room.value = suggestion.room ?? "lobby";
        this._addColors(suggestion.color);
        if (!isSecureContext) {
            find("#entry .hint", HTMLElement).textContent =
                "Without https the microphone does not work. You hear the others, but they do not hear you.";
        }
        // A password is valid for one room only, so another room name clears it.
        this._room.addEventListener("input", () => this._ask(false));
        this._form.addEventListener("submit", (event) => {
            event.preventDefault();
            void this._submitAsync(enterAsync);
        });
        this._root.addEventListener("keydown", ({ key }) => {
            if (key === "Escape") {
                this._attempt?.abort();
            }
        });
        this._cancel.addEventListener("click", () => {
            this._attempt?.abort();
            this._button.focus();
        });
        this.show();
    }

    /**
     * Shows the screen.
     * @param error - error to display. Default: none.
     */
    public show(error?: unknown): void {
        this._root.hidden = false;
        this._root.scrollTop = 0;
        this._setBusy(null);
        this._tell(error);
        // Focus helps only keyboard users. On a touch screen, it would just show an outline.
        if (!matchMedia("(pointer: coarse)").matches) {
            (this._name.value ? this._button : this._name).focus();
        }
    }

    /** Sets the room name in the form, for when the player has changed rooms. Null leaves the form unchanged. */
    public set room(room: string | null) {
        if (room !== null && room !== this._room.value) {
            this._room.value = room;
            this._ask(false);
        }
    }

    private async _submitAsync(enterAsync: (entry: IEntry, signal: AbortSignal) => Promise<void>): Promise<void> {
        if (this._attempt) {
            return;
        }
        const attempt = new AbortController();
        this._setBusy(attempt);
        this._tell();
        try {
            const name = this._name.value.trim();
            if (name === "") {
                this._name.focus();
                throw new RtcError("invalidArgument", "Please type a call sign, so that the others know who is speaking.");
            }
            const color = new FormData(this._form).get("color");
            const password = this._password.value;
            await enterAsync(
                {
                    name,
                    room: this._room.value.trim(),
                    color: typeof color === "string" ? color : colors.Rust,
                    ...(password !== "" && { password }),
                },
                attempt.signal,
            );
            this._root.hidden = true;
            this._button.blur();
        } catch (error) {
            this._tell(error);
        } finally {
            this._setBusy(null);
        }
    }

    private _setBusy(attempt: AbortController | null): void {
        this._attempt = attempt;
        this._button.ariaBusy = String(attempt !== null);
        find("span", HTMLElement, this._button).textContent = attempt ? "Entering…" : "Enter the arena";
        this._button.disabled = false;
        this._cancel.hidden = attempt === null;
    }

    private _tell(error?: unknown): void {
        this._error.hidden = error === undefined;
        if (error !== undefined) {
            const rtcError = RtcError.From(error, "unknown", "Something went wrong.");
            const { code, message } = rtcError;
            const isLocked = code === "passwordWrong" && this._password.value === "";
            const { title, advice } = isLocked ? locked : defaultTexts.errors[code];
            fill(this._error, title, code === "invalidArgument" ? message : advice);
            this._error.dataset.code = code;
            if (code === "passwordWrong") {
                this._ask(true);
            }
            this._error.scrollIntoView({ block: "nearest" });
        }
    }

    private _ask(isAsked: boolean): void {
        if (this._password.parentElement) {
            this._password.parentElement.hidden = !isAsked;
        }
        if (isAsked) {
            this._password.focus();
            this._password.select();
        } else {
            this._password.value = "";
        }
    }

    private _addColors(suggested?: string): void {
        const values = Object.values(colors);
        // A random default, so that the avatars of players who do not choose differ.
        const chosen = suggested ?? values[Math.floor(Math.random() * values.length)];
        const fieldset = find(".colors", HTMLElement, this._form);
        for (const [title, value] of Object.entries(colors)) {
            const input = document.createElement("input");
            Object.assign(input, { type: "radio", name: "color", value, title, ariaLabel: title, checked: value === chosen });
            input.style.setProperty("--color", value);
            fieldset.append(input);
        }
    }
}

/**
 * Shows that this browser cannot enter, and hides the form.
 * @param title - headline: what does not work
 * @param advice - advice to the user
 */
export function refuseEntry(title: string, advice: string): void {
    const error = find("#error", HTMLElement);
    fill(error, title, advice);
    error.hidden = false;
    error.dataset.code = "unsupported";
    document.querySelectorAll<HTMLElement>("#entry :is(.field, .colors, .enter, .cancel, .hint)").forEach((part) => (part.hidden = true));
}

function fill(error: HTMLElement, title: string, advice: string): void {
    const headline = document.createElement("strong");
    headline.textContent = title;
    error.replaceChildren(headline, advice);
}
