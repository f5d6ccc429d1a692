import { BehaviorSubject, distinctUntilChanged, map, shareReplay } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../errors/checkOptions.js";
import type { IRoomMember, IRoomSource, RoomStatus } from "./room.js";

/**
 * Creates a room source from the app's own stream of statuses. Without `members$`, the members are those that the RTC room lists.
 * @param status$ - room status of the local member; late subscribers get the latest one
 * @param members$ - the app's own member list, if it has one. A member is heard only if both this list and the RTC room contain the member.
 * @returns the source; it is subscribed to the given streams only while it has subscribers itself
 * @example
 * ```ts
 * import { RtcPlugin, roomSourceOf, type RoomStatus } from "babylon-rtc";
 * import { BehaviorSubject } from "rxjs";
 *
 * const status$ = new BehaviorSubject<RoomStatus>({ state: "idle" });
 * const rooms = roomSourceOf(status$);
 * const plugin = await RtcPlugin.AddToSceneAsync(scene, { server, user: { name: "Alice" }, rooms });
 * status$.next({ state: "inRoom", room: { id: "match-7", name: "Match 7" }, self: { id: "alice", name: "Alice", attributes: {} } });
 * ```
 */
export function roomSourceOf(status$: Observable<RoomStatus>, members$?: Observable<ReadonlyMap<string, IRoomMember>>): IRoomSource {
    checkOptions({ status$, members$ }, "status$.pipe! members$.pipe", "");
    const source = { status$: status$.pipe(shareReplay({ bufferSize: 1, refCount: true })) };
    return members$ ? { ...source, members$: members$.pipe(shareReplay({ bufferSize: 1, refCount: true })) } : source;
}

/** The part of the app's own Colyseus room that a room source needs. The `Room` of Colyseus' client SDK has it. */
export interface IColyseusRoomLike {
    readonly roomId: string;
    readonly name: string;
    readonly sessionId: string;
    onLeave(callback: (code: number, reason?: string) => void): unknown;
}

/** Room source that follows the app's own Colyseus room. */
export interface IColyseusRoomSource extends IRoomSource {
    /**
     * Replaces the room that the source follows.
     * @param room - the room, which the app joins and leaves; null = in no room
     * @param self - fields of the local member. Default: Colyseus' session id as `id`, and an empty name.
     */
    follow(room: IColyseusRoomLike | null, self?: Partial<IRoomMember>): void;
}

/**
 * Creates a room source from Colyseus rooms that the app joins itself. The status is `inRoom` while a room is followed. It becomes `idle` when the
 * client has left that room or lost it for good (`onLeave`), and after `follow(null)`.
 * @param room - the room that the app has already joined, if there is one
 * @param self - fields of the local member. Default: Colyseus' session id as `id`, and an empty name.
 * @returns the source; its members are those that the RTC room lists
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
        // If a subscriber calls `follow` while it handles a status, all later subscribers get only the newer status.
        map(() => followed.value),
        distinctUntilChanged(),
        map((at): RoomStatus =>
            at ? { state: "inRoom", room: { id: at.room.roomId, name: at.room.name }, self: at.self } : { state: "idle" },
        ),
    );
    return { status$, follow };
}
