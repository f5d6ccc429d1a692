/** @jest-environment ./test/scene/audioEnvironment.cjs */
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { BehaviorSubject, Subject, config } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomMember, IRoomSource, RoomStatus } from "../../../src/room/room.js";
import { RtcBehavior } from "../../../src/rtc/rtcBehavior.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import { FakeMicrophone, installFakeMicrophone } from "../../fakes/fakeMicrophone.js";
import { installFakeMedia } from "../../fakes/fakeMedia.js";
import { FakeVoiceSession } from "../../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../../src/testing/fakeVoiceTransport.js";
import { settleAsync } from "../../fakes/settle.js";
import { thrownBy } from "../../fakes/thrownBy.js";
import { AudioScene } from "../../scene/audioScene.js";

const fail = (): never => {
    throw new Error("the app's own mistake");
};

/** Rooms whose streams emit whatever the test specifies. */
class RawRooms implements IRoomSource {
    public readonly status = new BehaviorSubject<RoomStatus>({ state: "idle" });
    public readonly members = new BehaviorSubject<ReadonlyMap<string, IRoomMember>>(new Map());
    public readonly status$ = this.status.asObservable();
    public readonly members$ = this.members.asObservable();

    enter(): void {
        const self = { id: "me", name: "me", attributes: {} };
        this.status.next({ state: "inRoom", room: { id: "lobby", name: "lobby" }, self });
    }

    leave(): void {
        this.status.next({ state: "idle" });
    }

    list(...ids: string[]): void {
        this.members.next(new Map(ids.map((id) => [id, { id, name: id, attributes: {} }])));
    }
}

