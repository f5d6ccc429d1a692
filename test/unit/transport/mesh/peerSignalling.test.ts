import { callRate } from "../../../../protocol/callOrder.js";
import { PeerSignalling } from "../../../../src/transport/mesh/peerSignalling.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import type { MediaConnection } from "peerjs";

/** The part of a browser's socket that PeerJS uses. */
class FakeSocket {
    public static last: FakeSocket | null = null;
    /** When a new socket opens. */
    public static later: (open: () => void) => void = queueMicrotask;
    public readyState = 1;
    public onopen: (() => void) | null = null;
    public onclose: (() => void) | null = null;
    public onmessage: ((event: { data: string }) => void) | null = null;
    public readonly sent: { type: string; payload: { connectionId: string } }[] = [];

    public constructor() {
        FakeSocket.last = this;
        FakeSocket.later(() => {
            this.onopen?.();
            this.receive({ type: "OPEN" });
        });
    }
    public send(text: string): void {
        this.sent.push(JSON.parse(text) as FakeSocket["sent"][number]);
    }
    public close(): void {
        this.readyState = 3;
    }
    public receive(message: unknown): void {
        this.onmessage?.({ data: JSON.stringify(message) });
    }
}

/** A browser's peer connection. Counts its instances and the answers that they get, and records remote descriptions. */
class FakeConnection {
    public static made = 0;
    public static answers = 0;
    public static closed = 0;
    /** True = the browser fails to create offers. */
    public static fails = false;
    /** SDP of all applied remote descriptions, in order. */
    public static described: string[] = [];
    public signalingState = "stable";
    public readonly iceConnectionState = "new";
    public constructor() {
        FakeConnection.made += 1;
    }
    public addTrack(): void {
        // Not used by any test.
    }
    public createDataChannel(): object {
        return {};
    }
    public async createOffer(): Promise<object> {
        await Promise.resolve();
        if (FakeConnection.fails) {
            throw new Error("no offer");
        }
        return { type: "offer", sdp: "v=0" };
    }
    public async createAnswer(): Promise<object> {
        return await Promise.resolve({ type: "answer", sdp: "v=0" });
    }
    public async setLocalDescription(): Promise<void> {
        await Promise.resolve();
    }
    public async setRemoteDescription({ type, sdp }: { type: string; sdp: string }): Promise<void> {
        FakeConnection.described.push(sdp);
        FakeConnection.answers += type === "answer" ? 1 : 0;
        await Promise.resolve();
    }
    public async addIceCandidate(): Promise<void> {
        await Promise.resolve();
    }
    public close(): void {
        this.signalingState = "closed";
        FakeConnection.closed += 1;
    }
}

