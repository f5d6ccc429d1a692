import { EMPTY, Observable, exhaustMap, map, switchMap, timer } from "rxjs";
import type { ILinkFacts, LinkPath, SendMode } from "../../transport/linkFacts.js";
import type { IVoiceSession } from "../../transport/voiceTransport.js";
import { linkQuality } from "./linkQuality.js";
import type { LinkQuality } from "./linkQuality.js";
import type { IJoinFacts, ISessionInfo } from "../connection/sessionInfo.js";

/** Statistics of the link to one member. "Recent" is the time since the statistics before. null = not known, or nothing came. */
export interface ILinkStatistics {
    /** From here to the other end and back, in milliseconds. */
    readonly roundTripMs: number | null;
    /** By how much the arrival of packets varies, in milliseconds. */
    readonly jitterMs: number | null;
    /** Delay in the receive buffer: recent mean, in milliseconds. */
    readonly bufferMs: number | null;
    /** Packets that did not come: recent, in percent. */
    readonly lossPercent: number | null;
    /** Sound that was made up because the real one was missing: recent, in percent. Comfort noise in pauses is not counted. */
    readonly concealedPercent: number | null;
    /** Sound that we send, without packet headers: recent, in kbit/s. */
    readonly sendKbps: number | null;
    /** Sound that comes, without packet headers: recent, in kbit/s. */
    readonly receiveKbps: number | null;
    /** Path of the packets: direct, or through a TURN server. */
    readonly path: LinkPath;
    /** Like `opus`. */
    readonly codec: string | null;
    /** Mode that our voice is sent in, as the line allows. */
    readonly sendMode: SendMode | null;
    /** One grade for all of it, by the E-model of ITU-T G.107. */
    readonly quality: LinkQuality;
}

/** Statistics of the RTC room. */
export interface IVoiceStatistics {
    /** Time since we entered (or came back), in milliseconds. */
    readonly durationMs: number;
    /** Number of members in the RTC room, oneself included. */
    readonly memberCount: number;
    readonly join: IJoinFacts;
    /** The links to the others, by member id; whoever is not linked (yet) is missing. Empty with a transport that measures nothing. */
    readonly links: ReadonlyMap<string, ILinkStatistics>;
}

/**
 * Statistics of the time between two samples of a link. Pure.
 * @param before - the earlier look; null = there was none
 * @param now - the later one
 * @returns the statistics; what needs two looks is null if there was one, or if the link was made anew in between
 */
export function linkStatistics(before: ILinkFacts | null, now: ILinkFacts): ILinkStatistics {
    const { roundTripMs, jitterMs, path, codec, sendMode = null } = now;
    const same = before !== null && now.at > before.at && !startedAnew(before, now) ? before : null;
    const since = (name: keyof ILinkFacts & CounterName): number => (same ? now[name] - same[name] : 0);
    const perSecond = (bytes: number): number | null => (same ? (8 * bytes) / (now.at - same.at) : null);
    const lost = Math.max(0, since("packetsLost"));
    const bufferMs = ratio(since("bufferedMs"), since("samplesBuffered"));
    const lossPercent = percent(lost, lost + since("packetsReceived"));
    // Without a packet, the played sound was no voice.
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
        // Loss that error correction repairs is inaudible, and packets that come too late are not counted as lost. So concealment says more than loss.
        quality: linkQuality({ roundTripMs, bufferMs, lossPercent, missingPercent: concealedPercent, sendMode }),
    };
}

/**
 * Statistics at once and then at an interval, for as long as somebody listens and we are inside. Nothing runs while nobody does.
 * @param info$ - the stay; null = outside
 * @param intervalMs - checked
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

/** A round that fails (a connection that closes meanwhile) is a round without links. */
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

/** Counters that never go down while a link lives. */
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
