import type { IEnterRequest } from "../../../protocol/wire.js";
import { heldVoiceOf } from "../../../src/interop/voiceEntry.js";
import { ServerEntrance } from "../../../src/room/serverEntrance.js";
import { ServerIdentity } from "../../../src/room/serverIdentity.js";
import type { IRtcUser } from "../../../src/room/serverIdentity.js";
import { settleAsync } from "../../fakes/settle.js";

/** A fake of Colyseus' room, with only the members that the code under test uses. */
class FakeRoom {
    public readonly reconnection = { enabled: true };
    public readonly connection = { isOpen: true, close: (): void => void (this.connection.isOpen = false) };
    public end: () => void = () => undefined;
    public readonly seat: unknown;
    public constructor(seat: unknown) {
        this.seat = seat;
    }
    public onMessage(): void {
        // No-op: this room sends no messages.
    }
    public onError(): void {
        // No-op: this room emits no errors.
    }
    public onLeave(callback: () => void): void {
        this.end = callback;
    }
    public async leave(): Promise<void> {
        await Promise.resolve();
    }
}

let mockTaken: FakeRoom[] = [];

jest.mock("@colyseus/sdk", () => ({
    Client: class {
        public async consumeSeatReservation(seat: unknown): Promise<FakeRoom> {
            const room = new FakeRoom(seat);
            mockTaken.push(room);
            return await Promise.resolve(room);
        }
    },
}));

const seat = (roomId: string): object => ({ name: "room", roomId, sessionId: `seat in ${roomId}` });
const guest = (id: string): object => ({ identity: id, user: { id, name: "Me" }, expiresAt: Date.now() + 3_600_000 });
const voice = { seat: seat("rtc"), iceServers: [{ urls: "stun:x" }], expiresAt: 5, self: "peer", secret: "secret", callees: ["bob"] };
const refusal = (code: string): object => ({ error: { code, message: "No." } });

