import type { SendMode } from "babylon-rtc";
import type { JSHandle } from "playwright-core";
import { sayAsync } from "../e2e/harness/espeak";
import { isLong, People } from "./harness/people";
import type { IImpairment } from "./harness/relay";
import { keep, keepFigures } from "./harness/fault";
import { pitch, tonesFor } from "./harness/testimony";
import type { Name, Testimony } from "./harness/testimony";

/** Sender of the voice to a listener whose connection is bad. Bob's page adapts its sending to the connection; Carol's does not. */
type Sender = "Bob" | "Carol";

/** Listener of each sender. The two pairs are in different rooms, so that both can be measured at the same time. */
const listenerOf = { Bob: "Alice", Carol: "Dave" } as const satisfies Readonly<Record<Sender, Name>>;

interface ILine {
    readonly up?: IImpairment;
    readonly down?: IImpairment;
}

/** Measurement of a voice over some seconds: times in milliseconds since 1970, statistics from the page, and receiver counters. */
interface IHearing {
    readonly what: "tone" | "speech";
    readonly begin: number;
    readonly end: number;
    readonly said: readonly ISaid[];
    /** Counters before and after. Null if the link was interrupted. */
    readonly counters: readonly [IReceived, IReceived] | null;
}

/** One sample of the statistics of the listener's link to the sender. A sample is taken every two seconds. */
interface ISaid {
    readonly quality: string;
    readonly lossPercent: number | null;
    readonly concealedPercent: number | null;
    readonly roundTripMs: number | null;
    readonly bufferMs: number | null;
    readonly receiveKbps: number | null;
}

/** Counters of the listener's receiver. */
interface IReceived {
    readonly packetsLost: number;
    readonly packetsReceived: number;
    /** Concealed samples, without silent ones. */
    readonly concealed: number;
    readonly samples: number;
}

/** Quality of a voice over a bad connection. */
interface IFigures {
    readonly what: "tone" | "speech";
    /** Median amplitude of the tone, or RMS amplitude of the speech, relative to the undisturbed one. */
    readonly level: number;
    /** Share of time, in windows of 20 ms, in which the tone is below a fifth of its reference level, in percent. 0 for speech. */
    readonly silentPercent: number;
    /** Longest such silence. 0 for speech. */
    readonly longestGapMs: number;
    /** Packet loss from the browser's counters, in percent. */
    readonly lossPercent: number;
    readonly concealedPercent: number;
    readonly roundTripMs: number;
    readonly bufferMs: number;
    readonly receiveKbps: number;
    readonly grades: readonly string[];
}

/** Spoken sentence. Short enough to be heard twice during a measurement, and without a pause long enough for DTX to suspend sending. */
const sentence = "Everybody in a room is heard from where their avatar stands, and anybody can mute themselves.";

let people: People;
let speech: string;
/** Undisturbed level of the speech, by sender. */
const usualSpeech = new Map<Sender, number>();
const table: string[] = [];

beforeAll(async () => {
    speech = await sayAsync(sentence, { voice: "en", speed: 160, pitch: 50 });
    people = await People.StartAsync(["Alice", "Bob", "Dave", "Carol"], {}, { Carol: { opus: { adaptation: "off" } } });
});

afterAll(async () => {
    keep("loss", `${table.join("\n")}\n`);
    console.info(table.join("\n"));
    await people.closeAsync();
});

function mean(values: readonly (number | null)[]): number {
    const known = values.filter((value) => value !== null);
    return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Samples of the statistics of the listener's only link, from a subscription in the listener's page. */
class Samples {
    private readonly _samples: JSHandle<{ nextAsync(count: number): Promise<ISaid[]>; end(): void }>;

    private constructor(samples: Samples["_samples"]) {
        this._samples = samples;
    }

    /** Subscribes. The caller must call `endAsync`. */
    static async StartAsync(listener: Name): Promise<Samples> {
        const samples = await people.of(listener).page.page.evaluateHandle(() => {
            // The first sample has no previous one to compare with, so it is dropped.
            let seen: ISaid[] | null = null;
            let onSample = (): void => undefined;
            const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) => {
                const [link] = links.values();
                seen?.push({
                    quality: link?.quality ?? "none",
                    lossPercent: link?.lossPercent ?? null,
                    concealedPercent: link?.concealedPercent ?? null,
                    roundTripMs: link?.roundTripMs ?? null,
                    bufferMs: link?.bufferMs ?? null,
                    receiveKbps: link?.receiveKbps ?? null,
                });
                seen ??= [];
                onSample();
            });
            return {
                nextAsync: (count: number) =>
                    new Promise<ISaid[]>((resolve) => {
                        seen &&= [];
                        onSample = () => seen && seen.length >= count && resolve(seen);
                    }),
                end: () => watching.unsubscribe(),
            };
        });
        return new Samples(samples);
    }

    /** Waits for the next samples. */
    async nextAsync(count: number): Promise<readonly ISaid[]> {
        return await this._samples.evaluate((samples, many) => samples.nextAsync(many), count);
    }

    async endAsync(): Promise<void> {
        await this._samples.evaluate((samples) => samples.end());
        await this._samples.dispose();
    }
}

