import { BanList } from "./bans.js";
import { RoomIndex } from "./roomIndex.js";
import type { LeaveReason, ModerationAction, ProtocolErrorCode } from "../../../protocol/wire.js";
import type { IPrivileges } from "../tokens/privileges.js";
import type { IRoomPage } from "./roomIndex.js";
import type { RoomRules } from "./roomRules.js";

/** One of our rooms, as the rest of the server sees it. */
export interface IOwnRoom {
    readonly roomId: string;
    /** True once the room takes nobody any more. */
    readonly isEnding: boolean;
    readonly rules: RoomRules;
    /** Number of members. */
    readonly size: number;
    readonly owner: { readonly id: string; readonly name: string };
    /** True if the owner is a guest, who may put others out, but not for long. */
    readonly ownerIsGuest: boolean;
    hasMember(userId: string): boolean;
    /** True if that seat is held for somebody who has not come yet. */
    holdsSeat(sessionId: string): boolean;
    /** Tells everybody there that the server takes nobody new any more, and stops within so many seconds. */
    tellStopping(seconds: number): void;
    /** Puts a member out, and out of the voice; harmless if they are not there. */
    putOut(userId: string): void;
    /** The name of that member; undefined if they are not there. */
    nameOf(userId: string): string | undefined;
}

/** One RTC room, as the rest of the server sees it. */
export interface IOwnRtcRoom {
    readonly roomId: string;
    /** True once the room takes nobody any more. */
    readonly isEnding: boolean;
    /** The id of the room that it is the voice of. */
    readonly voiceOf: string;
    /** {@inheritDoc IOwnRoom.tellStopping} */
    tellStopping(seconds: number): void;
    /** Told when somebody has entered the room of that id. */
    memberJoined(userId: string): void;
    /** Told when somebody left the room of that id. */
    memberLeft(userId: string, why: LeaveReason): void;
    /** Told when somebody in the room of that id has another name. */
    memberRenamed(userId: string, name: string): void;
    /** Puts somebody out at once; harmless if they are not there. */
    putOutUser(userId: string, code: ProtocolErrorCode, sentence: string): void;
    /** Moderates in the name of the app; throws a `ProtocolError`. */
    moderate(what: ModerationAction): void;
    /** From now on that user may do this, whatever their grants say; null = what their grants say. */
    setPrivileges(userId: string, privileges: IPrivileges | null): void;
}

/** The rooms and RTC rooms of this server: one room per name (private ones have none), one RTC room per room id, and who may not come back. */
export class RoomDirectory {
    private readonly _rooms = new Map<string, IOwnRoom>();
    private readonly _named = new RoomIndex<IOwnRoom>();
    private readonly _rtcRooms = new Map<string, IOwnRtcRoom>();
    private readonly _carried = new Set<string>();
    private readonly _waiting = new Set<() => void>();
    private readonly _bans: BanList;

    /**
     * @param now - the clock that bans go by, in milliseconds
     */
    public constructor(now: () => number) {
        this._bans = new BanList(now);
    }

    /** Number of rooms. */
    public get roomCount(): number {
        return this._rooms.size;
    }

    /** The ids that Colyseus knows all of them by. */
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
     * @param userId - somebody's id
     * @returns how many rooms they have made that are still there; those that nobody owns are nobody's
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
     * @param roomId - an id that Colyseus knows
     * @returns whether it is a room or RTC room of ours
     */
    public carries(roomId: string): boolean {
        return this._carried.has(roomId);
    }

    /**
     * @param roomId - a room's id
     * @returns our room of that id, if there is one
     */
    public room(roomId: string): IOwnRoom | undefined {
        return this._rooms.get(roomId);
    }

    /**
     * @param title - a room's name
     * @returns our room of that name, if there is one that is not private
     */
    public roomByTitle(title: string): IOwnRoom | undefined {
        return this._named.get(title);
    }

    /**
     * @param after - the name that the page begins after; undefined = from the first room on
     * @param limit - the most rooms of the page
     * @returns a page of the rooms that are not private, in the order of their names
     */
    public page(after: string | undefined, limit: number): IRoomPage<IOwnRoom> {
        return this._named.page(after, limit);
    }

    /**
     * @param roomId - a room's id
     * @returns the RTC room that is its voice, if there is one
     */
    public rtcRoom(roomId: string): IOwnRtcRoom | undefined {
        return this._rtcRooms.get(roomId);
    }

    /**
     * @param room - a room that was created
     * @returns false if there is one of that name already; nothing is changed then
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
     * @param room - an RTC room that was created
     * @returns false if there is one for that room already; nothing is changed then
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
     * @param room - a room that is over; harmless if it is not here
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
     * @param room - an RTC room that is over; harmless if it is not here
     */
    public removeRtcRoom(room: IOwnRtcRoom): void {
        if (this._rtcRooms.get(room.voiceOf) === room) {
            this._rtcRooms.delete(room.voiceOf);
            this._carried.delete(room.roomId);
            this._lookWhetherEmpty();
        }
    }

    /**
     * Tells everybody in every room and RTC room that the server takes nobody new any more.
     * @param seconds - time until it stops at the latest
     */
    public tellStopping(seconds: number): void {
        [...this._rooms.values(), ...this._rtcRooms.values()].forEach((room) => room.tellStopping(seconds));
    }

    /**
     * @param signal - ends the wait
     * @returns a promise that resolves as soon as there is no room and no RTC room, or by the signal
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
     * Tells the voice of a room that somebody has entered the room.
     * @param roomId - the room's id
     * @param userId - who entered
     */
    public memberJoined(roomId: string, userId: string): void {
        this._rtcRooms.get(roomId)?.memberJoined(userId);
    }

    /**
     * Tells the voice of a room that somebody left the room.
     * @param roomId - the room's id
     * @param userId - who left
     * @param why - why
     */
    public memberLeft(roomId: string, userId: string, why: LeaveReason): void {
        this._rtcRooms.get(roomId)?.memberLeft(userId, why);
    }

    /**
     * Tells the voice of a room that somebody in the room has another name.
     * @param roomId - the room's id
     * @param userId - who
     * @param name - their name now
     */
    public memberRenamed(roomId: string, userId: string, name: string): void {
        this._rtcRooms.get(roomId)?.memberRenamed(userId, name);
    }

    /**
     * Puts somebody out of the voice of a room at once.
     * @param roomId - the room's id
     * @param userId - who
     * @param code - why
     * @param sentence - why, as a sentence
     */
    public putOutOfVoice(roomId: string, userId: string, code: ProtocolErrorCode, sentence: string): void {
        this._rtcRooms.get(roomId)?.putOutUser(userId, code, sentence);
    }

    /**
     * Keeps somebody out of a room and out of its voice, be it a room of ours or only an RTC room. Whoever is in our room is put out of it, and so of
     * its voice; their invitations end for good.
     * @param roomId - the room's id
     * @param userId - who
     * @param until - until when, in milliseconds by that clock; a longer ban that stands already stays
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
     * @param userId - somebody's id
     * @returns until when they may enter neither the room nor its voice, in milliseconds by the clock of bans; undefined if they may
     */
    public bannedUntil(roomId: string, userId: string): number | undefined {
        return this._bans.until(roomId, userId);
    }

    /**
     * Throws `banned` if somebody may not enter a room, or its voice, yet.
     * @param roomId - the room's id
     * @param userId - who wants to enter
     */
    public requireNoBan(roomId: string, userId: string): void {
        this._bans.requireNone(roomId, userId);
    }
}
