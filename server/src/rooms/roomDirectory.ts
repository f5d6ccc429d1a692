import { BanList } from "./bans.js";
import { RoomIndex } from "./roomIndex.js";
import type { LeaveReason, ModerationAction, ProtocolErrorCode } from "../../../protocol/wire.js";
import type { IPrivileges } from "../tokens/privileges.js";
import type { IRoomPage } from "./roomIndex.js";
import type { RoomRules } from "./roomRules.js";

/** Interface of one of our rooms to the rest of the server. */
export interface IOwnRoom {
    readonly roomId: string;
    /** True once the room is closing and accepts no more clients. */
    readonly isEnding: boolean;
    readonly rules: RoomRules;
    /** Number of members. */
    readonly size: number;
    readonly owner: { readonly id: string; readonly name: string };
    /** True if the owner is a guest, whose bans are limited to a short time. */
    readonly ownerIsGuest: boolean;
    hasMember(userId: string): boolean;
    /** True if the seat with that session id is reserved, and its client has not connected yet. */
    holdsSeat(sessionId: string): boolean;
    /** Tells all clients that the server is draining and will stop. `seconds`: longest time until then. */
    tellStopping(seconds: number): void;
    /** Removes a member from the room and its voice, without a ban; no-op if the user is not a member. */
    putOut(userId: string): void;
    /** Name of that member; undefined if the user is not a member. */
    nameOf(userId: string): string | undefined;
}

/** Interface of one RTC room to the rest of the server. */
export interface IOwnRtcRoom {
    readonly roomId: string;
    /** True once the RTC room is closing and accepts no more clients. */
    readonly isEnding: boolean;
    /** Id of the room that this RTC room belongs to. */
    readonly voiceOf: string;
    /** Peer ids of members whom this user would call after joining now: those with open signalling and without a block. At most `maxCallees`. */
    calleesOf(userId: string): string[];
    /** {@inheritDoc IOwnRoom.tellStopping} */
    tellStopping(seconds: number): void;
    /** Called when a user has joined the room `voiceOf`. */
    memberJoined(userId: string): void;
    /** Called when a member has left the room `voiceOf`. `why`: reason. */
    memberLeft(userId: string, why: LeaveReason): void;
    /** Called when a member of the room `voiceOf` has changed their name. */
    memberRenamed(userId: string, name: string): void;
    /** Removes a user at once, without a ban; no-op if the user is not present. `sentence`: reason, for the user. */
    putOutUser(userId: string, code: ProtocolErrorCode, sentence: string): void;
    /** Moderates on behalf of the app; throws a `ProtocolError`. */
    moderate(what: ModerationAction): void;
    /** Sets privileges that override those of the user's grants; null = the privileges of the grants apply. */
    setPrivileges(userId: string, privileges: IPrivileges | null): void;
}

/** Directory of the rooms, RTC rooms and bans of this server. There is one public room per name, and one RTC room per room id. */
export class RoomDirectory {
    private readonly _rooms = new Map<string, IOwnRoom>();
    private readonly _named = new RoomIndex<IOwnRoom>();
    private readonly _rtcRooms = new Map<string, IOwnRtcRoom>();
    private readonly _carried = new Set<string>();
    private readonly _waiting = new Set<() => void>();
    private readonly _bans: BanList;

    /**
     * @param now - the clock for the ends of bans, in milliseconds
     */
    public constructor(now: () => number) {
        this._bans = new BanList(now);
    }

    /** Number of rooms. */
    public get roomCount(): number {
        return this._rooms.size;
    }

    /** Colyseus ids of all rooms and RTC rooms. */
    public get carriedIds(): readonly string[] {
        return [...this._carried];
    }

    /** Number of members in all rooms. */
    public get memberCount(): number {
        let count = 0;
        for (const room of this._rooms.values()) {
            count += room.size;
        }
        return count;
    }

    /**
     * @param userId - a user's id
     * @returns number of existing rooms that the user has created; rooms that never have an owner do not count
     */
    public countOf(userId: string): number {
        let count = 0;
        for (const { rules } of this._rooms.values()) {
            count += rules.creator === userId ? 1 : 0;
        }
        return count;
    }

    /** Number of RTC rooms. */
    public get rtcRoomCount(): number {
        return this._rtcRooms.size;
    }

    /**
     * @param roomId - Colyseus id of a room
     * @returns true if the directory has a room or RTC room with that id
     */
    public carries(roomId: string): boolean {
        return this._carried.has(roomId);
    }

    /**
     * @param roomId - a room's id
     * @returns our room with that id, if there is one
     */
    public room(roomId: string): IOwnRoom | undefined {
        return this._rooms.get(roomId);
    }

    /**
     * @param title - a room's name
     * @returns our public room with that name, if there is one
     */
    public roomByTitle(title: string): IOwnRoom | undefined {
        return this._named.get(title);
    }

    /**
     * @param after - name after which the page starts; undefined = at the first room
     * @param limit - maximum number of rooms on the page
     * @returns a page of the public rooms, sorted by name
     */
    public page(after: string | undefined, limit: number): IRoomPage<IOwnRoom> {
        return this._named.page(after, limit);
    }

    /**
     * @param roomId - a room's id
     * @returns the RTC room of that room, if there is one
     */
    public rtcRoom(roomId: string): IOwnRtcRoom | undefined {
        return this._rtcRooms.get(roomId);
    }

