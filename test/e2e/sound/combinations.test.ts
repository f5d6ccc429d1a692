import { isHeardIn, isMuted, names, pageRounds, pairs, pitches, seenIn, switchesOf, type Name } from "../../scene/combinations";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

/** Level below which a voice counts as silent: −60 dBFS. */
const silence = 0.001;

// test/scene/combinations.test.ts tests all sixteen combinations without pages.
describe("Combinations of mute, silence, pause and block", () => {
    let suite: ISuite;
    const people = new Map<Name, PersonPage>();

    beforeAll(async () => {
        suite = await startSuiteAsync();
        for (const name of names) {
            const person = await suite.openAsync({ name, voice: pitches[name], spatial: { panningModel: "equalpower" } });
            people.set(name, person);
            expect(await person.join("combinations")).toBeNull();
        }
        await Promise.all([...people.values()].map((person) => person.until("Object.keys(report.voices).length === 2")));
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it.each(pageRounds)(
        "affect the sound and the reported state of the intended members only (round %i)",
        async (round) => {
            await Promise.all(
                [...people].map(([name, person]) =>
                    person.page.evaluate(
                        ([muted, all]) => {
                            const { rtc } = globalThis.lab.here.plugin;
                            rtc.muted = muted;
                            for (const [who, switches] of all) {
                                const id = globalThis.lab.here.idOf(who);
                                rtc[switches.silence ? "silence" : "unsilence"](id);
                                rtc[switches.pause ? "unsubscribe" : "subscribe"](id);
                                rtc[switches.block ? "block" : "unblock"](id);
                            }
                        },
                        [
                            isMuted(round, name),
                            names.filter((other) => other !== name).map((other) => [other, switchesOf(round, name, other)] as const),
                        ] as const,
                    ),
                ),
            );
            await Promise.all(
                pairs.map(async ([listener, speaker]) => {
                    const person = people.get(listener);
                    for (const [state, value] of Object.entries(seenIn(round, listener, speaker))) {
                        await person?.until(`report.voices.${speaker}.${state} === ${value}`);
                    }
                    await person?.until(`report.voices.${speaker}.publishing && report.voices.${speaker}.capturing`);
                    await person?.untilLevel({
                        ear: "both",
                        hz: pitches[speaker],
                        timeoutMs: 15_000,
                        ...(isHeardIn(round, listener, speaker) ? { above: 0.05 } : { below: silence }),
                    });
                }),
            );
        },
        30_000,
    );
});
