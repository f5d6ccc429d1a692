import { startBarePeerServerAsync, type IBarePeerServer } from "../harness/barePeerServer";
import { startSuiteAsync, type ISuite } from "../harness/suite";

/** Of an odd number, so that the median is one of them. `npm run bench` has more, with all that they are made of. */
const rounds = 5;

describe("The first sound", () => {
    let suite: ISuite;
    let bare: IBarePeerServer;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        bare = await startBarePeerServerAsync();
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await bare.closeAsync();
    });

    it("comes within 1.5 times what a bare PeerJS call needs, both from `new Peer`", async () => {
        const spatial = { panningModel: "equalpower" } as const;
        const alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        expect(await alice.join("first sound")).toBeNull();
        await alice.page.evaluate(async (port) => {
            await globalThis.lab.BareCall.ListenAsync(port, "alice", 440);
        }, bare.port);
        const ours: number[] = [];
        const theirs: number[] = [];
        for (let round = 0; round < rounds; round++) {
            // A page each: the first call of a page is the slow one, for both.
            const bob = await suite.openAsync({ name: "Bob", voice: 650, spatial });
            ours.push(await bob.page.evaluate(() => globalThis.lab.firstSoundAsync("first sound")));
            await bob.close();
            const caller = await suite.openAsync({ name: "Caller", voice: 650, spatial });
            theirs.push(
                await caller.page.evaluate(([port, id]) => globalThis.lab.BareCall.CallAsync(port, id, 650, "alice"), [
                    bare.port,
                    `bob${round}`,
                ] as const),
            );
            await caller.close();
        }
        console.info(`first sound: ours ${list(ours)}, bare ${list(theirs)} ms`);
        expect(median(ours)).toBeLessThan(1.5 * median(theirs));
    });
});

function median(values: readonly number[]): number {
    return values.toSorted((a, b) => a - b)[(values.length - 1) / 2] ?? NaN;
}

function list(values: readonly number[]): string {
    return values.map((value) => value.toFixed(0)).join(" ");
}