describe("Invalid results of the app's functions and streams", () => {
    let world: AudioScene;
    let player: TransformNode;
    let rooms: RawRooms;
    let transport: FakeVoiceTransport;
    let rtc: RtcBehavior;
    let errors: RtcError[];
    let bob: FakeVoiceSession;

    const enterAsync = async (options: object = {}): Promise<void> => {
        rtc = new RtcBehavior({
            rooms,
            transport,
            token: async ({ room, user }) => transport.server.grant({ room, user: user.id }),
            audioEngine: world.audioEngine,
            ...options,
        });
        errors = [];
        rtc.error$.subscribe((error) => errors.push(error));
        player.addBehavior(rtc);
        await rtc.readyAsync();
        rooms.list("me", "bob");
        rooms.enter();
        await settleAsync();
    };
    /** Runs the scene's before-render observers once. Returns true if the first session is still the only one, and Bob has a voice. */
    const goesOnAsync = async (): Promise<boolean> => {
        world.scene.onBeforeRenderObservable.notifyObservers(world.scene);
        await settleAsync();
        return transport.joins.length === 1 && transport.open.length === 1 && rtc.voiceOf("bob") !== null;
    };

    beforeEach(async () => {
        world = await AudioScene.CreateAsync();
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance"] });
        installFakeMedia();
        installFakeMicrophone(new FakeMicrophone());
        player = new TransformNode("player", world.scene);
        rooms = new RawRooms();
        transport = new FakeVoiceTransport();
        const { server } = transport;
        bob = new FakeVoiceSession(server, server.verify(server.grant({ user: "bob", name: "Bob" }).token));
    });

    afterEach(async () => {
        rtc.detach();
        await bob.leaveAsync();
        world.dispose();
        jest.useRealTimers();
    });

    it.each<[string, () => unknown]>([
        ["returns a promise of null", async () => null],
        ["returns a promise that rejects", () => Promise.reject(new Error("no avatar"))],
        ["returns a plain object", () => ({ position: { x: 0 } })],
        ["returns a string", () => "bob"],
        ["returns true", () => true],
        ["throws", fail],
    ])("reports avatarOf once by name when it %s, and keeps the session", async (_, avatarOf) => {
        await enterAsync({ avatarOf });
        expect(await goesOnAsync()).toBe(true);
        expect(await goesOnAsync()).toBe(true);
        expect(errors.map(({ code, message }) => [code, message.slice(0, 8)])).toEqual([["invalidArgument", "avatarOf"]]);
        expect(errors[0]?.message).toContain("bob");
    });

    it.each([7, "bob", {}, Promise.resolve(null)])("makes setAvatar reject %p, outside of a room and inside", async (node) => {
        await enterAsync();
        const outside = new RtcBehavior({ rooms, transport, token: async () => "t", audioEngine: world.audioEngine });
        for (const each of [rtc, outside]) {
            expect(thrownBy(() => each.setAvatar("bob", node as never))).toMatchObject({ code: "invalidArgument" });
        }
        expect(thrownBy(() => rtc.setAvatar(undefined as never, null))).toMatchObject({ code: "invalidArgument" });
        expect(await goesOnAsync()).toBe(true);
    });

    it.each<[string, unknown]>([
        ["undefined", undefined],
        ["null", null],
        ["a string", "inRoom"],
        ["an unknown state", { state: "joined" }],
        ["inRoom without a room", { state: "inRoom", self: { id: "me" } }],
        ["inRoom without the local member", { state: "inRoom", room: { id: "lobby" } }],
        ["a room whose id is a number", { state: "inRoom", room: { id: 5 }, self: { id: "me" } }],
    ])("reports status$ by name when it emits %s, and keeps the previous status", async (_, status) => {
        await enterAsync();
        rooms.status.next(status as never);
        expect(await goesOnAsync()).toBe(true);
        expect(errors).toMatchObject([{ code: "invalidArgument", message: expect.stringContaining("status$") as string }]);
        rooms.leave();
        await settleAsync();
        expect(transport.open).toHaveLength(0);
    });

    it("reports status$ by name when it fails, and keeps the session", async () => {
        await enterAsync();
        rooms.status.error(new Error("socket closed"));
        expect(await goesOnAsync()).toBe(true);
        expect(errors).toHaveLength(1);
        expect(errors[0]?.message).toContain("status$");
    });

    it.each<[string, unknown]>([
        ["undefined", undefined],
        ["an array", [{ id: "bob" }]],
        ["members that are null", new Map([["bob", null]])],
        ["members without ids", new Map([["bob", { name: "Bob" }]])],
    ])("reports members$ by name when it emits %s, and keeps the previous list", async (_, members) => {
        await enterAsync();
        const events: string[] = [];
        rtc.events$.subscribe(({ type }) => events.push(type));
        rooms.members.next(members as never);
        expect(await goesOnAsync()).toBe(true);
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.every(({ message }) => message.includes("members$"))).toBe(true);
        rooms.list("me");
        await settleAsync();
        expect(rtc.voiceOf("bob")).toBeNull();
    });

    it("reports members$ by name when it fails, and keeps the session and events$", async () => {
        await enterAsync();
        let isOver = false;
        rtc.events$.subscribe({ error: () => (isOver = true), complete: () => (isOver = true) });
        rooms.members.error(new Error("socket closed"));
        expect(await goesOnAsync()).toBe(true);
        expect(errors[0]?.message).toContain("members$");
        expect(isOver).toBe(false);
    });

    it.each<[string, () => unknown]>([
        ["throws", fail],
        ["rejects", () => Promise.reject(new TypeError("Failed to fetch"))],
        ["returns undefined", () => undefined],
        ["returns a number", async () => 5],
        ["returns a grant without a token", async () => ({})],
        ["returns a grant with invalid ICE servers", async () => ({ token: "t", iceServers: [{ urls: "stun.l.google.com:19302" }] })],
        ["returns a grant whose expiresAt is a string", async () => ({ token: "t", expiresAt: "soon" })],
    ])("reports a token function by name when it %s during reconnection, and calls it again", async (_, token) => {
        let isBad = false;
        const good = (room: string, user: string): unknown => transport.server.grant({ room, user });
        const policy = { nextRetryDelayInMs: () => 1_000 };
        await enterAsync({
            token: (request: { room: string; user: { id: string } }) =>
                isBad ? token() : Promise.resolve(good(request.room, request.user.id)),
            retryPolicy: policy,
        });
        isBad = true;
        transport.session.lose(new RtcError("serverUnreachable", "Gone."));
        await settleAsync();
        await jest.advanceTimersByTimeAsync(1_000);
        await settleAsync();
        expect(errors.at(-1)?.message).toContain("`token`");
        isBad = false;
        await jest.advanceTimersByTimeAsync(1_000);
        await settleAsync();
        expect(transport.open).toHaveLength(1);
    });

    it.each<[string, () => unknown]>([
        ["throws", fail],
        ["returns undefined", () => undefined],
        ["returns NaN", () => NaN],
        ["returns a string", () => "1000"],
        ["returns a promise", async () => 1_000],
        ["returns a negative number", () => -1],
    ])("reports a retry policy that %s by name, and uses the default policy instead", async (_, nextRetryDelayInMs) => {
        await enterAsync({ retryPolicy: { nextRetryDelayInMs } });
        transport.session.lose(new RtcError("serverUnreachable", "Gone."));
        await settleAsync();
        await jest.advanceTimersByTimeAsync(10);
        await settleAsync();
        expect(transport.open).toHaveLength(1);
        expect(errors.filter(({ message }) => message.includes("retryPolicy"))).toHaveLength(1);
    });

    it.each<[string, object]>([
        ["load throws", { load: fail, save: () => undefined }],
        ["load is asynchronous", { load: async () => Promise.resolve({}), save: () => undefined }],
        ["load rejects", { load: () => Promise.reject(new Error("no database")), save: () => undefined }],
        ["load returns a string", { load: () => "{}", save: () => undefined }],
        ["save throws", { load: () => null, save: fail }],
        ["save rejects", { load: () => null, save: () => Promise.reject(new Error("no database")) }],
    ])("reports a storage by name when its %s, and keeps the session", async (_, storage) => {
        await enterAsync({ storage });
        rtc.silence("carol");
        expect(await goesOnAsync()).toBe(true);
        expect(errors).toMatchObject([{ code: "storageFailed", message: expect.stringContaining("`storage`") as string }]);
    });

    it.each<[string, () => unknown]>([
        ["throws", fail],
        ["rejects", () => Promise.reject(new Error("offline"))],
    ])("joins through a transport whose prepareAsync %s", async (_, prepareAsync) => {
        const unhandled = jest.fn();
        config.onUnhandledError = unhandled;
        Object.assign(transport, { prepareAsync });
        await enterAsync();
        expect(await goesOnAsync()).toBe(true);
        await jest.advanceTimersByTimeAsync(10);
        config.onUnhandledError = null;
        expect(unhandled).not.toHaveBeenCalled();
    });

    it("keeps the session when a subscriber of any stream throws", async () => {
        const unhandled = jest.fn();
        config.onUnhandledError = unhandled;
        try {
            await enterAsync();
            const streams: readonly Observable<unknown>[] = [rtc.voices$, rtc.self$, rtc.members$, rtc.audio$, rtc.events$, rtc.speaking$];
            [...streams, rtc.connection$, rtc.error$].forEach((each$: Observable<unknown>) => each$.subscribe(fail));
            rtc.muted = true;
            rooms.list("me", "bob", "carol");
            expect(await goesOnAsync()).toBe(true);
            await jest.advanceTimersByTimeAsync(300);
            expect(unhandled).toHaveBeenCalled();
        } finally {
            config.onUnhandledError = null;
        }
    });

    it("reports a failed talkWhile stream by name, and counts the button as released", async () => {
        await enterAsync();
        const held = new Subject<boolean>();
        rtc.microphone.talkWhile(held);
        held.next(true);
        expect(rtc.microphone.talking).toBe(true);
        held.error(new Error("gamepad gone"));
        expect(rtc.microphone.talking).toBe(false);
        expect(errors).toMatchObject([{ message: expect.stringContaining("talkWhile") as string }]);
    });

    it.each([7, "robot", {}, Promise.resolve(null)])("rejects %p as a processor or suppressor factory", async (make) => {
        await enterAsync();
        await expect(rtc.microphone.setProcessorAsync(make as never)).rejects.toMatchObject({ code: "invalidArgument" });
        await expect(rtc.microphone.setSuppressorAsync(make as never)).rejects.toMatchObject({ code: "invalidArgument" });
        expect(rtc.microphone.suppressor).toBeNull();
        expect(await goesOnAsync()).toBe(true);
    });
});
