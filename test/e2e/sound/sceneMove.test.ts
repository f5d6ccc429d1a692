import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { PersonPage } from "../harness/personPage";
import type { IReport } from "../../pages/lab/index";

const pitch = { Alice: 440, Bob: 650 } as const;

/** Number of moves. `npm run bench -- --only sceneMoves` runs twenty. */
const moves = 4;

/** Maximum gap caused by a move, in milliseconds. */
const longestGapMs = 60;

/** The part of a report that a move must not change. */
function lasting({
    status,
    reconnecting,
    self,
    connection,
    audio,
    me,
    members,
    errors,
}: IReport): Omit<IReport, "statusError" | "voices" | "speaking"> {
    return { status, reconnecting, self, connection, audio, me, members, errors };
}

describe("Moving to another scene", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        const spatial = { panningModel: "equalpower" } as const;
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        for (const person of [alice, bob]) {
            expect(await person.join("scenes")).toBeNull();
        }
        // The recorder records only the left ear, so the voices come from the left.
        await alice.place("Bob", -2, 0, 0);
        await bob.place("Alice", -2, 0, 0);
    }, 120_000);

    afterAll(() => suite.closeAsync());

    /** Records at both ends during an action. Returns the longest stretch below a quarter of the tone's level at each end, in milliseconds. */
    const gapsAsync = async (doAsync: () => Promise<void>): Promise<readonly number[]> => {
        const ends = [
            { person: alice, level: (await alice.steadyTone(pitch.Bob)).left },
            { person: bob, level: (await bob.steadyTone(pitch.Alice)).left },
        ];
        await Promise.all(
            ends.map(({ person }) =>
                person.page.evaluate(async () => {
                    const { lab } = globalThis;
                    lab.recorder = await lab.Recorder.StartAsync(lab.here.world.audio);
                }),
            ),
        );
        await doAsync();
        await alice.steadyTone(pitch.Bob);
        await bob.steadyTone(pitch.Alice);
        return await Promise.all(
            ends.map(({ person, level }) =>
                person.page.evaluate((softer) => {
                    const { recorder, measure } = globalThis.lab;
                    return measure.longestGapMs(recorder?.stop() ?? new Float32Array(), recorder?.sampleRate ?? NaN, softer);
                }, level / 4),
            ),
        );
    };
    const moveAsync = (): Promise<void> => alice.page.evaluate(() => globalThis.lab.here.changeSceneAsync());

    it("causes no gap above 60 ms at either end, although the old scene is disposed in the same tick", async () => {
        const before = lasting(await alice.report());
        const seen = await bob.page.evaluate(() => {
            const log: string[] = [];
            globalThis.lab.here.plugin.rtc.events$.subscribe(({ type }) => log.push(type));
            (globalThis as { sceneMoveLog?: string[] }).sceneMoveLog = log;
            return log.length;
        });
        expect(seen).toBe(0);
        for (let move = 0; move < moves; move++) {
            const usual = await gapsAsync(async () => undefined);
            const gaps = await gapsAsync(moveAsync);
            gaps.forEach((gap, end) => expect(gap).toBeLessThanOrEqual(Math.max(longestGapMs, usual[end] ?? 0)));
        }
        expect(lasting(await alice.report())).toEqual(before);
        expect(before.errors).toEqual([]);
        expect(await bob.page.evaluate(() => (globalThis as { sceneMoveLog?: string[] }).sceneMoveLog)).toEqual([]);
        expect((await bob.report()).errors).toEqual([]);
    }, 120_000);

    it("keeps mute and silence, and plays voices from the new avatars", async () => {
        await alice.set({ muted: true, silence: "Bob" });
        await bob.until("report.voices.Alice.muted === true");
        await moveAsync();
        const report = await alice.report();
        expect([report.me.muted, report.voices.Bob?.silenced]).toEqual(["self", true]);
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, below: 0.001 });
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, below: 0.001 });
        await alice.set({ muted: false, unsilence: "Bob" });
        await bob.untilLevel({ ear: "left", hz: pitch.Alice, above: 0.05 });
        await alice.place("Bob", 2, 0, 0);
        await alice.untilLevel({ ear: "right", hz: pitch.Bob, above: 0.05 });
    });

    it("is not implied by disposing the scene, which emits disposed and removes the member from the room", async () => {
        await alice.page.evaluate(() => globalThis.lab.here.world.scene.dispose());
        await alice.until(`report.errors.includes("disposed")`);
        await bob.until(`!report.members.includes("Alice")`);
    });
});
