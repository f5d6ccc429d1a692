import { BehaviorSubject, Subject, map, pairwise } from "rxjs";
import type { Subscription } from "rxjs";
import type { MicrophoneState } from "../../../../src/capture/microphoneState.js";
import type { Microphone } from "../../../../src/capture/microphone.js";
import { RtcError } from "../../../../src/errors/rtcError.js";
import type { RtcErrorCode } from "../../../../src/errors/rtcError.js";
import type { IEntranceGrant } from "../../../../src/room/serverEntrance.js";
import type { ServerIdentity } from "../../../../src/room/serverIdentity.js";
import { VoicePreferences } from "../../../../src/rtc/remote/voicePreferences.js";
import { RoomSessions } from "../../../../src/rtc/connection/roomSessions.js";
import { VoiceConnection, connectionIn } from "../../../../src/rtc/connection/voiceConnection.js";
import { LocalVoice } from "../../../../src/rtc/local/localVoice.js";
import { serverGrants } from "../../../../src/rtc/connection/grantSource.js";
import type { IGrantRequest } from "../../../../src/rtc/connection/grantSource.js";
import type { IRtcBehaviorOptions, VoiceConnectionState } from "../../../../src/rtc/rtcBehaviorOptions.js";
import type { ISessionInfo, ISessionEnd } from "../../../../src/rtc/connection/sessionInfo.js";
import type { IRetryContext } from "../../../../src/transport/retryPolicy.js";
import type { IVoiceGrant, IVoiceJoinOptions, IVoiceSession, VoiceInterest } from "../../../../src/transport/voiceTransport.js";
import { deferred } from "../../../fakes/deferred.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { FakeListedRoomSource, FakeRoomSource, fakeMember } from "../../../../src/testing/fakeRoomSource.js";
import { FakeMemberVoices } from "../../../fakes/fakeMemberVoices.js";
import { FakeVoiceSession } from "../../../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../../../src/testing/fakeVoiceTransport.js";
import { settleAsync } from "../../../fakes/settle.js";
import { drawnTransitions } from "../../connectionDiagrams.js";

/** Transitions of the connection that the tests of this file have caused, as `from --> to`. */
const caused = new Set<string>();

/** A connection with all its dependencies. */
class World {
    public readonly transport = new FakeVoiceTransport();
    public readonly voices = new FakeMemberVoices();
    public readonly kept = new VoiceConnection();
    public readonly state = {
        connection: new BehaviorSubject<VoiceConnectionState>("disconnected"),
        session: new BehaviorSubject<IVoiceSession | null>(null),
        info: new BehaviorSubject<ISessionInfo | null>(null),
    };
    public readonly track = new BehaviorSubject<MediaStreamTrack | null>(null);
    public readonly microphone = new BehaviorSubject<MicrophoneState>({ state: "asking" });
    public readonly choices = new VoicePreferences(null, true);
    public readonly local = new LocalVoice(
        { state$: this.microphone, track$: this.track, enabled: true } as unknown as Microphone,
        this.kept.session$,
        this.choices,
    );
    /** Subject of the local mute, to which the connection listens. */
    public readonly mute = (this.local as unknown as { readonly _mute: BehaviorSubject<boolean> })._mute;
    public readonly errors: RtcErrorCode[] = [];
    public readonly connections: VoiceConnectionState[] = [];
    public readonly ends: ISessionEnd[] = [];
    public readonly requests: IGrantRequest[] = [];
    public readonly retries: IRetryContext[] = [];
    /** Delays before the retries, in milliseconds. After the last retry, the connection is `lost`. */
    public delays: readonly number[] = [1_000, 2_000];
    /** Lifetime of each grant, in milliseconds; null = unlimited. */
    public ttlMs: number | null = null;
    public token: IRtcBehaviorOptions["token"] = async (request) => this.grant(request);
    /** Id of the room whose RTC room can be entered early, with a reserved seat; null = none. */
    public readonly held = new BehaviorSubject<string | null>(null);
    private _following: Subscription | null = null;
    public readonly rooms: FakeRoomSource;

    constructor(rooms = new FakeRoomSource()) {
        this.rooms = rooms;
        const { state$, session$, info$, ends$, error$ } = this.kept;
        error$.subscribe(({ code }) => this.errors.push(code));
        ends$.subscribe((end) => this.ends.push(end));
        state$.pipe(map(connectionIn)).subscribe(this.state.connection);
        session$.subscribe(this.state.session);
        info$.subscribe(this.state.info);
        state$.pipe(map(connectionIn)).subscribe((connection) => this.connections.push(connection));
        this.kept.connection$.pipe(pairwise()).subscribe(([from, to]) => caused.add(`${from} --> ${to}`));
    }

    grant({ room, user }: IGrantRequest): IVoiceGrant {
        return this.transport.server.grant({ room, user: user.id, expiresAt: this.ttlMs === null ? null : Date.now() + this.ttlMs });
    }

    /** Grant source of our server. Gives the early grant for the room `held`, and otherwise grants for `lobby`. */
    get grants(): IRtcBehaviorOptions["token"] {
        const grantFor = (room: string): IVoiceGrant => this.grant({ room, user: fakeMember("me") });
        const identity = { useAsync: async () => grantFor("lobby") } as unknown as ServerIdentity;
        return serverGrants("http://localhost", identity, {
            held$: this.held,
            takeGrant: (room) => (this.held.value === room ? (grantFor(room) as IEntranceGrant) : null),
        });
    }

