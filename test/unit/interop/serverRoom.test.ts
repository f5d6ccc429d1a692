import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Heartbeat, openServerRoomAsync, TakenSeat } from "../../../src/interop/serverRoom.js";
import type { IServerRoom } from "../../../src/interop/serverRoom.js";
import type { ISeat } from "../../../protocol/wire.js";

interface IAsksOfTest {
    double: [{ n: number }, { n: number }];
}

/** A fake of Colyseus' room, with only the members that the code under test uses. */
class FakeRoom {
    public readonly reconnection = { enabled: true };
    public readonly roomId = "room id";
    public readonly closedWith: (number | undefined)[] = [];
    public left = 0;
    /** True = no welcome is sent automatically. */
    public isSilent = false;
    public readonly connection = {
        isOpen: true,
        close: (code?: number) => {
            if (this.connection.isOpen) {
                this.connection.isOpen = false;
                this.closedWith.push(code);
                // Colyseus' client calls `onLeave` at once for the code 4010, the only one that matters to these tests.
                this.end(code ?? 1005);
            }
        },
    };
    private readonly _welcome: object;
    public readonly pings: (() => void)[] = [];
    public readonly sent: { type: string; payload: { ask: number; value: unknown } }[] = [];
    public say: (type: string, payload: unknown) => void = () => undefined;
    public end: (code: number) => void = () => undefined;

    constructor(welcome: object = {}) {
        this._welcome = welcome;
    }

    public onMessage(_type: string, callback: (type: string, payload: unknown) => void): void {
        this.say = callback;
        // The server's welcome arrives as soon as a listener exists.
        void Promise.resolve().then(() => this.isSilent || callback("welcome", this._welcome));
    }
    public onError(): void {
        // No-op: this room emits no errors.
    }
    public onLeave(callback: (code: number) => void): void {
        const before = this.end;
        this.end = (code) => {
            before(code);
            callback(code);
        };
    }
    public send(type: string, payload: { ask: number; value: unknown }): void {
        this.sent.push({ type, payload });
    }
    public ping(callback: () => void): void {
        this.pings.push(callback);
    }
    public async leave(): Promise<void> {
        this.left++;
        await Promise.resolve();
    }
}

// Without a WebSocket, the server counts as reachable. Node has one from version 22 on.
Reflect.deleteProperty(globalThis, "WebSocket");

let mockRoom: FakeRoom;
/** Error that joining the room rejects with; null = joining succeeds. */
let mockFailure: Error | null = null;

jest.mock("@colyseus/sdk", () => ({
    Client: class {
        public async joinOrCreate(): Promise<FakeRoom> {
            return await (mockFailure ? Promise.reject(mockFailure) : Promise.resolve(mockRoom));
        }
        public async consumeSeatReservation(): Promise<FakeRoom> {
            return await Promise.resolve(mockRoom);
        }
    },
}));

describe("openServerRoomAsync", () => {
    afterEach(() => (mockFailure = null));

    it.each([
        ["when another server answers", { status: 404 }, "is not a babylon-rtc-server"],
        ["when nothing answers", { code: "ECONNREFUSED" }, "No answer from http://localhost:5173."],
        ["when a proxy answers", { status: 502 }, "No answer from http://localhost:5173."],
        ["when the server rejects the join", { status: 404, message: "roomNotFound" }, "This room does not exist."],
    ])("rejects with a precise message %s", async (_, failure, sentence) => {
        mockFailure = Object.assign(new Error("Not Found"), failure);
        const entering = openServerRoomAsync({
            server: "http://localhost:5173",
            type: "room",
            options: {},
            create: true,
            onMessage: () => undefined,
            onLost: () => undefined,
        });
        await expect(entering).rejects.toThrow(sentence);
    });
});

describe("Colyseus' client that cannot be loaded", () => {
    it("rejects with serverUnreachable", async () => {
        await jest.isolateModulesAsync(async () => {
            jest.doMock("../../../src/interop/colyseusClient.js", () => {
                throw new Error("offline");
            });
            const { openServerRoomAsync: openAsync } = await import("../../../src/interop/serverRoom.js");
            const request = {
                server: "http://localhost",
                type: "room" as const,
                options: {},
                create: true,
                onMessage: () => undefined,
                onLost: () => undefined,
            };
            await expect(openAsync(request)).rejects.toMatchObject({ code: "serverUnreachable" });
        });
        jest.dontMock("../../../src/interop/colyseusClient.js");
    });
});

