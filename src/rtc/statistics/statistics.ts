import { EMPTY, Observable, exhaustMap, map, switchMap, timer } from "rxjs";
import type { ILinkFacts, LinkPath, SendMode } from "../../transport/linkFacts.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";
import { linkQuality } from "./linkQuality.js";
import type { LinkQuality } from "./linkQuality.js";
import type { IJoinFacts, ISessionInfo } from "../connection/sessionInfo.js";

/** Statistics of the link to one member. "Recent" = since the previous statistics. null = unknown, or nothing received. */
export interface ILinkStatistics {
    /** Round-trip time to the other end, in milliseconds. */
    readonly roundTripMs: number | null;
    /** Jitter: variation of packet arrival times, in milliseconds. */
    readonly jitterMs: number | null;
    /** Recent mean delay in the jitter buffer, in milliseconds. */
    readonly bufferMs: number | null;
    /** Recent packet loss, in percent. */
    readonly lossPercent: number | null;
    /** Recent share of sound that was concealed because packets were missing, in percent. Comfort noise in pauses is not counted. */
    readonly concealedPercent: number | null;
    /** Recent bitrate of sent sound, without packet headers, in kbit/s. */
    readonly sendKbps: number | null;
    /** Recent bitrate of received sound, without packet headers, in kbit/s. */
    readonly receiveKbps: number | null;
    /** Path of the packets: direct, or through a TURN server. */
    readonly path: LinkPath;
    /** Codec name, such as `opus`. */
    readonly codec: string | null;
    /** Mode in which our voice is sent, as the network allows. */
    readonly sendMode: SendMode | null;
    /** Overall grade, by the E-model of ITU-T G.107. */
    readonly quality: LinkQuality;
}

/** Statistics of the RTC room. */
export interface IVoiceStatistics {
    /** Time since the local member entered (or returned after a lost connection), in milliseconds. */
    readonly durationMs: number;
    /** Number of members in the RTC room, including the local member. */
    readonly memberCount: number;
    readonly join: IJoinFacts;
    /** Links to the other members, by member id; members without a link (yet) are missing. Empty with a transport that measures nothing. */
    readonly links: ReadonlyMap<string, ILinkStatistics>;
}

/**
 * Computes statistics from two samples of a link. Pure.
 * @param before - earlier sample; null = none
 * @param now - later sample
 * @returns the statistics; values that need two samples are null if there is only one, or if the link was replaced in between
 */
export function linkStatistics(before: ILinkFacts | null, now: ILinkFacts): ILinkStatistics {
    const { roundTripMs, jitterMs, path, codec, sendMode = null } = now;
    const same = before !== null && now.at > before.at && !startedAnew(before, now) ? before : null;
    const since = (name: keyof ILinkFacts & CounterName): number => (same ? now[name] - same[name] : 0);
    const perSecond = (bytes: number): number | null => (same ? (8 * bytes) / (now.at - same.at) : null);
    const lost = Math.max(0, since("packetsLost"));
    const bufferMs = ratio(since("bufferedMs"), since("samplesBuffered"));
    const lossPercent = percent(lost, lost + since("packetsReceived"));
    // Without received packets, the played sound was not the member's voice.
    const concealedPercent = lossPercent === null ? null : percent(Math.max(0, since("samplesConcealed")), since("samplesPlayed"));
    return {
        roundTripMs,
        jitterMs,
        bufferMs,
        lossPercent,
        concealedPercent,
        sendKbps: perSecond(since("bytesSent")),
        receiveKbps: perSecond(since("bytesReceived")),
        path,
        codec,
        sendMode,
        // Uses concealment rather than loss: repaired loss is hardly audible, and packets that arrive too late do not count as lost.
        quality: linkQuality({ roundTripMs, bufferMs, lossPercent, missingPercent: concealedPercent, sendMode }),
    };
}

/**
 * Emits statistics at once and then at an interval, while inside an RTC room. Nothing runs without a subscriber.
 * @param info$ - the stay in the RTC room; null = outside
 * @param intervalMs - valid interval, in milliseconds
 * @returns cold; never errors
 */
export function voiceStatistics$(info$: Observable<ISessionInfo | null>, intervalMs: number): Observable<IVoiceStatistics> {
    return info$.pipe(switchMap((stay) => (stay ? statisticsOf$(stay, intervalMs) : EMPTY)));
}

function statisticsOf$({ session, join, since }: ISessionInfo, intervalMs: number): Observable<IVoiceStatistics> {
    return new Observable<IVoiceStatistics>((subscriber) => {
        let memberCount = 1;
        let before: ReadonlyMap<string, ILinkFacts> = new Map();
        const counting = session.remotes$.subscribe((remotes) => (memberCount = remotes.size + 1));
        const taking = timer(0, intervalMs)
            .pipe(
                exhaustMap(async () => factsOfAsync(session)),
                map((facts): IVoiceStatistics => {
                    const links = new Map([...facts].map(([id, each]) => [id, linkStatistics(before.get(id) ?? null, each)]));
                    before = facts;
                    return { durationMs: performance.now() - since, memberCount, join, links };
                }),
            )
            .subscribe(subscriber);
        counting.add(taking);
        return counting;
    });
}

/** Samples all links. Empty if sampling fails, for example because a connection is closing. */
async function factsOfAsync(session: IVoiceSession): Promise<ReadonlyMap<string, ILinkFacts>> {
    try {
        return (await session.statisticsAsync?.()) ?? new Map<string, ILinkFacts>();
    } catch {
        return new Map();
    }
}

type CounterName =
    | "bytesSent"
    | "bytesReceived"
    | "packetsReceived"
    | "packetsLost"
    | "samplesPlayed"
    | "samplesConcealed"
    | "bufferedMs"
    | "samplesBuffered";

/** Counters that never decrease during the life of a link. */
const growing: readonly CounterName[] = ["bytesSent", "bytesReceived", "packetsReceived", "samplesPlayed"];

function startedAnew(before: ILinkFacts, now: ILinkFacts): boolean {
    return growing.some((name) => now[name] < before[name]);
}

function ratio(part: number, whole: number): number | null {
    return whole > 0 ? part / whole : null;
}

function percent(part: number, whole: number): number | null {
    return whole > 0 ? Math.min(100, (100 * part) / whole) : null;
}
