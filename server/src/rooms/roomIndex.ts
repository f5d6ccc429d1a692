/** A room that is found by its name. */
interface INamedRoom {
    readonly rules: { readonly title: string };
}

/** One page of rooms. */
export interface IRoomPage<Room extends INamedRoom> {
    readonly rooms: readonly Room[];
    /** True if there are rooms after these. */
    readonly more: boolean;
}

/** Rooms by name, in the order of their names, so that a page begins where the one before ended, whatever came and went in between. */
export class RoomIndex<Room extends INamedRoom> {
    private readonly _byTitle = new Map<string, Room>();
    private readonly _titles: string[] = [];

    /**
     * @param title - a room's name
     * @returns the room of that name, if there is one
     */
    public get(title: string): Room | undefined {
        return this._byTitle.get(title);
    }

    /**
     * @param room - a room that was created; the caller knows that there is none of that name
     */
    public add(room: Room): void {
        this._byTitle.set(room.rules.title, room);
        this._titles.splice(this._placeOf(room.rules.title), 0, room.rules.title);
    }

    /**
     * @param room - a room that is over; harmless if it is not here
     */
    public remove(room: Room): void {
        if (this._byTitle.get(room.rules.title) === room) {
            this._byTitle.delete(room.rules.title);
            this._titles.splice(this._placeOf(room.rules.title), 1);
        }
    }

    /**
     * @param after - the name that the page begins after; undefined = from the first room on
     * @param limit - the most rooms of the page
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

    /** Index of the name, or the one at which it would be inserted. */
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