    follow(source?: IRtcBehaviorOptions["token"], more: Partial<IRtcBehaviorOptions> = {}): void {
        const options: IRtcBehaviorOptions = {
            ...more,
            rooms: this.rooms,
            transport: this.transport,
            token:
                source ??
                ((request, signal) => {
                    this.requests.push(request);
                    return this.token(request, signal);
                }),
            retryPolicy: {
                nextRetryDelayInMs: (context) => {
                    this.retries.push(context);
                    return this.delays[context.retries] ?? null;
                },
            },
        };
        const sessions = new RoomSessions(options, this.local, this.choices);
        this._following = this.kept.follow$(sessions.follow$(this.rooms.status$, this.voices)).subscribe();
    }

    async enterAsync(room = "lobby"): Promise<void> {
        this.rooms.enter(room);
        await settleAsync();
    }

    async endAsync(): Promise<void> {
        this._following?.unsubscribe();
        await settleAsync();
    }

    /** Adds another member to an RTC room. */
    other(id: string, room = "lobby"): FakeVoiceSession {
        const { server } = this.transport;
        return new FakeVoiceSession(server, server.verify(server.grant({ room, user: id }).token));
    }

    inside(room: string): string[] {
        return [...this.transport.server.room(room).sessions.keys()];
    }

    get connection(): VoiceConnectionState {
        return this.state.connection.value;
    }
}

