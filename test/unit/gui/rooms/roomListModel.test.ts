import { RtcError } from "../../../../src/index.js";
import type { IRoomList, IRoomSummary } from "../../../../src/index.js";
import { RoomListModel } from "../../../../src/gui/rooms/roomListModel.js";
import type { IListedRooms } from "../../../../src/gui/rooms/roomListModel.js";

const room = (id: string): IRoomSummary => ({
    id,
    name: id,
    memberCount: 1,
    maxMembers: 16,
    locked: false,
    hasPassword: false,
    policy: "everyone",
    description: "",
});

/** A room service that answers with two pages, unless a failure is set. */
class Lister {
    public readonly asked: (string | undefined)[] = [];
    public readonly signals: AbortSignal[] = [];
    public failure: Error | null = null;

    public async listAsync({ cursor, signal }: { readonly cursor?: string; readonly signal?: AbortSignal } = {}): Promise<IRoomList> {
        this.asked.push(cursor);
        if (signal) {
            this.signals.push(signal);
        }
        if (this.failure) {
            return Promise.reject(this.failure);
        }
        return Promise.resolve(cursor === undefined ? { rooms: [room("a"), room("b")], next: "c" } : { rooms: [room("b"), room("c")] });
    }
}

describe("RoomListModel", () => {
    let lister: Lister;
    let directory: RoomListModel;
    let known: IListedRooms;

    const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

    beforeEach(() => {
        jest.useFakeTimers();
        lister = new Lister();
        directory = new RoomListModel(lister, 8_000);
        directory.directory$.subscribe((now) => (known = now));
    });

    afterEach(() => {
        directory.dispose();
        jest.useRealTimers();
    });

    it("polls the server only while shown, and leaves no timer", async () => {
        await pass(60_000);
        expect(lister.asked).toEqual([]);
        directory.refresh();
        expect(lister.asked).toEqual([]);
        expect(known.state).toBe("loading");
        directory.shown = true;
        await pass(0);
        expect(known).toMatchObject({ state: "ready", hasMore: true });
        await pass(16_000);
        expect(lister.asked).toHaveLength(3);
        directory.shown = false;
        expect(jest.getTimerCount()).toBe(0);
        await pass(60_000);
        expect(lister.asked).toHaveLength(3);
    });

    it("refreshes at once on request, and restarts the poll interval", async () => {
        directory.shown = true;
        await pass(7_000);
        directory.refresh();
        await pass(7_000);
        expect(lister.asked).toHaveLength(2);
        await pass(1_000);
        expect(lister.asked).toHaveLength(3);
    });

    it("adds a page on request, lists each room once, and keeps the page on later polls", async () => {
        directory.shown = true;
        await pass(0);
        directory.more();
        await pass(0);
        expect(known.rooms.map(({ id }) => id)).toEqual(["a", "b", "c"]);
        expect(known.hasMore).toBe(false);
        await pass(8_000);
        expect(lister.asked).toEqual([undefined, undefined, "c", undefined, "c"]);
    });

    it("keeps its rooms if the server fails, exposes the error, and recovers by itself", async () => {
        directory.shown = true;
        await pass(0);
        lister.failure = new RtcError("serverUnreachable", "No answer.");
        await pass(8_000);
        expect(known).toMatchObject({ state: "failed", error: { code: "serverUnreachable" } });
        expect(known.rooms).toHaveLength(2);
        lister.failure = null;
        await pass(8_000);
        expect(known).toMatchObject({ state: "ready", error: null });
    });

    it("cancels the pending request when hidden", async () => {
        directory.shown = true;
        expect(lister.signals.map(({ aborted }) => aborted)).toEqual([false]);
        directory.shown = false;
        expect(lister.signals.map(({ aborted }) => aborted)).toEqual([true]);
        await pass(0);
        expect(known.state).toBe("loading");
    });
});
