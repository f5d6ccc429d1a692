import { BehaviorSubject } from "rxjs";
import type { PeerOptions } from "peerjs";
import type { IRtcPeer } from "../../../protocol/wire.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import { holdVoice } from "../../../src/interop/voiceEntry.js";
import { PeerJsTransport } from "../../../src/transport/serverTransport.js";
import type { IPeerJsTransportOptions } from "../../../src/transport/serverTransport.js";
import type { ConnectionState, IRemoteVoice, IVoiceGrant, IVoiceSession, VoiceInterest } from "../../../src/transport/voiceTransport.js";
import { FakeTrack, installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeCallTrack } from "../../fakes/fakeMediaConnection.js";
import { FakeRtcServer } from "../../fakes/fakeRtcServer.js";
import { settleAsync } from "../../fakes/settle.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import { describeVoiceTransport } from "./describeVoiceTransport.js";

let mockServer = new FakeRtcServer();
/** Seats that were closed. */
let mockClosed: object[] = [];

jest.mock("../../../src/interop/serverRoom.js", () => ({
    openServerRoomAsync: (request: Parameters<FakeRtcServer["openAsync"]>[0]) => mockServer.openAsync(request),
    preloadServerRoomsAsync: () => Promise.resolve(),
    TakenSeat: class {
        public readonly isOver = false;
        public close(): void {
            mockClosed.push(this);
        }
    },
}));
jest.mock("peerjs", () => ({
    Peer: function Peer(id: string, options: PeerOptions) {
        return mockServer.createPeer(id, options);
    },
}));

installFakeMedia();

const silences: FakeTrack[] = [];
const makeTransport = (options: Partial<IPeerJsTransportOptions> = {}, Transport = PeerJsTransport): PeerJsTransport => {
    mockServer = new FakeRtcServer();
    silences.length = 0;
    return new Transport({
        server: "https://voice.example/rtc/",
        silentTrack: () => {
            const track = new FakeTrack("silence");
            silences.push(track);
            return { track, dispose: () => track.stop() };
        },
        retryPolicy: { nextRetryDelayInMs: ({ retries }) => [1_000, 2_000][retries] ?? null },
        ...options,
    });
};

describe.each(["by their tokens", "by seats that the server holds"])("With grants that admit members %s", (how) => {
    describeVoiceTransport("PeerJsTransport, between fake sockets and fake calls", async () => {
        const transport = makeTransport();
        const microphones = new Set<MediaStreamTrack>();
        const known = new Set<string>();
        return {
            transport,
            patienceMs: 500,
            grantAsync: async (user, privileges, room = "lobby") => {
                const grant = mockServer.grants.grant({ ...privileges, user, room, name: user.toUpperCase() });
                // A user's later grants, such as those for renewals, are tokens in both cases.
                const isFirst = !known.has(user);
                known.add(user);
                return how === "by their tokens" || !isFirst ? grant : heldFor(grant, room);
            },
            track: () => {
                const track = new FakeTrack("microphone");
                microphones.add(track);
                return track;
            },
            arrivesAsync: async (track, what) => {
                await settleAsync();
                const flowing = track instanceof FakeCallTrack ? track.flowing : null;
                const sounds = flowing !== null && microphones.has(flowing) && flowing.enabled;
                if (sounds !== (what === "sound")) {
                    throw new Error(`Not so: what arrives is ${what}.`);
                }
            },
            releaseAsync: async () => {
                await settleAsync();
                expect(mockServer.inside("lobby")).toEqual([]);
                expect(mockServer.network.open).toEqual([]);
                expect(mockServer.peers.every(({ destroyed }) => destroyed)).toBe(true);
                expect(silences.every(({ readyState }) => readyState === "ended")).toBe(true);
            },
        };
    });
});

/** Converts a grant: the server reserves a seat, and the returned grant has this seat in place of the token. */
function heldFor(grant: IVoiceGrant, room: string): IVoiceGrant {
    const { token, ...more } = grant;
    const held = { ...more, token: "" };
    const promise = mockServer.promise({ room, token });
    const { peerId: self, secret } = promise;
    const entry = { seat: { name: "rtc", roomId: room, sessionId: "" }, iceServers: [], expiresAt: 0, self, secret };
    promise.seat = holdVoice("https://voice.example/rtc", entry, held);
    return held;
}

