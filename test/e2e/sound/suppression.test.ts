import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ISuppressionReport, NoiseKind } from "../../pages/lab/suppression";
import { sayAsync, type ISpeaker } from "../harness/espeak";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

/** The Harvard sentences (IEEE 297, 1969), which were made for speech measurements. */
const lists = [
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. It is easy to tell the depth of a well.",
    "The juice of lemons makes fine punch. The box was thrown beside the parked truck. The hogs were fed chopped corn and garbage.",
    "The boy was there when the sun rose. A rod is used to catch pink salmon. The source of the huge river is the clear spring.",
    "A pot of tea helps to pass the evening. Smoky fires lack flame and heat. The soft cushion broke the man's fall.",
] as const;

const speaker: ISpeaker = { voice: "en-us", speed: 150, pitch: 45 };
/** Babble: so many talkers that no word is intelligible. */
const talkers: readonly ISpeaker[] = ["en-gb+f3", "en-us+m3", "en-gb-scotland+f2", "en-us+m7", "en-029", "en-gb-x-rp+f4"].flatMap(
    (voice, i) => [
        { voice, speed: 140 + 8 * i, pitch: 30 + 7 * i },
        { voice, speed: 185 - 9 * i, pitch: 75 - 8 * i },
    ],
);

/** White noise as a WAV file: one channel, 16 bits, always the same samples. */
function noiseWav(sampleRate: number, seconds: number): Buffer {
    const bytes = 2 * sampleRate * seconds;
    const file = Buffer.alloc(44 + bytes);
    file.write("RIFF\0\0\0\0WAVEfmt ", 0, "latin1");
    file.writeUInt32LE(36 + bytes, 4);
    file.writeUInt32LE(16, 16);
    file.writeUInt16LE(1, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt32LE(sampleRate, 24);
    file.writeUInt32LE(2 * sampleRate, 28);
    file.writeUInt16LE(2, 32);
    file.writeUInt16LE(16, 34);
    file.write("data", 36, "latin1");
    file.writeUInt32LE(bytes, 40);
    let seed = 7;
    for (let at = 44; at < file.length; at += 2) {
        seed = (seed * 16_807) % 2_147_483_647;
        file.writeInt16LE(Math.round(8_000 * ((2 * seed) / 2_147_483_647 - 1)), at);
    }
    return file;
}

/**
 * Speech of espeak-ng with noise 5 dB below it, processed by the suppressor in an `OfflineAudioContext`, so that load on the machine does not change
 * the result. `suppressedDb`: how much quieter the pauses of speech are than without the suppressor, after 1.5 s of noise. `speechDb`: how much
 * louder frames with speech are than in the clean speech. `delayMs`: delay of the output against the clean speech, measured by correlation.
 */
describe("The neural suppressor", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let speech: string;
    let babble: string[];
    let folder: string;

    beforeAll(async () => {
        speech = await sayAsync(lists.join(" "), speaker);
        babble = await Promise.all(talkers.map((talker, i) => sayAsync(`${lists[i % 4] ?? ""} ${lists[(i + 1) % 4] ?? ""}`, talker)));
        folder = await mkdtemp(join(tmpdir(), "noise-"));
        const microphoneFile = join(folder, "noise.wav");
        await writeFile(microphoneFile, noiseWav(48_000, 5));
        suite = await startSuiteAsync({ browser: { microphoneFile } });
        alice = await suite.openAsync({ name: "Alice", voice: 440 });
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await rm(folder, { recursive: true });
    });

    const setAsync = (person: PersonPage, changes: Partial<Record<"worklet" | "simdWasm" | "wasm", string>> | null): Promise<string> =>
        person.page.evaluate(async (files) => {
            const { lab } = globalThis;
            const make = files && lab.neuralSuppressor({ ...lab.suppressorFiles, ...files });
            return lab.here.plugin.rtc.microphone.setSuppressorAsync(make).then(
                () => "set",
                (error: unknown) => (error as { readonly code: string }).code,
            );
        }, changes);
    const trialAsync = (kind: NoiseKind, sampleRate: number): Promise<ISuppressionReport> =>
        alice.page.evaluate((trial) => globalThis.lab.trySuppressionAsync(trial), {
            speech,
            talkers: kind === "babble" ? babble : [],
            kind,
            sampleRate,
            noiseBelowSpeechDb: 5,
        });

    it.each([
        ["white", 44_100, 10],
        ["white", 48_000, 10],
        ["pink", 44_100, 10],
        ["pink", 48_000, 10],
        ["babble", 44_100, 4],
        ["babble", 48_000, 4],
    ] as const)("reduces %s noise at %i Hz by at least %i dB, and keeps the level of speech", async (kind, sampleRate, least) => {
        const { suppressedDb, speechDb, delayMs, toldDelayMs, cpuPercent } = await trialAsync(kind, sampleRate);
        console.info(
            `${kind} at ${sampleRate} Hz: −${suppressedDb.toFixed(1)} dB, speech ${speechDb.toFixed(2)} dB, ` +
                `${delayMs.toFixed(1)} ms later (told ${toldDelayMs.toFixed(1)}), ${cpuPercent.toFixed(1)} % of a core`,
        );
        expect(suppressedDb).toBeGreaterThanOrEqual(least);
        expect(Math.abs(speechDb)).toBeLessThanOrEqual(1.5);
        expect(Math.abs(delayMs - toldDelayMs)).toBeLessThanOrEqual(0.5);
    });

    it("suppresses a microphone's noise while it is set, and is not set if its files cannot be loaded", async () => {
        const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
        const bob = await suite.openAsync({ name: "Bob", voice: "device", constraints, spatial: { panningModel: "equalpower" } });
        await alice.set({ muted: true });
        expect(await alice.join("noise")).toBeNull();
        expect(await bob.join("noise")).toBeNull();
        await alice.untilLevel({ ear: "both", above: 0.02 });
        // Files that cannot be loaded change nothing.
        expect(await setAsync(bob, { worklet: "/nowhere.js" })).toBe("serverUnreachable");
        expect(await setAsync(bob, { simdWasm: "/nowhere.wasm" })).toBe("serverUnreachable");
        expect(await setAsync(bob, { simdWasm: "/", wasm: "/" })).toBe("unsupported");
        const before = await alice.usualLevel({ ear: "left" }, 500);
        expect(before).toBeGreaterThan(0.02);
        expect(await setAsync(bob, {})).toBe("set");
        await alice.untilLevel({ ear: "both", below: before / 4 });
        expect(await setAsync(bob, null)).toBe("set");
        await alice.untilLevel({ ear: "left", above: 0.9 * before });
    }, 120_000);
});
