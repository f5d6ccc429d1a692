import { LinkAdapter } from "../../../../src/transport/mesh/linkAdapter.js";
import { withOpusSettings, withSendMode } from "../../../../src/transport/mesh/opusSdp.js";
import { RtpSender } from "../../../../src/transport/mesh/rtpSender.js";
import { defaultOpusSettings } from "../../../../src/transport/opusSettings.js";
import type { IOpusSettings } from "../../../../src/transport/opusSettings.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { FakeSender } from "../../../fakes/fakeMediaConnection.js";
import { settleAsync } from "../../../fakes/settle.js";
import { chromiumOffer, firefoxOffer } from "./sampleSdp.js";

/** The part of an `RTCPeerConnection` that negotiation needs. */
class FakeNegotiation {
    public signalingState: RTCSignalingState = "stable";
    public currentLocalDescription: RTCSessionDescriptionInit;
    public currentRemoteDescription: RTCSessionDescriptionInit;
    public readonly log: string[] = [];
    /** The call that fails, written like `setLocalDescription offer`. Empty: no call fails. */
    public refuses = "";

    constructor(part: "calls" | "answers", own: string, remote: string) {
        const [mine, theirs] = part === "calls" ? (["offer", "answer"] as const) : (["answer", "offer"] as const);
        this.currentLocalDescription = { type: mine, sdp: own };
        this.currentRemoteDescription = { type: theirs, sdp: remote };
    }

    get asConnection(): RTCPeerConnection {
        return this as unknown as RTCPeerConnection;
    }

    async createOffer(): Promise<RTCSessionDescriptionInit> {
        return { type: "offer", sdp: chromiumOffer };
    }

    async createAnswer(): Promise<RTCSessionDescriptionInit> {
        return { type: "answer", sdp: chromiumOffer };
    }

    async setLocalDescription(description: RTCSessionDescriptionInit): Promise<void> {
        this._take("setLocalDescription", description, "have-local-offer");
        this.currentLocalDescription = description.type === "rollback" ? this.currentLocalDescription : description;
    }

    async setRemoteDescription(description: RTCSessionDescriptionInit): Promise<void> {
        this._take("setRemoteDescription", description, "have-remote-offer");
        this.currentRemoteDescription = description.type === "rollback" ? this.currentRemoteDescription : description;
    }

    private _take(name: string, { type }: RTCSessionDescriptionInit, offered: RTCSignalingState): void {
        this.log.push(`${name} ${type}`);
        if (`${name} ${type}` === this.refuses) {
            throw new DOMException("Not that.", "InvalidAccessError");
        }
        this.signalingState = type === "offer" ? offered : "stable";
    }
}

const asked = withOpusSettings(chromiumOffer, defaultOpusSettings);