describe("A seat that the server holds", () => {
    beforeEach(() => (mockClosed = []));

    it("lets signalling open before the RTC room is entered", async () => {
        const transport = makeTransport();
        const held = heldFor(mockServer.grants.grant({ user: "alice" }), "lobby");
        const joining = transport.joinAsync(held, new AbortController().signal, { blocks: ["bob"] });
        const session = await joining;
        expect(mockServer.peers.map(({ id, options }) => [id, options.token])).toEqual([["promised-0", "held-0"]]);
        expect(mockServer.requests[0]).toMatchObject({ type: "rtc", options: { blocks: ["bob"] } });
        expect(mockServer.requests[0]?.options).not.toHaveProperty("token");
        await session.leaveAsync();
    });

    it("is released, and signalling is closed, if the RTC room rejects the join", async () => {
        const transport = makeTransport();
        const held = heldFor(mockServer.grants.grant({ user: "alice" }), "lobby");
        jest.spyOn(mockServer, "openAsync").mockRejectedValue(new RtcError("banned", "Not yet."));
        await expect(transport.joinAsync(held, new AbortController().signal)).rejects.toMatchObject({ code: "banned" });
        await settleAsync();
        expect(mockClosed).toHaveLength(1);
        expect(mockServer.peers.every(({ destroyed }) => destroyed)).toBe(true);
        expect(silences.every(({ readyState }) => readyState === "ended")).toBe(true);
    });
});

