import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const pitch = { Alice: 440, Bob: 650, Carol: 930 } as const;
type Name = keyof typeof pitch;
const names = Object.keys(pitch) as Name[];
/** −60 dBFS. */
const silence = 0.001;

/** What one person does to another. */
interface IDeed {
    readonly silence: boolean;
    readonly pause: boolean;
    readonly block: boolean;
}

/** Which bit of a round mutes whom, and which bits say what each does to the other two. In sixteen rounds each pair has each combination once. */
const mutes: Readonly<Record<Name, number>> = { Alice: 0, Bob: 1, Carol: 2 };
const deeds: Readonly<Record<Name, Partial<Record<Name, readonly [silence: number, pause: number, block: number]>>>> = {
    Alice: { Bob: [2, 3, 0], Carol: [3, 0, 1] },
    Bob: { Alice: [1, 2, 3], Carol: [0, 1, 3] },
    Carol: { Alice: [2, 3, 1], Bob: [3, 0, 2] },
};

const bit = (round: number, index: number): boolean => ((round >> index) & 1) === 1;
const isMuted = (round: number, who: Name): boolean => bit(round, mutes[who]);

function deedOf(round: number, by: Name, to: Name): IDeed {
    const [silenced = 0, paused = 0, blocked = 0] = deeds[by][to] ?? [];
    return { silence: bit(round, silenced), pause: bit(round, paused), block: bit(round, blocked) };
}

describe("Any combination of mute, silence, pause and block", () => {
    let suite: ISuite;
    const people = new Map<Name, PersonPage>();

    beforeAll(async () => {
        suite = await startSuiteAsync();
        for (const name of names) {
            const person = await suite.openAsync({ name, voice: pitch[name], spatial: { panningModel: "equalpower" } });
            people.set(name, person);
            expect(await person.join("combinations")).toBeNull();
        }
        await Promise.all([...people.values()].map((person) => person.until("Object.keys(report.voices).length === 2")));
    }, 120_000);

    afterAll(() => suite.closeAsync());

    const pairs = names.flatMap((listener) => names.filter((name) => name !== listener).map((speaker) => [listener, speaker] as const));

    it("is tried with each pair: the table has all sixteen for each", () => {
        for (const [listener, speaker] of pairs) {
            const seen = Array.from({ length: 16 }, (_, round) => {
                const deed = deedOf(round, listener, speaker);
                return JSON.stringify([isMuted(round, speaker), deed]);
            });
            expect(new Set(seen).size).toBe(16);
        }
    });

    // The last round is the first one's opposite; in the end nothing is between them any more.
    it.each([...Array.from({ length: 16 }, (_, round) => round), 0])(
        "is heard by the right ones and seen on the right side only: mute, silence, pause, block, round %i",
        async (round) => {
            await Promise.all(
                [...people].map(([name, person]) =>
                    person.page.evaluate(
                        ([muted, all]) => {
                            const { rtc } = globalThis.lab.here.plugin;
                            rtc.muted = muted;
                            for (const [who, deed] of all) {
                                const id = globalThis.lab.here.idOf(who);
                                rtc[deed.silence ? "silence" : "unsilence"](id);
                                rtc[deed.pause ? "unsubscribe" : "subscribe"](id);
                                rtc[deed.block ? "block" : "unblock"](id);
                            }
                        },
                        [
                            isMuted(round, name),
                            names.filter((other) => other !== name).map((other) => [other, deedOf(round, name, other)] as const),
                        ] as const,
                    ),
                ),
            );
            await Promise.all(
                pairs.map(async ([listener, speaker]) => {
                    const person = people.get(listener);
                    const { silence: silenced, pause, block } = deedOf(round, listener, speaker);
                    const apart = block || deedOf(round, speaker, listener).block;
                    const seen = { muted: isMuted(round, speaker), silenced, subscribed: !pause, blocked: apart };
                    for (const [state, value] of Object.entries(seen)) {
                        await person?.until(`report.voices.${speaker}.${state} === ${value}`);
                    }
                    await person?.until(`report.voices.${speaker}.publishing && report.voices.${speaker}.capturing`);
                    const isHeard = !seen.muted && !silenced && !pause && !apart;
                    await person?.untilLevel({
                        ear: "both",
                        hz: pitch[speaker],
                        timeoutMs: 15_000,
                        ...(isHeard ? { above: 0.05 } : { below: silence }),
                    });
                }),
            );
        },
        30_000,
    );
});
