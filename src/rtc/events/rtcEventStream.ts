import { EMPTY, concat, distinctUntilChanged, map, merge, of, pairwise, share, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { errorRow } from "../../errors/errorTable.js";
import type { RtcError } from "../../errors/rtcError.js";
import type { IRoomMember } from "../../room/room.js";
import type { VoiceConnectionState } from "../rtcBehaviorOptions.js";
import type { RtcEvent, RtcScope } from "./rtcEvents.js";
import type { StayEvents } from "./stayEvents.js";
import type { ISessionInfo, ISessionEnd } from "../connection/sessionInfo.js";

/** Sources of the events. */
export interface IRtcEventSources {
    /** The stay in the RTC room; null = outside. Replays. */
    readonly info$: Observable<ISessionInfo | null>;
    readonly ends$: Observable<ISessionEnd>;
    /** State of the connection to the RTC room. Replays. */
    readonly connection$: Observable<VoiceConnectionState>;
    /** The room's members. Replays. */
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** Errors that do not depend on the room. */
    readonly engineErrors$: Observable<RtcError>;
    /** Errors of the RTC room. */
    readonly roomErrors$: Observable<RtcError>;
    /** Creates the events of a stay. Loaded with the first stay. */
    readonly stayEvents$: StayEvents;
}

/**
 * Creates the stream of RTC events, without replay. Compares nothing while it has no subscribers.
 * @param sources - sources of the events
 * @returns shared stream, active while it has subscribers; never errors
 */
export function rtcEvents$(sources: IRtcEventSources): Observable<RtcEvent> {
    return merge(
        troubles$("engine", sources.engineErrors$),
        troubles$("room", sources.roomErrors$),
        sources.ends$.pipe(map(({ room, reason, error }): RtcEvent => ({ type: "left", room, reason, ...(error ? { error } : {}) }))),
        // A stay that began before the first subscription emits no `joined`.
        sources.info$.pipe(
            switchMap((stay, index) => {
                if (!stay) {
                    return EMPTY;
                }
                const { room, user, join } = stay;
                const joined: RtcEvent = { type: "joined", room, user, ...join };
                return concat(index === 0 ? EMPTY : of(joined), sources.stayEvents$(stay, sources.members$));
            }),
        ),
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