    /**
     * Adds a room.
     * @param room - a new room
     * @returns false, without any change, if there is already a public room with that name
     */
    public addRoom(room: IOwnRoom): boolean {
        if (!room.rules.hidden) {
            if (this._named.get(room.rules.title)) {
                return false;
            }
            this._named.add(room);
        }
        this._rooms.set(room.roomId, room);
        this._carried.add(room.roomId);
        return true;
    }

    /**
     * Adds an RTC room.
     * @param room - a new RTC room
     * @returns false, without any change, if there is already an RTC room for that room
     */
    public addRtcRoom(room: IOwnRtcRoom): boolean {
        if (this._rtcRooms.has(room.voiceOf)) {
            return false;
        }
        this._rtcRooms.set(room.voiceOf, room);
        this._carried.add(room.roomId);
        return true;
    }

    /**
     * Removes a room.
     * @param room - a room that has ended; ignored if it is not in the directory
     */
    public removeRoom(room: IOwnRoom): void {
        if (this._rooms.get(room.roomId) === room) {
            this._rooms.delete(room.roomId);
            this._named.remove(room);
            this._bans.forget(room.roomId);
            this._carried.delete(room.roomId);
            this._lookWhetherEmpty();
        }
    }

    /**
     * Removes an RTC room.
     * @param room - an RTC room that has ended; ignored if it is not in the directory
     */
    public removeRtcRoom(room: IOwnRtcRoom): void {
        if (this._rtcRooms.get(room.voiceOf) === room) {
            this._rtcRooms.delete(room.voiceOf);
            this._carried.delete(room.roomId);
            this._lookWhetherEmpty();
        }
    }

    /**
     * Tells all clients of all rooms and RTC rooms that the server is draining.
     * @param seconds - longest time until the server stops
     */
    public tellStopping(seconds: number): void {
        [...this._rooms.values(), ...this._rtcRooms.values()].forEach((room) => room.tellStopping(seconds));
    }

    /**
     * @param signal - ends the wait
     * @returns a promise that resolves when no room and no RTC room is left, or when the signal aborts
     */
    public async emptyAsync(signal: AbortSignal): Promise<void> {
        await new Promise<void>((resolve) => {
            const end = (): void => {
                this._waiting.delete(end);
                signal.removeEventListener("abort", end);
                resolve();
            };
            this._waiting.add(end);
            signal.addEventListener("abort", end);
            if (signal.aborted) {
                end();
            }
            this._lookWhetherEmpty();
        });
    }

    private _lookWhetherEmpty(): void {
        if (this._carried.size === 0) {
            this._waiting.forEach((end) => end());
        }
    }

    /**
     * Tells the RTC room of a room that a member has joined.
     * @param roomId - the room's id
     * @param userId - the member's id
     */
    public memberJoined(roomId: string, userId: string): void {
        this._rtcRooms.get(roomId)?.memberJoined(userId);
    }

    /**
     * Tells the RTC room of a room that a member has left.
     * @param roomId - the room's id
     * @param userId - the member's id
     * @param why - reason
     */
    public memberLeft(roomId: string, userId: string, why: LeaveReason): void {
        this._rtcRooms.get(roomId)?.memberLeft(userId, why);
    }

    /**
     * Tells the RTC room of a room that a member has changed their name.
     * @param roomId - the room's id
     * @param userId - the member's id
     * @param name - the new name
     */
    public memberRenamed(roomId: string, userId: string, name: string): void {
        this._rtcRooms.get(roomId)?.memberRenamed(userId, name);
    }

    /**
     * Removes a user from the voice of a room at once.
     * @param roomId - the room's id
     * @param userId - the user's id
     * @param code - reason
     * @param sentence - reason, as a sentence
     */
    public putOutOfVoice(roomId: string, userId: string, code: ProtocolErrorCode, sentence: string): void {
        this._rtcRooms.get(roomId)?.putOutUser(userId, code, sentence);
    }

    /**
     * Bans a user from a room and its voice, and revokes the invitations that they created for it. A member is removed from the room and its voice.
     * If the room is one of the app's, the server has only its RTC room, and the caller must remove the user from there.
     * @param roomId - the room's id
     * @param userId - the user's id
     * @param until - end of the ban, in milliseconds by the clock of bans; no ban if it is past; an existing ban that ends later is kept
     */
    public ban(roomId: string, userId: string, until: number): void {
        this._bans.add(roomId, userId, until);
        this._rooms.get(roomId)?.rules.access.revokeInvitations(userId);
        if (this._bans.until(roomId, userId) !== undefined) {
            this._rooms.get(roomId)?.putOut(userId);
        }
    }

    /**
     * @param roomId - the room's id
     * @param userId - the user's id
     * @returns end of the user's ban, in milliseconds by the clock of bans; undefined if the user is not banned
     */
    public bannedUntil(roomId: string, userId: string): number | undefined {
        return this._bans.until(roomId, userId);
    }

    /**
     * Throws `banned` if the user is banned from a room and its voice.
     * @param roomId - the room's id
     * @param userId - the user's id
     */
    public requireNoBan(roomId: string, userId: string): void {
        this._bans.requireNone(roomId, userId);
    }
}
