import { linkFactsOf, receiverReportOf } from "../../../../src/transport/mesh/linkStatistics.js";

/** Statistics as Chromium 156 reports them, reduced to the fields that are read. */
const entries = {
    codec: { id: "C1", type: "codec", timestamp: 1_000, mimeType: "audio/opus" },
    incoming: {
        id: "I1",
        type: "inbound-rtp",
        kind: "audio",
        timestamp: 1_000.5,
        codecId: "C1",
        jitter: 0.004,
        packetsReceived: 500,
        packetsLost: 3,
        bytesReceived: 40_000,
        totalSamplesReceived: 480_000,
        concealedSamples: 1_500,
        silentConcealedSamples: 500,
        jitterBufferDelay: 24_000,
        jitterBufferEmittedCount: 470_000,
    },
    outgoing: { id: "O1", type: "outbound-rtp", kind: "audio", timestamp: 1_000, codecId: "C1", bytesSent: 39_000 },
    video: { id: "I2", type: "inbound-rtp", kind: "video", timestamp: 1_000, bytesReceived: 9 },
    other: { id: "P0", type: "candidate-pair", timestamp: 1_000, state: "failed", currentRoundTripTime: 9 },
    pair: {
        id: "P1",
        type: "candidate-pair",
        timestamp: 1_000,
        state: "succeeded",
        nominated: true,
        currentRoundTripTime: 0.03,
        localCandidateId: "L1",
        remoteCandidateId: "R1",
    },
    local: { id: "L1", type: "local-candidate", timestamp: 1_000, candidateType: "host" },
    remote: { id: "R1", type: "remote-candidate", timestamp: 1_000, candidateType: "prflx" },
    transport: { id: "T1", type: "transport", timestamp: 1_000, selectedCandidatePairId: "P1" },
};

const factsOf = (changes: Readonly<Record<string, object | null>> = {}): ReturnType<typeof linkFactsOf> => {
    const all: Readonly<Record<string, object | null>> = { ...entries, ...changes };
    return linkFactsOf(new Set(Object.values(all).filter((entry) => entry !== null)));
};

describe("linkFactsOf", () => {
    it("reads round trip and jitter in milliseconds, counters, path and codec", () => {
        expect(factsOf()).toEqual({
            at: 1_000.5,
            roundTripMs: 30,
            jitterMs: 4,
            bytesSent: 39_000,
            bytesReceived: 40_000,
            packetsReceived: 500,
            packetsLost: 3,
            samplesPlayed: 480_000,
            samplesConcealed: 1_000,
            bufferedMs: 24_000_000,
            samplesBuffered: 470_000,
            path: "direct",
            codec: "opus",
        });
    });

    it.each(["local", "remote"] as const)("reports a relayed path if the %s candidate is a relay", (end) => {
        expect(factsOf({ [end]: { ...entries[end], candidateType: "relay" } }).path).toBe("relayed");
    });

    it("finds the selected candidate pair if the transport does not name it", () => {
        expect(factsOf({ transport: null })).toMatchObject({ roundTripMs: 30, path: "direct" });
        const firefox = { ...entries.pair, selected: false };
        expect(factsOf({ transport: null, pair: firefox })).toMatchObject({ roundTripMs: null, path: "unknown" });
    });

    it("falls back to the receiver report's round trip if the pair has none", () => {
        const report = { id: "RI", type: "remote-inbound-rtp", kind: "audio", timestamp: 1_000, roundTripTime: 0.05 };
        expect(factsOf({ pair: { ...entries.pair, currentRoundTripTime: undefined }, report }).roundTripMs).toBe(50);
    });

    it("falls back to the outgoing codec if nothing is received", () => {
        expect(factsOf({ incoming: null })).toMatchObject({ codec: "opus", jitterMs: null, packetsReceived: 0, bytesReceived: 0 });
    });

    it("returns null, unknown and zero values for an empty report", () => {
        expect(linkFactsOf(new Map())).toMatchObject({
            at: 0,
            roundTripMs: null,
            jitterMs: null,
            path: "unknown",
            codec: null,
            bytesSent: 0,
        });
    });

    it("ignores values that are not numbers", () => {
        expect(factsOf({ incoming: { ...entries.incoming, jitter: NaN, packetsLost: "3" } })).toMatchObject({
            jitterMs: null,
            packetsLost: 0,
        });
    });
});

describe("receiverReportOf", () => {
    const remote = { id: "RI", type: "remote-inbound-rtp", kind: "audio", timestamp: 7_000, fractionLost: 0.25, roundTripTime: 0.2 };
    const outgoing = { ...entries.outgoing, packetsSent: 900 };
    const of = (...all: object[]): ReturnType<typeof receiverReportOf> => receiverReportOf(new Set(all));

    it("reads loss in percent, report time, packets sent, and the longer round trip of ICE and of the report", () => {
        const { pair, transport } = entries;
        const report = { at: 7_000, lossPercent: 25, roundTripMs: 200, packetsSent: 900 };
        expect(of(remote, outgoing, pair, transport)).toEqual(report);
        expect(of(remote, outgoing)).toEqual(report);
        expect(of({ ...remote, roundTripTime: 0.004 }, outgoing, pair, transport)).toEqual({ ...report, roundTripMs: 30 });
        expect(of({ ...remote, roundTripTime: undefined }, outgoing, pair, transport)).toEqual({ ...report, roundTripMs: 30 });
        expect(of({ ...remote, roundTripTime: undefined }, outgoing)).toEqual({ ...report, roundTripMs: null });
    });

    it("returns null before the first report, and if the browser does not report loss", () => {
        expect(of(outgoing)).toBeNull();
        expect(of({ ...remote, fractionLost: undefined }, outgoing)).toBeNull();
    });
});
