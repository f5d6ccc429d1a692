import { Observable, combineLatest, map, switchMap, timer } from "rxjs";
import { speaking } from "../../audio/speaking.js";
import type { IVoiceSession, MutedState } from "../../transport/voiceTransport.js";
import { subscribeEach } from "./subscribeEach.js";
import type { MemberVoice } from "./memberVoice.js";

/** Making a meter keeps the main thread busy for some 20 ms (Chromium 156); so long it waits for the first calls to be on their way. In milliseconds. */
const ownMeterDelayMs = 250;

/**
 * Members who speak, the local one included.
 * @param level$ - how loud the local member is
 * @param muted$ - whether they are muted
 * @param voices$ - everybody else's voice
 * @param session$ - knows the local member's id
 * @returns the ids of those who speak; nothing is measured while nobody listens
 */
export function activeSpeakers$(
    level$: Observable<number>,
    muted$: Observable<MutedState>,
    voices$: Observable<ReadonlyMap<string, Pick<MemberVoice, "speaking$">>>,
    session$: Observable<IVoiceSession | null>,
): Observable<ReadonlySet<string>> {
    const own$ = timer(ownMeterDelayMs).pipe(
        switchMap(() => combineLatest([level$, muted$])),
        map(([level, muted]) => (muted === "no" ? level : 0)),
        speaking(),
    );
    return speakingSet(
        combineLatest([voices$, session$]).pipe(
            map(([voices, session]) => {
                const members = new Map([...voices].map(([id, voice]): [string, Observable<boolean>] => [id, voice.speaking$]));
                return session ? members.set(session.selfId, own$) : members;
            }),
        ),
    );
}

/**
 * Those who speak of a changing set of members.
 * @param members$ - how to hear of each member, by id
 * @returns the ids of those who speak, on every change; it listens to nobody while nobody listens to it
 */
export function speakingSet(members$: Observable<ReadonlyMap<string, Observable<boolean>>>): Observable<ReadonlySet<string>> {
    return new Observable<ReadonlySet<string>>((subscriber) => {
        const ids = new Set<string>();
        const tell = (): void => subscriber.next(new Set(ids));
        const set = (id: string, speaks: boolean): void => {
            if (ids.has(id) !== speaks) {
                ids[speaks ? "add" : "delete"](id);
                tell();
            }
        };
        tell();
        subscriber.add(subscribeEach(members$, set, (id) => set(id, false)));
    });
}