/**
 * Receiver counters of the listener's page. Null unless exactly one connection is up, because an overloaded line can break the link of a sender that
 * does not adapt.
 */
async function receivedAsync(listener: Name): Promise<IReceived | null> {
    return await people.of(listener).page.page.evaluate(async () => {
        const open = (globalThis.madeConnections ?? []).filter(({ connection }) => connection.connectionState === "connected");
        const all: IReceived[] = [];
        for (const { connection } of open) {
            (await connection.getStats()).forEach((each: Readonly<Record<string, number | string>>) => {
                const of = (name: string): number => Number(each[name] ?? 0);
                if (each.type === "inbound-rtp") {
                    all.push({
                        packetsLost: of("packetsLost"),
                        packetsReceived: of("packetsReceived"),
                        concealed: of("concealedSamples") - of("silentConcealedSamples"),
                        samples: of("totalSamplesReceived"),
                    });
                }
            });
        }
        return all.length === 1 ? (all[0] ?? null) : null;
    });
}

/** Waits until the sender uses a send mode towards the listener. Rejects after a minute. */
async function untilSentAsync(sender: Sender, mode: SendMode): Promise<void> {
    await people.of(sender).page.page.evaluate(
        (wanted) =>
            new Promise<void>((resolve, reject) => {
                let last = "nothing";
                const timer = setTimeout(() => {
                    watching.unsubscribe();
                    reject(new Error(`It is sent ${last}, not ${wanted}.`));
                }, 60_000);
                const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) => {
                    const [link] = links.values();
                    last = JSON.stringify(link ?? null);
                    if (link?.sendMode === wanted) {
                        clearTimeout(timer);
                        queueMicrotask(() => watching.unsubscribe());
                        resolve();
                    }
                });
            }),
        mode,
    );
}

/** Runs an action. Returns its result and the send modes that the sender used meanwhile. */
async function withModesAsync<Result>(
    sender: Sender,
    doAsync: () => Promise<Result>,
): Promise<readonly [Result, readonly (string | null)[]]> {
    const { page } = people.of(sender).page;
    const watch = await page.evaluateHandle(() => {
        const modes = new Set<string | null>();
        const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) =>
            links.forEach(({ sendMode }) => modes.add(sendMode)),
        );
        return {
            end: (): (string | null)[] => {
                watching.unsubscribe();
                return [...modes];
            },
        };
    });
    const result = await doAsync();
    const modes = await watch.evaluate((each) => each.end());
    await watch.dispose();
    return [result, modes];
}

async function listenOnceAsync(what: "tone" | "speech", listener: Name, samples: Samples): Promise<IHearing> {
    const begin = Date.now();
    const before = await receivedAsync(listener);
    const said = await samples.nextAsync(4);
    const now = await receivedAsync(listener);
    const end = Date.now();
    const isWhole = before !== null && now !== null && now.packetsReceived >= before.packetsReceived;
    return { what, begin, end, said, counters: isWhole ? [before, now] : null };
}

/**
 * Measures while the sender stays in one mode. Tries up to three times, because the mode can change during a measurement: after 30 s or more without
 * trouble, a sender tries the mode `full` again.
 */
async function listenAsync(what: "tone" | "speech", sender: Sender, mode: SendMode, samples: Samples): Promise<IHearing> {
    let modes: readonly (string | null)[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
        await untilSentAsync(sender, mode);
        // Wait until the jitter buffer has adapted and packets in flight have been played.
        await samples.nextAsync(2);
        const [hearing, sent] = await withModesAsync(sender, () => listenOnceAsync(what, listenerOf[sender], samples));
        if (sent.every((each) => each === mode)) {
            return hearing;
        }
        modes = sent;
    }
    throw new Error(`It is sent ${modes.join(", ")}, not ${mode} for eight seconds.`);
}