describe("PeerJsTransport", () => {
    let transport: PeerJsTransport;
    let sessions: IVoiceSession[];

    const grant = (user: string): IVoiceGrant => mockServer.grants.grant({ user });
    const joinAsync = async (given: IVoiceGrant | string, signal = new AbortController().signal): Promise<IVoiceSession> => {
        const session = await transport.joinAsync(typeof given === "string" ? grant(given) : given, signal);
        sessions.push(session);
        await settleAsync();
        return session;
    };
    const stateOf = (session: IVoiceSession): BehaviorSubject<ConnectionState> => {
        const state = new BehaviorSubject<ConnectionState>("disconnected");
        session.state$.subscribe((value) => state.next(value));
        return state;
    };
    const errorsOf = (session: IVoiceSession): RtcError[] => {
        const errors: RtcError[] = [];
        session.error$.subscribe((error) => errors.push(error));
        return errors;
    };
    const dropSocket = (index: number): void => mockServer.peers.at(index)?.drop();

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        sessions = [];
        transport = makeTransport();
    });

    afterEach(async () => {
        await Promise.all(sessions.map((session) => session.leaveAsync()));
        expect(jest.getTimerCount()).toBe(0);
        expect(mockServer.inside("lobby")).toEqual([]);
        jest.useRealTimers();
    });

    describe("on join", () => {
        it("connects to the grant's RTC room, and to signalling with the id and secret from that room", async () => {
            await joinAsync("alice");
            expect(mockServer.requests).toMatchObject([
                { server: "https://voice.example/rtc", type: "rtc", create: true, options: { room: "lobby" } },
            ]);
            expect(mockServer.peers[0]).toMatchObject({
                id: "peer-1",
                options: { host: "voice.example", port: 443, path: "/rtc/signal", secure: true, token: "secret-1" },
            });
        });

        it("uses the grant's server if the grant names one", async () => {
            await joinAsync({ ...grant("alice"), url: "http://other.example:9000" });
            expect(mockServer.requests[0]?.server).toBe("http://other.example:9000");
            expect(mockServer.peers[0]?.options).toMatchObject({ host: "other.example", port: 9000, path: "/signal", secure: false });
        });

        const stun = [{ urls: "stun:stun.example" }];
        const turn = [{ urls: "turn:turn.example", username: "me", credential: "a word" }];

        it.each([
            { own: undefined, granted: undefined, used: [], why: "none, instead of the PeerJS defaults, if none are configured" },
            { own: undefined, granted: stun, used: stun, why: "the grant's" },
            { own: turn, granted: stun, used: turn, why: "the app's instead of the grant's" },
            { own: [], granted: stun, used: [], why: "none if the app sets an empty list" },
        ])("uses the right ICE servers: $why", async ({ own, granted, used }) => {
            transport = makeTransport({ iceServers: own });
            await joinAsync(granted ? { ...grant("alice"), iceServers: granted } : grant("alice"));
            expect(mockServer.peers[0]?.options.config).toMatchObject({ iceServers: used });
        });

        it.each([
            { own: undefined, renewed: turn, used: turn, why: "the renewed grant's, for later calls" },
            { own: undefined, renewed: undefined, used: stun, why: "the previous ones if the renewed grant names none" },
            { own: [], renewed: turn, used: [], why: "the app's, whatever the renewed grant names" },
        ])("uses the right ICE servers after a renewal: $why", async ({ own, renewed, used }) => {
            transport = makeTransport({ iceServers: own });
            const session = await joinAsync({ ...grant("alice"), iceServers: stun });
            await session.renewAsync({ ...grant("alice"), ...(renewed && { iceServers: renewed }) });
            expect(mockServer.peers[0]?.options.config).toMatchObject({ iceServers: used });
        });

        it("uses only TURN with relayOnly, and keeps its TURN server if a renewed grant names none", async () => {
            transport = makeTransport({ relayOnly: true });
            const session = await joinAsync({ ...grant("alice"), iceServers: [...stun, ...turn] });
            const errors: RtcError[] = [];
            session.error$.subscribe((error) => errors.push(error));
            for (const iceServers of [stun, []]) {
                await session.renewAsync({ ...grant("alice"), iceServers });
            }
            expect(mockServer.peers[0]?.options.config).toMatchObject({ iceTransportPolicy: "relay", iceServers: [...stun, ...turn] });
            expect(errors.map(({ code }) => code)).toEqual(["invalidArgument", "invalidArgument"]);
            expect(errors[0]?.message).toContain("relayOnly");
        });

        it.each([{ iceServers: undefined }, { iceServers: [] }, { iceServers: stun }])(
            "rejects relayOnly without a TURN server ($iceServers) with invalidArgument, and leaves nothing open",
            async ({ iceServers }) => {
                transport = makeTransport({ relayOnly: true });
                const joining = joinAsync({ ...grant("alice"), ...(iceServers && { iceServers }) });
                await expect(joining).rejects.toMatchObject({
                    code: "invalidArgument",
                    message: expect.stringContaining("relayOnly") as string,
                });
                expect(mockServer.peers).toEqual([]);
                expect(mockServer.inside("lobby")).toEqual([]);
            },
        );

        it.each([
            { server: "nowhere", why: "address" },
            { relayOnly: "yes" as never, why: "relayOnly" },
            { opus: { bitrate: 1 }, why: "bitrate" },
        ])("throws invalidArgument for an unusable $why", (options) => {
            expect(thrownBy(() => makeTransport(options))).toMatchObject({ code: "invalidArgument" });
        });
    });

    describe("a failed join", () => {
        it("leaves the RTC room if signalling does not answer within 10 s", async () => {
            mockServer.reachable = false;
            const joining = joinAsync("alice");
            const failed = expect(joining).rejects.toMatchObject({ code: "serverUnreachable" });
            await settleAsync();
            expect(mockServer.inside("lobby")).toEqual(["alice"]);
            await jest.advanceTimersByTimeAsync(10_000);
            await failed;
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(mockServer.peers[0]?.destroyed).toBe(true);
        });

        it("rejects with unsupported and leaves the RTC room if the installed PeerJS cannot be guarded", async () => {
            mockServer.isGuardable = false;
            await expect(joinAsync("alice")).rejects.toMatchObject({ code: "unsupported" });
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(mockServer.peers[0]?.destroyed).toBe(true);
        });

        it("leaves the RTC room at once if it is cancelled while signalling opens", async () => {
            mockServer.reachable = false;
            const abort = new AbortController();
            const joining = joinAsync("alice", abort.signal);
            const failed = expect(joining).rejects.toMatchObject({ code: "aborted" });
            await settleAsync();
            abort.abort();
            await failed;
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(mockServer.peers[0]?.destroyed).toBe(true);
            expect(silences.map(({ readyState }) => readyState)).toEqual(["ended"]);
        });

        it.each(["removed", "duplicateIdentity"] as const)(
            "rejects at once with the server's reason if the server removes the member meanwhile (%s)",
            async (reason) => {
                mockServer.reachable = false;
                const failed = expect(joinAsync("alice")).rejects.toMatchObject({ code: reason });
                await settleAsync();
                mockServer.putOut("peer-1", reason);
                await failed;
                expect(mockServer.peers[0]?.destroyed).toBe(true);
            },
        );
    });

    describe("a signalling socket that drops", () => {
        it("is reopened after the policy's delay, while calls continue", async () => {
            const alice = await joinAsync("alice");
            await joinAsync("bob");
            const state = stateOf(alice);
            dropSocket(0);
            expect(state.value).toBe("reconnecting");
            expect(mockServer.network.open).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(999);
            expect(state.value).toBe("reconnecting");
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(state.value).toBe("connected");
            expect(mockServer.network.calls).toHaveLength(1);
        });

        it("prevents calls from a new member until it is open again", async () => {
            const alice = await joinAsync("alice");
            dropSocket(0);
            await joinAsync("bob");
            expect(mockServer.network.calls).toHaveLength(0);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(mockServer.network.open).toHaveLength(1);
            expect(stateOf(alice).value).toBe("connected");
        });

        it("has all retries again after it was reopened", async () => {
            const state = stateOf(await joinAsync("alice"));
            for (let round = 0; round < 5; round++) {
                dropSocket(0);
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
                expect(state.value).toBe("connected");
            }
        });

        it("ends the session as lost and leaves the RTC room if it cannot be reopened", async () => {
            const alice = await joinAsync("alice");
            const [state, errors] = [stateOf(alice), errorsOf(alice)];
            mockServer.reachable = false;
            dropSocket(0);
            await jest.advanceTimersByTimeAsync(60_000);
            await settleAsync();
            expect(state.value).toBe("lost");
            expect(errors).toMatchObject([{ code: "serverUnreachable" }]);
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(mockServer.peers[0]?.destroyed).toBe(true);
        });
    });

    describe("a control socket that closes", () => {
        it("ends the session with the server's reason, closes all calls, and stops the silent track", async () => {
            const alice = await joinAsync("alice");
            await joinAsync("bob");
            const [state, errors] = [stateOf(alice), errorsOf(alice)];
            mockServer.putOut("peer-1", "removed");
            await settleAsync();
            expect(state.value).toBe("lost");
            expect(errors).toMatchObject([{ code: "removed" }]);
            expect(mockServer.network.open).toHaveLength(0);
            expect(silences[0]?.readyState).toBe("ended");
        });
    });

    describe("interest", () => {
        const interest = (wanted: VoiceInterest): ReadonlyMap<string, VoiceInterest> => new Map([["bob", wanted]]);
        const asked = (): unknown[] => mockServer.heard.filter(({ type }) => type === "interest").map(({ payload }) => payload);

        it("is sent only when it changes, and not for the initial value", async () => {
            const alice = await joinAsync("alice");
            await joinAsync("bob");
            for (const wanted of ["on", "off", "off", "warm", "on", "on"] as const) {
                alice.setInterest(interest(wanted));
            }
            expect(asked()).toEqual([
                { to: "bob", interest: "off" },
                { to: "bob", interest: "warm" },
                { to: "bob", interest: "on" },
            ]);
        });

        it("is sent again to a member who rejoins", async () => {
            const alice = await joinAsync("alice");
            const bob = await joinAsync("bob");
            alice.setInterest(interest("off"));
            await bob.leaveAsync();
            await joinAsync("bob");
            expect(asked()).toEqual([
                { to: "bob", interest: "off" },
                { to: "bob", interest: "off" },
            ]);
        });
    });

    it("requests a voice after a block if interest was set to on during the block", async () => {
        const [alice, bob] = [await joinAsync("alice"), await joinAsync("bob")];
        const microphone = new FakeTrack("microphone");
        await bob.publishAsync(microphone);
        alice.setInterest(new Map([["bob", "off"]]));
        await alice.blockAsync?.("bob", true);
        alice.setInterest(new Map([["bob", "on"]]));
        await alice.blockAsync?.("bob", false);
        await settleAsync();
        let track: MediaStreamTrack | null = null;
        alice.remotes$.subscribe((remotes) => (track = remotes.get("bob")?.track ?? null));
        expect(track).toMatchObject({ flowing: microphone });
    });

    describe("renewal", () => {
        it.each([
            ["tokenExpired", "tokenExpired"],
            ["rateLimited", "serverBusy"],
            ["forbidden", "unauthorized"],
        ] as const)("rejects with the server's reason: %s becomes %s", async (refusal, code) => {
            const alice = await joinAsync("alice");
            mockServer.refusal = refusal;
            await expect(alice.renewAsync(grant("alice"))).rejects.toMatchObject({ code });
        });
    });

    it.each([
        ["left", "quit"],
        ["dropped", "dropped"],
        ["removed", "kicked"],
        ["duplicateIdentity", "replaced"],
    ] as const)(
        "emits for peerLeft %s the departure %s before the member list changes, and ignores earlier connections",
        async (said, reason) => {
            const alice = await joinAsync("alice");
            await joinAsync("bob");
            const told: unknown[] = [];
            alice.departures$?.subscribe((departure) => told.push(departure));
            alice.remotes$.subscribe((remotes) => told.push([...remotes.keys()]));
            told.length = 0;
            const [toAlice] = mockServer.requests;
            toAlice?.onMessage({ type: "peerLeft", payload: { id: "bob", peerId: "peer-0", reason: "left" } });
            expect(told).toEqual([]);
            toAlice?.onMessage({ type: "peerLeft", payload: { id: "bob", peerId: "peer-2", reason: said } });
            expect(told).toEqual([{ id: "bob", reason }, []]);
        },
    );
});

