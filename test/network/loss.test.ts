import { isLong, People } from "./harness/people";
import type { IImpairment } from "./harness/relay";
import { keep } from "./harness/fault";
import { pitch, tonesFor } from "./harness/testimony";
import type { Name } from "./harness/testimony";

const both: readonly [Name, Name] = ["Alice", "Bob"];

/** What Alice's page says of the link to Bob, once a second. */
interface ISaid {
    readonly quality: string;
    readonly lossPercent: number | null;
    readonly concealedPercent: number | null;
    readonly roundTripMs: number | null;
    readonly bufferMs: number | null;
    readonly receiveKbps: number | null;
}

/** What a bad line made of Bob's voice. */
interface IFigures {
    /** The usual amplitude of the tone, as a part of that before. */
    readonly level: number;
    /** The share of windows of 20 ms in which the tone is softer than a fifth of that, in percent. */
    readonly silentPercent: number;
    readonly longestGapMs: number;
    /** By the browser's own counters, in percent. */
    readonly lossPercent: number;
    readonly concealedPercent: number;
    readonly roundTripMs: number;
    readonly bufferMs: number;
    readonly receiveKbps: number;
    readonly grades: readonly string[];
}

let people: People;
const table = new Map<string, IFigures>();

beforeAll(async () => {
    people = await People.StartAsync(both);
});

afterAll(async () => {
    const rows = [...table].map(
        ([title, each]) =>
            `${title.padEnd(22)} level ${each.level.toFixed(2)}  silent ${each.silentPercent.toFixed(1)} %  longest ${each.longestGapMs} ms  lost ${each.lossPercent.toFixed(1)} %  ` +
            `concealed ${each.concealedPercent.toFixed(1)} %  round trip ${each.roundTripMs.toFixed(0)} ms  buffer ${each.bufferMs.toFixed(0)} ms  ` +
            `${each.receiveKbps.toFixed(1)} kbit/s  ${each.grades.join(" ")}`,
    );
    keep("loss", `${rows.join("\n")}\n`);
    console.info(rows.join("\n"));
    await people.closeAsync();
});

function mean(values: readonly (number | null)[]): number {
    const known = values.filter((value) => value !== null);
    return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** Has Alice and Bob meet, impairs Alice's line, and measures once it has settled. */
async function measureAsync(title: string, change: { readonly up?: IImpairment; readonly down?: IImpairment }): Promise<IFigures> {
    await people.stayAsync(...both);
    const alice = people.of("Alice");
    const undisturbed = (await people.testimonyAsync("Alice")).level(pitch.Bob, 0, Infinity);
    await alice.host.impairAsync(change);
    // The receive buffer, and the bitrate of the sender, find their places.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    const begin = Date.now();
    const said = await alice.page.page.evaluate(
        (count) =>
            new Promise<ISaid[]>((resolve) => {
                const seen: ISaid[] = [];
                const watching = globalThis.lab.here.plugin.rtc.stats$.subscribe(({ links }) => {
                    const [link] = links.values();
                    seen.push({
                        quality: link?.quality ?? "none",
                        lossPercent: link?.lossPercent ?? null,
                        concealedPercent: link?.concealedPercent ?? null,
                        roundTripMs: link?.roundTripMs ?? null,
                        bufferMs: link?.bufferMs ?? null,
                        receiveKbps: link?.receiveKbps ?? null,
                    });
                    // The first look has nothing to compare with.
                    if (seen.length > count) {
                        queueMicrotask(() => watching.unsubscribe());
                        resolve(seen.slice(1));
                    }
                });
            }),
        isLong ? 30 : 3,
    );
    const end = Date.now();
    const heard = await people.testimonyAsync("Alice");
    const gaps = heard.gaps(pitch.Bob, begin);
    const figures: IFigures = {
        level: heard.level(pitch.Bob, begin, end) / undisturbed,
        silentPercent: (100 * gaps.reduce((sum, { ms }) => sum + ms, 0)) / (end - begin),
        longestGapMs: Math.max(0, ...gaps.map(({ ms }) => ms)),
        lossPercent: mean(said.map((each) => each.lossPercent)),
        concealedPercent: mean(said.map((each) => each.concealedPercent)),
        roundTripMs: mean(said.map((each) => each.roundTripMs)),
        bufferMs: mean(said.map((each) => each.bufferMs)),
        receiveKbps: mean(said.map((each) => each.receiveKbps)),
        grades: said.map(({ quality }) => quality),
    };
    table.set(title, figures);
    keep(title, `${heard.tell(begin, tonesFor("Alice", both))}\n${said.map((each) => JSON.stringify(each)).join("\n")}\n`);
    await alice.host.mendAsync();
    for (const each of said) {
        // What the limits of the E-model (ITU-T G.107, G.109) say, whatever the library makes of it.
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
    return figures;
}

describe("A voice over a bad line", () => {
    it.each([
        ["undisturbed", {}, 0.9, 200],
        ["10 % loss", { down: { loss: 10 } }, 0.8, 300],
        ["30 % loss", { down: { loss: 30 } }, 0.7, 500],
        ["300 ms each way", { up: { delayMs: 300 }, down: { delayMs: 300 } }, 0.8, 300],
        ["50 kbit/s down", { down: { rateKbps: 50, queueMs: 300 } }, 0.5, 1_000],
        ["30 kbit/s down", { down: { rateKbps: 30, queueMs: 300 } }, 0.3, 1_500],
    ] as const)("%s: is there, and its grade is what it is", async (title, change, level, longestGapMs) => {
        const figures = await measureAsync(title, change);
        expect(figures.level).toBeGreaterThan(level);
        expect(figures.longestGapMs).toBeLessThan(longestGapMs);
    });
});