describe("a request to the server", () => {
    let room: IServerRoom<object, IAsksOfTest>;

    let lost: string[];

    beforeEach(async () => {
        jest.useFakeTimers();
        lost = [];
        mockRoom = new FakeRoom();
        room = await openServerRoomAsync<object, object, IAsksOfTest>({
            server: "http://localhost",
            type: "room",
            options: {},
            create: true,
            onMessage: () => undefined,
            onLost: ({ code }) => lost.push(code),
        });
    });
    afterEach(async () => {
        await room.leaveAsync();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("resolves with the answer of the same number, in any order of answers", async () => {
        const one = room.askAsync("double", { n: 1 });
        const two = room.askAsync("double", { n: 2 });
        const [first, second] = mockRoom.sent.map(({ payload }) => payload);
        mockRoom.say("answer", { ask: second?.ask, value: { n: 4 } });
        mockRoom.say("answer", { ask: first?.ask, value: { n: 2 } });
        await expect(Promise.all([one, two])).resolves.toEqual([{ n: 2 }, { n: 4 }]);
    });

    it("rejects with the server's error", async () => {
        const asked = room.askAsync("double", { n: 1 });
        mockRoom.say("answer", { ask: mockRoom.sent[0]?.payload.ask, refused: { code: "notAllowed", message: "No." } });
        await expect(asked).rejects.toMatchObject({ name: "RtcError", code: "notAllowed" });
    });

    it("rejects with serverUnreachable when no answer comes within 10 s", async () => {
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "serverUnreachable" });
        await jest.advanceTimersByTimeAsync(10_000);
        await failed;
    });

    it.each([
        ["aborted", "the room is left", () => room.leaveAsync()],
        ["serverUnreachable", "the connection ends", async () => mockRoom.end(1006)],
        [
            "tokenExpired",
            "the server closes the connection because the grant has expired",
            async () => {
                mockRoom.say("closed", { code: "tokenExpired" });
                mockRoom.end(4100);
            },
        ],
    ])("rejects with %s when %s meanwhile", async (code, _how, end) => {
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code });
        await end();
        await failed;
    });

    it("reports serverUnreachable once when the server is silent for 12 s", async () => {
        for (let i = 0; i < 5; i++) {
            jest.advanceTimersByTime(4_000);
            mockRoom.pings.at(-1)?.();
        }
        expect(lost).toEqual([]);
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "serverUnreachable" });
        await jest.advanceTimersByTimeAsync(16_000);
        await failed;
        mockRoom.end(1006);
        expect(lost).toEqual(["serverUnreachable"]);
        expect(mockRoom.connection.isOpen).toBe(false);
    });

    it("starts one heartbeat when the server sends welcome twice", () => {
        mockRoom.say("welcome", {});
        jest.advanceTimersByTime(4_000);
        expect(mockRoom.pings).toHaveLength(1);
    });

    it("rejects with aborted after leaving", async () => {
        await room.leaveAsync();
        await expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "aborted" });
    });
});

