import { ProtocolError } from "../protocolError.js";

const maxPerRoom = 1000;
const maxRooms = 1000;

/** Bans by room and user, with their end times. A room has at most 1000 bans. Above 1000 rooms, those without a current ban are removed. */
export class BanList {
    private readonly _rooms = new Map<string, Map<string, number>>();
    private readonly _now: () => number;

    /**
     * @param now - the clock, in milliseconds
     */
    public constructor(now: () => number) {
        this._now = now;
    }

    /**
     * Bans a user from a room. Above the limit of 1000 bans, the oldest ban of the room is removed.
     * @param roomId - the room's id
     * @param userId - the user's id
     * @param until - end of the ban, in milliseconds by the clock; ignored if it is past, or if an existing ban ends later
     */
    public add(roomId: string, userId: string, until: number): void {
        const standing = this.until(roomId, userId) ?? 0;
        if (until <= this._now() || until <= standing) {
            return;
        }
        if (this._rooms.size >= maxRooms) {
            this._sweep();
        }
        const users = this._rooms.get(roomId) ?? new Map<string, number>();
        this._rooms.set(roomId, users);
        // The limit is per room, so that the bans of one room cannot displace those of another.
        for (const oldest of users.keys()) {
            if (users.size < maxPerRoom) {
                break;
            }
            users.delete(oldest);
        }
        users.delete(userId);
        users.set(userId, until);
    }

    /**
     * @param roomId - the room's id
     * @param userId - the user's id
     * @returns end of the ban, in milliseconds by the clock; undefined if the user is not banned
     */
    public until(roomId: string, userId: string): number | undefined {
        const until = this._rooms.get(roomId)?.get(userId);
        return until !== undefined && until > this._now() ? until : undefined;
    }

    /**
     * Throws `banned` if the user is banned from the room.
     * @param roomId - the room's id
     * @param userId - the user's id
     */
    public requireNone(roomId: string, userId: string): void {
        const until = this.until(roomId, userId);
        if (until !== undefined) {
            const seconds = Math.ceil((until - this._now()) / 1000);
            throw new ProtocolError("banned", `You are banned from this room for ${seconds} s.`);
        }
    }

    /**
     * Removes all bans of a room.
     * @param roomId - id of a room that has ended; the id is never used again
     */
    public forget(roomId: string): void {
        this._rooms.delete(roomId);
    }

    private _sweep(): void {
        const now = this._now();
        for (const [roomId, users] of this._rooms) {
            if ([...users.values()].every((until) => until <= now)) {
                this._rooms.delete(roomId);
            }
        }
    }
}
