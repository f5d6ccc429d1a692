import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "../../e2e/harness/chromium";
import { PersonPage } from "../../e2e/harness/personPage";
import type { IPersonOptions } from "../../pages/lab/index";
import type { ITestimony } from "../../pages/lab/witness";
import { launchOnAsync } from "./hostBrowser";
import { listConnections } from "./listConnections";
import { Network } from "./network";
import type { Host } from "./network";
import { ServerProcess } from "./serverProcess";
import type { StartOptions } from "../../server/harness";
import { everything, pitch, Testimony, tonesFor } from "./testimony";
import type { Name } from "./testimony";

/** The long forms, of `npm run test:network -- --long`. */
export const isLong = process.env.BABYLON_RTC_NETWORK_LONG !== undefined && process.env.BABYLON_RTC_NETWORK_LONG !== "";

/** A page, with the host that its browser runs on. */
export interface IPerson {
    readonly name: Name;
    readonly host: Host;
    readonly page: PersonPage;
}

/** Changes to the settings of somebody's page. */
type Settings = Readonly<Partial<Record<Name, Pick<IPersonOptions, "opus">>>>;

/** A server and people in Chromium pages, each on a host of its own. */
export class People {
    public readonly server: ServerProcess;
    /** Time in which the first of them came in and heard another one, undisturbed, in milliseconds. */
    public coldJoinMs = NaN;
    private readonly _network: Network;
    private readonly _folder = mkdtempSync(join(tmpdir(), "network-people-"));
    private readonly _browsers = new Map<Name, Browser>();
    private readonly _people = new Map<Name, IPerson>();
    private readonly _options: StartOptions;
    private readonly _how: Settings;
    private _rooms = 0;

    private constructor(network: Network, server: ServerProcess, options: StartOptions, how: Settings) {
        this._network = network;
        this.server = server;
        this._options = options;
        this._how = how;
    }

    /**
     * Starts the server and a browser for each; nobody is in a room yet.
     * @param names - who there will be
     * @param options - of the server
     * @param how - settings of single pages
     */
    static async StartAsync(names: readonly Name[], options: StartOptions = {}, how: Settings = {}): Promise<People> {
        const network = await Network.StartAsync(["server", ...names]);
        const people = new People(network, new ServerProcess(network.host("server")), options, how);
        try {
            await people.server.startAsync(options);
            for (const name of names) {
                people._browsers.set(name, await launchOnAsync(network.host(name), people._folder, people.server.url));
            }
            return people;
        } catch (error) {
            await people.closeAsync();
            throw error;
        }
    }

    get network(): Network {
        return this._network;
    }

    /** Where the server runs. */
    get serverHost(): Host {
        return this._network.host("server");
    }

    /** Somebody who is there. */
    of(name: Name): IPerson {
        const person = this._people.get(name);
        if (!person) {
            throw new Error(`${name} is not there`);
        }
        return person;
    }

    /**
     * Makes the network whole, opens new pages for some people in a new room, waits until each hears all others, and has each listen from then on.
     * @param names - who; all others are away
     */
    async meetAsync(...names: readonly Name[]): Promise<readonly IPerson[]> {
        const people = await this.comeAsync(...names);
        // What is usual is what is heard before the fault: a second of it.
        await Promise.all(people.map(({ page }) => page.page.evaluate(() => globalThis.lab.witness?.forget())));
        await this.untilSteadyAsync(names, 20_000);
        return people;
    }

    /** Like `meetAsync`, but whoever is there and well, or is so within 5 s of an undisturbed network, stays in the same page. */
    async stayAsync(...names: readonly Name[]): Promise<void> {
        if (names.every((name) => this._people.has(name))) {
            await Promise.all(names.map((name) => this.of(name).page.page.evaluate(() => globalThis.lab.witness?.forget())));
            if (
                await this.untilSteadyAsync(names, 5_000).then(
                    () => true,
                    () => false,
                )
            ) {
                return;
            }
        }
        await this.meetAsync(...names);
    }

    /** Like `meetAsync`, but what is heard and seen as they enter counts. */
    async comeAsync(...names: readonly Name[]): Promise<readonly IPerson[]> {
        await this.openAsync(...names);
        const begin = performance.now();
        const room = `room ${++this._rooms}`;
        for (const name of names) {
            expect(await this.of(name).page.join(room)).toBeNull();
        }
        await this.untilAllHearAsync(names, 20_000);
        this.coldJoinMs = Number.isNaN(this.coldJoinMs) ? performance.now() - begin : this.coldJoinMs;
        return names.map((name) => this.of(name));
    }

