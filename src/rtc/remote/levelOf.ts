import { distinctUntilChanged, map, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions } from "../../errors/checkOptions.js";
import type { IVoice } from "./memberVoice.js";

/**
 * Level of one member, whenever they are there; for meters and mouths.
 * @param rtc - who tells of voices: the RTC behavior
 * @param memberId - of a remote member, present or not
 * @returns root mean square 0 to 1, ten times a second; 0 while they are not there or muted. Cold: nothing is computed while nobody listens.
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
