import { BehaviorSubject, distinctUntilChanged, map, shareReplay } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../errors/checkOptions.js";
import type { IRoomMember, IRoomSource, RoomStatus } from "./room.js";

/**
 * Makes a room source of an app's own stream of statuses. Its members are those that the RTC room names.
 * @param status$ - the app's statuses; the latest one is replayed to late subscribers
 * @param members$ - the app's own member list, where it has one: it narrows who is heard, it never widens it
 * @returns the source; nothing is subscribed until somebody subscribes to it
 */
export function roomSourceOf(status$: Observable<RoomStatus>, members$?: Observable<ReadonlyMap<string, IRoomMember>>): IRoomSource {
    checkOptions({ status$, members$ }, "status$.pipe! members$.pipe", "");
    const source = { status$: status$.pipe(shareReplay({ bufferSize: 1, refCount: true })) };
    return members$ ? { ...source, members$: members$.pipe(shareReplay({ bufferSize: 1, refCount: true })) } : source;
}

/** The part of a Colyseus room of the app's that is used here; Colyseus' own `Room` fits. */
export interface IColyseusRoomLike {
    readonly roomId: string;
    readonly name: string;
    readonly sessionId: string;
    onLeave(callback: (code: number, reason?: string) => void): unknown;
}

/** A room source that follows a Colyseus room of the app's own. */
export interface IColyseusRoomSource extends IRoomSource {
    /**
     * Follows this room from now on; null = in no room.
     * @param room - joined by the app, which also leaves it
     * @param self - the local member; default: Colyseus' session id, without a name
     */
    follow(room: IColyseusRoomLike | null, self?: Partial<IRoomMember>): void;
}

/**
 * Makes a room source of Colyseus rooms that the app joins itself: `inRoom` from `follow(room)` until that room is left.
 * @param room - the room that is joined already, if there is one
 * @param self - the local member; default: Colyseus' session id, without a name
 * @returns the source; its members are those that the RTC room names
 */
export function colyseusRoomSource(room: IColyseusRoomLike | null = null, self?: Partial<IRoomMember>): IColyseusRoomSource {
    const followed = new BehaviorSubject<{ room: IColyseusRoomLike; self: IRoomMember } | null>(null);
    const follow: IColyseusRoomSource["follow"] = (next, member = {}) => {
        if (next) {
            checkOptions(next, "onLeave! roomId!=string sessionId!=string", "room.");
        }
        followed.next(next && { room: next, self: { id: next.sessionId, name: "", attributes: {}, ...member } });
        next?.onLeave(() => {
            if (followed.value?.room === next) {
                followed.next(null);
            }
        });
    };
    follow(room, self);
    const status$ = followed.pipe(
        // A listener may cause a newer status; the others then get only that one.
        map(() => followed.value),
        distinctUntilChanged(),
        map((at): RoomStatus =>
            at ? { state: "inRoom", room: { id: at.room.roomId, name: at.room.name }, self: at.self } : { state: "idle" },
        ),
    );
    return { status$, follow };
}
