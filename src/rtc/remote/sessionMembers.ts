import { combineLatest, map, of, shareReplay, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember, RoomStatus } from "../../room/room.js";
import type { IRemoteVoice, IVoiceSession } from "../../transport/voiceTransport.js";

const nobody: ReadonlyMap<string, IRemoteVoice> = new Map();

/**
 * The members of a room that keeps no list: those whom its RTC room names.
 * @param status$ - the room's
 * @param session$ - the stay in its RTC room
 * @returns them by id, oneself included; empty outside of rooms. Replays.
 */
export function sessionMembers$(
    status$: Observable<RoomStatus>,
    session$: Observable<IVoiceSession | null>,
): Observable<ReadonlyMap<string, IRoomMember>> {
    const remotes$ = session$.pipe(switchMap((session) => session?.remotes$ ?? of(nobody)));
    return combineLatest([status$, remotes$]).pipe(
        map(([status, remotes]) => {
            const members = new Map<string, IRoomMember>();
            if (status.state === "inRoom") {
                members.set(status.self.id, status.self);
                remotes.forEach(({ id, name }) => members.set(id, { id, name, attributes: {} }));
            }
            return members;
        }),
        shareReplay({ bufferSize: 1, refCount: true }),
    );
}
