import type { ILinkFacts, LinkPath } from "../linkFacts.js";

/** One entry of a statistics report. Its members depend on its type and on the browser. */
type Entry = Readonly<Record<string, unknown>>;

/** The part of `RTCPeerConnection.getStats` that is read here. */
export interface IStatisticsReport {
    forEach(visit: (entry: unknown) => void): void;
}

/** Last report of the other end about our packets (RTCP receiver report, RFC 3550, section 6.4.2). */
export interface IReceiverReport {
    /** Time of the report. A different time means a new report. */
    readonly at: number;
    /** Packets lost since the previous report, in percent. */
    readonly lossPercent: number;
    /**
     * Round-trip time to the other end, in milliseconds: the longer one of ICE's and the report's. On a full line either can be seconds old, from before
     * the queue, because the packets that measure it get lost. Null = not known.
     */
    readonly roundTripMs: number | null;
    /** Packets that we have sent so far. */
    readonly packetsSent: number;
}

/**
 * Reads the last receiver report of the other end from the browser's statistics. Pure.
 * @param report - statistics of the connection or of its sender
 * @returns the receiver report; null while there is none
 */
export function receiverReportOf(report: IStatisticsReport): IReceiverReport | null {
    const { audio, pair } = read(report);
    const remote = audio("remote-inbound-rtp");
    const [at, lost] = [numberOf(remote, "timestamp"), numberOf(remote, "fractionLost")];
    if (at === null || lost === null) {
        return null;
    }
    const roundTrips = [iceRoundTripOf(pair), reportedRoundTripOf(remote)].filter((each) => each !== null);
    return {
        at,
        lossPercent: 100 * lost,
        roundTripMs: roundTrips.length > 0 ? Math.max(...roundTrips) : null,
        packetsSent: countOf(audio("outbound-rtp"), "packetsSent"),
    };
}

/**
 * Reads ICE's last round-trip time from the browser's statistics. Known as soon as the path is connected, seconds before the first receiver report. Pure.
 * @param report - statistics of the connection or of its sender
 * @returns the round-trip time, in milliseconds; null = not known
 */
export function pathRoundTripOf(report: IStatisticsReport): number | null {
    return iceRoundTripOf(read(report).pair);
}

/**
 * Reads the facts of an audio link from the browser's statistics (W3C, Identifiers for WebRTC's Statistics API). Pure.
 * @param report - statistics of the whole connection
 * @returns the facts; a value that is not reported is null, or 0 for a counter
 */
export function linkFactsOf(report: IStatisticsReport): ILinkFacts {
    const { entries, all, audio, pair } = read(report);
    const incoming = audio("inbound-rtp");
    const outgoing = audio("outbound-rtp");
    const jitter = numberOf(incoming, "jitter");
    const codec = entries.get(String(incoming?.codecId)) ?? entries.get(String(outgoing?.codecId));
    return {
        at: Math.max(0, ...all.map((entry) => numberOf(entry, "timestamp") ?? 0)),
        // ICE's value is preferred, because it is usually newer than that of the other end's last report.
        roundTripMs: iceRoundTripOf(pair) ?? reportedRoundTripOf(audio("remote-inbound-rtp")),
        jitterMs: jitter === null ? null : jitter * 1_000,
        bytesSent: countOf(outgoing, "bytesSent"),
        bytesReceived: countOf(incoming, "bytesReceived"),
        packetsReceived: countOf(incoming, "packetsReceived"),
        packetsLost: countOf(incoming, "packetsLost"),
        samplesPlayed: countOf(incoming, "totalSamplesReceived"),
        samplesConcealed: countOf(incoming, "concealedSamples") - countOf(incoming, "silentConcealedSamples"),
        bufferedMs: countOf(incoming, "jitterBufferDelay") * 1_000,
        samplesBuffered: countOf(incoming, "jitterBufferEmittedCount"),
        path: pathOf(pair, entries),
        codec: typeof codec?.mimeType === "string" ? codec.mimeType.replace(/^.*\//, "").toLowerCase() : null,
    };
}

/** All entries of a report, and the entries of the link. */
interface IRead {
    readonly entries: ReadonlyMap<string, Entry>;
    readonly all: readonly Entry[];
    readonly audio: (type: string) => Entry | undefined;
    readonly pair: Entry | undefined;
}

function read(report: IStatisticsReport): IRead {
    const entries = new Map<string, Entry>();
    report.forEach((entry) => entries.set(String((entry as Entry).id), entry as Entry));
    const all = [...entries.values()];
    return {
        entries,
        all,
        audio: (type) => all.find((entry) => entry.type === type && entry.kind === "audio"),
        pair: selectedPair(entries, all),
    };
}

function iceRoundTripOf(pair: Entry | undefined): number | null {
    return millisecondsOf(pair, "currentRoundTripTime");
}

function reportedRoundTripOf(remote: Entry | undefined): number | null {
    return millisecondsOf(remote, "roundTripTime");
}

/** The candidate pair in use. Firefox marks the pair itself; other browsers name the pair in the transport's entry. */
function selectedPair(entries: ReadonlyMap<string, Entry>, all: readonly Entry[]): Entry | undefined {
    const named = all.find((entry) => entry.type === "transport" && entry.selectedCandidatePairId !== undefined);
    return (
        entries.get(String(named?.selectedCandidatePairId)) ??
        all.find((entry) => entry.type === "candidate-pair" && entry.state === "succeeded" && (entry.selected ?? entry.nominated) === true)
    );
}

function pathOf(pair: Entry | undefined, entries: ReadonlyMap<string, Entry>): LinkPath {
    const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((id) => entries.get(String(id))?.candidateType);
    return ends.includes("relay") ? "relayed" : ends.every((type) => type === undefined) ? "unknown" : "direct";
}

function numberOf(entry: Entry | undefined, name: string): number | null {
    const value = entry?.[name];
    return typeof value === "number" && Number.isFinite(value) ? value : null;
}

function millisecondsOf(entry: Entry | undefined, name: string): number | null {
    const seconds = numberOf(entry, name);
    return seconds === null ? null : seconds * 1_000;
}

function countOf(entry: Entry | undefined, name: string): number {
    return numberOf(entry, name) ?? 0;
}
