import { UnsentBudget } from "../../../server/src/util/unsentBudget.js";

class FakeSocket {
    public bufferedAmount = 0;
    public readonly _socket = { _handle: { writeQueueSize: 0 } };
}

describe("the budget of unsent bytes", () => {
    let budget: UnsentBudget;
    let ended: string[];
    beforeEach(() => {
        jest.useFakeTimers({ now: 0 });
        budget = new UnsentBudget({ total: 1000, perAddress: 600, perUser: 300 }, Date.now);
        ended = [];
    });
    afterEach(() => {
        jest.useRealTimers();
    });
    const open = (name: string, user: string, address: string): FakeSocket => {
        const socket = new FakeSocket();
        budget.add(socket, { user, address, end: () => ended.push(name) });
        return socket;
    };
    const queue = (socket: FakeSocket, bytes: number): void => {
        socket.bufferedAmount += bytes;
        budget.sent(socket);
    };

    it("closes the connection with the largest queue of a user, of an address, and in total, above the limit", () => {
        const sockets = [open("a1", "a", "one"), open("a2", "a", "two")];
        sockets.forEach((socket, index) => queue(socket, 140 + index));
        expect(ended).toEqual([]);
        queue(sockets[0] ?? new FakeSocket(), 50);
        expect(ended).toEqual(["a1"]);

        const many = [open("b", "b", "two"), open("c", "c", "two"), open("d", "d", "two")];
        many.forEach((socket, index) => queue(socket, 180 + index));
        expect(ended).toEqual(["a1", "d"]);

        const more = [open("e", "e", "three"), open("f", "f", "four"), open("g", "g", "five")];
        more.forEach((socket, index) => queue(socket, 200 + index));
        expect(ended).toEqual(["a1", "d", "g"]);
        expect(budget.total).toBeLessThanOrEqual(1000);
    });

    it("ends a queue that has sent nothing for 5 s, but not a slow one", async () => {
        const stuck = open("stuck", "a", "one");
        const slow = open("slow", "b", "one");
        queue(stuck, 100);
        queue(slow, 100);
        stuck._socket._handle.writeQueueSize = 100;
        for (let second = 0; second < 20; second += 1) {
            // Node writes the whole queue at once. Until that write is complete, only `writeQueueSize` shows its progress.
            slow._socket._handle.writeQueueSize = 100 - second;
            await jest.advanceTimersByTimeAsync(1000);
            expect(ended).toEqual(second < 5 ? [] : ["stuck"]);
        }
    });

    it("does not end a queue that is emptied again and again", async () => {
        const socket = open("a", "a", "one");
        for (let second = 0; second < 20; second += 1) {
            queue(socket, 200);
            await jest.advanceTimersByTimeAsync(600);
            socket.bufferedAmount = 0;
            await jest.advanceTimersByTimeAsync(600);
        }
        expect(ended).toEqual([]);
    });

    it("forgets a removed socket, and stops its timer", () => {
        const socket = open("a", "a", "one");
        queue(socket, 200);
        budget.remove(socket);
        budget.remove(socket);
        expect(budget.total).toBe(0);
        expect(jest.getTimerCount()).toBe(0);
    });
});
