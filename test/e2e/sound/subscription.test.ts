import { setTimeout as delay } from "node:timers/promises";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const pitch = { Alice: 440, Bob: 650, Carol: 930 } as const;
type Name = keyof typeof pitch;
/** Level below which a voice counts as silent: −60 dBFS. */
const silence = 0.001;
const spatial = { panningModel: "equalpower" } as const;

describe("Publish and subscribe", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let carol: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        carol = await suite.openAsync({ name: "Carol", voice: pitch.Carol, spatial });
        for (const person of [alice, bob, carol]) {
            expect(await person.join("subscriptions")).toBeNull();
        }
        await heard(alice, "Bob");
        await heard(alice, "Carol");
        await heard(carol, "Bob");
        await heard(bob, "Alice");
    }, 120_000);

    afterAll(() => suite.closeAsync());

    const heard = (by: PersonPage, name: Name): Promise<number> =>
        by.untilLevel({ ear: "both", hz: pitch[name], above: 0.05, timeoutMs: 10_000 });
    const unheard = (by: PersonPage, name: Name): Promise<number> =>
        by.untilLevel({ ear: "both", hz: pitch[name], below: silence, timeoutMs: 10_000 });

    /** Expects that no data of these voices arrives any more, half a second after a request. */
    async function expectStandstillAsync(by: PersonPage, ...names: Name[]): Promise<void> {
        // Waits in the page for the half second that the API promises.
        const figures = await by.page.evaluate(async (all) => {
            const { here } = globalThis.lab;
            const bytesAsync = (): Promise<unknown> => Promise.all(all.map((name) => here.bytesFromAsync(name)));
            await new Promise((resolve) => setTimeout(resolve, 500));
            const before = await bytesAsync();
            await new Promise((resolve) => setTimeout(resolve, 1_000));
            return [before, await bytesAsync()];
        }, names);
        expect(figures[1]).toEqual(figures[0]);
        expect(figures[0]).not.toContain(null);
    }

    it("subscribe one user, pause and resume: stops data of one sender, unnoticed by others, and resumes it", async () => {
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.unsubscribe(globalThis.lab.here.idOf("Bob")));
        await expectStandstillAsync(alice, "Bob");
        expect((await alice.report()).voices).toMatchObject({ Bob: { subscribed: false, silenced: false }, Carol: { subscribed: true } });
        await unheard(alice, "Bob");
        await heard(alice, "Carol");
        await heard(carol, "Bob");
        expect((await bob.report()).voices.Alice).toMatchObject({ subscribed: true, publishing: true });

        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.subscribe(globalThis.lab.here.idOf("Bob")));
        expect(await heard(alice, "Bob")).toBeLessThan(500);
        expect((await alice.report()).voices.Bob?.subscribed).toBe(true);
    });

    it("subscribe all users, pause and resume: stops data of all senders, and resumes it", async () => {
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.unsubscribeAll());
        await expectStandstillAsync(alice, "Bob", "Carol");
        await heard(bob, "Alice");
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.subscribeAll());
        // This is the second resume of Bob's voice, so effects of pauses on a receiver would show here.
        const back = await Promise.all([heard(alice, "Bob"), heard(alice, "Carol")]);
        expect(Math.max(...back)).toBeLessThan(500);
    });

    it("auto-subscribe: hear everybody on arrival, or choose each", async () => {
        const dave = await suite.openAsync({ name: "Dave", voice: 1_210, spatial, autoSubscribe: false });
        expect(await dave.join("subscriptions")).toBeNull();
        await alice.untilLevel({ ear: "both", hz: 1_210, above: 0.05, timeoutMs: 10_000 });
        await dave.until(`["Alice", "Bob", "Carol"].every((name) => report.voices[name]?.subscribed === false)`);
        // A link to each must exist, otherwise missing data would prove nothing.
        for (const name of ["Alice", "Bob", "Carol"]) {
            await dave.untilLink(name, true);
        }
        await expectStandstillAsync(dave, "Alice", "Bob", "Carol");
        await dave.page.evaluate(() => globalThis.lab.here.plugin.rtc.subscribe(globalThis.lab.here.idOf("Bob")));
        expect(await heard(dave, "Bob")).toBeLessThan(500);
        await unheard(dave, "Alice");
        await dave.close();
        await alice.until("report.members.length === 3");
    });

    it("a modified sender that ignores a pause is cut off, and heard again when resumed", async () => {
        await bob.page.evaluate(() => {
            globalThis.lab.here.insides.obeying = false;
        });
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.unsubscribe(globalThis.lab.here.idOf("Bob")));
        // Bob is silent for Alice from the first moment on, although his packets still arrive.
        await unheard(alice, "Bob");
        await alice.untilLink("Bob", false);
        // Bob, who joined later, calls repeatedly without an answer.
        await delay(2_500);
        expect(await alice.bytesFrom("Bob")).toBeNull();
        await heard(carol, "Bob");

        await bob.page.evaluate(() => {
            globalThis.lab.here.insides.obeying = true;
        });
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.subscribe(globalThis.lab.here.idOf("Bob")));
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05, timeoutMs: 20_000 });
    }, 120_000);

    it("publish / unpublish own voice: stops sending, is visible to others, and leaves capture and mute unchanged", async () => {
        await bob.page.evaluate(() => (globalThis.lab.here.plugin.rtc.published = false));
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.publishing === false")));
        expect((await alice.report()).voices.Bob).toMatchObject({ capturing: true, muted: false, subscribed: true });
        await expectStandstillAsync(alice, "Bob");
        expect((await bob.report()).me).toMatchObject({ publishing: false, capturing: true, muted: "no" });
        await bob.page.evaluate(() => (globalThis.lab.here.plugin.rtc.published = true));
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.publishing === true")));
        await heard(alice, "Bob");
        await heard(carol, "Bob");
    });

    it("capture start / stop: others get a notice", async () => {
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.stopCapture());
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.capturing === false")));
        expect((await alice.report()).voices.Bob).toMatchObject({ publishing: true, muted: false });
        await unheard(alice, "Bob");
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.startCaptureAsync());
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.capturing === true")));
        await heard(alice, "Bob");
    });

    it("mute own voice: others get a notice", async () => {
        await bob.set({ muted: true });
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.muted === true")));
        expect((await alice.report()).voices.Bob).toMatchObject({ publishing: true, capturing: true });
        await bob.set({ muted: false });
        await Promise.all([alice, carol].map((person) => person.until("report.voices.Bob.muted === false")));
        await heard(alice, "Bob");
    });

    it("the lobby's switch, voice off / on: stops publishing and receiving, then restores both and each pause", async () => {
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.unsubscribe(globalThis.lab.here.idOf("Carol")));
        await alice.page.evaluate(() => (globalThis.lab.here.plugin.rtc.voiceEnabled = false));
        await bob.until("report.voices.Alice.publishing === false");
        await expectStandstillAsync(alice, "Bob", "Carol");
        await expectStandstillAsync(bob, "Alice");
        await alice.page.evaluate(() => (globalThis.lab.here.plugin.rtc.voiceEnabled = true));
        expect(await heard(alice, "Bob")).toBeLessThan(500);
        await bob.until("report.voices.Alice.publishing === true");
        await heard(bob, "Alice");
        await unheard(alice, "Carol");
        await alice.page.evaluate(() => globalThis.lab.here.plugin.rtc.subscribeAll());
        await heard(alice, "Carol");
    });
});
