import { distinctUntilChanged, map, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../../errors/checkOptions.js";
import type { IVoice } from "./memberVoice.js";

/**
 * Level of one remote member, for level meters and lip sync. Continues when the member leaves and returns.
 * @param rtc - the RTC behavior. Throws `invalidArgument` if it has no `voices$`.
 * @param memberId - id of a remote member, present or not
 * @returns root mean square, 0 to 1, ten times a second; a single 0 when the member is absent, muted or silenced. Cold: nothing is computed without a
 * subscriber.
 */
export function levelOf$(
    rtc: { readonly voices$: Observable<ReadonlyMap<string, Pick<IVoice, "muted" | "silenced" | "level$">>> },
    memberId: string,
): Observable<number> {
    checkOptions(rtc, "voices$.subscribe!", "argument rtc.");
    return rtc.voices$.pipe(
        map((voices) => {
            const voice = voices.get(memberId);
            return voice && !voice.muted && !voice.silenced ? voice : null;
        }),
        distinctUntilChanged(),
        switchMap((voice) => voice?.level$ ?? of(0)),
    );
}
