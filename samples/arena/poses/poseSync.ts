import type { IRoomService } from "babylon-rtc";
import { EMPTY, distinctUntilChanged, filter, interval, map, merge, switchMap } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { fromMessage, isSamePose, toMessage } from "./pose.js";
import type { IPose } from "./pose.js";

const topic = "pose";
/** Send interval while the player moves, in milliseconds: 12.5 poses per second. */
const whileMoving = 80;
/** Send interval while the player stands still, in milliseconds. The repeated pose replaces one that was lost. */
const whileStanding = 1500;

/**
 * Sends the local pose to the room: often while the player moves, rarely while the player stands still, and at once when a member joins or leaves.
 * @param room - room to send to
 * @param read - returns the local pose
 * @returns a subscription; unsubscribe to stop
 */
export function sendPoses(room: IRoomService, read: () => IPose): Subscription {
    let last: { readonly pose: IPose; readonly time: number } | null = null;
    const inRoom$ = room.status$.pipe(
        map(({ state }) => state === "inRoom"),
        distinctUntilChanged(),
    );
    const newcomer$ = room.members$.pipe(
        map((members) => [...members.keys()].join()),
        distinctUntilChanged(),
        map(() => "now" as const),
    );
    const tick$ = interval(whileMoving).pipe(map(() => "ifNeeded" as const));
    return inRoom$.pipe(switchMap((inRoom) => (inRoom ? merge(newcomer$, tick$) : EMPTY))).subscribe((when) => {
        const [pose, time] = [read(), performance.now()];
        if (when === "now" || !last || time - last.time > whileStanding || !isSamePose(pose, last.pose)) {
            room.send(topic, toMessage(pose));
            last = { pose, time };
        }
    });
}

/** Poses of the remote members. Invalid messages are ignored. */
export function receivePoses(room: IRoomService): Observable<{ readonly id: string; readonly pose: IPose }> {
    return room.messages$.pipe(
        filter((message) => message.topic === topic),
        map(({ from, data }) => ({ id: from, pose: fromMessage(data) })),
        filter((message): message is { id: string; pose: IPose } => message.pose !== null),
    );
}