describe("ServerEntrance", () => {
    const { fetch } = globalThis;
    const { signal } = new AbortController();
    let asked: (IEnterRequest & { path: string })[];
    /** Responses of the server, in order. The last one is repeated. */
    let answers: (Error | { status: number; body: object | string })[];

    beforeEach(() => {
        asked = [];
        mockTaken = [];
        answers = [{ status: 200, body: { guest: guest("g1"), room: "lobby", seat: seat("lobby"), voice } }];
        globalThis.fetch = async (url, init) => {
            asked.push({ path: new URL(url as string).pathname, ...(JSON.parse(init?.body as string) as IEnterRequest) });
            const answer = answers.length > 1 ? answers.shift() : answers[0];
            if (!answer || answer instanceof Error) {
                throw answer ?? new Error("no answer");
            }
            const { status, body } = answer;
            return await Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status }));
        };
    });
    afterEach(() => (globalThis.fetch = fetch));

    function entranceOf(user: IRtcUser = { name: "Me" }, what: "room" | "voice" = "voice"): ServerEntrance {
        return new ServerEntrance("https://s", new ServerIdentity("https://s", user), what);
    }

    it("requests everything at once, and takes both seats immediately", async () => {
        const entrance = entranceOf();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        const guest = { name: "Me", key: expect.any(String) as string };
        expect(asked).toEqual([{ path: "/enter", join: { name: "lobby" }, guest, create: true, voice: true }]);
        await settleAsync();
        expect(mockTaken.map((room) => room.seat)).toEqual([voice.seat, seat("lobby")]);
        expect(mockTaken.map(({ reconnection }) => reconnection.enabled)).toEqual([false, false]);
    });

    it("returns the grant once, only for its room, with the connection for the transport", async () => {
        const entrance = entranceOf();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        expect(entrance.takeGrant("another")).toBeNull();
        const grant = entrance.takeGrant("lobby");
        expect(grant).toEqual({ token: "", iceServers: voice.iceServers, expiresAt: 5 });
        expect(entrance.takeGrant("lobby")).toBeNull();
        expect(heldVoiceOf(grant ?? {})).toMatchObject({ peerId: "peer", secret: "secret", callees: ["bob"] });
        expect(heldVoiceOf(grant ?? {})).toBeNull();
    });

    it("returns the grant with its remaining time, independent of the device's clock", async () => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        try {
            answers = [
                { status: 200, body: { guest: guest("g1"), room: "lobby", seat: seat("lobby"), voice: { ...voice, expiresInMs: 60_000 } } },
            ];
            const entrance = entranceOf();
            await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
            jest.advanceTimersByTime(7_000);
            jest.setSystemTime(Date.now() + 48 * 3_600_000);
            const grant = entrance.takeGrant("lobby");
            expect(grant).toEqual({ token: "", iceServers: voice.iceServers, expiresAt: 5, expiresInMs: 53_000 });
            expect(heldVoiceOf(grant ?? {})).toMatchObject({ peerId: "peer" });
        } finally {
            jest.useRealTimers();
        }
    });

    it("returns no grant after the server closed the reserved connection", async () => {
        const entrance = entranceOf();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        await settleAsync();
        mockTaken.forEach((room) => room.end());
        expect(entrance.takeGrant("lobby")).toBeNull();
    });

    it("releases an unused entrance on drop and before the next request", async () => {
        const entrance = entranceOf();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        entrance.drop();
        await settleAsync();
        expect(mockTaken.map(({ connection }) => connection.isOpen)).toEqual([false, true]);
        expect(entrance.takeGrant("lobby")).toBeNull();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        await settleAsync();
        expect(mockTaken.slice(2).map(({ connection }) => connection.isOpen)).toEqual([false, true, true, true]);
    });

    it("keeps the guest, and creates a new guest when the server rejects the previous guest", async () => {
        const entrance = entranceOf();
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        expect(asked[1]).toMatchObject({ join: { name: "lobby", identity: "g1" } });
        expect(asked[1]).not.toHaveProperty("guest");
        answers = [{ status: 401, body: refusal("unauthorized") }, ...answers];
        await entrance.takeSeatAsync({ name: "lobby" }, true, signal);
        expect(asked.slice(2)).toMatchObject([{ join: { identity: "g1" } }, { join: {}, guest: { name: "Me" } }]);
    });

    it("keeps a guest that was created by a rejected request", async () => {
        const entrance = entranceOf();
        answers = [{ status: 403, body: { ...refusal("passwordWrong"), guest: guest("g2") } }, ...answers];
        await expect(entrance.takeSeatAsync({ name: "lobby" }, true, signal)).rejects.toMatchObject({ code: "passwordWrong" });
        await entrance.takeSeatAsync({ name: "lobby", password: "x" }, true, signal);
        expect(asked[1]).toMatchObject({ join: { identity: "g2", password: "x" } });
    });

    it("sends the app's own token, and requests no voice for the target room", async () => {
        answers = [{ status: 200, body: { room: "lobby", seat: seat("lobby") } }];
        const entrance = entranceOf({ name: "Me", token: "own" }, "room");
        await entrance.takeSeatAsync({ id: "lobby" }, false, signal);
        expect(asked).toEqual([{ path: "/enter", join: { id: "lobby", identity: "own" }, create: false, voice: false }]);
        expect(entrance.takeGrant("lobby")).toBeNull();
    });

    it.each([
        ["without this endpoint", { status: 404, body: refusal("invalidRequest") }],
        ["that answers with an HTML page", { status: 404, body: "<html>" }],
        ["that does not allow this origin", new TypeError("Failed to fetch")],
    ])("returns null for a server %s", async (_what, answer) => {
        answers = [answer];
        await expect(entranceOf().takeSeatAsync({ name: "lobby" }, true, signal)).resolves.toBeNull();
    });

    it.each([
        ["roomNotFound", { status: 404, body: refusal("roomNotFound") }],
        ["roomFull", { status: 409, body: refusal("roomFull") }],
        ["serverUnreachable", Object.assign(new Error("Too late."), { name: "TimeoutError" })],
    ])("rejects with %s after the server's error or a timeout", async (code, answer) => {
        answers = [answer];
        await expect(entranceOf().takeSeatAsync({ name: "lobby" }, true, signal)).rejects.toMatchObject({ code });
        expect(asked).toHaveLength(1);
    });
});
