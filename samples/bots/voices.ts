import { readFile, readdir } from "node:fs/promises";
import { readOpusClip } from "./oggOpus.js";
import type { IOpusClip } from "./oggOpus.js";

/** Name, colour and phrases of a bot. */
export interface IBotVoice {
    readonly name: string;
    /** Colour of the avatar, as `#rrggbb`. */
    readonly color: string;
    readonly clips: readonly IOpusClip[];
}

const people: readonly { readonly name: string; readonly color: string }[] = [
    { name: "Rowan", color: "#d9684a" },
    { name: "Hazel", color: "#4aa3d9" },
    { name: "Finn", color: "#6fb04c" },
    { name: "Juno", color: "#c06fd0" },
];

/**
 * Reads the recorded phrases.
 * @param folder - folder with one subfolder per voice
 * @returns all voices, in the order in which they are assigned to bots
 */
export async function loadVoicesAsync(folder: URL): Promise<IBotVoice[]> {
    return Promise.all(
        people.map(async ({ name, color }) => {
            const own = new URL(`${name.toLowerCase()}/`, folder);
            const files = (await readdir(own)).filter((file) => file.endsWith(".opus")).sort();
            const clips = await Promise.all(files.map(async (file) => readOpusClip(await readFile(new URL(file, own)))));
            return { name, color, clips };
        }),
    );
}
