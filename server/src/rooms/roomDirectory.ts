/** One of our rooms, as the rest of the server sees it. */
export interface IOwnRoom {
    readonly roomId: string;
    /** The name that two joins meet by. */
    readonly title: string;
    readonly full: boolean;
    /** How many members there are. */
    readonly size: number;
    hasMember(userId: string): boolean;
}

/** One RTC room, as the rest of the server sees it. */
export interface IOwnRtcRoom {
    readonly roomId: string;
    /** The id of the room that it is the voice of. */
    readonly voiceOf: string;
    /** Told when somebody left the room of that id. */
    memberLeft(userId: string): void;
}

/** The rooms and RTC rooms of this server: one room per name, one RTC room per room id. */
export class RoomDirectory {
    private readonly _rooms = new Map<string, IOwnRoom>();
    private readonly _byTitle = new Map<string, IOwnRoom>();
    private readonly _rtcRooms = new Map<string, IOwnRtcRoom>();
    private readonly _carried = new Set<string>();

    /** How many rooms there are. */
    public get roomCount(): number {
        return this._rooms.size;
    }

    /** The ids that Colyseus knows all of them by. */
    public get carriedIds(): readonly string[] {
        return [...this._carried];
    }

    /** How many members there are in all rooms. */
    public get memberCount(): number {
        let count = 0;
        for (const room of this._rooms.values()) {
            count += room.size;
        }
        return count;
    }

    /** How many RTC rooms there are. */
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
     * @returns our room of that name, if there is one
     */
    public roomByTitle(title: string): IOwnRoom | undefined {
        return this._byTitle.get(title);
    }

    /**
     * @param room - a room that was created
     * @returns false if there is one of that name already; nothing is changed then
     */
    public addRoom(room: IOwnRoom): boolean {
        if (this._byTitle.has(room.title)) {
            return false;
        }
        this._rooms.set(room.roomId, room);
        this._byTitle.set(room.title, room);
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
            this._byTitle.delete(room.title);
            this._carried.delete(room.roomId);
        }
    }

    /**
     * @param room - an RTC room that is over; harmless if it is not here
     */
    public removeRtcRoom(room: IOwnRtcRoom): void {
        if (this._rtcRooms.get(room.voiceOf) === room) {
            this._rtcRooms.delete(room.voiceOf);
            this._carried.delete(room.roomId);
        }
    }

    /**
     * Tells the voice of a room that somebody left the room.
     * @param roomId - the room's id
     * @param userId - who left
     */
    public memberLeft(roomId: string, userId: string): void {
        this._rtcRooms.get(roomId)?.memberLeft(userId);
    }
}
