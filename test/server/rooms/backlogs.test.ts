import { Backlogs } from "../../../server/src/rooms/backlogs.js";

/** A socket whose remote side answers a ping when the test calls `answer`. */
class FakeSocket {
    public readonly readyState = 1;
    public readonly OPEN = 1;
    public readonly asked: Buffer[] = [];
    private _listener: (data: Buffer) => void = () => undefined;

    public ping(data: Buffer): void {
        this.asked.push(data);
    }
    public on(_event: "pong", listener: (data: Buffer) => void): void {
        this._listener = listener;
    }
    public answer(data: Buffer | undefined = this.asked.at(-1)): void {
        if (data) {
            this._listener(data);
        }
    }
}

describe("the backlogs of a room", () => {
    let now: number;
    let backlogs: Backlogs<object>;
    let bob: object;
    let socket: FakeSocket;
    const kib = 1024;
    beforeEach(() => {
        now = 0;
        backlogs = new Backlogs(
            () => now,
            () => undefined,
        );
        bob = {};
        socket = new FakeSocket();
        backlogs.open(bob, socket);
    });
    /** Number of KiB that a sender can send until its backlog is full. */
    const sendAll = (from: string): number => {
        let sent = 0;
        for (; sent < 1000 && !backlogs.isFull(bob, from, kib); sent += 1) {
            backlogs.add(bob, from, kib);
        }
        return sent;
    };

    it("are full for a sender with many unread bytes, and for no other sender", () => {
        expect(sendAll("mallory")).toBeLessThan(20);
        expect(backlogs.isFull(bob, "mallory", kib)).toBe(true);
        expect(backlogs.isFull(bob, "alice", 60 * kib)).toBe(false);
        backlogs.add(bob, "alice", kib);
        expect(backlogs.isFull(bob, "alice", kib)).toBe(false);
    });

    it("send a ping at once if a small unconfirmed message would block a large one", () => {
        backlogs.add(bob, "alice", 100);
        expect(socket.asked).toHaveLength(0);
        expect(backlogs.isFull(bob, "alice", 64 * kib)).toBe(true);
        expect(socket.asked).toHaveLength(1);
        // Another check sends no further ping.
        backlogs.isFull(bob, "alice", 64 * kib);
        expect(socket.asked).toHaveLength(1);
        socket.answer();
        expect(backlogs.isFull(bob, "alice", 64 * kib)).toBe(false);
    });

    it("are limited in total, regardless of the number of senders", () => {
        let all = 0;
        for (let index = 0; index < 1000; index += 1) {
            all += sendAll(`guest ${index}`);
        }
        expect(all).toBeLessThan(300);
    });

    it("are emptied by an answer, and grow for a fast receiver", () => {
        const sizes: number[] = [];
        for (let round = 0; round < 8; round += 1) {
            sizes.push(sendAll("alice"));
            now += 10;
            socket.answer();
        }
        expect(sizes.at(-1)).toBeGreaterThan(4 * (sizes[0] ?? Infinity));
        expect(backlogs.waitingFor(bob)).toBeLessThanOrEqual(5 * kib);
    });

    it("shrink for a slow receiver, to what it reads in two seconds", () => {
        const sizes: number[] = [];
        for (let round = 0; round < 8; round += 1) {
            sizes.push(sendAll("alice"));
            now += 3000;
            socket.answer();
        }
        expect(sizes.at(-1)).toBeLessThanOrEqual(4);
        expect(sizes.at(-1)).toBeGreaterThan(0);
    });

    it("count small messages with their overhead", () => {
        let count = 0;
        for (; count < 10_000 && !backlogs.isFull(bob, "mallory", 10); count += 1) {
            backlogs.add(bob, "mallory", 10);
        }
        expect(count).toBeLessThan(100);
    });

    it("ignore an answer without a matching ping", () => {
        sendAll("mallory");
        for (const word of [Buffer.alloc(8), Buffer.alloc(0), Buffer.from("12345678")]) {
            socket.answer(word);
        }
        expect(backlogs.isFull(bob, "mallory", kib)).toBe(true);
        const [first] = socket.asked;
        socket.answer(first);
        socket.answer(first);
        expect(backlogs.waitingFor(bob)).toBeGreaterThan(5 * kib);
    });

    it("are never full for a socket that cannot be pinged", () => {
        const other = {};
        backlogs.open(other, {});
        backlogs.add(other, "mallory", 10 * 1024 * kib);
        expect(backlogs.isFull(other, "mallory", kib)).toBe(false);
    });
});