    /**
     * Makes the network whole, and opens new pages for some people, who listen from then on but are in no room yet.
     * @param names - who; all others are away
     */
    async openAsync(...names: readonly Name[]): Promise<readonly IPerson[]> {
        await Promise.all([...this._people.values()].map(({ page }) => page.close()));
        this._people.clear();
        await this._network.relay.blockAsync([]);
        for (const host of [this.serverHost, ...[...this._browsers.keys()].map((name) => this._network.host(name))]) {
            await host.mendAsync();
            host.plug();
        }
        for (const name of names) {
            const context = await this._browserOf(name).newContext({ viewport: { width: 320, height: 240 } });
            const { url } = this.server;
            const page = await PersonPage.OpenAsync(
                context,
                { server: url, name, voice: pitch[name], spatial: { panningModel: "equalpower" }, ...this._how[name] },
                { url, closeContext: () => context.close(), watch: listConnections },
            );
            await page.page.evaluate(
                async (pitches) => {
                    const { world, plugin } = globalThis.lab.here;
                    globalThis.lab.witness = await globalThis.lab.Witness.StartAsync(world.audio, plugin, pitches);
                },
                [...Object.values(pitch), everything],
            );
            this._people.set(name, { name, page, host: this._network.host(name) });
        }
        return names.map((name) => this.of(name));
    }

    /** Waits until each of some people hears all others of them. @returns when, in milliseconds since 1970 */
    async untilAllHearAsync(names: readonly Name[], timeoutMs: number): Promise<number> {
        await Promise.all(
            names.flatMap((name) => names.filter((other) => other !== name).map((other) => this.untilHearsAsync(name, other, timeoutMs))),
        );
        return Date.now();
    }

    /** Waits until somebody hears somebody. @returns when, in milliseconds since 1970 */
    async untilHearsAsync(name: Name, other: Name, timeoutMs: number): Promise<number> {
        try {
            await this.of(name).page.untilLevel({ ear: "both", hz: pitch[other], above: 0.05, timeoutMs });
        } catch (cause) {
            const said = JSON.stringify(await this.of(name).page.report());
            throw new Error(`${name} does not hear ${other} within ${timeoutMs} ms: ${said}`, { cause });
        }
        return Date.now();
    }

    /**
     * Waits until each of some people is in the room and in its voice, and has heard all others of them for a second without a gap.
     * @returns what each heard and saw; rejects with it if it takes too long
     */
    async untilSteadyAsync(names: readonly Name[], timeoutMs: number): Promise<readonly Testimony[]> {
        const end = performance.now() + timeoutMs;
        const areWellAsync = async (): Promise<boolean> =>
            (
                await Promise.all(
                    names.map((name) =>
                        this.of(name).page.page.evaluate(
                            (pitches) => globalThis.lab.witness?.isWell(pitches) ?? false,
                            Object.values(tonesFor(name, names)),
                        ),
                    ),
                )
            ).every((isWell) => isWell);
        while (!(await areWellAsync())) {
            if (performance.now() > end) {
                const [now, heard] = [Date.now(), await this.testimoniesAsync(names)];
                const told = heard.map((each) => each.tell(now, tonesFor(each.name, names))).join("\n");
                throw new Error(`not all hear all within ${timeoutMs} ms; 0 is now:\n${told}`);
            }
            await new Promise((resolve) => setTimeout(resolve, 250));
        }
        return await this.testimoniesAsync(names);
    }

    /** Testimonies of some people since they met. */
    async testimoniesAsync(names: readonly Name[]): Promise<readonly Testimony[]> {
        return await Promise.all(names.map((name) => this.testimonyAsync(name)));
    }

    /** Testimony of somebody since they met. */
    async testimonyAsync(name: Name): Promise<Testimony> {
        const told = await this.of(name).page.page.evaluate((): ITestimony => {
            const { witness } = globalThis.lab;
            if (!witness) {
                throw new Error("nobody listens");
            }
            return witness.testify();
        });
        return new Testimony(name, told);
    }

    async closeAsync(): Promise<void> {
        const closing = [...this._browsers.values()].map((browser) => browser.close().catch(() => undefined));
        // A browser that sleeps answers nobody.
        [...this._browsers.keys()].forEach((name) => this._network.host(name).signal("SIGCONT"));
        await Promise.all(closing);
        await this.server.stopAsync("SIGKILL");
        await this._network.closeAsync();
        rmSync(this._folder, { recursive: true, force: true });
    }

    /** Starts the server anew, as it was started first. */
    async restartServerAsync(change: StartOptions = {}): Promise<void> {
        await this.server.startAsync({ ...this._options, ...change });
    }

    private _browserOf(name: Name): Browser {
        const browser = this._browsers.get(name);
        if (!browser) {
            throw new Error(`${name} has no browser`);
        }
        return browser;
    }
}
