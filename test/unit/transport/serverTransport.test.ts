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
/** Seats that were given up. */
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
const makeTransport = (options: Partial<IPeerJsTransportOptions> = {}): PeerJsTransport => {
    mockServer = new FakeRtcServer();
    silences.length = 0;
    return new PeerJsTransport({
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

describe.each(["by their tokens", "by seats that the server holds"])("with grants that let in %s", (how) => {
    describeVoiceTransport("PeerJsTransport, between fake sockets and fake calls", async () => {
        const transport = makeTransport();
        const microphones = new Set<MediaStreamTrack>();
        const known = new Set<string>();
        return {
            transport,
            patienceMs: 500,
            grantAsync: async (user, privileges, room = "lobby") => {
                const grant = mockServer.grants.grant({ ...privileges, user, room, name: user.toUpperCase() });
                // Renewals use tokens in both cases.
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

/** The same right to enter, for which the server has reserved a seat. */
function heldFor(grant: IVoiceGrant, room: string): IVoiceGrant {
    const { token, ...more } = grant;
    const held = { ...more, token: "" };
    const promise = mockServer.promise({ room, token });
    const { peerId: self, secret } = promise;
    const entry = { seat: { name: "rtc", roomId: room, sessionId: "" }, iceServers: [], expiresAt: 0, self, secret };
    promise.seat = holdVoice("https://voice.example/rtc", entry, held);
    return held;
}

describe("a seat that the server holds", () => {
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

    it("is given back, and signalling closed, where the RTC room refuses", async () => {
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

    describe("knocks", () => {
        it("at the RTC room of the grant's room, and at signalling with the id and the secret that it is given there", async () => {
            await joinAsync("alice");
            expect(mockServer.requests).toMatchObject([
                { server: "https://voice.example/rtc", type: "rtc", create: true, options: { room: "lobby" } },
            ]);
            expect(mockServer.peers[0]).toMatchObject({
                id: "peer-1",
                options: { host: "voice.example", port: 443, path: "/rtc/signal", secure: true, token: "secret-1" },
            });
        });

        it("where the grant says, if it names a server", async () => {
            await joinAsync({ ...grant("alice"), url: "http://other.example:9000" });
            expect(mockServer.requests[0]?.server).toBe("http://other.example:9000");
            expect(mockServer.peers[0]?.options).toMatchObject({ host: "other.example", port: 9000, path: "/signal", secure: false });
        });

        const stun = [{ urls: "stun:stun.example" }];
        const turn = [{ urls: "turn:turn.example", username: "me", credential: "a word" }];

        it.each([
            { own: undefined, granted: undefined, used: [], why: "none, rather than PeerJS' own, where nobody names any" },
            { own: undefined, granted: stun, used: stun, why: "the grant's" },
            { own: turn, granted: stun, used: turn, why: "the app's before the grant's" },
            { own: [], granted: stun, used: [], why: "none where the app wants none" },
        ])("with the right ICE servers: $why", async ({ own, granted, used }) => {
            transport = makeTransport({ iceServers: own });
            await joinAsync(granted ? { ...grant("alice"), iceServers: granted } : grant("alice"));
            expect(mockServer.peers[0]?.options.config).toMatchObject({ iceServers: used });
        });

        it.each([
            { own: undefined, renewed: turn, used: turn, why: "the renewed grant's, for calls from then on" },
            { own: undefined, renewed: undefined, used: stun, why: "those before, where a renewed grant names none" },
            { own: [], renewed: turn, used: [], why: "the app's, whatever is renewed" },
        ])("with the right ICE servers after a renewal: $why", async ({ own, renewed, used }) => {
            transport = makeTransport({ iceServers: own });
            const session = await joinAsync({ ...grant("alice"), iceServers: stun });
            await session.renewAsync({ ...grant("alice"), ...(renewed && { iceServers: renewed }) });
            expect(mockServer.peers[0]?.options.config).toMatchObject({ iceServers: used });
        });

        it("through a TURN server alone, if that is asked for, and stays with the one that it has where a renewed grant names none", async () => {
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
            "nowhere through a TURN server alone where there is none ($iceServers): invalidArgument, and nothing stays open",
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
        ])("nowhere with an unusable $why: invalidArgument", (options) => {
            expect(thrownBy(() => makeTransport(options))).toMatchObject({ code: "invalidArgument" });
        });
    });

    describe("a join that fails", () => {
        it("because signalling does not answer within 10 s leaves the RTC room again", async () => {
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

        it("because the PeerJS that is installed cannot be guarded says so, and leaves the RTC room", async () => {
            mockServer.isGuardable = false;
            await expect(joinAsync("alice")).rejects.toMatchObject({ code: "unsupported" });
            expect(mockServer.inside("lobby")).toEqual([]);
            expect(mockServer.peers[0]?.destroyed).toBe(true);
        });

        it("because it is cancelled while signalling opens leaves at once", async () => {
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
            "because the server puts one out meanwhile (%s) rejects with the server's reason, at once",
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
        it("is opened again after the policy's delay, while calls live on", async () => {
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

        it("keeps the newcomer from calling, until it stands again", async () => {
            const alice = await joinAsync("alice");
            dropSocket(0);
            await joinAsync("bob");
            expect(mockServer.network.calls).toHaveLength(0);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(mockServer.network.open).toHaveLength(1);
            expect(stateOf(alice).value).toBe("connected");
        });

        it("has all attempts anew after it stood again", async () => {
            const state = stateOf(await joinAsync("alice"));
            for (let round = 0; round < 5; round++) {
                dropSocket(0);
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
                expect(state.value).toBe("connected");
            }
        });

        it("that never comes back ends the session as lost, and leaves the RTC room", async () => {
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

    describe("a control socket that ends", () => {
        it("ends the session with the server's reason, hangs up, and stops the silence", async () => {
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

        it("is said only when it changes, and not while it is what everybody begins with", async () => {
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

        it("is said again to a member who comes again, since they know nothing of it", async () => {
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

    it("asks again for a voice after a block, also for one that was wanted again while the block stood", async () => {
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
        ] as const)("rejects with the server's reason: %s is %s", async (refusal, code) => {
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
        "says of somebody who %s that they %s, before they are gone from the list, and nothing of connections long gone",
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
        // Sockets are opened by timers.
        await jest.advanceTimersByTimeAsync(0);
        await settleAsync();
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        members = [];
        // Signalling is retried for as long as the session waits for a re-entry.
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

    it("keeps its links and its members, makes no call, and is connected when all are back", async () => {
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

    it("makes a link that breaks meanwhile anew as soon as both are back", async () => {
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

    it("lists who is not back as reconnecting and heard, for 20 s, and then as having left", async () => {
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

    it("hears a member who is back in time for as long as they like", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        await returnAsync(alice);
        await jest.advanceTimersByTimeAsync(15_000);
        await returnAsync(bob);
        await jest.advanceTimersByTimeAsync(60_000);
        expect(alice.hears(bob)).toBe(true);
        expect(alice.departures).toEqual([]);
    });

    it("is lost after 20 s without a re-entry, and then nothing is left", async () => {
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

    it("is lost at once where nobody listens", async () => {
        const alice = await enterAsync("alice", "does not listen");
        await enterAsync("bob");
        mockServer.restart();
        expect(alice.state).toBe("lost");
        expect(mockServer.network.open).toEqual([]);
    });

    it("closes everything at once when it is left, before and after the re-entry", async () => {
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

    it("refuses to enter again as another user, and can still do it as the same one", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        mockServer.restart();
        const entering = alice.session.reenterAsync?.(grantOf("mallory"), new AbortController().signal);
        await expect(entering).rejects.toMatchObject({ code: "tokenInvalid" });
        expect(mockServer.inside("lobby")).toEqual([]);
        await returnAsync(alice);
        await returnAsync(bob);
        expect(alice.hears(bob)).toBe(true);
    });

    it("can be cancelled on its way back in, and tried again", async () => {
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

    it("keeps its links over a second restart, too", async () => {
        const [alice, bob] = [await enterAsync("alice"), await enterAsync("bob")];
        for (let round = 0; round < 2; round++) {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob);
        }
        expect(alice.hears(bob)).toBe(true);
        expect(mockServer.network.calls).toHaveLength(1);
    });

    it("calls anew where the server has another secret, and goes on by the links that stand until then", async () => {
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

    it("stays muted where a moderator had muted it, as the server knows of no mute any more", async () => {
        const alice = await enterAsync("alice");
        mockServer.rule("alice", { muted: "moderator" });
        mockServer.restart();
        await returnAsync(alice);
        expect(alice.notices).toEqual(["unmuteInvited"]);
    });

    describe("lets nothing pass by a link of before", () => {
        let alice: Member;
        let bob: Member;

        beforeEach(async () => {
            alice = await enterAsync("alice");
            bob = await enterAsync("bob");
        });

        it.each<[string, Partial<IRtcPeer>]>([
            ["a moderator has muted who is not back yet", { muted: "moderator" }],
            ["who is not back yet may not publish", { mayPublish: false }],
        ])("where %s", async (_what, rule) => {
            mockServer.rule("bob", rule);
            mockServer.restart();
            await returnAsync(alice);
            expect(alice.remotes.get("bob")).toMatchObject({ reconnecting: true, track: null });
            expect(alice.hears(bob)).toBe(false);
        });

        it("where who is not back yet may not hear", async () => {
            mockServer.rule("bob", { maySubscribe: false });
            mockServer.restart();
            await returnAsync(alice);
            expect(bob.hears(alice)).toBe(false);
            expect(mockServer.network.open).toHaveLength(1);
        });

        it("from the moment on in which a moderator mutes who is back", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob);
            mockServer.rule("bob", { muted: "moderator" });
            await settleAsync();
            expect(alice.remotes.get("bob")?.track).toBeNull();
        });

        it("where the new grant of who is back does not let them publish, or hear", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob, { publish: false, subscribe: false });
            expect([alice.hears(bob), bob.hears(alice)]).toEqual([false, false]);
        });

        it("where our own new grant does not let us hear, though they are not back", async () => {
            mockServer.restart();
            await returnAsync(alice, { subscribe: false });
            expect(alice.remotes.get("bob")?.track).toBeNull();
        });

        it("where our own new grant does not let us publish: they get silence", async () => {
            mockServer.restart();
            await returnAsync(alice, { publish: false });
            expect(bob.hears(alice)).toBe(false);
        });

        it("where we block them as we enter again", async () => {
            mockServer.restart();
            await returnAsync(alice, {}, ["bob"]);
            await settleAsync();
            expect(alice.remotes.get("bob")).toMatchObject({ blocked: true, track: null });
            expect(mockServer.network.open).toEqual([]);
        });

        it("where they block us as they enter again", async () => {
            mockServer.restart();
            await returnAsync(alice);
            await returnAsync(bob, {}, ["alice"]);
            expect(alice.remotes.get("bob")).toMatchObject({ blocked: true, track: null });
            expect(mockServer.network.open).toEqual([]);
        });

        it("to who is put out after all, or leaves", async () => {
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

    it("keeps a block of who is not back yet, and forgets it when they are back without one", async () => {
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
