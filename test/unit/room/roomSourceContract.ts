import type { Observable } from "rxjs";
import type { IRoomSource, RoomStatus } from "../../../src/room/room.js";

/** A room source that a test controls. */
export interface IRuledRoomSource {
    readonly source: IRoomSource;
    /** Enters a room with this id. If the source has a member list, the list then contains the local member. */
    enter(room: string): void;
    /** Leaves the room. */
    leave(): void;
}

/**
 * Checks a room source against the contract of `IRoomSource`.
 * @param name - name of the source, for the test titles
 * @param make - creates a source that is in no room
 */
export function describeRoomSource(name: string, make: () => IRuledRoomSource): void {
    describe(`${name}, as a source of rooms`, () => {
        const watch = <T>(stream$: Observable<T>): T[] => {
            const values: T[] = [];
            stream$.subscribe((value) => values.push(value));
            return values;
        };
        const roomOf = (status: RoomStatus): string | null => (status.state === "inRoom" ? status.room.id : null);

        it("replays the current status to each subscriber at once", () => {
            const { source, enter, leave } = make();
            expect(watch(source.status$)).toEqual([{ state: "idle" }]);
            enter("lobby");
            expect(watch(source.status$).map(roomOf)).toEqual(["lobby"]);
            leave();
            expect(watch(source.status$)).toEqual([{ state: "idle" }]);
        });

        it("emits every change, with room and local member", () => {
            const { source, enter, leave } = make();
            const statuses = watch(source.status$);
            enter("lobby");
            leave();
            enter("arena");
            expect(statuses.map(roomOf)).toEqual([null, "lobby", null, "arena"]);
            expect(statuses.at(-1)).toMatchObject({ self: { id: expect.any(String) as string, attributes: {} } });
        });

        it("emits an empty member list outside of a room, if it has a member list", () => {
            const { source, enter, leave } = make();
            const lists = source.members$ ? watch(source.members$) : [];
            enter("lobby");
            leave();
            expect([...(lists[0] ?? [])]).toEqual([]);
            expect([...(lists.at(-1) ?? [])]).toEqual([]);
            expect(lists.some((list) => list.size > 0)).toBe(source.members$ !== undefined);
        });
    });
}
