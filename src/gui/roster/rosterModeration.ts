import { combineLatest, distinctUntilChanged, map, of } from "rxjs";
import type { Observable } from "rxjs";
import { roomServiceOf } from "../guiContext.js";
import type { IGuiSource } from "../guiContext.js";

/** Moderation of other members. A forbidden action rejects; the server decides. */
export interface IRosterModeration {
    /** True while the local member may moderate. Replays. */
    readonly may$: Observable<boolean>;
    /** Lets nobody hear a member. */
    muteAsync(memberId: string): Promise<void>;
    /** Takes that back, and asks the member to speak. */
    inviteToUnmuteAsync(memberId: string): Promise<void>;
    /** Puts a member out of the room. */
    removeAsync(memberId: string): Promise<void>;
}

/** Moderation by the owner of one of our server's rooms; none in an app's own rooms, unless the app provides it. */
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
