import { Subject } from "rxjs";
import { RtcError } from "../../index.js";
import type { IHelp } from "../texts/help.js";
import type { GuiContext } from "../guiContext.js";

/** A failed action, and its text. */
export interface IRoomFault {
    /** Target of the action. */
    readonly at: string;
    readonly help: IHelp;
    /** Absent where it was not even tried. */
    readonly error?: RtcError;
}

/** Does what a person asks of the server, one thing at a time, and remembers what failed. */
export class RoomActions {
    private readonly _errors = new Subject<RtcError>();
    private readonly _context: GuiContext;
    private readonly _changed: () => void;
    private _busy: string | null = null;
    private _fault: IRoomFault | null = null;

    /** Failed actions. Hot. */
    public readonly error$ = this._errors.asObservable();

    /**
     * @param context - what to tell of errors
     * @param changed - is told when something is under way, done, or failed
     */
    public constructor(context: GuiContext, changed: () => void) {
        this._context = context;
        this._changed = changed;
    }

    /** Target of the action under way; null = none. */
    public get busy(): string | null {
        return this._busy;
    }

    /** The last failure, until the next action. */
    public get fault(): IRoomFault | null {
        return this._fault;
    }

    /** Text of the failure there; empty = none. */
    public faultAt(...places: readonly string[]): string {
        return this._fault && places.includes(this._fault.at) ? `${this._fault.help.title}. ${this._fault.help.advice}` : "";
    }

    /** Forgets what failed, or says that something would. */
    public tell(fault: IRoomFault | null): void {
        this._fault = fault;
        this._changed();
    }

    /** Forgets what failed there. */
    public forget(at: string): void {
        if (this._fault?.at === at) {
            this.tell(null);
        }
    }

    /**
     * Does something, unless something else is under way.
     * @param at - what it is done to
     * @param actAsync - does it
     * @param done - what follows when it succeeded
     */
    public async attemptAsync(at: string, actAsync: () => Promise<void>, done: () => void): Promise<void> {
        if (this._busy !== null) {
            return;
        }
        this._busy = at;
        this.tell(null);
        try {
            await actAsync();
            this._end();
            done();
            this._changed();
        } catch (thrown) {
            const error = RtcError.From(thrown, "unknown", "The server did not do it. Please try again.");
            this._end();
            this.tell({ at, help: this._context.texts.errors[error.code], error });
            this._errors.next(error);
        }
    }

    /** Ends the stream; what is under way goes on, and is told to nobody. */
    public dispose(): void {
        this._errors.complete();
    }

    private _end(): void {
        this._busy = null;
    }
}