describe("RoomSessions", () => {
    let world: World;

    const inWorld = (next: World, source?: IRtcBehaviorOptions["token"]): World => {
        world = next;
        world.follow(source);
        return world;
    };

    beforeEach(() => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        inWorld(new World());
    });

    afterEach(async () => {
        await world.endAsync();
        expect(world.transport.open).toHaveLength(0);
        expect(world.state.session.value).toBeNull();
        expect(world.connection).toBe("disconnected");
        expect([world.track, world.mute, world.voices.interest$, world.rooms.status, world.held].some(({ observed }) => observed)).toBe(
            false,
        );
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    describe("The session info and its end", () => {
        it("room: join: reports the join's duration, and again: false for the first join", async () => {
            const letIn = world.transport.hold();
            world.rooms.enter();
            await settleAsync();
            jest.advanceTimersByTime(250);
            letIn();
            await settleAsync();
            expect(world.state.info.value).toMatchObject({
                session: world.transport.session,
                room: "lobby",
                user: world.rooms.self,
                join: { elapsedMs: 250, again: false },
            });
        });

        it("room: join: reports a reconnection with again: true, timed from the loss", async () => {
            await world.enterAsync();
            world.transport.session.lose();
            expect(world.state.info.value).toBeNull();
            jest.advanceTimersByTime(1_000);
            await settleAsync();
            expect(world.state.info.value?.join).toEqual({ elapsedMs: 1_000, again: true });
            expect(world.ends).toMatchObject([{ room: "lobby", reason: "lost", error: { code: "serverUnreachable" } }]);
        });

        it("room: leave: emits one end with the reason left, and again: false for the next join", async () => {
            await world.enterAsync();
            world.rooms.leave();
            expect(world.ends).toEqual([{ room: "lobby", reason: "left" }]);
            expect(world.state.info.value).toBeNull();
            await world.enterAsync("other");
            expect(world.state.info.value).toMatchObject({ room: "other", join: { again: false } });
            expect(world.ends).toHaveLength(1);
        });

        it.each([
            ["duplicateIdentity", "duplicateIdentity"],
            ["removed", "removed"],
            ["banned", "removed"],
            ["roomClosed", "roomClosed"],
            ["tokenExpired", "tokenExpired"],
            ["serverUnreachable", "lost"],
            ["unknown", "lost"],
        ] as const)("reports an end by %s with the reason %s and the error", async (code, reason) => {
            await world.enterAsync();
            const error = new RtcError(code, "The server said so.");
            world.transport.session.lose(error);
            expect(world.ends).toEqual([{ room: "lobby", reason, error }]);
        });

        it.each([
            ["duplicateIdentity", "duplicateIdentity"],
            ["removed", "removed"],
            ["banned", "removed"],
            ["roomClosed", "roomClosed"],
        ] as const)("reports the same reason when the room fails first with %s", async (code, reason) => {
            await world.enterAsync();
            const error = new RtcError(code, "The server said so.");
            world.rooms.fail(error);
            expect(world.ends).toEqual([{ room: "lobby", reason, error }]);
            expect(world.errors).toEqual([]);
        });

        it.each([undefined, new RtcError("serverUnreachable", "Gone.")])("ends with left in an unavailable room: %s", async (error) => {
            await world.enterAsync();
            world.rooms.fail(error);
            expect(world.ends).toEqual([{ room: "lobby", reason: "left" }]);
        });

        it("emits no session info and no end when the join fails", async () => {
            world.transport.failure = new RtcError("roomFull", "Full.");
            await world.enterAsync();
            expect(world.state.info.value).toBeNull();
            expect(world.ends).toEqual([]);
        });
    });

    describe("The room status", () => {
        it("does not join until the status is inRoom", async () => {
            world.rooms.process();
            world.rooms.fail();
            await settleAsync();
            expect(world.requests).toHaveLength(0);
            expect(world.connections).toEqual(["disconnected"]);
        });

        it("requests a grant for the room and the member, and joins with the grant", async () => {
            await world.enterAsync();
            expect(world.requests).toEqual([{ room: "lobby", user: world.rooms.self }]);
            expect(world.inside("lobby")).toEqual(["me"]);
            expect(world.connections).toEqual(["disconnected", "connecting", "connected"]);
            expect(world.state.session.value).toBe(world.transport.session);
        });

        it("joins once when the same room is emitted repeatedly", async () => {
            await world.enterAsync();
            await world.enterAsync();
            world.rooms.enter();
            await settleAsync();
            expect(world.transport.joins).toHaveLength(1);
            expect(world.transport.session.leaves).toBe(0);
        });

        it.each(["idle", "processing", "notAvailable"] as const)("leaves when the status is %s", async (state) => {
            await world.enterAsync();
            world.rooms.status.next({ state });
            await settleAsync();
            expect(world.inside("lobby")).toEqual([]);
            expect(world.transport.session.leaves).toBe(1);
            expect(world.connection).toBe("disconnected");
            expect(world.state.session.value).toBeNull();
        });

        it("joins again when the same room is entered again", async () => {
            await world.enterAsync();
            world.rooms.leave();
            await world.enterAsync();
            expect(world.inside("lobby")).toEqual(["me"]);
            expect(world.transport.sessions).toHaveLength(2);
        });

        it("leaves the previous room before it requests a grant for the next room", async () => {
            await world.enterAsync("one");
            const left = deferred();
            const { session } = world.transport;
            const leave = jest.spyOn(session, "leaveAsync").mockReturnValue(left.promise);
            await world.enterAsync("two");
            expect(leave).toHaveBeenCalledTimes(1);
            expect(world.requests).toHaveLength(1);
            leave.mockRestore();
            await session.leaveAsync();
            left.resolve();
            await settleAsync();
            expect(world.inside("one")).toEqual([]);
            expect(world.inside("two")).toEqual(["me"]);
            expect(world.connections).toEqual(["disconnected", "connecting", "connected", "disconnected", "connecting", "connected"]);
        });

        it("enters only the latest of several rooms that are emitted while it leaves", async () => {
            await world.enterAsync("one");
            for (const room of ["two", "three", "four"]) {
                world.rooms.enter(room);
            }
            await settleAsync();
            expect(world.transport.open).toHaveLength(1);
            expect(world.inside("four")).toEqual(["me"]);
            expect(world.requests.map(({ room }) => room)).toEqual(["one", "four"]);
        });

        it("joins again when the local member's id changes", async () => {
            await world.enterAsync();
            world.rooms.status.next({ state: "inRoom", room: { id: "lobby", name: "lobby" }, self: fakeMember("other") });
            await settleAsync();
            expect(world.inside("lobby")).toEqual(["other"]);
        });

        it("keeps the session when only the member's name changes", async () => {
            await world.enterAsync();
            world.rooms.status.next({ state: "inRoom", room: { id: "lobby", name: "lobby" }, self: fakeMember("me", "Me") });
            await settleAsync();
            expect(world.transport.joins).toHaveLength(1);
        });
    });

    describe("A pending join", () => {
        it("is aborted while the grant is being fetched", async () => {
            let signal: AbortSignal | null = null;
            world.token = (_, given) => {
                signal = given;
                return new Promise(() => undefined);
            };
            await world.enterAsync();
            world.rooms.leave();
            await settleAsync();
            expect(signal).toMatchObject({ aborted: true });
            expect(world.transport.joins).toHaveLength(0);
            expect(world.errors).toEqual([]);
        });

        it("is aborted while the transport joins", async () => {
            world.transport.hold();
            await world.enterAsync();
            world.rooms.leave();
            await settleAsync();
            expect(world.transport.joins).toHaveLength(1);
            expect(world.transport.sessions).toHaveLength(0);
            expect(world.errors).toEqual([]);
            expect(world.connection).toBe("disconnected");
        });

        it("leaves a session that arrives after the abort, before it enters another room", async () => {
            world.transport.deaf = true;
            const release = world.transport.hold();
            await world.enterAsync("one");
            await world.enterAsync("two");
            expect(world.requests).toHaveLength(1);
            release();
            await settleAsync();
            expect(world.inside("one")).toEqual([]);
            expect(world.inside("two")).toEqual(["me"]);
            expect(world.transport.sessions[0]?.leaves).toBe(1);
            expect(world.errors).toEqual([]);
        });

        it("leaves a session that arrives after the unsubscription", async () => {
            world.transport.deaf = true;
            const release = world.transport.hold();
            await world.enterAsync();
            await world.endAsync();
            release();
            await settleAsync();
            expect(world.transport.sessions).toHaveLength(1);
            expect(world.transport.open).toHaveLength(0);
        });
    });

    describe("An early join with a reserved entrance", () => {
        beforeEach(async () => {
            await world.endAsync();
            const next = new World();
            inWorld(next, next.grants);
        });

        const holdAsync = async (room: string | null): Promise<void> => {
            world.held.next(room);
            await settleAsync();
        };

        it("joins as soon as the entrance is reserved, and keeps the session when the room is entered", async () => {
            world.rooms.process();
            await holdAsync("lobby");
            expect(world.inside("lobby")).toEqual(["me"]);
            expect(world.connections).toEqual(["disconnected"]);
            await world.enterAsync("lobby");
            expect(world.connection).toBe("connected");
            expect(world.transport.joins).toHaveLength(1);
        });

        it("connects when a join that began before the room was entered completes", async () => {
            const release = world.transport.hold();
            world.rooms.process();
            await holdAsync("lobby");
            await world.enterAsync("lobby");
            expect(world.connection).toBe("connecting");
            release();
            await settleAsync();
            expect(world.connection).toBe("connected");
            expect(world.transport.joins).toHaveLength(1);
        });

        it("does not join while no room is being entered, or while another room is current", async () => {
            await holdAsync("lobby");
            expect(world.transport.joins).toHaveLength(0);
            await world.enterAsync("one");
            await holdAsync("two");
            expect(world.transport.joins).toHaveLength(1);
        });

        it.each<[string, () => void]>([
            ["the room is left before it is entered", () => world.rooms.leave()],
            ["the room cannot be entered", () => world.rooms.fail()],
            ["the entrance is released", () => world.held.next(null)],
        ])("leaves the RTC room, or cancels the join, when %s", async (_, end) => {
            world.rooms.process();
            await holdAsync("lobby");
            end();
            await settleAsync();
            expect(world.inside("lobby")).toEqual([]);
            world.rooms.leave();
            await holdAsync(null);
            const release = world.transport.hold();
            world.rooms.process();
            await holdAsync("lobby");
            end();
            await settleAsync();
            release();
            await settleAsync();
            expect(world.inside("lobby")).toEqual([]);
            expect(world.errors).toEqual([]);
        });

        it("joins only the latest of several reserved rooms", async () => {
            world.rooms.process();
            await holdAsync("one");
            await holdAsync("two");
            await world.enterAsync("two");
            expect(world.inside("one")).toEqual([]);
            expect(world.inside("two")).toEqual(["me"]);
        });

        it("joins as usual, without an error, after the early join failed", async () => {
            world.transport.failure = new RtcError("serverUnreachable", "No answer.");
            world.rooms.process();
            await holdAsync("lobby");
            world.transport.failure = null;
            world.held.next("another");
            await settleAsync();
            await world.enterAsync("lobby");
            expect(world.connection).toBe("connected");
            expect(world.errors).toEqual([]);
        });

        it("joins as usual after the early session was lost before the room was entered", async () => {
            world.rooms.process();
            await holdAsync("lobby");
            world.transport.session.lose();
            await world.enterAsync("lobby");
            expect(world.connection).toBe("connected");
            expect(world.transport.joins).toHaveLength(2);
            expect(world.errors).toEqual([]);
        });

        it("leaves the early session on unsubscription", async () => {
            world.rooms.process();
            await holdAsync("lobby");
            await world.endAsync();
            expect(world.inside("lobby")).toEqual([]);
        });
    });

    describe("Reconnection", () => {
        it("retries a failed join with a new grant, after the policy's delays", async () => {
            world.transport.failure = new RtcError("serverUnreachable", "No answer.");
            await world.enterAsync();
            expect(world.connections).toEqual(["disconnected", "connecting", "reconnecting"]);
            await jest.advanceTimersByTimeAsync(999);
            expect(world.transport.joins).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(world.transport.joins).toHaveLength(2);
            world.transport.failure = null;
            await jest.advanceTimersByTimeAsync(2_000);
            await settleAsync();
            expect(world.connection).toBe("connected");
            expect(world.requests).toHaveLength(3);
            expect(world.errors).toEqual(["serverUnreachable", "serverUnreachable"]);
            expect(world.retries).toEqual([
                { retries: 0, elapsedMs: 0 },
                { retries: 1, elapsedMs: 1_000 },
            ]);
        });

        it("rejoins after a lost session, and resets the retry count after five stable seconds", async () => {
            await world.enterAsync();
            for (let round = 0; round < 4; round++) {
                world.transport.session.lose();
                await settleAsync();
                expect(world.connection).toBe("reconnecting");
                expect(world.state.session.value).toBeNull();
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
                expect(world.connection).toBe("connected");
                await jest.advanceTimersByTimeAsync(5_000);
            }
            expect(world.transport.sessions).toHaveLength(5);
            expect(world.transport.open).toHaveLength(1);
            expect(world.retries).toEqual(Array.from({ length: 4 }, () => ({ retries: 0, elapsedMs: 0 })));
        });

        it("keeps counting retries when each new session is lost at once", async () => {
            await world.enterAsync();
            for (let round = 0; round < 2; round++) {
                world.transport.session.lose();
                await settleAsync();
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
            }
            expect(world.retries.map(({ retries }) => retries)).toEqual([0, 1]);
        });

        it("room: connection state: emits lost after 10 s, keeps retrying, and emits connected after a join", async () => {
            world.delays = [4_000, 4_000, 4_000, 4_000];
            await world.enterAsync();
            world.transport.failure = new RtcError("serverUnreachable", "Down.");
            world.transport.session.lose();
            for (const state of ["reconnecting", "reconnecting", "lost"]) {
                jest.advanceTimersByTime(4_000);
                await settleAsync();
                expect(world.connection).toBe(state);
            }
            world.transport.failure = null;
            jest.advanceTimersByTime(4_000);
            await settleAsync();
            expect(world.connection).toBe("connected");
            expect(world.connections).toEqual([
                "disconnected",
                "connecting",
                "connected",
                "reconnecting",
                "reconnecting",
                "reconnecting",
                "lost",
                "connected",
            ]);
            jest.advanceTimersByTime(60_000);
            expect(world.connection).toBe("connected");
        });

        it("emits lost when the policy gives up, and joins again when the room is entered again", async () => {
            world.transport.failure = new RtcError("serverUnreachable", "No answer.");
            await world.enterAsync();
            await jest.advanceTimersByTimeAsync(60_000);
            expect(world.connection).toBe("lost");
            expect(world.transport.joins).toHaveLength(3);
            world.transport.failure = null;
            world.rooms.leave();
            await world.enterAsync();
            expect(world.connection).toBe("connected");
        });

        it("stops when the room is left", async () => {
            await world.enterAsync();
            world.transport.session.lose();
            await settleAsync();
            world.rooms.leave();
            await jest.advanceTimersByTimeAsync(60_000);
            expect(world.transport.joins).toHaveLength(1);
            expect(world.connection).toBe("disconnected");
        });

        it.each<RtcErrorCode>([
            "duplicateIdentity",
            "removed",
            "banned",
            "roomClosed",
            "unauthorized",
            "tokenInvalid",
            "invalidArgument",
            "unsupported",
            "roomFull",
        ])("does not rejoin after %s", async (code) => {
            await world.enterAsync();
            world.transport.session.lose(new RtcError(code, "No."));
            await jest.advanceTimersByTimeAsync(60_000);
            expect(world.connection).toBe("lost");
            expect(world.transport.joins).toHaveLength(1);
            expect(world.retries).toHaveLength(0);
            expect(new Set(world.errors)).toEqual(new Set([code]));
        });

        it.each<RtcErrorCode>(["tokenExpired", "serverBusy", "serverUnreachable", "roomNotFound", "unknown"])(
            "rejoins after %s",
            async (code) => {
                await world.enterAsync();
                world.transport.session.lose(new RtcError(code, "Not now."));
                await jest.advanceTimersByTimeAsync(1_000);
                await settleAsync();
                expect(world.connection).toBe("connected");
            },
        );

        it.each<[RtcErrorCode, number]>([
            ["removed", 2],
            ["unauthorized", 2],
            ["duplicateIdentity", 1],
        ])("after %s, has joined %i times once the room's own connection is back", async (code, joins) => {
            const tell = (reconnecting: boolean): void =>
                world.rooms.status.next({ state: "inRoom", room: { id: "lobby", name: "lobby" }, self: fakeMember("me"), reconnecting });
            await world.enterAsync();
            tell(true);
            world.transport.session.lose(new RtcError(code, "No."));
            await jest.advanceTimersByTimeAsync(60_000);
            expect(world.transport.joins).toHaveLength(1);
            tell(false);
            await settleAsync();
            expect(world.transport.joins).toHaveLength(joins);
            expect(world.connection).toBe(joins === 2 ? "connected" : "lost");
        });

        it.each<[string, boolean]>([
            ["moderator", true],
            ["no", false],
        ])("with muted %s before a server restart, is locally muted afterwards: %s", async (muted, isMuted) => {
            await world.enterAsync();
            world.transport.server.room("lobby").mute("me", muted as "moderator" | "no");
            world.transport.session.lose(new RtcError("serverUnreachable", "Gone."));
            world.transport.server.room("lobby").mute("me", "no");
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(world.connection).toBe("connected");
            expect(world.local.muted).toBe(isMuted);
        });

        it("does not rejoin after a second connection of the user replaces this one", async () => {
            await world.enterAsync();
            const second = world.other("me");
            await jest.advanceTimersByTimeAsync(60_000);
            expect(world.connection).toBe("lost");
            expect(world.errors).toContain("duplicateIdentity");
            expect(world.inside("lobby")).toEqual(["me"]);
            await second.leaveAsync();
        });

        it.each([{ dataInRtp: true }, { ridesData: true }])("passes %p to the transport, also under the deprecated name", async (more) => {
            await world.endAsync();
            world = new World();
            world.follow(undefined, more);
            const join = jest.spyOn(world.transport, "joinAsync");
            await world.enterAsync();
            expect(join.mock.lastCall?.[2]).toMatchObject({ dataInRtp: true, ridesData: true });
        });

        it("reports a failure other than an RtcError as unknown", async () => {
            jest.spyOn(world.transport, "joinAsync").mockRejectedValue(new TypeError("bug"));
            await world.enterAsync();
            expect(world.errors).toEqual(["unknown"]);
        });

        it("emits the states of a session that reconnects by itself, and keeps the session", async () => {
            await world.enterAsync();
            const { session } = world.transport;
            session.state.next("reconnecting");
            expect(world.connection).toBe("reconnecting");
            session.state.next("connected");
            expect(world.connection).toBe("connected");
            expect(world.transport.joins).toHaveLength(1);
        });

        it("reports a session error that does not end the session", async () => {
            await world.enterAsync();
            world.transport.session.error$.next(new RtcError("linkFailed", "No path."));
            expect(world.errors).toEqual(["linkFailed"]);
            expect(world.connection).toBe("connected");
        });
    });

    describe("A server restart", () => {
        let displaced: Subject<RtcError>;
        /** Grants and options of the re-entries, in order. */
        let reentries: (readonly [IVoiceGrant, IVoiceJoinOptions | undefined])[];
        let refusal: RtcError | null;
        const gone = new RtcError("serverUnreachable", "The server keeps our place no longer.");
        const { delays } = new World();

        const displace = (): void => {
            world.transport.session.state.next("reconnecting");
            displaced.next(gone);
        };
        /** Sets the room's status to `inRoom`. `isAway` = the room is reconnecting. */
        const setRoom = (id: string, name: string, isAway: boolean, user = "me"): void =>
            world.rooms.status.next({ state: "inRoom", room: { id, name }, self: fakeMember(user), ...(isAway && { reconnecting: true }) });
        const passAsync = async (milliseconds: number): Promise<void> => {
            await jest.advanceTimersByTimeAsync(milliseconds);
            await settleAsync();
        };

        beforeEach(async () => {
            displaced = new Subject();
            reentries = [];
            refusal = null;
            const { transport } = world;
            const joinAsync = transport.joinAsync.bind(transport);
            transport.joinAsync = async (...join) => {
                const session = await joinAsync(...join);
                const reenterAsync: IVoiceSession["reenterAsync"] = async (grant, _signal, options) => {
                    reentries.push([grant, options]);
                    if (refusal) {
                        throw refusal;
                    }
                    session.state.next("connected");
                };
                return Object.assign(session, { displaced$: displaced, reenterAsync });
            };
            await world.enterAsync();
        });
        afterEach(() => expect([reentries.length > 0, displaced.observed]).toEqual([true, false]));

        it("keeps the session and its voices, and re-enters the room's new RTC room", async () => {
            const { session } = world.transport;
            world.choices.setBlocked("eve", true);
            setRoom("lobby", "lobby", true);
            displace();
            await passAsync(1_000);
            // No re-entry while the room is reconnecting.
            expect([reentries, world.connection]).toEqual([[], "reconnecting"]);
            setRoom("lobby 2", "lobby", false);
            await settleAsync();
            expect(world.requests.at(-1)).toMatchObject({ room: "lobby 2", user: { id: "me" } });
            expect(reentries).toMatchObject([[{}, { blocks: ["eve"] }]]);
            expect(world.state.session.value).toBe(session);
            expect(world.state.info.value).toMatchObject({ room: "lobby 2", join: { again: true } });
            expect(world.state.info.value?.join.elapsedMs).toBeGreaterThanOrEqual(1_000);
            expect(world.connections.slice(-2)).toEqual(["reconnecting", "connected"]);
            expect([session.leaves, world.voices.clears, world.ends]).toEqual([0, 0, []]);
            expect(world.errors).toEqual(["serverUnreachable"]);
            await world.endAsync();
            expect(session.leaves).toBe(1);
        });

        it("keeps the session when the app's room keeps its id", async () => {
            const { session } = world.transport;
            displace();
            await settleAsync();
            expect([reentries.length, world.state.session.value]).toEqual([1, session]);
            await world.endAsync();
        });

        it("retries after the policy's delays, and reports each failure", async () => {
            refusal = new RtcError("serverBusy", "Not now.");
            displace();
            await passAsync(delays[0] ?? 0);
            expect(reentries).toHaveLength(2);
            refusal = null;
            await passAsync(delays[1] ?? 0);
            expect(reentries).toHaveLength(3);
            expect(world.connection).toBe("connected");
            expect(world.errors).toEqual(["serverUnreachable", "serverBusy", "serverBusy"]);
            await world.endAsync();
        });

        it.each<RtcErrorCode>(["banned", "roomFull", "unauthorized", "tokenInvalid"])(
            "leaves the session and emits lost when the re-entry is rejected with %s",
            async (code) => {
                const { session } = world.transport;
                refusal = new RtcError(code, "No.");
                displace();
                await passAsync(60_000);
                expect([world.connection, session.leaves, reentries.length, world.voices.clears]).toEqual(["lost", 1, 1, 1]);
                await world.endAsync();
            },
        );

        it("joins with a new session when the session is lost during the re-entry", async () => {
            const { session } = world.transport;
            refusal = gone;
            displace();
            await settleAsync();
            session.lose();
            await passAsync(2_000);
            expect(world.transport.sessions).toHaveLength(2);
            expect(world.connection).toBe("connected");
            await world.endAsync();
        });

        it("renews the grant of the re-entry, but not the previous grant", async () => {
            const { session } = world.transport;
            world.ttlMs = 90_000;
            displace();
            await settleAsync();
            await passAsync(60_000);
            expect(session.renewals).toHaveLength(1);
            await world.endAsync();
        });

        it.each<[string, () => void]>([
            ["the room is left", () => world.rooms.leave()],
            ["another room is entered", () => setRoom("bar", "bar", false)],
            [
                "the room is entered as another user, like a guest on a server with another secret",
                () => setRoom("lobby 2", "lobby", false, "you"),
            ],
        ])("leaves the session at once when %s during the re-entry", async (_what, act) => {
            const { session } = world.transport;
            setRoom("lobby", "lobby", true);
            refusal = gone;
            displace();
            setRoom("lobby", "lobby", false);
            await settleAsync();
            act();
            await settleAsync();
            expect([session.leaves, world.voices.clears]).toEqual([1, 1]);
            await passAsync(60_000);
            expect(reentries).toHaveLength(1);
            await world.endAsync();
        });

        it("moves to the new RTC room after the old RTC room resumed the session", async () => {
            const { session } = world.transport;
            setRoom("lobby", "lobby", true);
            session.state.next("reconnecting");
            setRoom("lobby 2", "lobby", false);
            await settleAsync();
            expect(world.transport.sessions).toHaveLength(1);
            session.state.next("connected");
            await passAsync(0);
            expect(session.leaves).toBe(1);
            expect(world.inside("lobby 2")).toEqual(["me"]);
            displace();
            await settleAsync();
            await world.endAsync();
        });

        it("joins the new RTC room after the old RTC room removed the member", async () => {
            const { session } = world.transport;
            setRoom("lobby", "lobby", true);
            session.state.next("reconnecting");
            setRoom("lobby 2", "lobby", false);
            session.lose(new RtcError("removed", "The room is over."));
            await passAsync(1_000);
            expect(world.inside("lobby 2")).toEqual(["me"]);
            displace();
            await settleAsync();
            await world.endAsync();
        });
    });

    describe("Grant renewal", () => {
        const minute = 60_000;

        it("renews each grant 30 s before it expires", async () => {
            world.ttlMs = 30 * minute;
            await world.enterAsync();
            await jest.advanceTimersByTimeAsync(30 * minute - 30_001);
            expect(world.transport.session.renewals).toHaveLength(0);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(world.transport.session.renewals).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(30 * minute - 30_000);
            await settleAsync();
            expect(world.transport.session.renewals).toHaveLength(2);
            expect(world.requests).toHaveLength(3);
            expect(world.transport.joins).toHaveLength(1);
        });

        it("sets no timer for a grant without expiry", async () => {
            await world.enterAsync();
            // After five seconds, the session counts as stable, and the timer for that has ended.
            await jest.advanceTimersByTimeAsync(5_000);
            expect(jest.getTimerCount()).toBe(0);
        });

        it("retries a failed grant request after 2 s, and reports the error", async () => {
            world.ttlMs = minute;
            await world.enterAsync();
            world.token = () => Promise.reject(new RtcError("serverUnreachable", "No answer."));
            await jest.advanceTimersByTimeAsync(40_000);
            await settleAsync();
            expect(world.errors).toEqual(["serverUnreachable"]);
            expect(world.connection).toBe("connected");
            world.token = async (request) => world.grant(request);
            await jest.advanceTimersByTimeAsync(1_999);
            expect(world.requests).toHaveLength(2);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            expect(world.requests).toHaveLength(3);
            expect(world.transport.session.renewals).toHaveLength(1);
        });

        it("retries when the session rejects the new grant", async () => {
            world.ttlMs = minute;
            await world.enterAsync();
            world.transport.session.renewalFailure = new RtcError("serverBusy", "Not now.");
            await jest.advanceTimersByTimeAsync(40_000);
            await settleAsync();
            expect(world.errors).toEqual(["serverBusy"]);
            world.transport.session.renewalFailure = null;
            await jest.advanceTimersByTimeAsync(2_000);
            await settleAsync();
            expect(world.transport.session.renewals).toHaveLength(1);
        });

        it.each([25, 48, -48])(
            "renews at the same time when the device's clock differs by %i h or jumps during the call",
            async (hours) => {
                const grants: IVoiceGrant[] = [];
                world.token = (request) => {
                    const expiresAt = Date.now() + (30 * minute - hours * 60 * minute);
                    const grant = { ...world.grant(request), expiresAt, expiresInMs: 30 * minute };
                    grants.push(grant);
                    return Promise.resolve(grant);
                };
                await world.enterAsync();
                await jest.advanceTimersByTimeAsync(10 * minute);
                jest.setSystemTime(Date.now() + hours * 60 * minute);
                await jest.advanceTimersByTimeAsync(20 * minute - 30_001);
                expect(grants).toHaveLength(1);
                await jest.advanceTimersByTimeAsync(1);
                await settleAsync();
                expect(world.transport.session.renewals).toEqual([grants[1]]);
                jest.setSystemTime(Date.now() - 2 * hours * 60 * minute);
                await jest.advanceTimersByTimeAsync(30 * minute - 30_000);
                await settleAsync();
                expect(grants).toHaveLength(3);
                expect(world.errors).toEqual([]);
            },
        );

        it("token will-expire notice: renews at once on the RTC room's notice, and once for each grant", async () => {
            world.ttlMs = minute;
            await world.enterAsync();
            const { session } = world.transport;
            const say = (): void => session.notices$.next({ type: "expiring", expiresAt: Date.now() + 5_000 });
            await jest.advanceTimersByTimeAsync(10_000);
            say();
            say();
            await settleAsync();
            expect(session.renewals).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(39_999);
            expect(session.renewals).toHaveLength(1);
            await jest.advanceTimersByTimeAsync(1);
            await settleAsync();
            say();
            await settleAsync();
            expect(session.renewals).toHaveLength(3);
            session.notices$.next({ type: "renewed", expiresAt: 0 });
            session.notices$.next({ type: "unmuteInvited", by: null });
            await settleAsync();
            expect(session.renewals).toHaveLength(3);
            expect(world.errors).toEqual([]);
        });

        it("token will-expire notice: renews a grant without expiry", async () => {
            await world.enterAsync();
            world.transport.session.notices$.next({ type: "expiring", expiresAt: Date.now() + 5_000 });
            await settleAsync();
            expect(world.transport.session.renewals).toHaveLength(1);
        });

        it.each<RtcErrorCode>(["banned", "removed", "tokenInvalid", "unauthorized"])(
            "stops after the server rejects the renewal with %s, and keeps the session",
            async (code) => {
                world.ttlMs = minute;
                await world.enterAsync();
                const { session } = world.transport;
                session.renewalFailure = new RtcError(code, "No.");
                await jest.advanceTimersByTimeAsync(40_000);
                await settleAsync();
                await jest.advanceTimersByTimeAsync(60_000);
                session.notices$.next({ type: "expiring", expiresAt: 0 });
                await settleAsync();
                expect(world.requests).toHaveLength(2);
                expect(world.errors).toEqual([code]);
                expect(world.connection).toBe("connected");
            },
        );

        it("stops after the token function rejects with its own unauthorized error, and retries after other errors", async () => {
            world.ttlMs = minute;
            await world.enterAsync();
            world.token = () => Promise.reject(new TypeError("Failed to fetch"));
            await jest.advanceTimersByTimeAsync(44_000);
            await settleAsync();
            expect(world.requests).toHaveLength(4);
            world.token = () => Promise.reject(new RtcError("unauthorized", "Sign in again."));
            await jest.advanceTimersByTimeAsync(30_000);
            await settleAsync();
            expect(world.requests).toHaveLength(5);
            expect(world.errors).toEqual(Array.from({ length: 4 }, () => "unauthorized"));
        });

        it("stops after leaving, and aborts a pending renewal", async () => {
            world.ttlMs = minute;
            await world.enterAsync();
            let signal: AbortSignal | null = null;
            world.token = (_, given) => {
                signal = given;
                return new Promise(() => undefined);
            };
            await jest.advanceTimersByTimeAsync(40_000);
            await settleAsync();
            world.rooms.leave();
            await settleAsync();
            expect(signal).toMatchObject({ aborted: true });
            expect(jest.getTimerCount()).toBe(0);
            expect(world.errors).toEqual([]);
        });
    });

    describe("Blocks", () => {
        it("are sent with the join, and one by one as they change", async () => {
            world.choices.setBlocked("bob", true);
            world.choices.setBlocked("", true);
            await world.enterAsync();
            const room = world.transport.server.room("lobby");
            const block = jest.spyOn(room, "block");
            expect(world.transport.joinOptions).toEqual([{ blocks: ["bob"] }]);
            world.choices.setBlocked("carol", true);
            world.choices.setSilenced("dave", true);
            world.choices.setBlocked("bob", false);
            await settleAsync();
            expect(block.mock.calls).toEqual([
                ["me", "carol", true],
                ["me", "bob", false],
            ]);
            world.transport.session.lose();
            await settleAsync();
            world.choices.setBlocked("bob", true);
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(world.transport.joinOptions.at(-1)).toEqual({ blocks: ["carol", "bob"] });
        });

        it("are sent for ids of up to 128 characters, emoji included", async () => {
            const longest = "\u{1F600}".repeat(128);
            for (const id of [longest, `${longest}x`]) {
                world.choices.setBlocked(id, true);
            }
            await world.enterAsync();
            expect(world.transport.joinOptions).toEqual([{ blocks: [longest] }]);
        });

        it("that change during the join are sent after the join", async () => {
            world.choices.setBlocked("bob", true);
            const release = world.transport.hold();
            await world.enterAsync();
            world.choices.setBlocked("bob", false);
            world.choices.setBlocked("carol", true);
            const block = jest.spyOn(world.transport.server.room("lobby"), "block");
            release();
            await settleAsync();
            expect(block.mock.calls).toEqual([
                ["me", "bob", true],
                ["me", "bob", false],
                ["me", "carol", true],
            ]);
        });

        it("that are rejected are reported as errors, and later blocks are still sent", async () => {
            await world.enterAsync();
            const { session } = world.transport;
            session.refusal = new RtcError("serverBusy", "Not now.");
            world.choices.setBlocked("bob", true);
            await settleAsync();
            session.refusal = null;
            world.choices.setBlocked("carol", true);
            await settleAsync();
            expect(world.errors).toEqual(["serverBusy"]);
            expect(world.transport.server.room("lobby").areApart("me", "carol")).toBe(true);
        });
    });

    describe("The transport session", () => {
        it("publishes the microphone's track as it changes, in order", async () => {
            const track = new FakeTrack();
            await world.enterAsync();
            world.track.next(track);
            world.track.next(null);
            await settleAsync();
            expect(world.transport.session.published).toEqual([null, track, null]);
        });

        it("publishes one track at a time, the latest track last", async () => {
            await world.enterAsync();
            const first = deferred();
            const publish = jest.spyOn(world.transport.session, "publishAsync").mockReturnValueOnce(first.promise);
            world.track.next(new FakeTrack());
            world.track.next(null);
            await settleAsync();
            expect(publish).toHaveBeenCalledTimes(1);
            first.resolve();
            await settleAsync();
            expect(publish.mock.calls.at(-1)).toEqual([null]);
        });

        it("publishes a track that exists before the join", async () => {
            const track = new FakeTrack();
            world.track.next(track);
            await world.enterAsync();
            expect(world.transport.session.published).toEqual([track]);
        });

        it("receives no mute when the local member was never muted", async () => {
            await world.enterAsync();
            expect(world.transport.session.mutings).toEqual([]);
        });

        it("receives a mute that was set before or after the join, and again after a reconnection", async () => {
            world.local.muted = true;
            await world.enterAsync();
            world.local.muted = false;
            world.local.muted = true;
            expect(world.transport.session.mutings).toEqual([true, false, true]);
            world.transport.session.lose();
            await settleAsync();
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(world.transport.session.mutings).toEqual([true]);
        });

        it("receives no publishing and capturing state while both have their defaults", async () => {
            await world.enterAsync();
            expect(world.transport.session.states).toEqual([]);
        });

        it("receives changes of publishing and capturing, and again after a reconnection", async () => {
            await world.enterAsync();
            world.microphone.next({ state: "off" });
            world.local.published = false;
            expect(world.transport.session.states).toEqual([
                { publishing: true, capturing: false },
                { publishing: false, capturing: false },
            ]);
            world.transport.session.lose();
            await settleAsync();
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect(world.transport.session.states).toEqual([{ publishing: false, capturing: false }]);
        });

        it("receives the interest in each voice", async () => {
            await world.enterAsync();
            const interest = new Map<string, VoiceInterest>([["bob", "warm"]]);
            world.voices.interest$.next(interest);
            expect(world.transport.session.interests.at(-1)).toBe(interest);
        });

        it("provides the remote members, whose voices are removed when the session is left or lost", async () => {
            const bob = world.other("bob");
            await world.enterAsync();
            expect([...world.voices.remotes.keys()]).toEqual(["bob"]);
            expect(world.voices.members).toBeNull();
            world.transport.session.lose();
            await settleAsync();
            expect(world.voices).toMatchObject({ remotes: new Map(), clears: 1 });
            await jest.advanceTimersByTimeAsync(1_000);
            await settleAsync();
            expect([...world.voices.remotes.keys()]).toEqual(["bob"]);
            world.rooms.leave();
            expect(world.voices).toMatchObject({ remotes: new Map(), clears: 2 });
            await bob.leaveAsync();
        });

        it("is accompanied by the room's own member list, as it changes", async () => {
            await world.endAsync();
            const rooms = new FakeListedRoomSource();
            inWorld(new World(rooms));
            rooms.list("me", "bob");
            await world.enterAsync();
            expect([...(world.voices.members?.keys() ?? [])]).toEqual(["me", "bob"]);
            rooms.list("me");
            expect([...(world.voices.members?.keys() ?? [])]).toEqual(["me"]);
            world.rooms.leave();
            expect(rooms.members.observed).toBe(false);
        });
    });
});

// Must be the last test, because it checks the transitions that the other tests have caused.
describe("The diagram of connection$ in docs/connection.md", () => {
    it("has each transition that the tests above cause, and no other", () => {
        expect([...caused].sort()).toEqual(drawnTransitions("connection$"));
    });
});
