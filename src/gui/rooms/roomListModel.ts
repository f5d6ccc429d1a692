import {
    BehaviorSubject,
    EMPTY,
    Observable,
    Subject,
    catchError,
    defer,
    distinctUntilChanged,
    map,
    of,
    repeat,
    startWith,
    switchMap,
    tap,
} from "rxjs";
import type { Subscription } from "rxjs";
import { RtcError } from "../../index.js";
import type { IRoomList, IRoomService, IRoomSummary } from "../../index.js";

/** The server's rooms as far as they are loaded. */
export interface IListedRooms {
    /** `loading`: nothing is known yet; `failed`: the last attempt failed, and what was known before is still here. */
    readonly state: "loading" | "ready" | "failed";
    readonly rooms: readonly IRoomSummary[];
    /** True if there are more pages. */
    readonly hasMore: boolean;
    /** Why it failed. */
    readonly error: RtcError | null;
}

type Lister = Pick<IRoomService, "listAsync">;

const nothing: IListedRooms = { state: "loading", rooms: [], hasMore: false, error: null };

/** The server's rooms, page by page; asked for again and again, but only while somebody looks. */
export class RoomListModel {
    /** The loaded rooms. Replays. */
    public readonly directory$: Observable<IListedRooms>;
    private readonly _directory = new BehaviorSubject(nothing);
    private readonly _shown = new BehaviorSubject(false);
    private readonly _again = new Subject<void>();
    private readonly _subscription: Subscription;
    private _pages = 1;

    /**
     * @param service - whose rooms
     * @param refreshMs - how long after an answer the server is asked again, in milliseconds
     */
    public constructor(service: Lister, refreshMs: number) {
        this.directory$ = this._directory.asObservable();
        const once$ = defer(() => listed$(service, this._pages)).pipe(
            map(({ rooms, next }): IListedRooms => ({ state: "ready", rooms, hasMore: next !== undefined, error: null })),
            catchError((thrown: unknown) => {
                const error = RtcError.From(thrown, "unknown", "The server did not tell its rooms. Please try again.");
                return of<IListedRooms>({ ...this._directory.value, state: "failed", error });
            }),
            tap((directory) => this._directory.next(directory)),
        );
        this._subscription = this._shown
            .pipe(
                distinctUntilChanged(),
                // A new wish takes the place of what is under way, and starts the time anew.
                switchMap((shown) =>
                    shown
                        ? this._again.pipe(
                              startWith(undefined),
                              switchMap(() => once$.pipe(repeat({ delay: refreshMs }))),
                          )
                        : EMPTY,
                ),
            )
            .subscribe();
    }

    /** True while the list is visible. Default: false. */
    public set shown(shown: boolean) {
        this._shown.next(shown);
    }

    /** Asks now. */
    public refresh(): void {
        this._again.next();
    }

    /** Asks for one more page. */
    public more(): void {
        this._pages++;
        this._again.next();
    }

    /** Stops. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._directory.complete();
    }
}

/** The first pages as one; unsubscribing cancels. */
function listed$(service: Lister, pages: number): Observable<IRoomList> {
    return new Observable((subscriber) => {
        const stop = new AbortController();
        listAsync(service, pages, stop.signal).then(
            (list) => {
                subscriber.next(list);
                subscriber.complete();
            },
            (error: unknown) => subscriber.error(error),
        );
        return () => stop.abort();
    });
}

async function listAsync(service: Lister, pages: number, signal: AbortSignal): Promise<IRoomList> {
    const rooms = new Map<string, IRoomSummary>();
    let next: string | undefined;
    for (let page = 0; page < pages; page++) {
        const list = await service.listAsync({ signal, ...(next !== undefined && { cursor: next }) });
        list.rooms.forEach((room) => rooms.set(room.id, room));
        next = list.next;
        if (next === undefined) {
            break;
        }
    }
    return { rooms: [...rooms.values()], ...(next !== undefined && { next }) };
}