describe("LinkAdapter", () => {
    const track = new FakeTrack("voice");
    let sender: FakeSender;
    let rtp: RtpSender;
    let adapter: LinkAdapter;
    let at: number;
    let sent: number;

    const adapt = (connection: FakeNegotiation, settings: Partial<IOpusSettings> = {}): void => {
        adapter = new LinkAdapter(connection.asConnection, rtp, { ...defaultOpusSettings, ...settings });
    };

    /** Delivers a report of the remote side, and waits until the adapter has read it. */
    const reportAsync = async (lossPercent: number, roundTripMs: number, packets = 250): Promise<void> => {
        at += 5_000;
        sent += packets;
        sender.report = new Map<string, object>([
            ["O", { id: "O", type: "outbound-rtp", kind: "audio", packetsSent: sent }],
            ["R", { id: "R", type: "remote-inbound-rtp", kind: "audio", timestamp: at, fractionLost: lossPercent / 100, roundTripTime: roundTripMs / 1_000 }], // prettier-ignore
        ]);
        await jest.advanceTimersByTimeAsync(5_000);
        await settleAsync();
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        sender = new FakeSender(track);
        rtp = new RtpSender(sender as unknown as RTCRtpSender, () => undefined);
        [at, sent] = [0, 0];
    });

    afterEach(() => {
        adapter.close();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("reapplies the remote answer as caller: with RED first on loss, and unchanged after recovery", async () => {
        const connection = new FakeNegotiation("calls", asked, asked);
        adapt(connection);
        await reportAsync(0, 20);
        await reportAsync(0, 20);
        expect(connection.log).toEqual([]);
        await reportAsync(10, 20);
        await reportAsync(10, 20);
        expect(adapter.mode).toBe("redundant");
        expect(connection.log).toEqual(["setLocalDescription offer", "setRemoteDescription answer"]);
        expect(connection.currentRemoteDescription).toEqual({ type: "answer", sdp: withSendMode(asked, "redundant") });
        expect(connection.currentLocalDescription).toEqual({ type: "offer", sdp: asked });
        for (let i = 0; i < 7; i++) {
            await reportAsync(0, 20);
        }
        expect(adapter.mode).toBe("full");
        expect(connection.currentRemoteDescription).toEqual({ type: "answer", sdp: asked });
    });

    it("switches to narrow mode at the first report if the queue has grown since the path was connected", async () => {
        const path = (roundTripMs: number): void => {
            const pair = {
                id: "P",
                type: "candidate-pair",
                state: "succeeded",
                nominated: true,
                currentRoundTripTime: roundTripMs / 1_000,
            };
            sender.report = new Map<string, object>([["P", pair]]);
        };
        path(4);
        adapt(new FakeNegotiation("calls", asked, asked));
        await settleAsync();
        path(220);
        await jest.advanceTimersByTimeAsync(4_000);
        await reportAsync(22, 300);
        expect(adapter.mode).toBe("narrow");
    });

    it("reapplies the remote offer as callee, and answers it", async () => {
        const connection = new FakeNegotiation("answers", asked, asked);
        adapt(connection);
        await reportAsync(0, 20);
        await reportAsync(0, 20);
        await reportAsync(20, 300);
        expect(adapter.mode).toBe("narrow");
        expect(connection.log).toEqual(["setRemoteDescription offer", "setLocalDescription answer"]);
        expect(connection.currentRemoteDescription).toEqual({ type: "offer", sdp: withSendMode(asked, "narrow") });
        expect(connection.currentLocalDescription).toEqual({ type: "answer", sdp: asked });
    });

    it.each([
        ["one end lacks RED", firefoxOffer, {}],
        ["the adaptation option is rate", asked, { adaptation: "rate" }],
    ] as const)("never uses redundant mode: %s", async (_, own, settings) => {
        const connection = new FakeNegotiation("answers", own, asked);
        adapt(connection, settings);
        for (const loss of [0, 10, 30, 30]) {
            await reportAsync(loss, 20);
        }
        expect(adapter.mode).toBe("full");
        await reportAsync(30, 300);
        expect(adapter.mode).toBe("narrow");
    });

    it("does nothing and starts no timer if adaptation is off", async () => {
        const connection = new FakeNegotiation("calls", asked, asked);
        adapt(connection, { adaptation: "off" });
        expect(jest.getTimerCount()).toBe(0);
        expect(adapter.mode).toBe("full");
    });

    it("ignores reports about few packets, stale reports and reports from before a pause", async () => {
        const connection = new FakeNegotiation("calls", asked, asked);
        adapt(connection);
        await reportAsync(0, 20);
        await reportAsync(50, 20, 20);
        await jest.advanceTimersByTimeAsync(30_000);
        await rtp.sendAsync(null);
        await reportAsync(50, 20);
        await rtp.sendAsync(track);
        await reportAsync(50, 20);
        expect(adapter.mode).toBe("full");
        expect(connection.log).toEqual([]);
        await reportAsync(50, 20);
        await reportAsync(50, 20);
        expect(adapter.mode).toBe("redundant");
    });

    it.each([
        ["calls", "setRemoteDescription answer", "setLocalDescription rollback"],
        ["answers", "setLocalDescription answer", "setRemoteDescription rollback"],
        ["calls", "setLocalDescription offer", null],
    ] as const)("rolls back a step that the browser rejects, and stops adapting (%s, %s)", async (part, refuses, rollback) => {
        const connection = new FakeNegotiation(part, asked, asked);
        connection.refuses = refuses;
        adapt(connection);
        for (const loss of [0, 10, 10, 10]) {
            await reportAsync(loss, 20);
        }
        expect(adapter.mode).toBe("full");
        expect(connection.signalingState).toBe("stable");
        expect(connection.log.filter((each) => each === refuses)).toHaveLength(1);
        expect(connection.log.filter((each) => each.endsWith("rollback"))).toEqual(rollback === null ? [] : [rollback]);
        expect(jest.getTimerCount()).toBe(0);
    });

    it("queues a change behind a pending track switch, and continues after a failed change", async () => {
        const connection = new FakeNegotiation("calls", asked, asked);
        adapt(connection);
        await reportAsync(0, 20);
        const during: boolean[] = [];
        const stopping = rtp.sendAsync(null);
        const changing = rtp.changeAsync(async () => {
            during.push(sender.active);
            await settleAsync();
            during.push(sender.active);
        });
        const failing = expect(rtp.changeAsync(async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
        await Promise.all([stopping, changing, failing]);
        await rtp.sendAsync(track);
        expect(during).toEqual([false, false]);
        expect(sender.active).toBe(true);
    });
});
