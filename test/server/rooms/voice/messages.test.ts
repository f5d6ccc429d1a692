import { setTimeout as delay } from "node:timers/promises";
import { askAsync, enterBothAsync, quieten } from "../../clients";
import { startServerAsync } from "../../harness";
import type { IRtcServerMessages } from "../../../../protocol/wire.js";
import type { IVoice } from "../../clients";
import type { IStartedServer } from "../../harness";

jest.setTimeout(60_000);

type Message = IRtcServerMessages["message"];

const messageCount = 10_000;

describe("messages", () => {
    let server: IStartedServer;
    let alice: IVoice;
    let bob: IVoice;
    let carol: IVoice;
    let rooms = 0;

    beforeAll(async () => {
        quieten();
        server = await startServerAsync();
    });
    afterAll(async () => expect(await server.closeAsync()).toBe(0));
    beforeEach(async () => {
        const room = `messages ${(rooms += 1)}`;
        const voices = [];
        for (const name of ["Alice", "Bob", "Carol"]) {
            voices.push((await enterBothAsync(server.url, room, name)).voice);
        }
        [alice, bob, carol] = voices as [IVoice, IVoice, IVoice];
    });
    afterEach(() => Promise.all([alice, bob, carol].map(async ({ room }) => room.connection.isOpen && (await room.leave()))));

    const messagesOf = ({ inbox }: IVoice): Message[] =>
        inbox.all.filter(({ type }) => type === "message").map(({ message }) => message as Message);
    /** Waits until everything sent to Bob and Carol so far has arrived. */
    const settledAsync = async (): Promise<void> => {
        await askAsync(alice, "send", { data: "the last" });
        await Promise.all([bob, carol].map(({ inbox }) => inbox.firstAsync<Message>("message", ({ data }) => data === "the last")));
    };

    it("reach the room or one user, as text or binary, with the sender that the server sets", async () => {
        const bytes = Buffer.from([0, 1, 127, 128, 255]);
        const first = (await askAsync(alice, "send", { data: "to everybody" })) as { id: number };
        const second = (await askAsync(bob, "send", { data: bytes, to: carol.id })) as { id: number };
        expect(second.id).toBeGreaterThan(first.id);
        await settledAsync();
        expect(messagesOf(alice)).toEqual([]);
        expect(messagesOf(bob)).toMatchObject([{ id: first.id, from: alice.id, direct: false, data: "to everybody" }, {}]);
        expect(messagesOf(carol)).toMatchObject([{ id: first.id }, { id: second.id, from: bob.id, direct: true }, {}]);
        expect(Buffer.from(messagesOf(carol)[1]?.data as Uint8Array)).toEqual(bytes);
    });

    it("of 65,536 bytes arrive intact; larger ones are rejected, and above 128 KiB the connection is closed", async () => {
        const bytes = Buffer.from(Array.from({ length: 65_536 }, (_, index) => (index * 7919) % 256));
        expect(await askAsync(alice, "send", { data: bytes })).toMatchObject({ id: expect.any(Number) as number });
        expect(await askAsync(alice, "send", { data: "ü".repeat(32_768) })).toMatchObject({ id: expect.any(Number) as number });
        await settledAsync();
        const [first, second] = messagesOf(carol);
        expect(Buffer.compare(Buffer.from(first?.data as Uint8Array), bytes)).toBe(0);
        expect(second?.data === "ü".repeat(32_768)).toBe(true);

        for (const data of [Buffer.alloc(65_537), "ü".repeat(32_768) + ".", Buffer.alloc(131_072)]) {
            expect(await askAsync(alice, "send", { data })).toMatchObject({ code: "tooLarge" });
        }
        // No member was disconnected, in particular not the sender.
        await settledAsync();
        carol.room.send("send", { ask: 1, value: { data: Buffer.alloc(140_000) } });
        expect(await carol.left).toBe(1009);
        await alice.inbox.firstAsync("peerLeft");
        expect(await askAsync(alice, "send", { data: "the others go on", to: bob.id })).toMatchObject({ id: expect.any(Number) as number });
    });

    it("have increasing ids, and a failed send returns an error code", async () => {
        const ids: number[] = [];
        for (const sender of [alice, bob, alice, carol]) {
            ids.push(((await askAsync(sender, "send", { data: "x" })) as { id: number }).id);
        }
        expect(ids).toEqual([...ids].sort((a, b) => a - b));
        expect(new Set(ids).size).toBe(4);
        expect(await askAsync(alice, "send", { data: "x", to: "nobody" })).toMatchObject({ code: "memberNotFound" });
        for (const value of [null, {}, { data: 5 }, { data: ["x"] }, { data: "x", to: 7 }, { data: "x", to: alice.id }]) {
            expect(await askAsync(alice, "send", value)).toMatchObject({ code: "invalidRequest" });
        }
        alice.room.send("send", "nonsense");
        await alice.inbox.firstAsync("refused", ({ code }: { code: string }) => code === "invalidRequest");
    });

    it("are sent with the true id: a forged sender is dropped", async () => {
        await askAsync(bob, "send", { data: "from Alice, honestly", from: alice.id, id: 1e9, direct: true });
        bob.room.send("send", { ask: 1, from: alice.id, value: { data: "me too", from: alice.id } });
        bob.room.send("message", { id: 1, from: alice.id, direct: false, data: "and I" });
        await bob.inbox.firstAsync("refused");
        await settledAsync();
        const heard = messagesOf(carol).slice(0, -1);
        expect(heard.map(({ from, direct, data }) => ({ from, direct, data }))).toEqual([
            { from: bob.id, direct: false, data: "from Alice, honestly" },
            { from: bob.id, direct: false, data: "me too" },
        ]);
        expect(Math.max(...heard.map(({ id }) => id))).toBeLessThan(1e9);
    });

    it("do not pass between two members after a block, and other members receive both", async () => {
        await askAsync(bob, "block", { id: alice.id, blocked: true });
        expect(await askAsync(alice, "send", { data: "x", to: bob.id })).toMatchObject({ code: "memberNotFound" });
        expect(await askAsync(bob, "send", { data: "x", to: alice.id })).toMatchObject({ code: "memberNotFound" });
        await askAsync(alice, "send", { data: "from Alice" });
        await askAsync(bob, "send", { data: "from Bob" });
        await carol.inbox.firstAsync<Message>("message", ({ data }) => data === "from Bob");
        expect(messagesOf(carol).map(({ data }) => data)).toEqual(["from Alice", "from Bob"]);
        await askAsync(carol, "send", { data: "the last" });
        await Promise.all([alice, bob].map(({ inbox }) => inbox.firstAsync<Message>("message", ({ data }) => data === "the last")));
        expect([alice, bob].map((voice) => messagesOf(voice).map(({ data }) => data))).toEqual([["the last"], ["the last"]]);
    });

    it("to a member who has left the RTC room are rejected with memberNotFound", async () => {
        await bob.room.leave();
        await alice.inbox.firstAsync("peerLeft");
        expect(await askAsync(alice, "send", { data: "x", to: bob.id })).toMatchObject({ code: "memberNotFound" });
    });

    it(`arrive in order and completely when a client sends ${messageCount} and waits for answers`, async () => {
        let next = 0;
        const answers: number[] = [];
        const refusals: unknown[] = [];
        const send = (): void => alice.room.send("send", { ask: next, value: { data: `${next++}` } });
        alice.room.onMessage("answer", ({ value, refused }: { value?: { id: number }; refused?: unknown }) => {
            if (value) {
                answers.push(value.id);
            } else {
                refusals.push(refused);
            }
            if (next < messageCount) {
                send();
            }
        });
        // An `Inbox` would search all messages on each arrival.
        const heard = [bob, carol].map(({ room }) => {
            const got: Message[] = [];
            return new Promise<Message[]>((resolve) =>
                room.onMessage("message", (message: Message) => got.push(message) === messageCount && resolve(got)),
            );
        });
        for (let index = 0; index < 128; index += 1) {
            send();
        }
        const gone = [alice, bob, carol].map(async ({ left }, index) => {
            throw new Error(
                `Voice ${index} was closed with ${await left}, after ${answers.length} answers and ${refusals.length} refusals.`,
            );
        });
        for (const got of await Promise.race([Promise.all(heard), ...gone])) {
            expect(got.map(({ data }) => data)).toEqual(Array.from({ length: messageCount }, (_, index) => `${index}`));
            expect(got.every(({ id }, index) => index === 0 || id > (got[index - 1]?.id ?? Infinity))).toBe(true);
        }
        expect(refusals).toEqual([]);
        expect(answers).toEqual([...answers].sort((a, b) => a - b));
    });

    it("are rate-limited for a sender that does not wait for answers, without delaying other senders", async () => {
        const times: number[] = [];
        for (let round = 0; round < 20; round += 1) {
            for (let index = 0; index < 80; index += 1) {
                bob.room.send("send", { ask: index, value: { data: "flood".repeat(1000) } });
            }
            const begun = performance.now();
            expect(await askAsync(alice, "send", { data: `round ${round}`, to: carol.id })).toMatchObject({
                id: expect.any(Number) as number,
            });
            times.push(performance.now() - begun);
            await delay(40);
        }
        expect(bob.inbox.all.some(({ message }) => (message as { refused?: { code: string } }).refused?.code === "rateLimited")).toBe(true);
        expect(times.sort((a, b) => a - b)[10]).toBeLessThan(1000);
        expect((await fetch(`${server.url}/health`)).status).toBe(200);
    });
});
