import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { PersonPage } from "../harness/personPage";

const pitch = { Alice: 440, Bob: 650, Carol: 930 } as const;
const names = ["Alice", "Bob", "Carol"] as const;

describe("A room with three members", () => {
    let suite: ISuite;
    const people = new Map<string, PersonPage>();

    beforeAll(async () => {
        suite = await startSuiteAsync();
        for (const name of names) {
            people.set(name, await suite.openAsync({ name, voice: pitch[name], spatial: { panningModel: "equalpower" } }));
        }
        // All join at once, so that calls cross.
        expect(await Promise.all([...people.values()].map((person) => person.join("three")))).toEqual([null, null, null]);
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it.each(names.flatMap((listener) => names.filter((speaker) => speaker !== listener).map((speaker) => [listener, speaker] as const)))(
        "lets %s hear %s",
        async (listener, speaker) => {
            await people.get(listener)?.untilLevel({ ear: "both", hz: pitch[speaker], above: 0.05 });
        },
    );

    it("does not play a member's own voice to that member", async () => {
        for (const [name, person] of people) {
            const others = names.filter((other) => other !== name);
            const heard = await Promise.all(others.map((other) => person.steadyTone(pitch[other])));
            const own = await person.page.evaluate((hz) => globalThis.lab.person?.ears.tone(hz), pitch[name as keyof typeof pitch]);
            expect(own?.left).toBeLessThan(0.01 * Math.min(...heard.map(({ left }) => left)));
        }
    });

    it("shows the same members in the same order to each member", async () => {
        const lists = await Promise.all([...people.values()].map(async (person) => (await person.report()).members));
        expect(new Set(lists[0])).toEqual(new Set(names));
        expect(lists[1]).toEqual(lists[0]);
        expect(lists[2]).toEqual(lists[0]);
    });

    it("reports all members who speak, including the local one", async () => {
        for (const person of people.values()) {
            await person.until(`["Alice", "Bob", "Carol"].every((name) => report.speaking.includes(name))`);
        }
    });
});