describe("A part that cannot be loaded", () => {
    const parts = [
        ["sessions", "../../../src/transport/voiceSession.js"],
        ["calls", "../../../src/transport/mesh/mesh.js"],
        ["data in RTP", "../../../src/transport/mesh/frames/rtpData.js"],
    ] as const;

    afterEach(() => parts.forEach(([, path]) => jest.dontMock(path)));

    it.each(parts)("makes a join reject with serverUnreachable, and is loaded by a later join: %s", async (_part, path) => {
        const cause = new TypeError("Failed to fetch dynamically imported module");
        let isThere = false;
        jest.doMock(path, (): unknown => {
            if (!isThere) {
                throw cause;
            }
            return jest.requireActual(path);
        });
        await jest.isolateModulesAsync(async () => {
            const { PeerJsTransport: Transport } = await import("../../../src/transport/serverTransport.js");
            const transport = makeTransport({}, Transport);
            const joinAsync = (): Promise<IVoiceSession> =>
                transport.joinAsync(mockServer.grants.grant({ user: "alice" }), new AbortController().signal, { dataInRtp: true });
            await expect(joinAsync()).rejects.toMatchObject({ code: "serverUnreachable", cause });
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(silences.every(({ readyState }) => readyState === "ended")).toBe(true);
            isThere = true;
            const session = await joinAsync();
            expect(mockServer.inside("lobby")).toEqual(["alice"]);
            await session.leaveAsync();
        });
    });
});

