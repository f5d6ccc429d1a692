import { startSuiteAsync, type IOpenOptions, type ISuite } from "./suite";
import { FirefoxBrowser, type IFirefoxOptions } from "./firefox";
import { PersonPage, type IDrivenPage } from "./personPage";

/** Browser of a person's page. */
export type Family = "Chromium" | "Firefox";

/** Pairs of browsers for the Firefox tests: Alice in the first browser, Bob in the second. */
export const pairs: readonly (readonly [Family, Family])[] = [
    ["Chromium", "Firefox"],
    ["Firefox", "Firefox"],
];

/** A person in either browser. */
export type AnyPerson = PersonPage<IDrivenPage>;

/** A real server and both browsers for the tests of one file. */
export interface IPairSuite extends Pick<ISuite, "server"> {
    readonly firefox: FirefoxBrowser;
    /** Opens a page with a person in it. `ownContext` has an effect in Chromium only. */
    openAsync(family: Family, options: IOpenOptions): Promise<AnyPerson>;
    closeAsync(): Promise<void>;
}

/** Starts the server and both browsers. */
export async function startPairSuiteAsync(options: IFirefoxOptions = {}): Promise<IPairSuite> {
    const [suite, firefox] = await Promise.all([startSuiteAsync(), FirefoxBrowser.LaunchAsync(options)]);
    const { server } = suite;
    return {
        server,
        firefox,
        openAsync: async (family, { watch, ownContext = false, ...person }) =>
            family === "Chromium"
                ? await suite.openAsync({ ...person, ownContext, ...(watch ? { watch } : {}) })
                : await PersonPage.OpenAsync(firefox, { server: server.url, ...person }, { url: server.url, ...(watch ? { watch } : {}) }),
        closeAsync: async () => {
            await Promise.all([firefox.closeAsync(), suite.closeAsync()]);
        },
    };
}

/** Level below which a voice counts as silent: −60 dBFS. */
const silence = 0.001;
/** Timeout of waits for a sound, in milliseconds. It allows for two browsers on two cores. */
const timeoutMs = 20_000;

/** Waits until each of the pitches has been heard. */
export async function untilHeardAsync(person: AnyPerson, ...pitches: readonly number[]): Promise<void> {
    await Promise.all(pitches.map((hz) => person.untilLevel({ ear: "both", hz, above: 0.05, timeoutMs })));
}

/** Waits until a pitch is no longer heard; without a pitch, until nothing is heard. */
export async function untilUnheardAsync(person: AnyPerson, hz?: number): Promise<void> {
    await person.untilLevel({ ear: "both", ...(hz === undefined ? {} : { hz }), below: silence, timeoutMs });
}

/**
 * @returns the errors that a page reported, without `audioBlocked`: on a busy machine, opening the output may take longer than the library waits
 */
export async function faultsAsync(person: AnyPerson): Promise<readonly string[]> {
    return (await person.report()).errors.filter((code) => code !== "audioBlocked");
}
