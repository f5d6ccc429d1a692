import {
    faultsAsync,
    pairs,
    startPairSuiteAsync,
    untilHeardAsync,
    untilUnheardAsync,
    type AnyPerson,
    type IPairSuite,
} from "../harness/pairs";
import { expectFrontAndBackAsync } from "../harness/sharedChecks";

const aliceHz = 440;
const bobHz = 650;
const carolHz = 930;
const spatial = { panningModel: "equalpower" } as const;
const timeoutMs = 20_000;

describe("Calls with Firefox", () => {
    let suite: IPairSuite;

    beforeAll(async () => {
        suite = await startPairSuiteAsync();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("directions, HRTF: front and back differ like with a plain PannerNode", async () => {
        const page = await suite.firefox.newPage();
        await page.goto(suite.server.url);
        await expectFrontAndBackAsync(page, false);
        await page.close();
    });

    describe.each(pairs)("%s ↔ %s", (first, second) => {
        let alice: AnyPerson;
        let bob: AnyPerson;
        const room = `calls ${first}`;

        /** Both listeners, each with the name and the pitch of the speaker whom the listener hears. */
        const listeners = (): readonly (readonly [AnyPerson, string, number])[] => [
            [alice, "Bob", bobHz],
            [bob, "Alice", aliceHz],
        ];

        beforeAll(async () => {
            alice = await suite.openAsync(first, { name: "Alice", voice: aliceHz, spatial });
            bob = await suite.openAsync(second, { name: "Bob", voice: bobHz, spatial });
        }, 120_000);

        afterAll(async () => {
            await alice.close();
            await bob.close();
        });

        const bothHeardAsync = async (): Promise<void> => {
            await untilHeardAsync(alice, bobHz);
            await untilHeardAsync(bob, aliceHz);
        };

        it("join: both members are heard and reported as speaking", async () => {
            expect(await alice.join(room)).toBeNull();
            expect(await bob.join(room)).toBeNull();
            await bothHeardAsync();
            for (const [person, name] of listeners()) {
                await person.until(`report.connection === "connected" && report.audio === "running" && report.me.publishing`);
                await person.until(`report.voices.${name}?.muted === false && report.speaking.includes("${name}")`);
                expect(await faultsAsync(person)).toEqual([]);
            }
        });

        it("directions, equalpower: left and right, four times softer at 8 m than at 2 m, swapped by a camera turn", async () => {
            for (const [person, name, hz] of listeners()) {
                await person.place(name, -2, 0, 0);
                await person.untilLevel({ ear: "left", hz, above: 0.05, timeoutMs });
                await person.untilLevel({ ear: "right", hz, below: 0.01, timeoutMs });
                const left = await person.steadyTone(hz);
                expect(left.right).toBeLessThan(0.05 * left.left);

                await person.place(name, 2, 0, 0);
                await person.untilLevel({ ear: "right", hz, above: 0.9 * left.left, timeoutMs });
                const near = await person.steadyTone(hz);
                expect(near.left).toBeLessThan(0.05 * near.right);

                await person.place(name, 8, 0, 0);
                await person.untilLevel({ ear: "right", hz, below: 0.3 * near.right, timeoutMs });
                const far = await person.steadyTone(hz);
                expect(near.right / far.right).toBeGreaterThan(3.6);
                expect(near.right / far.right).toBeLessThan(4.4);

                await person.place(name, 2, 0, 0);
                await person.turn(Math.PI);
                await person.untilLevel({ ear: "left", hz, above: 0.9 * near.right, timeoutMs });
                const back = await person.steadyTone(hz);
                expect(back.right).toBeLessThan(0.05 * back.left);
                await person.turn(0);
                await person.place(name, 0, 0, 2);
            }
        });

        it("mute: stops the member's voice at the listener, is reported there, and ends with the unmute", async () => {
            for (const [speaker, listener, name, hz] of [
                [bob, alice, "Bob", bobHz],
                [alice, bob, "Alice", aliceHz],
            ] as const) {
                await speaker.set({ muted: true });
                await untilUnheardAsync(listener, hz);
                await listener.until(`report.voices.${name}.muted === true`);
                await speaker.set({ muted: false });
                await untilHeardAsync(listener, hz);
                await listener.until(`report.voices.${name}.muted === false`);
            }
        });

        it("silence: stops a member's voice for the listener until unsilenced", async () => {
            for (const [person, name, hz] of listeners()) {
                await person.set({ silence: name });
                await untilUnheardAsync(person, hz);
                await person.until(`report.voices.${name}.silenced === true`);
                await person.set({ unsilence: name });
                await bothHeardAsync();
            }
        });

        it("deafen: stops all voices for the listener until undone", async () => {
            for (const [person, , hz] of listeners()) {
                await person.set({ deafened: true });
                await untilUnheardAsync(person);
                expect((await person.report()).me.deafened).toBe(true);
                await person.set({ deafened: false });
                await untilHeardAsync(person, hz);
            }
        });

        it("directions, HRTF: voices are louder in the nearer ear; a closed tab removes its member and voice", async () => {
            const carol = await suite.openAsync(second, { name: "Carol", voice: carolHz });
            await carol.place("Alice", -2, 0, 0);
            await carol.place("Bob", 2, 0, 0);
            expect(await carol.join(room)).toBeNull();
            await untilHeardAsync(carol, aliceHz, bobHz);
            const alices = await carol.steadyTone(aliceHz);
            const bobs = await carol.steadyTone(bobHz);
            expect(alices.left).toBeGreaterThan(1.2 * alices.right);
            expect(bobs.right).toBeGreaterThan(1.2 * bobs.left);
            await untilHeardAsync(alice, carolHz);
            await untilHeardAsync(bob, carolHz);

            await carol.close();
            for (const person of [alice, bob]) {
                await person.until(`!report.members.includes("Carol") && !("Carol" in report.voices)`);
                await untilUnheardAsync(person, carolHz);
            }
            await bothHeardAsync();
        });

        it("leave and rejoin: a member who leaves is removed and hears nobody; after a rejoin both are heard", async () => {
            for (const [leaver, stayer, name] of [
                [bob, alice, "Bob"],
                [alice, bob, "Alice"],
            ] as const) {
                await leaver.leave();
                await leaver.until(`report.status === "idle" && report.connection === "disconnected"`);
                await stayer.until(`!report.members.includes("${name}")`);
                await untilUnheardAsync(leaver);
                await untilUnheardAsync(stayer);
                expect(await leaver.join(room)).toBeNull();
                await bothHeardAsync();
            }
        });

        it("cause no errors in either page", async () => {
            for (const person of [alice, bob]) {
                expect(await faultsAsync(person)).toEqual([]);
                // Browsers request an icon, which the server does not have.
                expect(person.complaints.filter((each) => !each.startsWith("Failed to load resource"))).toEqual([]);
            }
        });
    });
});
