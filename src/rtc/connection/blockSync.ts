import { hasIdLength } from "../../../protocol/limits.js";
import { EMPTY, catchError, concatMap, distinctUntilChanged, from, ignoreElements, map } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";

/**
 * @param preferences - local playback preferences
 * @returns ids of the blocked members, without ids that the RTC room would reject: a storage may contain anything
 */
export function blockedIn(preferences: VoicePreferences): readonly string[] {
    return preferences.blocked.filter(hasIdLength);
}

/**
 * Sends every change of the block list to the RTC room.
 * @param session - session in the RTC room
 * @param told - blocked ids that were sent with the join
 * @param preferences - local playback preferences
 * @param onError - called with each error of the RTC room
 * @returns emits nothing and never errors; active while subscribed
 */
export function blockSync$(
    session: IVoiceSession,
    told: readonly string[],
    preferences: VoicePreferences,
    onError: (error: RtcError) => void,
): Observable<never> {
    let before: ReadonlySet<string> = new Set(told);
    return preferences.changes$.pipe(
        map(blockedIn),
        distinctUntilChanged((a, b) => a.join() === b.join()),
        concatMap((ids) => {
            const now = new Set(ids);
            const added = ids.filter((id) => !before.has(id)).map((id) => ({ id, blocked: true }));
            const gone = [...before].filter((id) => !now.has(id)).map((id) => ({ id, blocked: false }));
            before = now;
            // Removes blocks before it adds any, since the RTC room limits their number.
            return from([...gone, ...added]);
        }),
        concatMap(({ id, blocked }) =>
            from(session.blockAsync?.(id, blocked) ?? Promise.resolve()).pipe(
                catchError((error: unknown) => {
                    onError(RtcError.From(error, "unknown", "The RTC room rejected a block, so calls may still connect."));
                    return EMPTY;
                }),
            ),
        ),
        ignoreElements(),
    );
}