function figuresOf({ what, begin, end, said, counters }: IHearing, heard: Testimony, sender: Sender, usual: number): IFigures {
    if (!counters && sender === "Bob") {
        throw new Error("The link did not stand all the while.");
    }
    const gaps = what === "tone" ? heard.gaps(pitch[sender], begin).filter(({ from }) => from < end) : [];
    const [before, now] = counters ?? [];
    const [lost, came] = before && now ? [now.packetsLost - before.packetsLost, now.packetsReceived - before.packetsReceived] : [1, 0];
    for (const each of said) {
        // Limits from the E-model (ITU-T G.107, G.109), independent of the library's own calculation.
        if (
            (each.concealedPercent ?? 0) >= 4 ||
            (each.lossPercent ?? 0) >= 24 ||
            (each.roundTripMs ?? 0) >= 500 ||
            (each.receiveKbps ?? 0) === 0
        ) {
            expect(each).not.toMatchObject({ quality: "excellent" });
        }
        if ((each.concealedPercent ?? 0) >= 12 || (each.roundTripMs ?? 0) >= 700) {
            expect(["poor", "bad"]).toContain(each.quality);
        }
    }
    return {
        what,
        level: (what === "tone" ? heard.level(pitch[sender], begin, end) : heard.loudness(begin, end)) / usual,
        silentPercent: (100 * gaps.reduce((sum, { ms }) => sum + ms, 0)) / (end - begin),
        longestGapMs: Math.max(0, ...gaps.map(({ ms }) => ms)),
        lossPercent: (100 * lost) / (lost + came),
        concealedPercent: before && now ? (100 * (now.concealed - before.concealed)) / (now.samples - before.samples) : 100,
        roundTripMs: mean(said.map((each) => each.roundTripMs)),
        bufferMs: mean(said.map((each) => each.bufferMs)),
        receiveKbps: mean(said.map((each) => each.receiveKbps)),
        grades: said.map(({ quality }) => quality),
    };
}

/** Makes the sender speak instead of sending its tone. Null restores the tone. */
async function speakAsync(sender: Sender, wav: string | null): Promise<void> {
    await people.of(sender).page.page.evaluate((each) => globalThis.lab.here.tone?.speakAsync(each), wav);
}

/** True if the line has enough bandwidth for both the voice and the connection to the RTC room. If not, this connection may break and reconnect. */
function isSteady({ down }: ILine, sender: Sender): boolean {
    const { rateKbps = Infinity } = down ?? {};
    return rateKbps > (sender === "Bob" ? 40 : 60);
}

/** Impairs the line of a sender's listener, and measures tone and speech in the given send mode. The pair has been brought together before. */
async function measureAsync(title: string, line: ILine, sender: Sender, mode: SendMode): Promise<readonly [IFigures, IFigures]> {
    const listener = listenerOf[sender];
    const { host } = people.of(listener);
    const usualTone = (await people.testimonyAsync(listener)).level(pitch[sender], 0, Infinity);
    const samples = await Samples.StartAsync(listener);
    if (!usualSpeech.has(sender)) {
        await speakAsync(sender, speech);
        await samples.nextAsync(1);
        const from = Date.now();
        await samples.nextAsync(4);
        usualSpeech.set(sender, (await people.testimonyAsync(listener)).loudness(from, Date.now()));
        await speakAsync(sender, null);
    }
    const begin = Date.now();
    await host.impairAsync(line);
    await untilSentAsync(sender, mode);
    const fitted = Date.now();
    const toneHeard = await listenAsync("tone", sender, mode, samples);
    await speakAsync(sender, speech);
    const speechHeard = await listenAsync("speech", sender, mode, samples);
    await speakAsync(sender, null);
    await samples.endAsync();
    // Fetch the testimony once, because the transfer takes half a minute on a busy machine.
    const heard = await people.testimonyAsync(listener);
    await host.mendAsync();
    const tone = figuresOf(toneHeard, heard, sender, usualTone);
    const spoken = figuresOf(speechHeard, heard, sender, usualSpeech.get(sender) ?? NaN);
    for (const each of [tone, spoken]) {
        keepFigures(`${sender}'s ${each.what}: ${each.concealedPercent.toFixed(1)} % made up, longest gap ${each.longestGapMs} ms`);
        table.push(
            `${title.padEnd(24)} ${(sender === "Bob" ? mode : "not adapted").padEnd(12)} ${each.what.padEnd(6)} level ${each.level.toFixed(2)}  silent ${each.silentPercent.toFixed(1)} %  ` +
                `longest ${each.longestGapMs} ms  lost ${each.lossPercent.toFixed(1)} %  concealed ${each.concealedPercent.toFixed(1)} %  ` +
                `round trip ${each.roundTripMs.toFixed(0)} ms  buffer ${each.bufferMs.toFixed(0)} ms  ${each.receiveKbps.toFixed(1)} kbit/s  ${each.grades.join(" ")}`,
        );
    }
    keep(
        `${title}, ${sender}`,
        `${heard.tell(begin, tonesFor(listener, [listener, sender]))}\n${JSON.stringify([tone, spoken], null, 2)}\n`,
    );
    if (sender === "Bob") {
        // No new call was made.
        expect(heard.connectionsSince(begin)).toBe(0);
    }
    if (isSteady(line, sender)) {
        // Until the sender has adapted, an overloaded line can also interrupt the connection to the server, which the page detects 12 to 16 s later. From
        // then on, the connection must last.
        const connections = heard.valuesOf("connection", begin);
        expect(connections.at(-1) ?? "connected").toBe("connected");
        expect(heard.valuesOf("connection", fitted + 16_000)).not.toContain("reconnecting");
    }
    return [tone, spoken];
}