describe("PeerSignalling with the real PeerJS", () => {
    const replaced = new Map<string, PropertyDescriptor | undefined>();
    let signalling: PeerSignalling;
    /** Number of messages sent when the socket reported that it is open. */
    let sentAtOpen: number;
    let calls: MediaConnection[];
    let states: boolean[];
    let socket: FakeSocket;

    beforeAll(() => {
        const globals = {
            WebSocket: FakeSocket,
            RTCPeerConnection: FakeConnection,
            RTCSessionDescription: class {
                public constructor(description: object) {
                    Object.assign(this, description);
                }
            },
            MediaStream: class {
                private readonly _tracks: unknown[];
                public constructor(tracks: unknown[]) {
                    this._tracks = tracks;
                }
                public getTracks(): unknown[] {
                    return this._tracks;
                }
            },
        };
        for (const [name, value] of Object.entries(globals)) {
            replaced.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
            Object.defineProperty(globalThis, name, { configurable: true, writable: true, value });
        }
    });
    afterAll(() => {
        for (const [name, before] of replaced) {
            if (before) {
                Object.defineProperty(globalThis, name, before);
            } else {
                Reflect.deleteProperty(globalThis, name);
            }
        }
    });
    const create = (Signalling = PeerSignalling): PeerSignalling =>
        new Signalling({
            server: "http://localhost:1",
            peerId: "alice",
            secret: "secret",
            iceServers: [],
            relayOnly: false,
            remoteSdp: (described) => `${described}, as we send`,
            retryPolicy: { nextRetryDelayInMs: () => 0 },
            onError: () => undefined,
            onCall: (call) => calls.push(call),
            onOnline: (online) => {
                states.push(online);
                sentAtOpen = FakeSocket.last?.sent.length ?? 0;
            },
            onLost: () => undefined,
        });
    beforeEach(async () => {
        calls = [];
        states = [];
        signalling = create();
        await signalling.openAsync(new AbortController().signal);
        const { last } = FakeSocket;
        if (!last) {
            throw new Error("PeerJS has opened no socket.");
        }
        socket = last;
        // Resets the counts: PeerJS creates a connection when it is loaded, to detect what the browser supports.
        FakeConnection.made = 0;
        FakeConnection.answers = 0;
        FakeConnection.described = [];
        FakeConnection.closed = 0;
        FakeConnection.fails = false;
        FakeSocket.later = queueMicrotask;
    });
    afterEach(() => {
        signalling.close();
        jest.dontMock("peerjs");
    });

    const sdp = { type: "offer", sdp: "v=0" };
    const settleAsync = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

    it("rejects with serverUnreachable while PeerJS cannot be loaded, and loads it on a later attempt", async () => {
        const cause = new TypeError("Failed to fetch dynamically imported module");
        let isThere = false;
        jest.doMock("peerjs", (): unknown => {
            if (!isThere) {
                throw cause;
            }
            return jest.requireActual("peerjs");
        });
        await jest.isolateModulesAsync(async () => {
            const { PeerSignalling: Signalling } = await import("../../../../src/transport/mesh/peerSignalling.js");
            const other = create(Signalling);
            const openAsync = (): Promise<void> => other.openAsync(new AbortController().signal);
            await expect(openAsync()).rejects.toMatchObject({ code: "serverUnreachable", cause });
            isThere = true;
            await openAsync();
            expect(states).toEqual([true, true]);
            other.close();
        });
    });

    it("reopens its socket once if the socket is older than the network change", async () => {
        const before = performance.now();
        signalling.renew(before - 1_000);
        expect(states).toEqual([true]);
        signalling.renew(before);
        expect(states).toEqual([true, false]);
        const opened = new Promise<void>((resolve) => {
            const look = (): unknown => (states.length === 3 ? resolve() : setImmediate(look));
            look();
        });
        await opened;
        expect(FakeSocket.last).not.toBe(socket);
        signalling.renew(before);
        expect(states).toEqual([true, false, true]);
    });

    it("creates no peer connection for data channel offers, of which a page can create only about 500", async () => {
        for (let index = 0; index < 1120; index += 1) {
            socket.receive({
                type: "OFFER",
                src: "mallory",
                payload: { type: "data", connectionId: `dc_${index}`, serialization: "binary", sdp },
            });
        }
        await settleAsync();
        expect(FakeConnection.made).toBe(0);
        // The page still accepts calls.
        socket.receive({ type: "OFFER", src: "bob", payload: { type: "media", connectionId: "mc_bob", sdp } });
        expect(calls.map(({ peer }) => peer)).toEqual(["bob"]);
        calls[0]?.answer(new MediaStream([]));
        await settleAsync();
        expect(FakeConnection.made).toBe(1);
        expect(FakeConnection.described).toEqual(["v=0, as we send"]);
    });

    it("creates few peer connections for a flood of calls, even if each call is answered", async () => {
        for (let index = 0; index < 1120; index += 1) {
            socket.receive({ type: "OFFER", src: "mallory", payload: { type: "media", connectionId: `mc_${index}`, sdp } });
            calls.at(-1)?.answer(new MediaStream([]));
        }
        await settleAsync();
        expect(FakeConnection.made).toBeLessThan(callRate.burst + 10);
    });

    it("applies one answer per outgoing call, and ignores malformed messages", async () => {
        const call = signalling.call("bob", new FakeTrack("voice"), (text) => text);
        const connectionId = call?.connectionId;
        for (const message of [null, 5, {}, { type: "OFFER", src: "mallory" }, { type: "ANSWER", src: "bob", payload: null }]) {
            socket.receive(message);
        }
        socket.receive({ type: "ANSWER", src: "mallory", payload: { type: "media", connectionId, sdp: { type: "answer", sdp: "v=0" } } });
        for (let index = 0; index < 3; index += 1) {
            socket.receive({ type: "ANSWER", src: "bob", payload: { type: "media", connectionId, sdp: { type: "answer", sdp: "v=0" } } });
        }
        await settleAsync();
        expect(FakeConnection.answers).toBe(1);
    });

    describe("prepared calls", () => {
        const track = new FakeTrack("silence");
        const sentTypes = (): string[] => FakeSocket.last?.sent.map(({ type }) => type) ?? [];
        const prepareAsync = async (...peerIds: string[]): Promise<void> => {
            signalling.close();
            FakeConnection.closed = 0;
            signalling = create();
            await signalling.openAsync(new AbortController().signal, { peerIds, track, sdpTransform: (text) => text });
            await settleAsync();
        };

        it("are offered while the socket opens, but not sent before the call is made", async () => {
            await prepareAsync("bob", "carol");
            expect({ made: FakeConnection.made, sentAtOpen, now: sentTypes() }).toEqual({ made: 2, sentAtOpen: 0, now: [] });
            const call = signalling.call("bob", track, (text) => text);
            expect(FakeSocket.last?.sent).toMatchObject([
                { type: "OFFER", dst: "bob", payload: { connectionId: call?.connectionId, sdp: { sdp: "v=0" } } },
            ]);
            expect(FakeConnection.made).toBe(2);
            const { connectionId } = call ?? {};
            FakeSocket.last?.receive({
                type: "ANSWER",
                src: "bob",
                payload: { type: "media", connectionId, sdp: { type: "answer", sdp: "v=0" } },
            });
            await settleAsync();
            expect(FakeConnection.answers).toBe(1);
        });

        it("are used once; a second call to the same peer is a new one", async () => {
            await prepareAsync("bob");
            const [first, second] = [0, 1].map(() => signalling.call("bob", track, (text) => text));
            await settleAsync();
            expect(second?.connectionId).not.toBe(first?.connectionId);
            expect(sentTypes()).toEqual(["OFFER", "OFFER"]);
        });

        it("are closed, and nothing of them is sent, if they are discarded", async () => {
            await prepareAsync("bob", "carol");
            signalling.call("bob", track, (text) => text);
            signalling.discardPrepared();
            await settleAsync();
            expect({ closed: FakeConnection.closed, sent: sentTypes() }).toEqual({ closed: 1, sent: ["OFFER"] });
        });

        it("are closed when signalling closes or disconnects", async () => {
            await prepareAsync("bob");
            signalling.close();
            expect(FakeConnection.closed).toBe(1);
            await prepareAsync("bob");
            signalling.disconnect();
            expect(FakeConnection.closed).toBe(1);
        });

        it("do not prevent signalling from opening if the browser fails to create an offer", async () => {
            FakeConnection.fails = true;
            FakeSocket.later = setImmediate;
            await prepareAsync("bob");
            expect(states).toEqual([true, true]);
        });
    });

    it("keeps at most eight candidates that belong to no call", () => {
        for (let index = 0; index < 10_000; index += 1) {
            socket.receive({ type: "CANDIDATE", src: "mallory", payload: { type: "media", connectionId: `mc_${index}`, candidate: {} } });
        }
        const { _lostMessages: kept } = (signalling as unknown as { _peer: { _lostMessages: Map<string, unknown[]> } })._peer;
        expect([...kept.values()].flat().length).toBeLessThanOrEqual(8);
    });
});