/** A member of the RTC room, who re-enters after a restart when the test says so. */
class Member {
    public state: ConnectionState = "connecting";
    public remotes: ReadonlyMap<string, IRemoteVoice> = new Map();
    public displaced = 0;
    public readonly departures: string[] = [];
    public readonly notices: string[] = [];
    /** Ids of the other members, on each change. */
    public readonly lists: string[] = [];
    public readonly session: IVoiceSession;
    public readonly microphone = new FakeTrack("microphone");

    constructor(session: IVoiceSession, listens: "listens" | "does not listen") {
        this.session = session;
        session.state$.subscribe((state) => (this.state = state));
        session.departures$?.subscribe(({ id, reason }) => this.departures.push(`${id} ${reason}`));
        session.notices$?.subscribe(({ type }) => this.notices.push(type));
        session.remotes$.subscribe((remotes) => {
            this.remotes = remotes;
            const list = [...remotes.keys()].toSorted().join();
            if (this.lists.at(-1) !== list) {
                this.lists.push(list);
            }
        });
        if (listens === "listens") {
            session.displaced$?.subscribe(() => this.displaced++);
        }
    }

    /** True if the other member's own microphone is heard here. */
    hears(other: Member): boolean {
        const { track } = this.remotes.get(other.session.selfId) ?? {};
        return track instanceof FakeCallTrack && track.flowing === other.microphone;
    }
}

