import { MessageRelay } from "../../../../server/src/rooms/voice/messageRelay.js";
import type { IRtcServerMessages } from "../../../../protocol/wire.js";

interface IPeer {
    readonly id: string;
    /** Ids of the senders whose backlog for this peer is full. */
    readonly full: Set<string>;
    readonly got: IRtcServerMessages["message"][];
}

describe("MessageRelay", () => {
    let peers: Map<string, IPeer>;
    let blocked: string[];
    let relay: MessageRelay<IPeer>;

    const peer = (id: string): IPeer => {
        const found = peers.get(id);
        if (!found) {
            throw new Error(`no ${id}`);
        }
        return found;
    };
    const textsOf = (id: string): unknown[] => peer(id).got.map(({ data }) => data);

    beforeEach(() => {
        jest.useFakeTimers({ now: 0 });
        peers = new Map(["alice", "bob", "carol"].map((id) => [id, { id, full: new Set<string>(), got: [] }]));
        blocked = [];
        relay = new MessageRelay<IPeer>({
            peers,
            now: Date.now,
            isBlocked: (a, b) => blocked.includes(`${a} ${b}`),
            isFull: (from, { full }) => full.has(from.id),
            deliver: (to, message) => to.forEach(({ got }) => got.push(message)),
        });
    });
    afterEach(() => {
        relay.dispose();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("delivers to all others or to one member, with increasing ids and the sender's true id", async () => {
        expect(await relay.sendAsync(peer("alice"), { data: "all", from: "carol", id: 99 })).toEqual({ id: 1 });
        expect(await relay.sendAsync(peer("bob"), { data: "one", to: "carol" })).toEqual({ id: 2 });
        expect(peer("alice").got).toEqual([]);
        expect(peer("bob").got).toEqual([{ id: 1, from: "alice", direct: false, data: "all" }]);
        expect(peer("carol").got).toEqual([
            { id: 1, from: "alice", direct: false, data: "all" },
            { id: 2, from: "bob", direct: true, data: "one" },
        ]);
    });

    it.each([
        ["a value that is not an object", 5],
        ["a message without data", {}],
        ["data that is neither text nor bytes", { data: { a: 1 } }],
        ["a typed array that is not bytes", { data: new Float32Array(2) }],
        ["a receiver that is not an id", { data: "x", to: 5 }],
        ["the sender as the receiver", { data: "x", to: "alice" }],
    ])("rejects %s", async (_what, value) => {
        await expect(relay.sendAsync(peer("alice"), value)).rejects.toMatchObject({ reason: "invalidRequest" });
        expect(textsOf("bob")).toEqual([]);
    });

    it("rejects data above 65,536 bytes, counted in UTF-8", async () => {
        await relay.sendAsync(peer("alice"), { data: "ä".repeat(32_768) });
        await relay.sendAsync(peer("alice"), { data: new Uint8Array(65_536) });
        await expect(relay.sendAsync(peer("alice"), { data: "ä".repeat(32_768) + "." })).rejects.toMatchObject({ reason: "tooLarge" });
        await expect(relay.sendAsync(peer("alice"), { data: new Uint8Array(65_537) })).rejects.toMatchObject({ reason: "tooLarge" });
        expect(peer("bob").got).toHaveLength(2);
    });

    it("delivers nothing between two members with a block, in either direction", async () => {
        blocked = ["alice bob", "bob alice"];
        await relay.sendAsync(peer("alice"), { data: "to all" });
        await relay.sendAsync(peer("bob"), { data: "to all as well" });
        await expect(relay.sendAsync(peer("alice"), { data: "x", to: "bob" })).rejects.toMatchObject({ reason: "memberNotFound" });
        await expect(relay.sendAsync(peer("alice"), { data: "x", to: "nobody" })).rejects.toMatchObject({ reason: "memberNotFound" });
        expect([textsOf("alice"), textsOf("bob"), textsOf("carol")]).toEqual([[], [], ["to all", "to all as well"]]);
    });

    it("delays a sender above the rate limit, without loss, and rejects more than 256 unanswered messages", async () => {
        const all = Array.from({ length: 600 }, (_, index) => `${index}`);
        let next = 0;
        // At most 32 messages are unanswered at a time. The babylon-rtc client has such a limit, too.
        const sending = Array.from({ length: 32 }, async () => {
            for (let index = next++; index < all.length; index = next++) {
                await relay.sendAsync(peer("alice"), { data: all[index] });
            }
        });
        await jest.advanceTimersByTimeAsync(20);
        expect(peer("bob").got.length).toBeLessThan(530);
        await jest.advanceTimersByTimeAsync(150);
        await Promise.all(sending);
        expect(textsOf("bob")).toEqual(all);

        peer("bob").full.add("alice");
        const flood = Array.from({ length: 300 }, () => relay.sendAsync(peer("alice"), { data: "flood" }));
        const refused = await Promise.allSettled(flood.slice(256));
        expect(refused.every((each) => each.status === "rejected")).toBe(true);
        await Promise.all([jest.advanceTimersByTimeAsync(6000), ...flood.slice(0, 256)]);
    });

    it("delays a sender with a slow receiver for up to 5 s, and no other sender", async () => {
        peer("bob").full.add("alice");
        const held = relay.sendAsync(peer("alice"), { data: "to all" });
        await relay.sendAsync(peer("carol"), { data: "to Alice", to: "alice" });
        const others = relay.sendAsync(peer("carol"), { data: "from Carol" });
        await jest.advanceTimersByTimeAsync(10);
        await others;
        expect(textsOf("bob")).toEqual(["from Carol"]);
        await jest.advanceTimersByTimeAsync(4900);
        expect(textsOf("carol")).toEqual([]);
        peer("bob").full.clear();
        await jest.advanceTimersByTimeAsync(10);
        await held;
        expect(textsOf("bob")).toEqual(["from Carol", "to all"]);
        expect(textsOf("carol")).toEqual(["to all"]);
    });

    it("drops messages of one sender for a slow receiver after 5 s, and no other messages", async () => {
        peer("bob").full.add("alice");
        const first = relay.sendAsync(peer("alice"), { data: "1" });
        await jest.advanceTimersByTimeAsync(5010);
        await first;
        // The relay waits for Bob once, not for each message.
        await relay.sendAsync(peer("alice"), { data: "2" });
        await expect(relay.sendAsync(peer("alice"), { data: "direct", to: "bob" })).rejects.toMatchObject({ reason: "rateLimited" });
        await relay.sendAsync(peer("carol"), { data: "3" });
        peer("bob").full.clear();
        await relay.sendAsync(peer("alice"), { data: "4" });
        expect(textsOf("bob")).toEqual(["3", "4"]);
        expect(textsOf("carol")).toEqual(["1", "2", "4"]);
        // Bob has caught up, so the relay waits for him again.
        peer("bob").full.add("alice");
        const held = relay.sendAsync(peer("alice"), { data: "5" });
        await jest.advanceTimersByTimeAsync(4000);
        expect(textsOf("carol")).toEqual(["1", "2", "4"]);
        await jest.advanceTimersByTimeAsync(1010);
        await held;
    });

    it("serves senders in turn when the room exceeds its rate", async () => {
        const crowd = Array.from({ length: 200 }, (_, index) => ({ id: `crowd ${index}`, full: new Set<string>(), got: [] }));
        crowd.forEach((each) => peers.set(each.id, each));
        const floods = crowd
            .slice(0, 20)
            .flatMap((each) => Array.from({ length: 50 }, () => relay.sendAsync(each, { data: "flood" }).catch(() => undefined)));
        const honest = relay.sendAsync(peer("alice"), { data: "honest" });
        const before = peer("bob").got.length;
        await jest.advanceTimersByTimeAsync(500);
        await honest;
        // Each of the twenty flooding senders had at most two turns before the honest message.
        expect(textsOf("bob").indexOf("honest") - before).toBeLessThanOrEqual(40);
        await jest.advanceTimersByTimeAsync(30_000);
        await Promise.all(floods);
    });

    it("drops the queued messages of a sender who has left", async () => {
        peer("bob").full.add("alice");
        const sending = expect(relay.sendAsync(peer("alice"), { data: "x" })).rejects.toMatchObject({ reason: "removed" });
        relay.forget(peer("alice"));
        await sending;
        await jest.advanceTimersByTimeAsync(6000);
        expect(textsOf("carol")).toEqual([]);
    });
});
