import { Observable, combineLatest, map, switchMap, timer } from "rxjs";
import { speaking } from "../../audio/speaking.js";
import type { IVoiceSession, MutedState } from "../../transport/voiceTransport.js";
import { subscribeEach } from "./subscribeEach.js";
import type { MemberVoice } from "./memberVoice.js";

/**
 * Delay before the local level is measured, in milliseconds. The first calls start during this delay, since creating a meter blocks the main thread
 * for about 20 ms (Chromium 156).
 */
const ownMeterDelayMs = 1_000;

/**
 * Tracks the members who speak, including the local member.
 * @param level$ - level of the local member
 * @param muted$ - mute state of the local member
 * @param voices$ - voices of the remote members
 * @param session$ - session in the RTC room, which has the local member's id
 * @returns ids of the members who speak; measures nothing without a subscriber
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
 * Tracks the speaking members of a changing set.
 * @param members$ - for each member id, a stream that is true while the member speaks
 * @returns ids of the members who speak, on every change; subscribes to the members only while it has a subscriber
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
