import { EMPTY, concat, defer, from, ignoreElements, map, merge, mergeMap, of, pairwise, switchMap, tap, timer } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember } from "../../room/room.js";
import type { VoiceDepartureReason, VoiceNotice } from "../../transport/voiceTransport.js";
import type { ISessionInfo } from "../connection/sessionInfo.js";
import { hasMissingPath, muteChanges, noHistory, remoteDiff } from "./remoteDiff.js";
import type { IRemoteHistory, Remotes } from "./remoteDiff.js";
import type { RtcEvent } from "./rtcEvents.js";

/** The room's members, by id. */
type Members = ReadonlyMap<string, IRoomMember>;

/** Creates the events of a stay in an RTC room: remote members, mutes, notices. No replay; `members$` must replay. */
export type StayEvents = (stay: ISessionInfo, members$: Observable<Members>) => Observable<RtcEvent>;

/**
 * Time after which a missing audio path counts as broken, in milliseconds. The path of a leaving member closes shortly before they leave, and a new
 * call takes 0.3 s.
 */
const brokenAfterMs = 1_000;

/** {@inheritDoc StayEvents} */
export const stayEvents$: StayEvents = (stay, members$) => {
    const { session } = stay;
    const own$ = session.muted$.pipe(
        pairwise(),
        mergeMap(([was, is]) => from(muteChanges(session.selfId, was, is))),
    );
    return merge(othersEvents$(stay, members$), own$, (session.notices$ ?? EMPTY).pipe(map(noticeEvent)));
};

function noticeEvent(notice: VoiceNotice): RtcEvent {
    switch (notice.type) {
        case "expiring":
            return { ...notice, type: "tokenExpiring" };
        case "renewed":
            return { ...notice, type: "tokenRenewed" };
        case "unmuteInvited":
            return { type: "unmuteInvited", by: notice.by };
    }
}

function othersEvents$({ session, since }: ISessionInfo, members$: Observable<Members>): Observable<RtcEvent> {
    return defer(() => {
        let history: IRemoteHistory | null = null;
        let members: Members = new Map();
        let hearing = true;
        const departures = new Map<string, VoiceDepartureReason>();
        const compare = ([remotes, settled]: readonly [Remotes, boolean]): readonly RtcEvent[] => {
            const first = history === null;
            const [events, next] = remoteDiff(history ?? noHistory, remotes, {
                elapsedMs: performance.now() - since,
                settled,
                hearing,
                departures,
                memberOf: ({ id, name }) => members.get(id) ?? { id, name, attributes: {} },
            });
            history = next;
            departures.clear();
            return first ? [] : events;
        };
        // These values must be known before the list is compared.
        return merge(
            noted$(members$, (list) => (members = list)),
            noted$(session.privileges$ ?? EMPTY, ({ subscribe }) => (hearing = subscribe)),
            noted$(session.departures$ ?? EMPTY, ({ id, reason }) => departures.set(id, reason)),
            session.remotes$.pipe(
                switchMap((remotes) => {
                    const later$ = timer(brokenAfterMs).pipe(map(() => [remotes, true] as const));
                    return concat(of([remotes, false] as const), hasMissingPath(remotes) ? later$ : EMPTY);
                }),
                mergeMap((each) => from(compare(each))),
            ),
        );
    });
}

function noted$<T>(source$: Observable<T>, note: (value: T) => void): Observable<never> {
    return source$.pipe(tap(note), ignoreElements());
}
