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
    /** Replays; null = in no RTC room. */
    readonly info$: Observable<ISessionInfo | null>;
    readonly ends$: Observable<ISessionEnd>;
    /** Replays. */
    readonly connection$: Observable<VoiceConnectionState>;
    /** The room's members. Replays. */
    readonly members$: Observable<ReadonlyMap<string, IRoomMember>>;
    /** Errors, whatever room we are in. */
    readonly engineErrors$: Observable<RtcError>;
    /** Errors in the RTC room. */
    readonly roomErrors$: Observable<RtcError>;
    /** Events of a stay. Loaded with the first one. */
    readonly stayEvents$: StayEvents;
}

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
