/** A room with a unique name. */
interface INamedRoom {
    readonly rules: { readonly title: string };
}

/** One page of rooms. */
export interface IRoomPage<Room extends INamedRoom> {
    readonly rooms: readonly Room[];
    /** True if there are rooms after this page. */
    readonly more: boolean;
}

/** Rooms sorted by name. The next page can start after the last name of the previous page, even if rooms were added or removed in between. */
export class RoomIndex<Room extends INamedRoom> {
    private readonly _byTitle = new Map<string, Room>();
    private readonly _titles: string[] = [];

    /**
     * @param title - a room's name
     * @returns the room with that name, if there is one
     */
    public get(title: string): Room | undefined {
        return this._byTitle.get(title);
    }

    /**
     * Adds a room.
     * @param room - a new room, whose name must not be in the index yet
     */
    public add(room: Room): void {
        this._byTitle.set(room.rules.title, room);
        this._titles.splice(this._placeOf(room.rules.title), 0, room.rules.title);
    }

    /**
     * Removes a room.
     * @param room - a room that has ended; ignored if it is not in the index
     */
    public remove(room: Room): void {
        if (this._byTitle.get(room.rules.title) === room) {
            this._byTitle.delete(room.rules.title);
            this._titles.splice(this._placeOf(room.rules.title), 1);
        }
    }

    /**
     * @param after - name after which the page starts; undefined = at the first room
     * @param limit - maximum number of rooms on the page
     * @returns the page
     */
    public page(after: string | undefined, limit: number): IRoomPage<Room> {
        let begin = after === undefined ? 0 : this._placeOf(after);
        if (after !== undefined && this._titles[begin] === after) {
            begin += 1;
        }
        const titles = this._titles.slice(begin, begin + limit);
        const rooms = titles.map((title) => this._byTitle.get(title)).filter((room) => room !== undefined);
        return { rooms, more: begin + limit < this._titles.length };
    }

    /** Index of the name, or the index at which it would be inserted. */
    private _placeOf(title: string): number {
        let low = 0;
        let high = this._titles.length;
        while (low < high) {
            const middle = (low + high) >>> 1;
            if ((this._titles[middle] ?? "") < title) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
