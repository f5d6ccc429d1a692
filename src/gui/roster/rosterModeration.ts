import { combineLatest, distinctUntilChanged, map, of } from "rxjs";
import type { Observable } from "rxjs";
import { roomServiceOf } from "../guiContext.js";
import type { IGuiSource } from "../guiContext.js";

/** Moderation of other members. The server decides what is allowed; a forbidden action rejects. */
export interface IRosterModeration {
    /** True while the local member may moderate. Replays. */
    readonly may$: Observable<boolean>;
    /** Mutes a member for everybody. */
    muteAsync(memberId: string): Promise<void>;
    /** Lifts the mute by `muteAsync`, and invites the member to unmute themselves. */
    inviteToUnmuteAsync(memberId: string): Promise<void>;
    /** Removes a member from the room. */
    removeAsync(memberId: string): Promise<void>;
}

/** Default moderation: in rooms of our server, the owner of the room moderates. In an app's own rooms, `may$` is always false. */
export function ownersModeration({ room, rtc }: IGuiSource): IRosterModeration {
    const service = roomServiceOf(room, "kickAsync");
    return {
        may$: service
            ? combineLatest([service.status$, service.room$]).pipe(
                  map(([status, info]) => status.state === "inRoom" && info?.owner === status.self.id),
                  distinctUntilChanged(),
              )
            : of(false),
        muteAsync: (id) => rtc.moderation.muteAsync(id),
        inviteToUnmuteAsync: (id) => rtc.moderation.inviteToUnmuteAsync(id),
        removeAsync: (id) => service?.kickAsync(id) ?? rtc.moderation.removeAsync(id),
    };
}
