import { Subject } from "rxjs";
import { RtcError } from "../../index.js";
import type { IHelp } from "../texts/help.js";
import type { GuiContext } from "../guiContext.js";

/** A failed action and its message. */
export interface IRoomFault {
    /** Target of the action: id of a room, or another name that the caller chose. */
    readonly at: string;
    readonly help: IHelp;
    /** Absent if the action failed a check before the request. */
    readonly error?: RtcError;
}

/** Runs the user's requests to the server, one at a time, and stores the last failure. */
export class RoomActions {
    private readonly _errors = new Subject<RtcError>();
    private readonly _context: GuiContext;
    private readonly _changed: () => void;
    private _busy: string | null = null;
    private _fault: IRoomFault | null = null;

    /** Errors of failed actions, and those passed to `report`. Hot. */
    public readonly error$ = this._errors.asObservable();

    /**
     * @param context - context with the error messages
     * @param changed - called when an action starts, succeeds or fails, and when the last failure is set or cleared
     */
    public constructor(context: GuiContext, changed: () => void) {
        this._context = context;
        this._changed = changed;
    }

    /** Target of the action in progress; null = none. */
    public get busy(): string | null {
        return this._busy;
    }

    /** The last failure, until the next action, `tell` or `forget` clears it; null = none. */
    public get fault(): IRoomFault | null {
        return this._fault;
    }

    /** Message of the last failure if its target is one of `places`; otherwise empty. */
    public faultAt(...places: readonly string[]): string {
        return this._fault && places.includes(this._fault.at) ? `${this._fault.help.title}. ${this._fault.help.advice}` : "";
    }

    /** Sets a failure that was found without a request, or clears the last failure (null). */
    public tell(fault: IRoomFault | null): void {
        this._fault = fault;
        this._changed();
    }

    /** Clears the last failure if `at` is its target. */
    public forget(at: string): void {
        if (this._fault?.at === at) {
            this.tell(null);
        }
    }

    /**
     * Runs an action; no-op while another one is in progress.
     * @param at - target of the action
     * @param actAsync - sends the request
     * @param done - called after success
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
            const error = RtcError.From(thrown, "unknown", "The request failed. Please try again.");
            this._end();
            this.tell({ at, help: this._context.texts.errors[error.code], error });
            this._errors.next(error);
        }
    }

    /** Emits an error that is not about an action. */
    public report(error: RtcError): void {
        this._errors.next(error);
    }

    /** Completes `error$`. An action in progress continues, but its error is not emitted. */
    public dispose(): void {
        this._errors.complete();
    }

    private _end(): void {
        this._busy = null;
    }
}
