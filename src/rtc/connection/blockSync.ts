import { maxIdLength } from "../../../protocol/limits.js";
import { EMPTY, catchError, concatMap, distinctUntilChanged, from, ignoreElements, map } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";
import type { VoicePreferences } from "../remote/voicePreferences.js";

/**
 * @param preferences - what the local member wants
 * @returns whom they have blocked, as far as the RTC room would take it: a storage may hold anything
 */
export function blockedIn(preferences: VoicePreferences): readonly string[] {
    return preferences.blocked.filter((id) => id.length >= 1 && id.length <= maxIdLength);
}

/**
 * Tells the RTC room of every block that changes.
 * @param session - the stay there
 * @param told - whom it was told of while joining
 * @param preferences - what the local member wants
 * @param onError - hears of what was refused
 * @returns emits nothing, never errors; subscribed, it follows
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
            // Those that are over first: the RTC room takes so many and no more.
            return from([...gone, ...added]);
        }),
        concatMap(({ id, blocked }) =>
            from(session.blockAsync?.(id, blocked) ?? Promise.resolve()).pipe(
                catchError((error: unknown) => {
                    onError(RtcError.From(error, "unknown", "The RTC room did not take a block, so calls may still pass."));
                    return EMPTY;
                }),
            ),
        ),
        ignoreElements(),
    );
}
