import { BehaviorSubject } from "rxjs";
import { linkStatistics, voiceStatistics$ } from "../../../../src/rtc/statistics/statistics.js";
import type { IVoiceStatistics } from "../../../../src/rtc/statistics/statistics.js";
import type { ISessionInfo } from "../../../../src/rtc/connection/sessionInfo.js";
import type { ILinkFacts } from "../../../../src/transport/linkFacts.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";
import { FakeVoiceServer } from "../../../../src/testing/fakeVoiceServer.js";
import { FakeVoiceSession } from "../../../../src/testing/fakeVoiceSession.js";
import { settleAsync } from "../../../fakes/settle.js";

const first: ILinkFacts = {
    at: 10_000,
    roundTripMs: 30,
    jitterMs: 4,
    bytesSent: 100_000,
    bytesReceived: 200_000,
    packetsReceived: 1_000,
    packetsLost: 500,
    samplesPlayed: 960_000,
    samplesConcealed: 480_000,
    bufferedMs: 1_000_000,
    samplesBuffered: 100_000,
    path: "direct",
    codec: "opus",
    sendMode: "redundant",
};
/** Two seconds after `first`. In between, 10 of 100 packets were lost, 2 % of the sound was concealed, and the buffer held 50 ms. */
const second: ILinkFacts = {
    ...first,
    at: 12_000,
    roundTripMs: 40,
    bytesSent: 108_000,
    bytesReceived: 204_000,
    packetsReceived: 1_090,
    packetsLost: 510,
    samplesPlayed: 1_056_000,
    samplesConcealed: 481_920,
    bufferedMs: 5_800_000,
    samplesBuffered: 196_000,
};

describe("linkStatistics", () => {
    it("computes loss, concealment, bitrates and delay since the previous sample, not since the start", () => {
        expect(linkStatistics(first, second)).toEqual({
            roundTripMs: 40,
            jitterMs: 4,
            bufferMs: 50,
            lossPercent: 10,
            concealedPercent: 2,
            sendKbps: 32,
            receiveKbps: 16,
            path: "direct",
            codec: "opus",
            sendMode: "redundant",
            // 2 % concealed would be excellent, but 10 % lost is not, and neither is the mode `redundant`.
            quality: "good",
        });
    });

    const unknown = { bufferMs: null, lossPercent: null, concealedPercent: null, sendKbps: null, receiveKbps: null };

    it("returns no rates for the first sample, but round-trip time, path and codec", () => {
        expect(linkStatistics(null, second)).toMatchObject({
            ...unknown,
            roundTripMs: 40,
            path: "direct",
            codec: "opus",
            quality: "unknown",
        });
    });

    it("returns no rates when the link was replaced between two samples", () => {
        expect(linkStatistics(second, { ...first, at: 14_000 })).toMatchObject(unknown);
        expect(linkStatistics(first, first)).toMatchObject(unknown);
    });

    it("returns null loss and concealment, unknown quality and 0 kbit/s when nothing was received", () => {
        const silent = { ...first, at: 12_000, samplesPlayed: 1_056_000, samplesConcealed: 490_000 };
        expect(linkStatistics(first, silent)).toMatchObject({ lossPercent: null, concealedPercent: null, sendKbps: 0, receiveKbps: 0, quality: "unknown" }); // prettier-ignore
    });

    it("returns 0 % loss, not a negative value, when late packets arrive", () => {
        const late = { ...second, packetsLost: 499, samplesConcealed: 470_000 };
        expect(linkStatistics(first, late)).toMatchObject({ lossPercent: 0, concealedPercent: 0 });
    });

    it("lowers the quality when more sound is concealed", () => {
        expect(linkStatistics(first, { ...second, samplesConcealed: 480_000 + 9_600 }).quality).toBe("bad");
    });
});

