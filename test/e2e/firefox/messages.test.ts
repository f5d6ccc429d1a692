import { pairs, startPairSuiteAsync, untilHeardAsync, type AnyPerson, type IPairSuite } from "../harness/pairs";

const aliceHz = 440;
const bobHz = 650;
const spatial = { panningModel: "equalpower" } as const;

/** Received messages and data that a page keeps; bytes as arrays of numbers. */
interface IArrived {
    readonly heard: { readonly from: string; readonly direct: boolean; readonly data: string | number[] }[];
    readonly rtpReceived: { readonly from: string; readonly data: number[] }[];
}

declare global {
    var arrived: IArrived;
}

describe("Messages with Firefox", () => {
    let suite: IPairSuite;

    beforeAll(async () => {
        suite = await startPairSuiteAsync();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    describe.each(pairs)("%s ↔ %s", (first, second) => {
        let alice: AnyPerson;
        let bob: AnyPerson;
        const ids = new Map<AnyPerson, string>();
        const idOf = (person: AnyPerson): string => ids.get(person) ?? "";

        beforeAll(async () => {
            alice = await suite.openAsync(first, { name: "Alice", voice: aliceHz, spatial, dataInRtp: true });
            bob = await suite.openAsync(second, { name: "Bob", voice: bobHz, spatial, dataInRtp: true });
            for (const person of [alice, bob]) {
                expect(await person.join(`messages ${first}`)).toBeNull();
                ids.set(person, (await person.report()).self?.id ?? "");
                await person.page.evaluate(() => {
                    const { messages } = globalThis.lab.here.plugin.rtc;
                    globalThis.arrived = { heard: [], rtpReceived: [] };
                    messages.received$.subscribe(({ from, direct, data }) =>
                        globalThis.arrived.heard.push({ from, direct, data: typeof data === "string" ? data : [...data] }),
                    );
                    messages.receivedWithVoice$.subscribe(({ from, data }) =>
                        globalThis.arrived.rtpReceived.push({ from, data: [...data] }),
                    );
                });
            }
            await untilHeardAsync(alice, bobHz);
            await untilHeardAsync(bob, aliceHz);
        }, 120_000);

        afterAll(async () => {
            await alice.close();
            await bob.close();
        });

        const ways = (): readonly (readonly [AnyPerson, AnyPerson, number])[] => [
            [alice, bob, aliceHz],
            [bob, alice, bobHz],
        ];
        const untilAsync = async (person: AnyPerson, test: string): Promise<void> => {
            await person.page.waitForFunction(test, undefined, { timeout: 20_000, polling: 20 });
        };

        it("messages: text to the room and bytes to one member arrive in order, 64 KiB intact", async () => {
            for (const [sender, receiver] of ways()) {
                await sender.page.evaluate(async (to) => {
                    const { messages } = globalThis.lab.here.plugin.rtc;
                    const bytes = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 7_919) % 256);
                    await Promise.all([messages.sendAsync("grüße"), messages.sendAsync(bytes, { to })]);
                }, idOf(receiver));
                await untilAsync(receiver, "arrived.heard.length === 2");
                // Compared in the page, since transferring the data out of the page would take seconds.
                const seen = await receiver.page.evaluate(() =>
                    globalThis.arrived.heard
                        .splice(0)
                        .map(({ from, direct, data }) => [
                            from,
                            direct,
                            typeof data === "string"
                                ? data
                                : data.length === 65_536 && data.every((byte, index) => byte === (index * 7_919) % 256),
                        ]),
                );
                expect(seen).toEqual([
                    [idOf(sender), false, "grüße"],
                    [idOf(sender), true, true],
                ]);
            }
        });

        it("data with the voice: arrives once and intact, with the link's member as sender, and adds no noise", async () => {
            const whole = Array.from({ length: 255 }, (_, index) => index);
            for (const [sender, receiver, hz] of ways()) {
                await sender.page.waitForFunction((id) => globalThis.lab.here.plugin.rtc.messages.canSendWithVoice(id), idOf(receiver));
                expect(
                    await sender.page.evaluate(
                        (bytes) => [...globalThis.lab.here.plugin.rtc.messages.sendWithVoice(Uint8Array.from(bytes), { repeat: 5 })],
                        whole,
                    ),
                ).toEqual([idOf(receiver)]);
                await untilAsync(receiver, "arrived.rtpReceived.length === 1");
                // Even with data in every packet, the tone is almost free of noise: median of thirty measurements.
                const noiseAsync = (): Promise<number> =>
                    receiver.page.evaluate(async (pitch) => {
                        const { ears } = globalThis.lab.here;
                        const noises: number[] = [];
                        for (let round = 0; round < 30; round++) {
                            await new Promise((resolve) => setTimeout(resolve, 50));
                            const tone = ears.tone(pitch).left;
                            noises.push(Math.max(...[1_500, 2_700, 3_900].map((other) => ears.tone(other).left / tone)));
                        }
                        return noises.sort((a, b) => a - b)[15] ?? NaN;
                    }, hz);
                const rides = sender.page.evaluate(async () => {
                    const { messages } = globalThis.lab.here.plugin.rtc;
                    for (let round = 0; round < 40; round++) {
                        messages.sendWithVoice(
                            Uint8Array.from({ length: 200 }, () => round),
                            { repeat: 2 },
                        );
                        await new Promise((resolve) => setTimeout(resolve, 50));
                    }
                });
                expect(await noiseAsync()).toBeLessThan(0.01);
                await rides;
                await untilAsync(receiver, "arrived.rtpReceived.length === 41");
                const rtpReceived = await receiver.page.evaluate(() => globalThis.arrived.rtpReceived.splice(0));
                expect(rtpReceived[0]).toEqual({ from: idOf(sender), data: whole });
                expect(rtpReceived.slice(1).map(({ data }) => [data.length, data[0]])).toEqual(
                    Array.from({ length: 40 }, (_, round) => [200, round]),
                );
            }
        });
    });
});
