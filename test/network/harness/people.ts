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

/** True if the long tests run: `npm run test:network -- --long`. */
export const isLong = process.env.BABYLON_RTC_NETWORK_LONG !== undefined && process.env.BABYLON_RTC_NETWORK_LONG !== "";

/** A person's page, and the host that its browser runs on. */
export interface IPerson {
    readonly name: Name;
    readonly host: Host;
    readonly page: PersonPage;
}

/** Settings of individual pages, by name. */
type Settings = Readonly<Partial<Record<Name, Pick<IPersonOptions, "opus">>>>;

/** Settings that need little CPU, because up to four pages, each with three voices, share two cores. */
const frugalPage: Partial<IPersonOptions> = { spatial: { panningModel: "equalpower" }, frugal: true };

/** A server and people in Chromium pages, each on a separate host. */
export class People {
    public readonly server: ServerProcess;
    /** Longest time of the first groups from the first join until all hear all, without impairment, in milliseconds. Baseline for limits. NaN before. */
    public coldJoinMs = NaN;
    private readonly _network: Network;
    private readonly _folder = mkdtempSync(join(tmpdir(), "network-people-"));
    private readonly _browsers = new Map<Name, Browser>();
    private readonly _people = new Map<Name, IPerson>();
    private readonly _options: StartOptions;
    private readonly _how: Settings;
    /** Groups that `gatherAsync` has brought together. */
    private _groups: readonly (readonly Name[])[] = [];
    private _rooms = 0;

    private constructor(network: Network, server: ServerProcess, options: StartOptions, how: Settings) {
        this._network = network;
        this.server = server;
        this._options = options;
        this._how = how;
    }

    /**
     * Starts the server and one browser per person. Nobody is in a room yet.
     * @param names - people
     * @param options - options of the server
     * @param how - settings of individual pages
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

    /** Host of the server. */
    get serverHost(): Host {
        return this._network.host("server");
    }

    /** A person with an open page. Throws if there is none. */
    of(name: Name): IPerson {
        const person = this._people.get(name);
        if (!person) {
            throw new Error(`${name} is not there`);
        }
        return person;
    }

    /**
     * Removes all impairments, and brings each group of people together in a room of its own, where all hear all. Then restarts the recordings, whose
     * first second is the reference level before a fault. A group that is together and well stays there; all others get new pages.
     * @param groups - the groups; the pages of all other people are closed
     */
    async gatherAsync(...groups: readonly (readonly Name[])[]): Promise<void> {
        await this._mendAsync();
        const isKept = (names: readonly Name[]): boolean => this._groups.some((present) => present.join() === names.join());
        const kept = groups.filter(isKept);
        await this._closeAllBut(kept.flat());
        this._groups = kept;
        const isFirst = Number.isNaN(this.coldJoinMs);
        for (const names of groups.filter((each) => !kept.includes(each))) {
            const tookMs = await this._comeAsync(names);
            this.coldJoinMs = isFirst ? Math.max(this.coldJoinMs || 0, tookMs) : this.coldJoinMs;
        }
        const settling = groups.map((names) => (kept.includes(names) ? this._settleAsync(names) : this._recordAsync(names, 20_000)));
        // If one group fails, the others also end before the next test.
        await Promise.allSettled(settling);
        await Promise.all(settling);
    }

    /**
     * Removes all impairments and opens new pages that record but have not joined a room.
     * @param names - people with pages; the pages of all others are closed
     */
    async openAsync(...names: readonly Name[]): Promise<void> {
        await this._mendAsync();
        await this._closeAllBut([]);
        this._groups = [];
        await this._openAsync(names);
    }

    /** Waits until each person hears all others. @returns the time, in milliseconds since 1970 */
    async untilAllHearAsync(names: readonly Name[], timeoutMs: number): Promise<number> {
        await Promise.all(
            names.flatMap((name) => names.filter((other) => other !== name).map((other) => this.untilHearsAsync(name, other, timeoutMs))),
        );
        return Date.now();
    }

