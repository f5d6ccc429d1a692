import type { IRoomService } from "babylon-rtc";
import { EMPTY, distinctUntilChanged, filter, interval, map, merge, switchMap } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { fromMessage, isSamePose, toMessage } from "./pose.js";
import type { IPose } from "./pose.js";

const topic = "pose";
/** Milliseconds between two poses of somebody who moves: 12.5 a second. */
const whileMoving = 80;
/** Milliseconds between two poses of somebody who does not, so that a lost one is made good. */
const whileStanding = 1500;

/**
 * Tells the others where we are: often while we move, seldom while we stand, and at once when somebody new comes.
 * @param room - where to send it
 * @param read - gives our pose
 * @returns unsubscribe to stop
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

/** Poses that the others send. */
export function receivePoses(room: IRoomService): Observable<{ readonly id: string; readonly pose: IPose }> {
    return room.messages$.pipe(
        filter((message) => message.topic === topic),
        map(({ from, data }) => ({ id: from, pose: fromMessage(data) })),
        filter((message): message is { id: string; pose: IPose } => message.pose !== null),
    );
}
