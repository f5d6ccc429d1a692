import { TabMemory } from "../../../src/interop/tabMemory.js";
import type { ITabParts, ITabRecord } from "../../../src/interop/tabMemory.js";
import { settleAsync } from "../../fakes/settle.js";

/** A fake of the Web Locks of one browser, shared by its pages. */
class FakeLocks {
    private readonly _held = new Map<string, Promise<unknown>>();

    public readonly request = (async (
        name: string,
        { signal }: LockOptions & { readonly signal: AbortSignal },
        hold: () => Promise<unknown>,
    ) => {
        while (this._held.has(name)) {
            const aborted = new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("It took too long."))));
            await Promise.race([this._held.get(name), aborted]);
        }
        const holding = hold().then(() => this._held.delete(name));
        this._held.set(name, holding);
        await holding;
    }) as LockManager["request"];
}

describe("the memory of a tab", () => {
    const guest = { identity: "token", wanted: "Bob", name: "Bobby", until: 1 };
    let locks: FakeLocks;
    let ids: number;

    const tab = (copied?: Map<string, string>): { readonly stored: Map<string, string>; load(): TabMemory } => {
        const stored = new Map(copied);
        const storage: ITabParts["storage"] = {
            getItem: (key) => stored.get(key) ?? null,
            setItem: (key, value) => stored.set(key, value),
            removeItem: (key) => stored.delete(key),
        };
        return { stored, load: () => new TabMemory("https://s", { storage, locks, newId: () => `id ${(ids += 1)}` }) };
    };
    /** Moves a memory to another page: the memory gets the class of a new module instance, which does not know the locks that this page holds. */
    const inAnotherPageAsync = async (memory: TabMemory): Promise<TabMemory> => {
        jest.resetModules();
        const { TabMemory: Other } = await import("../../../src/interop/tabMemory.js");
        return Object.setPrototypeOf(memory, Other.prototype) as TabMemory;
    };
    /** Unloads the memory's page, as in a reload: releases the memory's lock, and keeps the stored state. */
    const unload = (memory: TabMemory): void => (memory as unknown as { _letGo(): void })._letGo();

    beforeEach(() => {
        locks = new FakeLocks();
        ids = 0;
    });

    it("survives a reload", async () => {
        const { load } = tab();
        const before = load();
        expect(before.keeps).toBe(false);
        expect(await before.claimAsync()).toEqual({});
        expect(before.keeps).toBe(true);
        before.change({ guest });
        before.change({ muted: true, room: { name: "mine", id: "1", user: "me" } });
        before.change({ room: undefined });
        unload(before);
        const after = load();
        expect(after.wasMuted).toBe(true);
        expect(await after.claimAsync()).toEqual({ guest, muted: true });
        after.end();
    });

    it("waits until the previous page releases its lock, and merges changes made meanwhile", async () => {
        const { load } = tab();
        const before = load();
        await before.claimAsync();
        before.change({ guest, muted: true });
        const after = await inAnotherPageAsync(load());
        const claim = after.claimAsync();
        after.change({ muted: false });
        await settleAsync();
        unload(before);
        expect(await claim).toEqual({ guest, muted: false });
        after.end();
    });

    it("is not shared with a copy of the tab, and the first one keeps its own", async () => {
        const first = tab();
        const before = first.load();
        await before.claimAsync();
        before.change({ guest });
        const copied = tab(first.stored);
        const copy = await inAnotherPageAsync(copied.load());
        expect(await copy.claimAsync()).toEqual({});
        copy.change({ guest: { ...guest, identity: "another" } });
        unload(before);
        unload(copy);
        const [one, two] = [first.load(), copied.load()];
        expect([(await one.claimAsync()).guest?.identity, (await two.claimAsync()).guest?.identity]).toEqual(["token", "another"]);
        [one, two].forEach((memory) => memory.end());
    });

    it("is deleted with its plugin", async () => {
        const { load, stored } = tab();
        const before = load();
        await before.claimAsync();
        before.change({ guest });
        before.end();
        before.change({ guest });
        expect(stored.size).toBe(0);
        const ending = load();
        const claim = ending.claimAsync();
        ending.end();
        await claim;
        const after = load();
        expect(await after.claimAsync()).toEqual({});
        after.end();
    });

    it("is deleted with its plugin, also when it was left by a reload and not yet claimed", async () => {
        const { load, stored } = tab();
        const before = load();
        await before.claimAsync();
        before.change({ guest });
        unload(before);
        const ending = load();
        const claim = ending.claimAsync();
        ending.end();
        await claim;
        expect(stored.size).toBe(0);
    });

    it("belongs to the first of two plugins on one page", async () => {
        const { load, stored } = tab();
        const [first, second] = [load(), load()];
        await first.claimAsync();
        first.change({ guest });
        await second.claimAsync();
        second.change({ guest: { ...guest, identity: "another" }, muted: true });
        second.end();
        expect(stored.size).toBe(1);
        unload(first);
        const after = load();
        expect(await after.claimAsync()).toEqual({ guest });
        after.end();
    });

    it.each([
        "",
        "{",
        "[]",
        '{"lock":1}',
        '{"lock":"a","record":null}',
        '{"lock":"a","record":{"guest":{"identity":5},"room":7,"muted":"yes"}}',
    ])("ignores the invalid stored text %j", async (text) => {
        const { load } = tab(new Map([["babylon-rtc.tab https://s", text]]));
        const memory = load();
        expect(memory.wasMuted).toBe(false);
        expect(await memory.claimAsync()).toEqual({});
        memory.end();
    });

    it("lasts only for the page when storage or locks are not available", async () => {
        const fail = (): never => {
            throw new DOMException("No.", "SecurityError");
        };
        for (const parts of [null, { storage: { getItem: fail, setItem: fail, removeItem: fail }, locks, newId: () => "1" }]) {
            const memory = new TabMemory("https://s", parts);
            memory.change({ guest });
            const record: ITabRecord = await memory.claimAsync();
            expect(record).toEqual({ guest });
            memory.end();
        }
    });
});
