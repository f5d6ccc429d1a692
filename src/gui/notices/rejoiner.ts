import { BehaviorSubject } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { RtcError } from "../../index.js";
import type { IRoomSource } from "../../index.js";
import { roomServiceOf } from "../guiContext.js";

/** Joins the last room again. */
export class Rejoiner {
    /** Error of the last attempt; null = none. Replays. */
    public readonly error$: Observable<RtcError | null>;
    /** True if there is a room to join again, and a function that joins it. Replays. */
    public readonly canRejoin$: Observable<boolean>;
    private readonly _canRejoin: BehaviorSubject<boolean>;
    private readonly _error = new BehaviorSubject<RtcError | null>(null);
    private readonly _room: IRoomSource;
    private readonly _subscription: Subscription;
    private readonly _rejoinAsync: (() => Promise<void>) | undefined;
    private _last: string | null = null;

    /**
     * @param room - room source
     * @param rejoinAsync - the app's function that joins again. Default: `room.joinAsync` with the last room's name. Without that method,
     * `error$` emits `unsupported`; before the first room, it emits `roomNotFound`.
     */
    public constructor(room: IRoomSource, rejoinAsync?: () => Promise<void>) {
        this._room = room;
        this._rejoinAsync = rejoinAsync;
        this.error$ = this._error.asObservable();
        this._canRejoin = new BehaviorSubject(rejoinAsync !== undefined);
        this.canRejoin$ = this._canRejoin.asObservable();
        this._subscription = room.status$.subscribe((status) => {
            if (status.state === "inRoom") {
                this._last = status.room.name;
                this._canRejoin.next(rejoinAsync !== undefined || roomServiceOf(room, "joinAsync") !== null);
                this._error.next(null);
            }
        });
    }

    /** Tries to join the last room again. Never rejects: errors are emitted on `error$`. */
    public async rejoinAsync(): Promise<void> {
        try {
            const service = roomServiceOf(this._room, "joinAsync");
            if (this._rejoinAsync) {
                await this._rejoinAsync();
            } else if (!service) {
                throw new RtcError("unsupported", "Only the app can enter these rooms. Set the option rejoinAsync.");
            } else if (this._last === null) {
                throw new RtcError("roomNotFound", "There was no room to come back to. Join one first, or set the option rejoinAsync.");
            } else {
                await service.joinAsync(this._last);
            }
        } catch (error) {
            this._error.next(RtcError.From(error, "unknown", "The room could not be entered."));
        }
    }

    /** Stops observing the room. */
    public dispose(): void {
        this._subscription.unsubscribe();
    }
}
