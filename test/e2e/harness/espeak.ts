import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

const help = `These tests need a voice, and espeak-ng does not speak. This brings it:

    sudo apt-get install espeak-ng      (Debian, Ubuntu)
`;

/** Settings of a spoken sentence. */
export interface ISpeaker {
    readonly voice: string;
    /** Words per minute. */
    readonly speed: number;
    /** Pitch, 0 to 99. */
    readonly pitch: number;
}

/** Speaks a sentence. Returns a WAV file in base64. If espeak-ng fails, rejects with the command that installs it. */
export async function sayAsync(words: string, { voice, speed, pitch }: ISpeaker): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "espeak-"));
    const file = join(folder, "speech.wav");
    try {
        await run("espeak-ng", ["-v", voice, "-s", String(speed), "-p", String(pitch), "-w", file, words]);
        return (await readFile(file)).toString("base64");
    } catch (cause) {
        throw new Error(help, { cause });
    } finally {
        await rm(folder, { recursive: true, force: true });
    }
}
