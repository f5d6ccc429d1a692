import { firstValueFrom } from "rxjs";
import { VoicePreferences } from "../../../../src/rtc/remote/voicePreferences.js";
import { browserVoiceStorage } from "../../../../src/rtc/remote/preferenceStorage.js";
import type { IVoiceChoices, IVoiceStorage } from "../../../../src/rtc/remote/preferenceStorage.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

class MemoryStorage implements IVoiceStorage {
    public kept: unknown = null;
    public saves = 0;

    load(): Partial<IVoiceChoices> | null {
        return this.kept as Partial<IVoiceChoices> | null;
    }

    save(choices: IVoiceChoices): void {
        this.kept = JSON.parse(JSON.stringify(choices));
        this.saves++;
    }
}

describe("VoicePreferences", () => {
    it("saves silenced, blocked and volume choices, and restores them in the next page", () => {
        const storage = new MemoryStorage();
        const choices = new VoicePreferences(storage, true);
        choices.setSilenced("bob", true);
        choices.setBlocked("carol", true);
        choices.setVolumeOf("dave", 2.5);
        choices.volume = 0.5;
        const again = new VoicePreferences(storage, true);
        expect(again.isSilenced("bob")).toBe(true);
        expect(again.blocked).toEqual(["carol"]);
        expect([again.volumeOf("dave"), again.volumeOf("bob"), again.volume]).toEqual([2.5, 1, 0.5]);
        again.setSilenced("bob", false);
        again.setBlocked("carol", false);
        again.setVolumeOf("dave", 1);
        again.volume = 1;
        expect(storage.kept).toEqual({ silenced: [], blocked: [], volumes: {}, volume: 1 });
    });

    it("does not save subscriptions, deafened and enabled", () => {
        const storage = new MemoryStorage();
        const choices = new VoicePreferences(storage, true);
        choices.setSubscribed("bob", false);
        choices.setAllSubscribed(false);
        choices.deafened = true;
        choices.enabled = false;
        expect(storage.saves).toBe(0);
    });

    it("loads only the valid parts of stored choices", () => {
        const storage = new MemoryStorage();
        storage.kept = { silenced: ["bob", 5, null], blocked: "carol", volumes: { dave: 9, erin: "2", frank: 3 }, volume: -1 };
        const choices = new VoicePreferences(storage, true);
        expect(choices.isSilenced("bob")).toBe(true);
        expect(choices.blocked).toEqual([]);
        expect(["dave", "erin", "frank"].map((id) => choices.volumeOf(id))).toEqual([1, 1, 3]);
        expect(choices.volume).toBe(1);
    });

    it("keeps the latest 1,000 choices", () => {
        const storage = new MemoryStorage();
        const choices = new VoicePreferences(storage, true);
        for (let i = 0; i < 1_001; i++) {
            choices.setBlocked(`user ${i}`, true);
        }
        expect(choices.blocked).toHaveLength(1_000);
        expect(choices.blocked).not.toContain("user 0");
        expect(new VoicePreferences(storage, true).blocked).toEqual(choices.blocked);
    });

    it.each(["load", "save"] as const)(
        "keeps choices in memory when the storage cannot %s, and replays storageFailed once",
        async (what) => {
            const cause = new Error("forbidden");
            const storage: IVoiceStorage = {
                load: () => null,
                save: () => undefined,
                [what]: () => {
                    throw cause;
                },
            };
            const choices = new VoicePreferences(storage, true);
            choices.setSilenced("bob", true);
            choices.setSilenced("carol", true);
            const told: unknown[] = [];
            choices.error$.subscribe((error) => told.push(error));
            expect(told).toHaveLength(1);
            await expect(firstValueFrom(choices.error$)).resolves.toMatchObject({ code: "storageFailed", cause });
            expect(choices.isSilenced("bob")).toBe(true);
        },
    );

    it("applies the subscription of all members, with exceptions for single members", () => {
        const choices = new VoicePreferences(null, true);
        choices.setSubscribed("bob", false);
        expect([choices.isSubscribed("bob"), choices.isSubscribed("carol")]).toEqual([false, true]);
        choices.setAllSubscribed(false);
        choices.setSubscribed("bob", true);
        expect([choices.isSubscribed("bob"), choices.isSubscribed("carol")]).toEqual([true, false]);
        choices.enabled = false;
        expect(choices.isSubscribed("bob")).toBe(false);
        choices.enabled = true;
        expect(choices.isSubscribed("bob")).toBe(true);
    });

    it.each([-0.1, 4.1, NaN])("rejects the volume %p and keeps the previous volume", (volume) => {
        const storage = new MemoryStorage();
        const choices = new VoicePreferences(storage, true);
        expect(thrownBy(() => choices.setVolumeOf("bob", volume))).toMatchObject({ code: "invalidArgument" });
        expect(thrownBy(() => (choices.volume = volume))).toMatchObject({ code: "invalidArgument" });
        expect([choices.volumeOf("bob"), choices.volume, storage.saves]).toEqual([1, 1, 0]);
    });
});

describe("The browser's storage", () => {
    const install = (localStorage: unknown): void => {
        Object.assign(globalThis, { localStorage });
    };
    afterEach(() => install(undefined));

    it("saves choices as JSON, and loads null when nothing is stored", () => {
        const items = new Map<string, string>();
        install({ getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => items.set(key, value) });
        expect(browserVoiceStorage.load()).toBeNull();
        const choices: IVoiceChoices = { silenced: ["bob"], blocked: [], volumes: { bob: 2 }, volume: 1 };
        browserVoiceStorage.save(choices);
        expect([...items.keys()]).toEqual(["babylon-rtc.choices"]);
        expect(browserVoiceStorage.load()).toEqual(choices);
    });

    it("loads null and saves nothing where localStorage does not exist", () => {
        install(undefined);
        expect(browserVoiceStorage.load()).toBeNull();
        browserVoiceStorage.save({ silenced: [], blocked: [], volumes: {}, volume: 1 });
    });
});
