import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
const COUNT = 10_000;

/** Received data that a page collects for the tests. */
interface ICollection {
    heard: { from: string; direct: boolean; data: string | Uint8Array; id: number }[];
    rtpReceived: { from: string; data: number[] }[];
    meeting: Promise<number> | null;
}

declare global {
    var collection: ICollection;
}

/** Starts to collect received messages and data in a page. */
function collectAsync(page: PersonPage): Promise<void> {
    return page.page.evaluate(() => {
        const { messages } = globalThis.lab.here.plugin.rtc;
        globalThis.collection = { heard: [], rtpReceived: [], meeting: null };
        messages.received$.subscribe((message) => globalThis.collection.heard.push(message));
        messages.receivedWithVoice$.subscribe(({ from, data }) => globalThis.collection.rtpReceived.push({ from, data: [...data] }));
    });
}

describe("Messages between browsers", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let carol: PersonPage;
    const ids = new Map<string, string>();

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial, dataInRtp: true });
        bob = await suite.openAsync({ name: "Bob", voice: 650, spatial, dataInRtp: true });
        // Carol requests data as well, but her browser does not support it.
        carol = await suite.openAsync({
            name: "Carol",
            voice: 930,
            spatial,
            dataInRtp: true,
            watch: () => Reflect.deleteProperty(globalThis, "RTCRtpScriptTransform"),
        });
        for (const person of [alice, bob, carol]) {
            expect(await person.join("messages")).toBeNull();
            await collectAsync(person);
            ids.set(person.name, (await person.report()).self?.id ?? "");
        }
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: 930, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
        await carol.untilLevel({ ear: "both", hz: 440, above: 0.05 });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    const idOf = (person: PersonPage): string => ids.get(person.name) ?? "";
    const heardBy = (person: PersonPage): Promise<ICollection["heard"]> =>
        person.page.evaluate(() => globalThis.collection.heard.splice(0));
    const riddenTo = (person: PersonPage): Promise<ICollection["rtpReceived"]> =>
        person.page.evaluate(() => globalThis.collection.rtpReceived.splice(0));
    const untilAsync = async (person: PersonPage, test: string, timeout = 10_000): Promise<void> => {
        await person.page.waitForFunction(test, undefined, { timeout, polling: 20 });
    };
    /** Sends a text, or a number of bytes. Returns the message's id, or the error code. */
    const sendAsync = (person: PersonPage, data: string | number, to?: string): Promise<number | string> =>
        person.page.evaluate(
            async ([what, whom]) => {
                const message = typeof what === "string" ? what : Uint8Array.from({ length: what }, (_, index) => (index * 7919) % 256);
                try {
                    return (await globalThis.lab.here.plugin.rtc.messages.sendAsync(message, { to: whom })).id;
                } catch (error) {
                    return (error as { code: string }).code;
                }
            },
            [data, to] as const,
        );
    /** Sends data with the voice. Returns the ids of the receivers, or the error code. */
    const ride = (person: PersonPage, data: number[], repeat?: number): Promise<string[] | string> =>
        person.page.evaluate(
            ([bytes, times]) => {
                try {
                    return [...globalThis.lab.here.plugin.rtc.messages.sendWithVoice(Uint8Array.from(bytes), { repeat: times })];
                } catch (error) {
                    return (error as { code: string }).code;
                }
            },
            [data, repeat] as const,
        );

    it("messages: to the room, to one user; text and binary", async () => {
        const first = await sendAsync(alice, "hello");
        const second = await sendAsync(bob, 3, idOf(carol));
        await untilAsync(carol, "collection.heard.length === 2");
        await untilAsync(bob, "collection.heard.length === 1");
        expect(await heardBy(carol)).toEqual([
            { id: first, from: idOf(alice), direct: false, data: "hello" },
            { id: second, from: idOf(bob), direct: true, data: expect.anything() as unknown },
        ]);
        expect(await heardBy(bob)).toEqual([{ id: first, from: idOf(alice), direct: false, data: "hello" }]);
        expect(await heardBy(alice)).toEqual([]);
        expect(await sendAsync(alice, "x", "nobody")).toBe("memberNotFound");
    });

    it("messages: ≤ 64 kB: 65,536 bytes arrive intact; one more is rejected with messageTooLarge, without a disconnect", async () => {
        expect(await sendAsync(alice, 65_536)).toEqual(expect.any(Number));
        expect(await sendAsync(alice, "ü".repeat(32_768))).toEqual(expect.any(Number));
        await untilAsync(bob, "collection.heard.length === 2");
        // Compared in the page, since transferring the data out of the page would take seconds.
        const intact = await bob.page.evaluate(() => {
            const [bytes, text] = globalThis.collection.heard.splice(0).map(({ data }) => data);
            return [
                bytes instanceof Uint8Array && bytes.length === 65_536 && bytes.every((byte, index) => byte === (index * 7919) % 256),
                text === "ü".repeat(32_768),
            ];
        });
        expect(intact).toEqual([true, true]);
        await carol.page.evaluate(() => globalThis.collection.heard.splice(0).length);
        expect(await sendAsync(alice, 65_537)).toBe("messageTooLarge");
        expect(await sendAsync(alice, `${"ü".repeat(32_768)}.`)).toBe("messageTooLarge");
        // A modified client sends the message anyway.
        const code = await alice.page.evaluate(async () => {
            const { session } = globalThis.lab.here.insides;
            return await session.messages?.sendAsync(new Uint8Array(65_537)).catch((error: unknown) => (error as { code: string }).code);
        });
        expect(code).toBe("messageTooLarge");
        expect((await alice.report()).connection).toBe("connected");
        expect((await bob.report()).members).toEqual(["Alice", "Bob", "Carol"]);
    });

    it(`messages: ${COUNT} at once arrive in order, none lost, with increasing ids`, async () => {
        const sent = alice.page.evaluate(async (count) => {
            const { messages } = globalThis.lab.here.plugin.rtc;
            return await Promise.all(Array.from({ length: count }, async (_, index) => (await messages.sendAsync(`${index}`)).id));
        }, COUNT);
        await Promise.all([bob, carol].map((person) => untilAsync(person, `collection.heard.length === ${COUNT}`, 120_000)));
        const sentIds = await sent;
        expect(sentIds.every((id, index) => index === 0 || id > (sentIds[index - 1] ?? Infinity))).toBe(true);
        for (const person of [bob, carol]) {
            const heard = await heardBy(person);
            expect(heard.map(({ data }) => data)).toEqual(Array.from({ length: COUNT }, (_, index) => `${index}`));
            expect(heard.map(({ id }) => id)).toEqual(sentIds);
        }
    });

    it("messages: a forged sender is dropped: the server sets the sender", async () => {
        await bob.page.evaluate(async (victim) => {
            const { room } = globalThis.lab.here.insides;
            await room.askAsync("send", { data: "as Alice", from: victim, id: 1 });
            room.send("message", { id: 1e9, from: victim, direct: false, data: "as Alice again" });
        }, idOf(alice));
        await sendAsync(bob, "the end");
        await untilAsync(carol, `collection.heard.some(({ data }) => data === "the end")`);
        expect((await heardBy(carol)).map(({ from, data }) => ({ from, data }))).toEqual([
            { from: idOf(bob), data: "as Alice" },
            { from: idOf(bob), data: "the end" },
        ]);
        await heardBy(alice);
    });

    it("messages: data in the voice packets: arrives once, with the link's member as sender, and adds no noise", async () => {
        await alice.page.waitForFunction((id) => globalThis.lab.here.plugin.rtc.messages.canSendWithVoice(id), idOf(bob));
        const whole = Array.from({ length: 255 }, (_, index) => index);
        expect(await ride(alice, whole, 5)).toEqual([idOf(bob)]);
        expect(await ride(alice, [1], 0)).toEqual([idOf(bob)]);
        await untilAsync(bob, "collection.rtpReceived.length >= 2");
        // 45 messages in 3 s, each in three packets: nine of ten packets carry data.
        const clean = bob.page.evaluate(async () => {
            const { ears } = globalThis.lab.here;
            let noise = 0;
            for (let round = 0; round < 30; round++) {
                await new Promise((resolve) => setTimeout(resolve, 100));
                const tone = ears.tone(440).left;
                noise = Math.max(noise, ...[1_500, 2_700, 3_900].map((hz) => ears.tone(hz).left / tone));
            }
            return noise;
        });
        await alice.page.evaluate(async () => {
            const { messages } = globalThis.lab.here.plugin.rtc;
            for (let round = 0; round < 15; round++) {
                for (let index = 0; index < 3; index++) {
                    messages.sendWithVoice(
                        Uint8Array.from({ length: 200 }, () => round),
                        { repeat: 2 },
                    );
                }
                await new Promise((resolve) => setTimeout(resolve, 200));
            }
        });
        expect(await clean).toBeLessThan(0.01);
        await untilAsync(bob, "collection.rtpReceived.length >= 47");
        const rtpReceived = await riddenTo(bob);
        expect(rtpReceived.slice(0, 2)).toEqual([
            { from: idOf(alice), data: whole },
            { from: idOf(alice), data: [1] },
        ]);
        expect(rtpReceived).toHaveLength(47);
        expect(await ride(alice, [])).toBe("invalidArgument");
        expect(await ride(alice, [...whole, 1])).toBe("invalidArgument");
    });

    it("messages: data in the voice packets arrives within 100 ms of the sound sent with it", async () => {
        const gaps: number[] = [];
        const loud = (amplitude: number): Promise<void> =>
            alice.page.evaluate((each) => {
                const { tone } = globalThis.lab.here;
                if (tone) {
                    tone.amplitude = each;
                }
            }, amplitude);
        await bob.page.evaluate((id) => {
            const { rtc } = globalThis.lab.here.plugin;
            rtc.silence(id);
        }, idOf(carol));
        for (let round = 0; round < 8; round++) {
            await loud(0);
            await bob.page.evaluate(async () => {
                // Waits for 300 ms of silence, which is longer than the window that is searched for the onset.
                for (let quiet = 0; quiet < 15;) {
                    await new Promise((resolve) => setTimeout(resolve, 20));
                    quiet = globalThis.lab.here.ears.rms().left < 0.0001 ? quiet + 1 : 0;
                }
            });
            await bob.page.evaluate(() => {
                const { here } = globalThis.lab;
                const arrived = new Promise<number>((resolve) => {
                    const subscription = here.plugin.rtc.messages.receivedWithVoice$.subscribe(() => {
                        resolve(performance.now());
                        subscription.unsubscribe();
                    });
                });
                globalThis.collection.meeting = Promise.all([arrived, here.ears.onsetAsync()]).then(([data, sound]) => data - sound);
            });
            await alice.page.evaluate(() => {
                const { tone, plugin } = globalThis.lab.here;
                if (tone) {
                    tone.amplitude = 0.5;
                }
                plugin.rtc.messages.sendWithVoice(Uint8Array.of(7));
            });
            gaps.push((await bob.page.evaluate(() => globalThis.collection.meeting)) ?? Infinity);
        }
        await loud(0.5);
        await riddenTo(bob);
        const sorted = [...gaps].sort((a, b) => a - b);
        console.log(`data against sound: ${gaps.map((gap) => gap.toFixed(0)).join(", ")} ms`);
        expect(Math.abs(sorted[4] ?? Infinity)).toBeLessThan(100);
    });

    it("messages: data in the voice packets skips browsers without support, and members who paused the sender", async () => {
        expect(await ride(carol, [1])).toBe("unsupported");
        expect(await alice.page.evaluate((id) => globalThis.lab.here.plugin.rtc.messages.canSendWithVoice(id), idOf(carol))).toBe(false);
        // Carol hears Alice unchanged while data goes to Bob.
        expect(await ride(alice, [1], 10)).toEqual([idOf(bob)]);
        expect((await carol.steadyTone(440)).left).toBeGreaterThan(0.05);
        await bob.page.evaluate((id) => globalThis.lab.here.plugin.rtc.unsubscribe(id), idOf(alice));
        await alice.page.waitForFunction((id) => !globalThis.lab.here.plugin.rtc.messages.canSendWithVoice(id), idOf(bob));
        expect(await ride(alice, [1])).toEqual([]);
        await bob.page.evaluate((id) => globalThis.lab.here.plugin.rtc.subscribe(id), idOf(alice));
        await alice.page.waitForFunction((id) => globalThis.lab.here.plugin.rtc.messages.canSendWithVoice(id), idOf(bob));
    });

    it("terminate their workers when the last link that uses them closes", async () => {
        expect(alice.page.workers()).toHaveLength(1);
        await bob.leave();
        await alice.until(`!report.members.includes("Bob")`);
        const gone = (person: PersonPage): Promise<void> =>
            new Promise((resolve) => {
                const look = (): void => (person.page.workers().length === 0 ? resolve() : void setTimeout(look, 20));
                look();
            });
        await Promise.all([gone(alice), gone(bob)]);
        expect(carol.page.workers()).toHaveLength(0);
        const complaints = [alice, bob, carol].flatMap((person) => person.complaints);
        expect(complaints.filter((each) => !each.startsWith("Failed to load resource"))).toEqual([]);
    });
});
