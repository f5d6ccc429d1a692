import {
    EMPTY,
    concat,
    defer,
    distinctUntilChanged,
    from,
    ignoreElements,
    map,
    merge,
    mergeMap,
    of,
    pairwise,
    share,
    switchMap,
    tap,
    timer,
} from "rxjs";
import type { Observable } from "rxjs";
import { errorRow } from "../../errors/errorTable.js";
import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { VoiceDepartureReason, VoiceNotice } from "../../transport/voiceTransport.js";
import { hasMissingPath, muteChanges, noHistory, remoteDiff } from "./remoteDiff.js";
import type { IRemoteHistory, Remotes } from "./remoteDiff.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { RtcEvent, RtcScope } from "./rtcEvents.js";
import type { ISessionInfo, ISessionEnd } from "../connection/sessionInfo.js";

/** What events are made of. */
export interface IRtcEventSources {
    /** Replays; null = in no RTC room. */
    readonly info$: Observable<ISessionInfo | null>;
    readonly ends$: Observable<ISessionEnd>;
    /** Replays. */
    readonly connection$: Observable<VoiceConnectionState>;
    /** The room's members. Replays. */
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** What went wrong, whatever room we are in. */
    readonly engineErrors$: Observable<RtcError>;
    /** What went wrong in the RTC room. */
    readonly roomErrors$: Observable<RtcError>;
}

/** A path that is gone so long is broken, in milliseconds: that of somebody who leaves goes a moment before they do, and a new call needs 0.3 s. */
const brokenAfterMs = 1_000;

/**
 * Tells what happens, from now on. Nothing is compared while nobody listens.
 * @param sources - what events are made of
 * @returns hot once somebody listens; shared; never errors
 */
export function rtcEvents$(sources: IRtcEventSources): Observable<RtcEvent> {
    return merge(
        troubles$("engine", sources.engineErrors$),
        troubles$("room", sources.roomErrors$),
        sources.ends$.pipe(map(({ room, reason, error }): RtcEvent => ({ type: "left", room, reason, ...(error ? { error } : {}) }))),
        // The stay that is there already when somebody begins to listen was told to whoever listened then.
        sources.info$.pipe(switchMap((stay, index) => (stay ? stayEvents$(stay, sources.members$, index === 0) : EMPTY))),
        connections$(sources.connection$),
    ).pipe(share());
}

function troubles$(scope: RtcScope, errors$: Observable<RtcError>): Observable<RtcEvent> {
    return errors$.pipe(
        distinctUntilChanged(),
        map((error): RtcEvent => ({ type: errorRow(error.code).severity, scope, code: error.code, error })),
    );
}

function connections$(connection$: Observable<VoiceConnectionState>): Observable<RtcEvent> {
    return connection$.pipe(
        distinctUntilChanged(),
        pairwise(),
        map(([before, state]): RtcEvent => {
            const back = state === "connected" && (before === "reconnecting" || before === "lost");
            return { type: "connection", state: back ? "reconnected" : state };
        }),
    );
}

function stayEvents$(stay: ISessionInfo, members$: IRtcEventSources["members$"], late: boolean): Observable<RtcEvent> {
    const { session, room, user, join } = stay;
    const own$ = session.muted$.pipe(
        pairwise(),
        mergeMap(([was, is]) => from(muteChanges(session.selfId, was, is))),
    );
    const joined: RtcEvent = { type: "joined", room, user, ...join };
    return concat(
        late ? EMPTY : of(joined),
        merge(othersEvents$(stay, members$), own$, (session.notices$ ?? EMPTY).pipe(map(noticeEvent))),
    );
}

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

function othersEvents$({ session, since }: ISessionInfo, members$: IRtcEventSources["members$"]): Observable<RtcEvent> {
    return defer(() => {
        let history: IRemoteHistory | null = null;
        let members: ReadonlyMap<string, IRoomMember> = new Map();
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
        // What stands beside the list is known before it.
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
