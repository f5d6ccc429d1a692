import { ServerIdentity } from "../../../src/room/serverIdentity.js";
import type { IKeptGuest, ITabRecord } from "../../../src/interop/tabMemory.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("ServerIdentity", () => {
    const { fetch } = globalThis;
    const now = Date.UTC(2030, 0, 1);
    let minted: { name: string; key: string }[];
    /** Creates the part of the server's response that gives the end of a guest's lifetime. */
    let life: () => object;

    beforeEach(() => {
        jest.useFakeTimers({ now, doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        minted = [];
        life = () => ({ expiresAt: Date.now() + 600_000, expiresInMs: 600_000 });
        globalThis.fetch = async (_, init) => {
            minted.push(JSON.parse(init?.body as string) as { name: string; key: string });
            return new Response(JSON.stringify({ identity: `guest-${minted.length}`, ...life() }));
        };
    });

    afterEach(() => {
        globalThis.fetch = fetch;
        jest.useRealTimers();
    });

    it.each(["\u200B\u200B", "\u3164", " ", ""])("rejects the invisible name %j, unless the app passes a token", (name) => {
        expect(thrownBy(() => new ServerIdentity("https://s", { name }))).toMatchObject({
            code: "invalidArgument",
            message: expect.stringContaining("at least one of them visible") as string,
        });
        expect(() => new ServerIdentity("https://s", { name, token: "own" })).not.toThrow();
    });

    it("uses the app's own token, without a request to the server", async () => {
        await expect(new ServerIdentity("https://s", { name: "Me", token: "own" }).tokenAsync()).resolves.toBe("own");
        expect(minted).toHaveLength(0);
    });

    it("creates a guest with the user's name, once", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        expect([await identity.tokenAsync(), await identity.tokenAsync()]).toEqual(["guest-1", "guest-1"]);
        expect(minted).toEqual([{ name: "Me", key: expect.stringMatching(/^[0-9a-f]{40}$/) as string }]);
    });

    it("uses the guest renamed by the server, and the new name for a new guest", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await identity.tokenAsync();
        identity.rename({ identity: "renamed", user: { id: "me", name: "You" }, expiresAt: now + 600_000, expiresInMs: 600_000 });
        expect(await identity.tokenAsync()).toBe("renamed");
        const refused = new RtcError("unauthorized", "Unknown.");
        await identity.useAsync((token) => (token === "renamed" ? Promise.reject(refused) : Promise.resolve()));
        await identity.introduceAsync(async () => ({}));
        expect(minted.map(({ name }) => name)).toEqual(["Me", "You"]);
    });

    describe("with a tab memory", () => {
        const kept: IKeptGuest = { identity: "kept", wanted: "Me", name: "You", until: now + 540_000 };
        const memoryOf = (guest?: IKeptGuest): { claimAsync(): Promise<ITabRecord>; change: jest.Mock<undefined, [ITabRecord]> } => ({
            claimAsync: async () => await Promise.resolve({ guest }),
            change: jest.fn<undefined, [ITabRecord]>(),
        });

        it("reuses the remembered guest, and the guest's name after expiry", async () => {
            const identity = new ServerIdentity("https://s", { name: "Me" }, memoryOf(kept));
            expect(await identity.tokenAsync()).toBe("kept");
            const claims: object[] = [];
            await identity.introduceAsync(async (claim) => {
                claims.push(claim);
                return await Promise.resolve({});
            });
            expect(claims).toEqual([{ identity: "kept" }]);
            expect(minted).toEqual([]);
            // After that guest has expired, a new guest with the same name is created.
            jest.advanceTimersByTime(540_001);
            expect(await identity.tokenAsync()).toBe("guest-1");
            expect(minted).toMatchObject([{ name: "You" }]);
        });

        it.each([
            ["the app asks for another name", { ...kept, wanted: "Somebody" }],
            ["the guest has expired", { ...kept, until: now - 1 }],
            ["no guest is remembered", undefined],
        ])("creates and remembers a new guest when %s", async (_, guest) => {
            const memory = memoryOf(guest);
            expect(await new ServerIdentity("https://s", { name: "Me" }, memory).tokenAsync()).toBe("guest-1");
            expect(memory.change.mock.calls).toMatchObject([[{ guest: { identity: "guest-1", wanted: "Me", until: now + 540_000 } }]]);
        });

        it("creates a new guest with the same key when the server rejects the remembered guest", async () => {
            const key = "k".repeat(40);
            const memory = memoryOf({ ...kept, key });
            const identity = new ServerIdentity("https://s", { name: "Me" }, memory);
            const refused = new RtcError("unauthorized", "Unknown.");
            await identity.useAsync((token) => (token === "kept" ? Promise.reject(refused) : Promise.resolve()));
            expect(await identity.tokenAsync()).toBe("guest-1");
            expect(minted).toEqual([{ name: "You", key }]);
            expect(memory.change.mock.calls).toMatchObject([[{ guest: { identity: "guest-1", key } }]]);
        });

        it("remembers nothing when the app passes its own token", async () => {
            const memory = memoryOf(kept);
            expect(await new ServerIdentity("https://s", { name: "Me", token: "own" }, memory).tokenAsync()).toBe("own");
            expect(memory.change).not.toHaveBeenCalled();
        });
    });

    it("creates a new guest with the same key from a minute before expiry", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await identity.tokenAsync();
        jest.advanceTimersByTime(540_000);
        expect(await identity.tokenAsync()).toBe("guest-1");
        jest.advanceTimersByTime(1);
        expect(await identity.tokenAsync()).toBe("guest-2");
        expect(new Set(minted.map(({ key }) => key)).size).toBe(1);
    });

    const hour = 3_600_000;

    it.each([25, 48, -48])("keeps the guest on a device whose clock differs by %i h from the server's", async (hours) => {
        life = () => ({ expiresAt: now - hours * hour + 24 * hour, expiresInMs: 24 * hour });
        const identity = new ServerIdentity("https://s", { name: "Me" });
        expect([await identity.tokenAsync(), await identity.tokenAsync()]).toEqual(["guest-1", "guest-1"]);
        jest.advanceTimersByTime(23 * hour);
        expect(await identity.tokenAsync()).toBe("guest-1");
    });

    it.each([25, 48, -48])("keeps the guest when the clock jumps by %i h", async (hours) => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await identity.tokenAsync();
        jest.setSystemTime(now + hours * hour);
        expect(await identity.tokenAsync()).toBe("guest-1");
        jest.advanceTimersByTime(540_001);
        expect(await identity.tokenAsync()).toBe("guest-2");
    });

    it("keeps the guest of an older server, which sends no remaining time, until the server rejects the guest", async () => {
        life = () => ({ expiresAt: now - 25 * hour });
        const identity = new ServerIdentity("https://s", { name: "Me" });
        const use = async (token: string): Promise<string> =>
            token === "guest-1" ? Promise.reject(new RtcError("unauthorized", "Who?")) : Promise.resolve(token);
        expect([await identity.tokenAsync(), await identity.tokenAsync()]).toEqual(["guest-1", "guest-1"]);
        await expect(identity.useAsync(use)).resolves.toBe("guest-2");
    });

    it("creates a new guest with the same key once when the server rejects the previous guest", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await identity.tokenAsync();
        const used: string[] = [];
        const refusal = new RtcError("unauthorized", "Who?");
        const use = async (token: string): Promise<string> => {
            used.push(token);
            return token === "guest-2" ? token : Promise.reject(refusal);
        };
        await expect(identity.useAsync(use)).resolves.toBe("guest-2");
        await expect(identity.useAsync(() => Promise.reject(refusal))).rejects.toBe(refusal);
        expect(used).toEqual(["guest-1", "guest-2"]);
        expect(minted).toHaveLength(3);
        expect(new Set(minted.map(({ key }) => key)).size).toBe(1);
    });

    it("creates no second guest when a new guest is rejected, or after another error", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await expect(identity.useAsync(() => Promise.reject(new RtcError("unauthorized", "Who?")))).rejects.toMatchObject({
            code: "unauthorized",
        });
        await expect(identity.useAsync(() => Promise.reject(new RtcError("roomFull", "Full.")))).rejects.toMatchObject({
            code: "roomFull",
        });
        expect(minted).toHaveLength(1);
    });

    it("never replaces the app's own token", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me", token: "own" });
        const use = jest.fn(() => Promise.reject(new RtcError("unauthorized", "Who?")));
        await expect(identity.useAsync(use)).rejects.toMatchObject({ code: "unauthorized" });
        expect(use.mock.calls).toHaveLength(1);
        expect(minted).toHaveLength(0);
    });
});
