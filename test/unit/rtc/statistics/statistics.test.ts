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
/** Two seconds later: 10 of 100 packets lost, 2 % concealed, 50 ms buffered. */
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
    it("has loss, concealment, bitrates and delay of the time since the look before, not of the whole life", () => {
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
            // 2 % concealed would be excellent, but 10 % lost is not.
            quality: "good",
        });
    });

    const unknown = { bufferMs: null, lossPercent: null, concealedPercent: null, sendKbps: null, receiveKbps: null };

    it("has no recent figures at the first look, but what one look tells", () => {
        expect(linkStatistics(null, second)).toMatchObject({
            ...unknown,
            roundTripMs: 40,
            path: "direct",
            codec: "opus",
            quality: "unknown",
        });
    });

    it("has no recent figures when the link was made anew in between", () => {
        expect(linkStatistics(second, { ...first, at: 14_000 })).toMatchObject(unknown);
        expect(linkStatistics(first, first)).toMatchObject(unknown);
    });

    it("has no loss, no concealment and no grade where nothing came, but 0 kbit/s", () => {
        const silent = { ...first, at: 12_000, samplesPlayed: 1_056_000, samplesConcealed: 490_000 };
        expect(linkStatistics(first, silent)).toMatchObject({ lossPercent: null, concealedPercent: null, sendKbps: 0, receiveKbps: 0, quality: "unknown" }); // prettier-ignore
    });

    it("is not below nothing lost when late packets are taken back", () => {
        const late = { ...second, packetsLost: 499, samplesConcealed: 470_000 };
        expect(linkStatistics(first, late)).toMatchObject({ lossPercent: 0, concealedPercent: 0 });
    });

    it("takes the grade down with what is missing", () => {
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

    it("room: statistics, regularly: duration and user count, at once and at every interval", async () => {
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

    it("measures nothing and runs no timer while nobody listens, nor outside of RTC rooms", async () => {
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

    it("goes at the interval that was set", async () => {
        come();
        const { told, stop } = listen(500);
        await passAsync(0);
        for (let i = 0; i < 4; i++) {
            await passAsync(500);
        }
        expect(told).toHaveLength(5);
        stop();
    });

    it("begins anew with each stay", async () => {
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

    it("does not ask again while an answer is out", async () => {
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
        ["measures nothing", undefined],
        ["fails to", () => Promise.reject(new Error("closed"))],
    ])("has no links from a transport that %s", async (_what, statisticsAsync) => {
        Object.assign(come(), { statisticsAsync });
        const { told, stop } = listen();
        await passAsync(0);
        expect(told[0]?.links.size).toBe(0);
        expect(told[0]?.memberCount).toBe(1);
        stop();
    });

    it("says nothing outside", async () => {
        const { told, stop } = listen();
        await passAsync(10_000);
        expect(told).toHaveLength(0);
        stop();
    });
});