    /** Waits until one person hears another. @returns the time, in milliseconds since 1970 */
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
     * Waits until each person is connected to the room and its voice chat, hears all other people at the same time, and has heard each of them
     * steadily for a second that starts after this call. The second may differ from voice to voice, because on a busy machine, one of many voices is
     * always interrupted.
     * @returns the testimonies; rejects with their text after the timeout
     */
    async untilSteadyAsync(names: readonly Name[], timeoutMs: number): Promise<readonly Testimony[]> {
        const [end, since] = [performance.now() + timeoutMs, Date.now()];
        const missing = new Map(names.map((name) => [name, Object.values(tonesFor(name, names))]));
        const isWellAsync = async (name: Name): Promise<boolean> => {
            const pitches = missing.get(name) ?? [];
            const { isWell, steady } = await this.of(name).page.page.evaluate(
                ([wanted, from, all]) => {
                    const { witness } = globalThis.lab;
                    return {
                        isWell: witness?.isConnected === true && witness.isHearing(all),
                        steady: witness?.steady(wanted, from) ?? [],
                    };
                },
                [pitches, since, Object.values(tonesFor(name, names))] as const,
            );
            const left = pitches.filter((hz) => !steady.includes(hz));
            missing.set(name, left);
            return isWell && left.length === 0;
        };
        const areWellAsync = async (): Promise<boolean> => (await Promise.all(names.map(isWellAsync))).every((isWell) => isWell);
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

    /** Testimonies of people since their recording started. */
    async testimoniesAsync(names: readonly Name[]): Promise<readonly Testimony[]> {
        return await Promise.all(names.map((name) => this.testimonyAsync(name)));
    }

    /** Testimony of a person since the recording started. */
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
        // A stopped browser does not respond, so wake it.
        [...this._browsers.keys()].forEach((name) => this._network.host(name).signal("SIGCONT"));
        await Promise.all(closing);
        await this.server.stopAsync("SIGKILL");
        await this._network.closeAsync();
        rmSync(this._folder, { recursive: true, force: true });
    }

    /** Starts the server again with its original options, except for `change`. */
    async restartServerAsync(change: StartOptions = {}): Promise<void> {
        await this.server.startAsync({ ...this._options, ...change });
    }

    private async _mendAsync(): Promise<void> {
        await this._network.relay.blockAsync([]);
        for (const host of [this.serverHost, ...[...this._browsers.keys()].map((name) => this._network.host(name))]) {
            await host.mendAsync();
            host.plug();
        }
    }

    private async _closeAllBut(names: readonly Name[]): Promise<void> {
        const others = [...this._people.values()].filter(({ name }) => !names.includes(name));
        others.forEach(({ name }) => this._people.delete(name));
        await Promise.all(others.map(({ page }) => page.close()));
    }

    private async _openAsync(names: readonly Name[]): Promise<void> {
        const openOneAsync = async (name: Name): Promise<void> => {
            const context = await this._browserOf(name).newContext({ viewport: { width: 320, height: 240 } });
            const { url } = this.server;
            const page = await PersonPage.OpenAsync(
                context,
                { server: url, name, voice: pitch[name], ...frugalPage, ...this._how[name] },
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
        };
        await Promise.all(names.map(openOneAsync));
    }

    /** Opens new pages, and joins a new room in the order of the names. @returns the time from the first join until all hear all, in milliseconds */
    private async _comeAsync(names: readonly Name[]): Promise<number> {
        await this._openAsync(names);
        const begin = performance.now();
        const room = `room ${++this._rooms}`;
        for (const name of names) {
            expect(await this.of(name).page.join(room)).toBeNull();
        }
        await this.untilAllHearAsync(names, 20_000);
        this._groups = [...this._groups, names];
        return performance.now() - begin;
    }

    /** Restarts the recordings of a group, and waits until all hear all steadily. */
    private async _recordAsync(names: readonly Name[], timeoutMs: number): Promise<void> {
        await Promise.all(names.map((name) => this.of(name).page.page.evaluate(() => globalThis.lab.witness?.forget())));
        await this.untilSteadyAsync(names, timeoutMs);
    }

    /** Like `_recordAsync`, but gives the group new pages if it takes more than 5 s, for example because the previous test has failed. */
    private async _settleAsync(names: readonly Name[]): Promise<void> {
        try {
            await this._recordAsync(names, 5_000);
        } catch {
            this._groups = this._groups.filter((each) => each.join() !== names.join());
            await Promise.all(names.map((name) => this.of(name).page.close()));
            await this._comeAsync(names);
            await this._recordAsync(names, 20_000);
        }
    }

    private _browserOf(name: Name): Browser {
        const browser = this._browsers.get(name);
        if (!browser) {
            throw new Error(`${name} has no browser`);
        }
        return browser;
    }
}
