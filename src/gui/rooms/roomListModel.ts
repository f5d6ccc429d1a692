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

/** Loaded part of the server's room list. */
export interface IListedRooms {
    /** `loading`: no answer yet; `failed`: the last request failed, and `rooms` still has the previous answer. */
    readonly state: "loading" | "ready" | "failed";
    readonly rooms: readonly IRoomSummary[];
    /** True if the server has more pages. */
    readonly hasMore: boolean;
    /** Error of the last request; null = none. */
    readonly error: RtcError | null;
}

type Lister = Pick<IRoomService, "listAsync">;

const nothing: IListedRooms = { state: "loading", rooms: [], hasMore: false, error: null };

/** The server's room list, loaded page by page. Polled only while the list is visible. */
export class RoomListModel {
    /** The loaded rooms. Replays. */
    public readonly directory$: Observable<IListedRooms>;
    private readonly _directory = new BehaviorSubject(nothing);
    private readonly _shown = new BehaviorSubject(false);
    private readonly _again = new Subject<void>();
    private readonly _subscription: Subscription;
    private _pages = 1;

    /**
     * @param service - service whose rooms are listed
     * @param refreshMs - interval between an answer and the next request, in milliseconds
     */
    public constructor(service: Lister, refreshMs: number) {
        this.directory$ = this._directory.asObservable();
        const once$ = defer(() => listed$(service, this._pages)).pipe(
            map(({ rooms, next }): IListedRooms => ({ state: "ready", rooms, hasMore: next !== undefined, error: null })),
            catchError((thrown: unknown) => {
                const error = RtcError.From(thrown, "unknown", "The rooms could not be loaded. Please try again.");
                return of<IListedRooms>({ ...this._directory.value, state: "failed", error });
            }),
            tap((directory) => this._directory.next(directory)),
        );
        this._subscription = this._shown
            .pipe(
                distinctUntilChanged(),
                // Hiding the list cancels the request in progress. So does a new request, which also restarts the interval.
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

    /** Requests the rooms now; no-op while the list is hidden. */
    public refresh(): void {
        this._again.next();
    }

    /** Loads one more page. The previous pages are requested again. */
    public more(): void {
        this._pages++;
        this._again.next();
    }

    /** Stops polling and completes `directory$`. */
    public dispose(): void {
        this._subscription.unsubscribe();
        this._directory.complete();
    }
}

/** Loads the first pages as one list. Unsubscribing aborts the requests. */
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