describe("a connection that drops while the server keeps the member's place", () => {
    const resume = { id: "me", secret: "s3cret", seconds: 20 };
    let room: IServerRoom<{ mute: boolean }, IAsksOfTest>;
    let told: string[];
    let asked: unknown[];
    /** The server's response to a request to resume. */
    let answer: () => Promise<{ status: number; body: unknown }>;

    beforeEach(async () => {
        jest.useFakeTimers();
        told = [];
        asked = [];
        answer = async () => await Promise.resolve({ status: 200, body: { seat: {} } });
        jest.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
            asked.push([url, JSON.parse(init?.body as string)]);
            const { status, body } = await answer();
            return new Response(JSON.stringify(body), { status });
        });
        mockRoom = new FakeRoom({ resume });
        room = await openServerRoomAsync<object, { mute: boolean }, IAsksOfTest>({
            server: "http://localhost",
            type: "room",
            options: {},
            create: true,
            onMessage: ({ type }: { type: string }) => told.push(type),
            onAway: () => told.push("away"),
            onLost: ({ code }) => told.push(`lost: ${code}`),
        });
        told = [];
    });
    afterEach(async () => {
        await room.leaveAsync();
        expect(jest.getTimerCount()).toBe(0);
        jest.restoreAllMocks();
        jest.useRealTimers();
    });

    it("resumes with the welcome's secret, and receives a new welcome", async () => {
        const before = mockRoom;
        mockRoom = new FakeRoom({ resume });
        before.end(1006);
        expect(told).toEqual(["away"]);
        room.send("mute", true);
        await jest.advanceTimersByTimeAsync(0);
        expect(asked).toEqual([["http://localhost/resume", { room: "room id", id: "me", secret: "s3cret" }]]);
        expect(told).toEqual(["away", "welcome"]);
        room.send("mute", true);
        expect([before.sent, mockRoom.sent]).toEqual([[], [{ type: "mute", payload: true }]]);
        // Late messages of the old connection are ignored.
        before.say("message", {});
        before.end(1006);
        expect(told).toEqual(["away", "welcome"]);
    });

    it("releases the previous connection, although the seat is still referenced", async () => {
        setFlagsFromString("--expose-gc");
        const collect = runInNewContext("gc") as () => void;
        const before = new WeakRef(new FakeRoom({ resume }));
        const enterAsync = async (first: FakeRoom): Promise<[IServerRoom<object>, TakenSeat]> => {
            mockRoom = first;
            const seat = new TakenSeat("http://localhost", {} as ISeat);
            const entered = await openServerRoomAsync<object, object>({
                server: "http://localhost",
                type: "room",
                options: {},
                create: true,
                seat,
                onMessage: () => undefined,
                onLost: () => undefined,
            });
            mockRoom = new FakeRoom({ resume });
            first.end(1006);
            await jest.advanceTimersByTimeAsync(0);
            return [entered, seat];
        };
        const [entered, seat] = await enterAsync(before.deref() ?? new FakeRoom());
        // `deref` and the constructor of `WeakRef` keep the object alive until the current task ends.
        await new Promise((next) =>
            jest.requireActual<{ setImmediate(run: (value: unknown) => void): void }>("node:timers").setImmediate(next),
        );
        collect();
        expect(before.deref()).toBeUndefined();
        expect(seat.isOver).toBe(true);
        await entered.leaveAsync();
    });

    it("sends requests made meanwhile after its return, and rejects requests pending at the drop", async () => {
        const before = mockRoom;
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "serverUnreachable" });
        mockRoom = new FakeRoom({ resume });
        before.end(1006);
        await failed;
        const two = room.askAsync("double", { n: 2 });
        await jest.advanceTimersByTimeAsync(0);
        expect(mockRoom.sent.map(({ payload }) => payload.value)).toEqual([{ n: 2 }]);
        mockRoom.say("answer", { ask: mockRoom.sent[0]?.payload.ask, value: { n: 4 } });
        await expect(two).resolves.toEqual({ n: 4 });
    });

    it("retries while the server does not answer, and is lost when the server rejects it", async () => {
        answer = () => Promise.reject(new TypeError("fetch failed"));
        mockRoom.end(1006);
        await jest.advanceTimersByTimeAsync(30_000);
        expect(asked.length).toBeGreaterThan(20);
        expect(told).toEqual(["away"]);
        answer = async () => await Promise.resolve({ status: 404, body: { error: { code: "roomNotFound", message: "Nobody waits." } } });
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "serverUnreachable" });
        await jest.advanceTimersByTimeAsync(1_200);
        expect(told).toEqual(["away", "lost: serverUnreachable"]);
        await failed;
    });

    it.each([
        ["removed", "lost: removed"],
        ["duplicateIdentity", "lost: duplicateIdentity"],
        ["serverStopping", "away"],
    ])("handles the server's close reason %s", async (code, last) => {
        mockRoom.say("closed", { code });
        mockRoom.end(4100);
        expect(told).toEqual(["closed", last]);
        await room.leaveAsync();
    });

    it("closes a late attempt's connection without leaving, which would give up the place", async () => {
        const before = mockRoom;
        const late = new FakeRoom({ resume });
        late.isSilent = true;
        mockRoom = late;
        before.end(1006);
        await jest.advanceTimersByTimeAsync(0);
        const third = new FakeRoom({ resume });
        mockRoom = third;
        await jest.advanceTimersByTimeAsync(4_000);
        expect([late.left, late.closedWith]).toEqual([0, [4010]]);
        late.say("welcome", { resume });
        expect(told).toEqual(["away", "welcome"]);
        room.send("mute", true);
        expect(third.sent).toHaveLength(1);
    });

    it("detects a dead connection within 1.5 s after a probe, and then probes the other connections", async () => {
        const other = new FakeRoom({ resume });
        const mine = mockRoom;
        mockRoom = other;
        const beside = await openServerRoomAsync<object, object, IAsksOfTest>({
            server: "http://localhost",
            type: "rtc",
            options: {},
            create: true,
            onMessage: () => undefined,
            onAway: () => told.push("other away"),
            onLost: () => undefined,
        });
        answer = () => Promise.reject(new TypeError("fetch failed"));
        room.probe();
        await jest.advanceTimersByTimeAsync(1_500);
        expect(told).toEqual(["away"]);
        expect([mine.pings.length, other.pings.length]).toEqual([1, 1]);
        await jest.advanceTimersByTimeAsync(1_500);
        expect(told).toEqual(["away", "other away"]);
        await beside.leaveAsync();
    });

    it("detects a dead connection 4 s after a probe that is extended", async () => {
        answer = () => Promise.reject(new TypeError("fetch failed"));
        room.probe();
        room.extendProbe();
        await jest.advanceTimersByTimeAsync(3_999);
        expect(told).toEqual([]);
        await jest.advanceTimersByTimeAsync(1);
        expect(told).toEqual(["away"]);
    });

    it("requests its place once when Colyseus' client reports its own close at once", async () => {
        const before = mockRoom;
        mockRoom = new FakeRoom({ resume });
        await jest.advanceTimersByTimeAsync(16_000);
        expect(before.closedWith).toEqual([4010]);
        expect([asked.length, told]).toEqual([1, ["away", "welcome"]]);
    });

    it("stops reconnecting after leaving", async () => {
        answer = () => Promise.reject(new TypeError("fetch failed"));
        mockRoom.end(1006);
        await jest.advanceTimersByTimeAsync(5_000);
        await room.leaveAsync();
        const { length } = asked;
        await jest.advanceTimersByTimeAsync(30_000);
        expect([asked.length, told]).toEqual([length, ["away"]]);
    });
});

