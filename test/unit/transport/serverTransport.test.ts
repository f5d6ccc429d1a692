import { BehaviorSubject } from "rxjs";
import type { PeerOptions } from "peerjs";
import { RtcError } from "../../../src/errors/rtcError.js";
import { holdVoice } from "../../../src/interop/voiceEntry.js";
import { PeerJsTransport } from "../../../src/transport/serverTransport.js";
import type { IPeerJsTransportOptions } from "../../../src/transport/serverTransport.js";
import type { ConnectionState, IVoiceGrant, IVoiceSession, VoiceInterest } from "../../../src/transport/voiceTransport.js";
import { FakeTrack, installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeCallTrack } from "../../fakes/fakeMediaConnection.js";
import { FakeRtcServer } from "../../fakes/fakeRtcServer.js";
import { settleAsync } from "../../fakes/settle.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import { describeVoiceTransport } from "./describeVoiceTransport.js";

let mockServer = new FakeRtcServer();
/** Seats that were given back. */
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
                // Renewals come by their tokens in either case.
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

/** The same right to enter, which the server holds a seat for. */
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
