import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
const malloryHz = 1_210;

describe("A hostile client", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let alicePeerId: string;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: 650, spatial });
        expect(await alice.join("guarded")).toBeNull();
        expect(await bob.join("guarded")).toBeNull();
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
        alicePeerId = await bob.page.evaluate(() => globalThis.lab.here.insides.peerIdOf("Alice"));
        expect(alicePeerId).not.toBe("");
    }, 120_000);

    afterAll(() => suite.closeAsync());

    /** Expects that the members do not hear the intruder for 2 s, in which three calls could connect, and that their own call continues. */
    async function expectUnheardAsync(): Promise<void> {
        await Promise.all(
            [alice, bob].map(async (person) => {
                // A quantile, not the maximum, since a gap in another tone spreads over all frequencies for a moment.
                expect(await person.usualLevel({ ear: "both", hz: malloryHz }, 2_000, 0.8)).toBeLessThan(0.001);
            }),
        );
        expect((await alice.report()).members).toEqual(["Alice", "Bob"]);
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
    }

    /** Calls Alice directly by the PeerJS protocol at the room server's signalling. Returns what happened to the socket. */
    function intrudeAsync(page: PersonPage, id: string, token: string): Promise<string> {
        return page.page.evaluate(
            ([server, peerId, secret, victim, hz]) => globalThis.lab.BareCall.IntrudeAsync(server, peerId, secret, victim, hz),
            [suite.server.url, id, token, alicePeerId, malloryHz] as const,
        );
    }

    it("cannot open a signalling socket without a token, and nobody hears it", async () => {
        const mallory = await suite.openAsync({ name: "Mallory", voice: malloryHz, spatial });
        expect(await intrudeAsync(mallory, "mallory-0123456789", "")).toBe("refused");
        expect(await intrudeAsync(mallory, "mallory-0123456789", "made up")).toBe("refused");
        await expectUnheardAsync();
        await mallory.close();
    });

    it("with another member's peer id gets no signalling socket, and nobody hears it", async () => {
        const mallory = await suite.openAsync({ name: "Mallory", voice: malloryHz, spatial });
        const bobPeerId = await alice.page.evaluate(() => globalThis.lab.here.insides.peerIdOf("Bob"));
        expect(await intrudeAsync(mallory, bobPeerId, "made up")).toBe("refused");
        await expectUnheardAsync();
        await mallory.close();
    });

    it("gets no answer to calls from another room, and nobody hears it", async () => {
        const mallory = await suite.openAsync({ name: "Mallory", voice: malloryHz, spatial });
        expect(await mallory.join("another room")).toBeNull();
        await mallory.until(`report.connection === "connected"`);
        const call = (): Promise<void> =>
            mallory.page.evaluate((victim) => {
                const { insides, tone } = globalThis.lab.here;
                insides.call(victim, tone?.stream ?? new MediaStream());
            }, alicePeerId);
        await call();
        await expectUnheardAsync();
        // Inside the room the same client is heard at once, so the guards caused the silence above.
        await mallory.leave();
        expect(await mallory.join("guarded")).toBeNull();
        await alice.untilLevel({ ear: "both", hz: malloryHz, above: 0.05 });
        await mallory.close();
        await alice.until("report.members.length === 2");
    });
});
