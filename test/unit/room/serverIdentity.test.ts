import { ServerIdentity } from "../../../src/room/serverIdentity.js";
import { RtcError } from "../../../src/errors/rtcError.js";

describe("ServerIdentity", () => {
    const { fetch } = globalThis;
    const now = Date.UTC(2030, 0, 1);
    let minted: string[];

    beforeEach(() => {
        jest.useFakeTimers({ now, doNotFake: ["setImmediate", "queueMicrotask", "nextTick"] });
        minted = [];
        globalThis.fetch = async (_, init) => {
            minted.push(init?.body as string);
            return new Response(JSON.stringify({ identity: `guest-${minted.length}`, expiresAt: Date.now() + 600_000 }));
        };
    });

    afterEach(() => {
        globalThis.fetch = fetch;
        jest.useRealTimers();
    });

    it("is what the app's own sign-in gave, and then asks the server for nothing", async () => {
        await expect(new ServerIdentity("https://s", { name: "Me", token: "own" }).tokenAsync()).resolves.toBe("own");
        expect(minted).toHaveLength(0);
    });

    it("is a guest of that name that is minted once", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        expect([await identity.tokenAsync(), await identity.tokenAsync()]).toEqual(["guest-1", "guest-1"]);
        expect(minted).toEqual(['{"name":"Me"}']);
    });

    it("is another guest from a minute before the first one ends", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await identity.tokenAsync();
        jest.setSystemTime(now + 540_000);
        expect(await identity.tokenAsync()).toBe("guest-1");
        jest.setSystemTime(now + 540_001);
        expect(await identity.tokenAsync()).toBe("guest-2");
    });

    it("is a new guest where the server no longer knows the one from before, but only once", async () => {
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
    });

    it("does not mint again where a guest that was just minted is refused, or for any other reason", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me" });
        await expect(identity.useAsync(() => Promise.reject(new RtcError("unauthorized", "Who?")))).rejects.toMatchObject({
            code: "unauthorized",
        });
        await expect(identity.useAsync(() => Promise.reject(new RtcError("roomFull", "Full.")))).rejects.toMatchObject({
            code: "roomFull",
        });
        expect(minted).toHaveLength(1);
    });

    it("never gives up the app's own sign-in", async () => {
        const identity = new ServerIdentity("https://s", { name: "Me", token: "own" });
        const use = jest.fn(() => Promise.reject(new RtcError("unauthorized", "Who?")));
        await expect(identity.useAsync(use)).rejects.toMatchObject({ code: "unauthorized" });
        expect(use.mock.calls).toHaveLength(1);
        expect(minted).toHaveLength(0);
    });
});