describe("A session whose server restarts", () => {
    let transport: PeerJsTransport;
    let members: Member[];

    const grantOf = (user: string, more: Partial<{ room: string; publish: boolean; subscribe: boolean }> = {}): IVoiceGrant =>
        mockServer.grants.grant({ user, ...more });
    const enterAsync = async (user: string, listens: "listens" | "does not listen" = "listens", blocks: string[] = []): Promise<Member> => {
        const member = new Member(await transport.joinAsync(grantOf(user), new AbortController().signal, { blocks }), listens);
        members.push(member);
        await member.session.publishAsync(member.microphone);
        await settleAsync();
        return member;
    };
    const returnAsync = async ({ session }: Member, more: Parameters<typeof grantOf>[1] = {}, blocks: string[] = []): Promise<void> => {
        // The rooms of a restarted server have other ids.
        await session.reenterAsync?.(grantOf(session.selfId, { room: "the new lobby", ...more }), new AbortController().signal, { blocks });
        // Signalling opens its socket again in a timer of 0 ms.
        await jest.advanceTimersByTimeAsync(0);
        await settleAsync();
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        members = [];
        // With the default retry policy, signalling is retried for as long as the session waits for a re-entry.
        transport = makeTransport({ retryPolicy: undefined });
    });

    afterEach(async () => {
        await Promise.all(members.map(({ session }) => session.leaveAsync()));
        await settleAsync();
        expect(jest.getTimerCount()).toBe(0);
        expect(mockServer.network.open).toEqual([]);
        expect(mockServer.peers.every(({ destroyed, disconnected }) => destroyed || disconnected)).toBe(true);
        expect(silences.every(({ readyState }) => readyState === "ended")).toBe(true);
        jest.useRealTimers();
    });

    it("keeps its links and members without a new call, and is connected when all members are back", async () => {
        const [alice, bob, carol] = [await enterAsync("alice"), await enterAsync("bob"), await enterAsync("carol")];
        const calls = [...mockServer.network.log];
        const track = alice.remotes.get("bob")?.track;
        const from = [alice, bob, carol].map(({ lists }) => lists.length);
        mockServer.restart();
        expect([alice, bob, carol].map(({ state, displaced }) => [state, displaced])).toEqual(Array(3).fill(["reconnecting", 1]));
        for (const member of [bob, carol, alice]) {
            await returnAsync(member);
            expect([alice.hears(bob), bob.hears(alice), carol.hears(alice)]).toEqual([true, true, true]);
        }
        expect([alice, bob, carol].map(({ state }) => state)).toEqual(["connected", "connected", "connected"]);
        expect(mockServer.network.log).toEqual(calls);
        expect(alice.remotes.get("bob")?.track).toBe(track);
        expect([alice, bob, carol].map(({ lists }, i) => lists.slice(from[i]))).toEqual([[], [], []]);
        expect([...alice.remotes.values()].map(({ reconnecting }) => reconnecting)).toEqual([undefined, undefined]);
        expect([...alice.departures, ...bob.departures, ...carol.departures]).toEqual([]);
        expect(mockServer.inside("the new lobby")).toEqual(["bob", "carol", "alice"]);
    });

    it("reconnects a link that broke meanwhile once both members are back", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        mockServer.network.open[0]?.calling.close();
        await settleAsync();
        expect(alice.hears(bob)).toBe(false);
        await returnAsync(alice);
        await returnAsync(bob);
        await jest.advanceTimersByTimeAsync(1_000);
        await settleAsync();
        expect([alice.hears(bob), bob.hears(alice)]).toEqual([true, true]);
    });

    it("lists an absent member as reconnecting and audible for 20 s, and then removes the member", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        await returnAsync(alice);
        await jest.advanceTimersByTimeAsync(19_000);
        expect(alice.remotes.get("bob")).toMatchObject({ reconnecting: true, link: "connected" });
        expect(alice.hears(bob)).toBe(true);
        expect(bob.hears(alice)).toBe(true);
        await jest.advanceTimersByTimeAsync(1_000);
        await settleAsync();
        expect(alice.remotes.size).toBe(0);
        expect(alice.departures).toEqual(["bob dropped"]);
        expect(mockServer.network.open).toEqual([]);
    });

    it("keeps hearing a member who is back within 20 s", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        await returnAsync(alice);
        await jest.advanceTimersByTimeAsync(15_000);
        await returnAsync(bob);
        await jest.advanceTimersByTimeAsync(60_000);
        expect(alice.hears(bob)).toBe(true);
        expect(alice.departures).toEqual([]);
    });

    it("is lost after 20 s without a re-entry, and closes its links", async () => {
        const alice = await enterAsync("alice");
        await enterAsync("bob");
        mockServer.restart();
        await jest.advanceTimersByTimeAsync(19_999);
        expect(alice.state).toBe("reconnecting");
        expect(mockServer.network.open).toHaveLength(1);
        await jest.advanceTimersByTimeAsync(1);
        expect(alice.state).toBe("lost");
        expect(mockServer.network.open).toEqual([]);
    });

    it("is lost at once without a subscriber to displaced$", async () => {
        const alice = await enterAsync("alice", "does not listen");
        await enterAsync("bob");
        mockServer.restart();
        expect(alice.state).toBe("lost");
        expect(mockServer.network.open).toEqual([]);
    });

    it("closes everything at once on leave, before and after the re-entry", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        await alice.session.leaveAsync();
        expect(mockServer.network.open).toEqual([]);
        await returnAsync(bob);
        expect(bob.state).toBe("connected");
        await bob.session.leaveAsync();
        expect(mockServer.inside("the new lobby")).toEqual([]);
        expect(jest.getTimerCount()).toBe(0);
    });

    it("rejects a re-entry as another user, and then accepts one as the same user", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        const entering = alice.session.reenterAsync?.(grantOf("mallory"), new AbortController().signal);
        await expect(entering).rejects.toMatchObject({ code: "tokenInvalid" });
        expect(mockServer.inside("lobby")).toEqual([]);
        await returnAsync(alice);
        await returnAsync(bob);
        expect(alice.hears(bob)).toBe(true);
    });

    it("rejects a cancelled re-entry with aborted, and can re-enter later", async () => {
        const alice = await enterAsync("alice");
        mockServer.restart();
        const cancel = new AbortController();
        const entering = alice.session.reenterAsync?.(grantOf("alice"), cancel.signal);
        cancel.abort(new RtcError("aborted", "Not now."));
        await expect(entering).rejects.toMatchObject({ code: "aborted" });
        expect(alice.state).toBe("reconnecting");
        await returnAsync(alice);
        expect(alice.state).toBe("connected");
    });

    it("keeps its links over a second restart", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        for (let round = 0; round < 2; round++) {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob);
        }
        expect(alice.hears(bob)).toBe(true);
        expect(mockServer.network.calls).toHaveLength(1);
    });

    it("calls again if the server has another secret, and keeps the previous links until then", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart("another");
        for (const member of [alice, bob]) {
            await returnAsync(member);
            expect([alice.hears(bob), bob.hears(alice)]).toEqual([true, true]);
        }
        expect([alice.state, bob.state]).toEqual(["connected", "connected"]);
        expect(mockServer.network.calls).toHaveLength(2);
        await jest.advanceTimersByTimeAsync(6_000);
        expect(mockServer.network.open).toHaveLength(1);
        expect([alice.hears(bob), bob.hears(alice)]).toEqual([true, true]);
        expect(alice.departures).toEqual([]);
    });

    it("stays muted after a moderator's mute that the restarted server no longer knows", async () => {
        const alice = await enterAsync("alice");
        mockServer.rule("alice", { muted: "moderator" });
        mockServer.restart();
        await returnAsync(alice);
        expect(alice.notices).toEqual(["unmuteInvited"]);
    });

    describe("a link from before the restart", () => {
        let alice: Member;
        let bob: Member;

        beforeEach(async () => {
            alice = await enterAsync("alice");
            bob = await enterAsync("bob");
        });

        it.each<[string, Partial<IRtcPeer>]>([
            ["a moderator had muted the absent member", { muted: "moderator" }],
            ["the absent member may not publish", { mayPublish: false }],
        ])("carries no voice from an absent member if %s", async (_what, rule) => {
            mockServer.rule("bob", rule);
            mockServer.restart();
            await returnAsync(alice);
            expect(alice.remotes.get("bob")).toMatchObject({ reconnecting: true, track: null });
            expect(alice.hears(bob)).toBe(false);
        });

        it("carries no voice to an absent member who may not subscribe", async () => {
            mockServer.rule("bob", { maySubscribe: false });
            mockServer.restart();
            await returnAsync(alice);
            expect(bob.hears(alice)).toBe(false);
            expect(mockServer.network.open).toHaveLength(1);
        });

        it("carries no voice from a returned member after a moderator's mute", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob);
            mockServer.rule("bob", { muted: "moderator" });
            await settleAsync();
            expect(alice.remotes.get("bob")?.track).toBeNull();
        });

        it("carries no voice if the returned member's new grant allows neither publishing nor subscribing", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob, { publish: false, subscribe: false });
            expect([alice.hears(bob), bob.hears(alice)]).toEqual([false, false]);
        });

        it("carries no voice from an absent member if our new grant does not allow subscribing", async () => {
            mockServer.restart();
            await returnAsync(alice, { subscribe: false });
            expect(alice.remotes.get("bob")?.track).toBeNull();
        });

        it("carries silence to an absent member if our new grant does not allow publishing", async () => {
            mockServer.restart();
            await returnAsync(alice, { publish: false });
            expect(bob.hears(alice)).toBe(false);
        });

        it("is closed if we block the other member on re-entry", async () => {
            mockServer.restart();
            await returnAsync(alice, {}, ["bob"]);
            await settleAsync();
            expect(alice.remotes.get("bob")).toMatchObject({ blocked: true, track: null });
            expect(mockServer.network.open).toEqual([]);
        });

        it("is closed if the other member blocks us on re-entry", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob, {}, ["alice"]);
            expect(alice.remotes.get("bob")).toMatchObject({ blocked: true, track: null });
            expect(mockServer.network.open).toEqual([]);
        });

        it("is closed when a returned member is removed or leaves", async () => {
            const carol = await enterAsync("carol");
            mockServer.restart();
            for (const member of [alice, bob, carol]) {
                await returnAsync(member);
            }
            mockServer.putOut("peer-2", "removed");
            await carol.session.leaveAsync();
            await settleAsync();
            expect([...alice.remotes.keys()]).toEqual([]);
            expect(mockServer.network.open).toEqual([]);
            expect(bob.state).toBe("lost");
        });
    });

    it("keeps the block of an absent member until that member is back without a block", async () => {
        const alice = await enterAsync("alice");
        const bob = await enterAsync("bob", "listens", ["alice"]);
        mockServer.restart();
        await returnAsync(alice);
        expect(alice.remotes.get("bob")).toMatchObject({ blocked: true, track: null });
        await returnAsync(bob);
        await settleAsync();
        expect(alice.remotes.get("bob")).toMatchObject({ blocked: false });
        expect([alice.hears(bob), bob.hears(alice)]).toEqual([true, true]);
    });
});