describe("voiceStatistics$", () => {
    let server: FakeVoiceServer;
    let looks: number;
    let facts: ILinkFacts;
    const stay = new BehaviorSubject<ISessionInfo | null>(null);

    const enter = (name = "me"): FakeVoiceSession => new FakeVoiceSession(server, server.verify(server.grant({ user: name }).token));
    const come = (): FakeVoiceSession => {
        const session = enter();
        Object.assign(session, {
            statisticsAsync: async () => {
                looks++;
                return new Map([["bob", facts]]);
            },
        });
        stay.next({
            session,
            room: "lobby",
            user: fakeMember("me"),
            join: { elapsedMs: 120, again: false },
            since: performance.now(),
        });
        return session;
    };
    const listen = (intervalMs = 2_000): { told: IVoiceStatistics[]; stop(): void } => {
        const told: IVoiceStatistics[] = [];
        const subscription = voiceStatistics$(stay, intervalMs).subscribe((each) => told.push(each));
        return { told, stop: () => subscription.unsubscribe() };
    };
    const passAsync = async (ms: number): Promise<void> => {
        jest.advanceTimersByTime(ms);
        await settleAsync();
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        server = new FakeVoiceServer();
        looks = 0;
        facts = first;
        stay.next(null);
    });

    afterEach(() => jest.useRealTimers());

    it("room: statistics, regularly: emits duration and member count at once and at every interval", async () => {
        come();
        const bob = enter("bob");
        const { told, stop } = listen();
        await passAsync(0);
        expect(told).toHaveLength(1);
        expect(told[0]).toMatchObject({ durationMs: 0, memberCount: 2, join: { elapsedMs: 120, again: false } });
        facts = second;
        await bob.leaveAsync();
        await passAsync(2_000);
        expect(told).toHaveLength(2);
        expect(told[1]).toMatchObject({ durationMs: 2_000, memberCount: 1 });
        expect(told[1]?.links.get("bob")).toMatchObject({ lossPercent: 10, sendKbps: 32 });
        stop();
    });

    it("takes no samples and runs no timer without subscribers or outside of RTC rooms", async () => {
        come();
        await passAsync(10_000);
        expect(looks).toBe(0);
        expect(jest.getTimerCount()).toBe(0);
        const { stop } = listen();
        await passAsync(0);
        expect([looks, jest.getTimerCount()]).toEqual([1, 1]);
        stop();
        expect(jest.getTimerCount()).toBe(0);
        await passAsync(10_000);
        expect(looks).toBe(1);

        const outside = listen();
        stay.next(null);
        expect(jest.getTimerCount()).toBe(0);
        await passAsync(10_000);
        expect(looks).toBe(1);
        outside.stop();
    });

    it("emits at the configured interval", async () => {
        come();
        const { told, stop } = listen(500);
        await passAsync(0);
        for (let i = 0; i < 4; i++) {
            await passAsync(500);
        }
        expect(told).toHaveLength(5);
        stop();
    });

    it("starts new rates with each session", async () => {
        come();
        const { told, stop } = listen();
        await passAsync(0);
        stay.next(null);
        come();
        facts = second;
        await passAsync(0);
        expect(told[1]?.links.get("bob")?.lossPercent).toBeNull();
        stop();
    });

    it("does not take a sample while the previous one is pending", async () => {
        const session = come();
        Object.assign(session, {
            statisticsAsync: () => {
                looks++;
                return new Promise(() => undefined);
            },
        });
        const { stop } = listen();
        await passAsync(10_000);
        expect(looks).toBe(1);
        stop();
    });

    it.each([
        ["is missing", undefined],
        ["rejects", () => Promise.reject(new Error("closed"))],
    ])("emits no links when statisticsAsync %s", async (_what, statisticsAsync) => {
        Object.assign(come(), { statisticsAsync });
        const { told, stop } = listen();
        await passAsync(0);
        expect(told[0]?.links.size).toBe(0);
        expect(told[0]?.memberCount).toBe(1);
        stop();
    });

    it("emits nothing outside of RTC rooms", async () => {
        const { told, stop } = listen();
        await passAsync(10_000);
        expect(told).toHaveLength(0);
        stop();
    });
});
