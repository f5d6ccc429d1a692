import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { PersonPage } from "../harness/personPage";

const pitch = { Alice: 440, Bob: 650, Carol: 930 } as const;
/** Level below which a voice counts as silent: −60 dBFS. */
const silence = 0.001;

describe("Muting, silencing, deafening", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let carol: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        const spatial = { panningModel: "equalpower" } as const;
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        carol = await suite.openAsync({ name: "Carol", voice: pitch.Carol, spatial });
        for (const person of [alice, bob, carol]) {
            expect(await person.join("muting")).toBeNull();
        }
        await everybodyHeard();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    async function everybodyHeard(): Promise<void> {
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: pitch.Carol, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: pitch.Carol, above: 0.05 });
        await carol.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await carol.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 });
    }

    it("stops and resumes a muted member's voice within 500 ms, and shows the mute to all members", async () => {
        await bob.set({ muted: true });
        const gone = await Promise.all([alice, carol].map((person) => person.untilLevel({ ear: "both", hz: pitch.Bob, below: silence })));
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.muted === true")));
        expect(Math.max(...gone)).toBeLessThan(500);
        expect((await bob.report()).me.muted).toBe("self");
        await bob.until(`!report.speaking.includes("Bob")`);
        // The other voices continue.
        await carol.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });

        await bob.set({ muted: false });
        const back = await Promise.all([alice, carol].map((person) => person.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 })));
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.muted === false")));
        expect(Math.max(...back)).toBeLessThan(500);
    });

    it("sends only silence while muted", async () => {
        await bob.set({ muted: true });
        await alice.until("report.voices.Bob.muted === true");
        // Level of the received sound, before any processing by the receiver.
        const arriving = await alice.page.evaluate(async (name) => {
            const { person } = globalThis.lab;
            const voice = person?.plugin.rtc.voiceOf(person.idOf(name));
            return await new Promise<number>((resolve) => {
                const figures: number[] = [];
                const subscription = voice?.level$.subscribe((level) => {
                    figures.push(level);
                    if (figures.length === 6) {
                        subscription?.unsubscribe();
                        resolve(Math.max(...figures.slice(2)));
                    }
                });
            });
        }, "Bob");
        expect(arriving).toBeLessThan(silence);
        await bob.set({ muted: false });
        await everybodyHeard();
    });

    it("silences one voice for one listener only", async () => {
        await alice.set({ silence: "Bob" });
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, below: silence });
        await alice.until("report.voices.Bob.silenced === true && report.voices.Carol.silenced === false");
        expect((await alice.steadyTone(pitch.Carol)).left).toBeGreaterThan(0.05);
        expect((await carol.steadyTone(pitch.Bob)).left).toBeGreaterThan(0.05);
        expect((await bob.report()).voices).not.toHaveProperty("Alice.silenced", true);

        await alice.set({ unsilence: "Bob" });
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 });
    });

    it("stops all voices for a deafened listener, and no voice for others", async () => {
        await alice.set({ deafened: true });
        await alice.untilLevel({ ear: "both", below: silence });
        expect((await alice.report()).me.deafened).toBe(true);
        expect((await bob.steadyTone(pitch.Carol)).left).toBeGreaterThan(0.05);
        expect((await bob.steadyTone(pitch.Alice)).left).toBeGreaterThan(0.05);

        await alice.set({ deafened: false });
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: pitch.Carol, above: 0.05 });
    });

    it("lets a newcomer hear a member who was muted at the time of the join, within 500 ms of the unmute", async () => {
        await bob.set({ muted: true });
        await alice.until("report.voices.Bob.muted === true");
        const dave = await suite.openAsync({ name: "Dave", voice: 1_210, spatial: { panningModel: "equalpower" } });
        expect(await dave.join("muting")).toBeNull();
        await dave.until("report.voices.Bob?.muted === true");
        await dave.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: 1_210, above: 0.05 });
        await bob.set({ muted: false });
        expect(await dave.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 })).toBeLessThan(500);
        await dave.close();
        await alice.until(`!report.members.includes("Dave")`);
    });
});
