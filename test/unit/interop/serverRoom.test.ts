import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Heartbeat, openServerRoomAsync, TakenSeat } from "../../../src/interop/serverRoom.js";
import type { IServerRoom } from "../../../src/interop/serverRoom.js";
import type { ISeat } from "../../../protocol/wire.js";

interface IAsksOfTest {
    double: [{ n: number }, { n: number }];
}

/** The part of Colyseus' room that is used. */
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
                // Immediately, like Colyseus' client.
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
        // The server's welcome arrives once a listener exists.
        void Promise.resolve().then(() => this.isSilent || callback("welcome", this._welcome));
    }
    public onError(): void {
        // Nothing to do.
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

let mockRoom: FakeRoom;
/** Error of the attempt to enter; null = the attempt succeeds. */
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

describe("an attempt to enter", () => {
    afterEach(() => (mockFailure = null));

    it.each([
        ["where another server answers", { status: 404 }, "is not a babylon-rtc-server"],
        ["where nothing answers", { code: "ECONNREFUSED" }, "No answer from http://localhost:5173."],
        ["behind a proxy", { status: 502 }, "No answer from http://localhost:5173."],
        ["where our own server refuses", { status: 404, message: "roomNotFound" }, "This room does not exist."],
    ])("says so %s", async (_, failure, sentence) => {
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

    it("gets the answer that carries its number, in whatever order answers come", async () => {
        const one = room.askAsync("double", { n: 1 });
        const two = room.askAsync("double", { n: 2 });
        const [first, second] = mockRoom.sent.map(({ payload }) => payload);
        mockRoom.say("answer", { ask: second?.ask, value: { n: 4 } });
        mockRoom.say("answer", { ask: first?.ask, value: { n: 2 } });
        await expect(Promise.all([one, two])).resolves.toEqual([{ n: 2 }, { n: 4 }]);
    });

    it("rejects with the server's refusal", async () => {
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
        ["we leave", () => room.leaveAsync()],
        ["the connection ends", async () => mockRoom.end(1006)],
    ])("rejects with aborted when %s meanwhile", async (_how, end) => {
        const failed = expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "aborted" });
        await end();
        await failed;
    });

    it("is lost with serverUnreachable, once, when the server is silent for 12 s", async () => {
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

    it("keeps one heartbeat when a faulty server says welcome twice", () => {
        mockRoom.say("welcome", {});
        jest.advanceTimersByTime(4_000);
        expect(mockRoom.pings).toHaveLength(1);
    });

    it("rejects with aborted after the end", async () => {
        await room.leaveAsync();
        await expect(room.askAsync("double", { n: 1 })).rejects.toMatchObject({ code: "aborted" });
    });
});

describe("a connection that drops where the server keeps our place", () => {
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

    it("comes back by the secret of the welcome, and is told everything anew", async () => {
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

    it("lets go of the connection before, though the app's seat lasts as long as the stay", async () => {
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
        // `deref` keeps the object alive until the next task.
        await new Promise((next) =>
            jest.requireActual<{ setImmediate(run: (value: unknown) => void): void }>("node:timers").setImmediate(next),
        );
        collect();
        expect(before.deref()).toBeUndefined();
        expect(seat.isOver).toBe(true);
        await entered.leaveAsync();
    });

    it("asks after its return what was asked meanwhile, and refuses what was on its way when it dropped", async () => {
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

    it("goes on trying while the server does not answer, and is lost when it refuses", async () => {
        answer = () => Promise.reject(new TypeError("fetch failed"));
        mockRoom.end(1006);
        await jest.advanceTimersByTimeAsync(30_000);
        expect(asked.length).toBeGreaterThan(20);
        expect(told).toEqual(["away"]);
        answer = async () => await Promise.resolve({ status: 404, body: { error: { code: "roomNotFound", message: "Nobody waits." } } });
        await jest.advanceTimersByTimeAsync(1_200);
        expect(told).toEqual(["away", "lost: serverUnreachable"]);
    });

    it.each([
        ["removed", "lost: removed"],
        ["duplicateIdentity", "lost: duplicateIdentity"],
        ["serverStopping", "away"],
    ])("does as the server says that ends it for %s", async (code, last) => {
        mockRoom.say("closed", { code });
        mockRoom.end(4100);
        expect(told).toEqual(["closed", last]);
        await room.leaveAsync();
    });

    it("is not left by an attempt that took too long: that would be the end of our place", async () => {
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

    it("notices within 1.5 s that nobody is there, if asked to look, and has the other connections looked at, too", async () => {
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

    it("asks for its place once, though Colyseus' client tells of its own close at once", async () => {
        const before = mockRoom;
        mockRoom = new FakeRoom({ resume });
        await jest.advanceTimersByTimeAsync(16_000);
        expect(before.closedWith).toEqual([4010]);
        expect([asked.length, told]).toEqual([1, ["away", "welcome"]]);
    });

    it("comes back no longer once it is left", async () => {
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

    it("asks every 4 s while answers come", () => {
        for (let i = 0; i < 10; i++) {
            jest.advanceTimersByTime(4_000);
            asked.at(-1)?.();
        }
        expect(asked).toHaveLength(10);
        expect(silences).toBe(0);
    });

    it("takes 12 s without an answer for silence, tells it once, and asks no more", () => {
        jest.advanceTimersByTime(4_000 + 11_999);
        expect(silences).toBe(0);
        jest.advanceTimersByTime(1);
        expect(silences).toBe(1);
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([1, 1]);
    });

    it("forgives an answer that comes late", () => {
        jest.advanceTimersByTime(4_000 + 11_000);
        asked[0]?.();
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("does not take a page whose timers are slowed down for silence", () => {
        jest.advanceTimersByTime(4_000);
        asked[0]?.();
        jest.setSystemTime(Date.now() + 60_000);
        jest.advanceTimersByTime(4_000);
        expect([silences, asked.length]).toEqual([0, 2]);
    });

    it("takes 1.5 s for silence where there is doubt, and asks once however great the doubt", () => {
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

    it.each([
        ["an answer", () => asked[0]?.()],
        ["anything else that comes", () => heartbeat.heard()],
    ])("has no doubt after %s", (_what, come) => {
        heartbeat.probe();
        jest.advanceTimersByTime(1_000);
        come();
        jest.advanceTimersByTime(2_900);
        expect(silences).toBe(0);
    });

    it("asks nothing once it is stopped", () => {
        heartbeat.stop();
        jest.advanceTimersByTime(60_000);
        expect([silences, asked.length]).toEqual([0, 0]);
    });
});