const pairOf = (sender: Sender): readonly Name[] => [listenerOf[sender], sender];

/** Measures the same line with adaptation, in the given send mode, and at the same time without adaptation. */
async function compareAsync(
    title: string,
    line: ILine,
    mode: SendMode,
): Promise<readonly [readonly [IFigures, IFigures], readonly [IFigures, IFigures]]> {
    await people.gatherAsync(pairOf("Bob"), pairOf("Carol"));
    const both = [measureAsync(title, line, "Bob", mode), measureAsync(title, line, "Carol", "full")] as const;
    // If one fails, the other one also ends before the next test.
    await Promise.allSettled(both);
    return await Promise.all(both);
}

const slow: IImpairment = { delayMs: 300 };

/** Selects the test rows: the first list always, the second only with `--long`, because each row takes more than a minute. */
const shortly = <Row>(worst: readonly Row[], others: readonly Row[]): readonly Row[] => (isLong ? [...worst, ...others] : worst);

describe("A voice over a bad connection", () => {
    it.each(
        shortly<readonly [string, ILine, number, number]>(
            [["undisturbed", {}, 0.9, 200]],
            [["300 ms each way", { up: slow, down: slow }, 0.8, 300]],
        ),
    )(
        "%s: keeps its level without long gaps, and gets a matching quality grade",
        async (title, line, level, longestGapMs) => {
            await people.gatherAsync(pairOf("Bob"));
            for (const figures of await measureAsync(title, line, "Bob", "full")) {
                expect(figures.level).toBeGreaterThan(level);
                expect(figures.longestGapMs).toBeLessThan(longestGapMs);
            }
        },
        240_000,
    );

    it.each(
        shortly<readonly [string, ILine]>(
            [["30 % loss", { down: { loss: 30 } }]],
            [
                ["10 % loss", { down: { loss: 10 } }],
                ["10 % loss, 300 ms", { up: slow, down: { ...slow, loss: 10 } }],
            ],
        ),
    )(
        "%s: is sent redundantly, and needs less concealment than without redundancy",
        async (title, line) => {
            const [[tone, spoken], [plainTone, plainSpeech]] = await compareAsync(title, line, "redundant");
            // The limit has a margin. Without redundancy, Opus' own error correction repairs losses of speech, and sometimes of a tone. And
            // redundancy does not repair consecutive losses, whose number is random.
            const plain = plainTone.concealedPercent + plainSpeech.concealedPercent;
            expect(tone.concealedPercent + spoken.concealedPercent).toBeLessThan(Math.max(6, 0.75 * plain));
            expect(tone.level).toBeGreaterThan(0.8);
            expect(spoken.level).toBeGreaterThan(0.7);
            expect(tone.longestGapMs).toBeLessThan(500);
            expect([...tone.grades, ...spoken.grades]).not.toContain("unknown");
        },
        240_000,
    );

    it.each(
        shortly<readonly [string, ILine]>(
            [["50 kbit/s down", { down: { rateKbps: 50, queueMs: 300 } }]],
            [["30 kbit/s down", { down: { rateKbps: 30, queueMs: 300 } }]],
        ),
    )(
        "%s: is sent at a low bitrate with little loss, unlike without adaptation",
        async (title, line) => {
            const [[tone, spoken], [plainTone, plainSpeech]] = await compareAsync(title, line, "narrow");
            expect(plainTone.lossPercent).toBeGreaterThan(5);
            expect(plainSpeech.lossPercent).toBeGreaterThan(5);
            for (const each of [tone, spoken]) {
                expect(each.lossPercent).toBeLessThan(2);
                expect(each.concealedPercent).toBeLessThan(3);
                expect(each.receiveKbps).toBeLessThan(16);
                expect(each.level).toBeGreaterThan(0.7);
            }
            expect(tone.longestGapMs).toBeLessThan(300);
        },
        240_000,
    );
});