describe("the heartbeat", () => {
    let asked: (() => void)[];
    let silences: number;
    let heartbeat: Heartbeat;

    beforeEach(() => {
        jest.useFakeTimers();
        asked = [];
        silences = 0;
        heartbeat = new Heartbeat(
            (answered) => asked.push(answered),
            () => silences++,
        );
    });

    afterEach(() => {
        heartbeat.stop();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("asks every 4 s while answers arrive", () => {
        for (let i = 0; i < 10; i++) {
            jest.advanceTimersByTime(4_000);
            asked.at(-1)?.();
        }
        expect(asked).toHaveLength(10);
        expect(silences).toBe(0);
    });

    it("reports silence once after 12 s without an answer, and stops asking", () => {
        jest.advanceTimersByTime(4_000 + 11_999);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect(silences).toBe(1);
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([1, 1]);
    });

    it("accepts an answer within 12 s", () => {
        jest.advanceTimersByTime(4_000 + 11_000);
        asked[0]?.();
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("does not report silence when the page's timers are throttled", () => {
        jest.advanceTimersByTime(4_000);
        asked[0]?.();
        jest.setSystemTime(Date.now() + 60_000);
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("reports silence 1.5 s after a probe, and asks once for several probes", () => {
        heartbeat.probe();
        heartbeat.probe();
        expect(asked).toHaveLength(1);
        jest.advanceTimersByTime(1_499);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect(silences).toBe(1);
        heartbeat.probe();
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([1, 1]);
    });

    it("reports silence 4 s after a probe that is extended, however often, and does not start one by that", () => {
        heartbeat.extendProbe();
        expect(asked).toHaveLength(0);
        heartbeat.probe();
        for (let ms = 0; ms < 3_000; ms += 1_000) {
            jest.advanceTimersByTime(1_000);
            heartbeat.probe();
            heartbeat.extendProbe();
        }
        expect(asked).toHaveLength(1);
        jest.advanceTimersByTime(999);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect(silences).toBe(1);
        heartbeat.extendProbe();
        jest.advanceTimersByTime(60_000);
        expect(silences).toBe(1);
    });

    it("reports silence 1.5 s after a further probe while one is extended", () => {
        heartbeat.probe();
        heartbeat.extendProbe();
        jest.advanceTimersByTime(500);
        heartbeat.probe();
        jest.advanceTimersByTime(1_499);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect([silences, asked.length]).toEqual([1, 1]);
    });

    it.each([
        ["an answer", () => asked[0]?.()],
        ["any other message", () => heartbeat.heard()],
    ])("ends a probe after %s", (_what, come) => {
        heartbeat.probe();
        jest.advanceTimersByTime(1_000);
        come();
        jest.advanceTimersByTime(2_900);
        expect(silences).toBe(0);
    });

    it("asks nothing after it is stopped", () => {
        heartbeat.stop();
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([0, 0]);
    });
});
