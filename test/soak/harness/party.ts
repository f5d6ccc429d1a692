import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Browser } from "../../e2e/harness/chromium";
import { watchTimersAndTracks } from "../../e2e/harness/census";
import { PersonPage } from "../../e2e/harness/personPage";
import { launchOnAsync } from "../../network/harness/hostBrowser";
import { Network } from "../../network/harness/network";
import type { Host } from "../../network/harness/network";
import { ServerProcess } from "../../network/harness/serverProcess";
import { only } from "./judge";
import type { Figures } from "./judge";
import { isCount, lookAtServerAsync, PageProbe } from "./probes";
import type { IHeld } from "./probes";
import type { Random } from "./random";

/** Pitch of each voice in Hz. `device`: the browser's microphone, whose input can be changed. */
const voices = { Alice: "device", Bob: 740, Carol: 1_040, Dave: 1_340 } as const;
type Name = keyof typeof voices;
const stayers = ["Alice", "Bob"] as const;
const comers = ["Carol", "Dave"] as const;
const bots = ["first bots", "second bots"] as const;
/** Room of the stayers, and a second room. */
const rooms = ["the room", "another room"] as const;
/** Timeout of an event, in milliseconds. Page loads and joins have shorter timeouts. */
const patienceMs = 90_000;

/** A random event. */
interface IEvent {
    readonly title: string;
    /** Target of the event. Each target has at most one event at a time. */
    readonly to: string;
    happenAsync(): Promise<void>;
}

/** A server, two people who stay, and others who join and leave, on an unreliable network. */
export class Party {
    /** Distinct failures of events. */
    public readonly complaints = new Set<string>();
    /** Number of events by title. */
    public readonly happened = new Map<string, number>();
    /** Times of server restarts, from `performance.now()`. */
    public readonly restarts: number[] = [];
    private readonly _network: Network;
    private readonly _server: ServerProcess;
    private readonly _random: Random;
    private readonly _folder = mkdtempSync(join(tmpdir(), "network-soak-"));
    private readonly _browsers = new Map<string, Browser>();
    private readonly _people = new Map<Name, PersonPage>();
    private readonly _probes: PageProbe[] = [];
    private readonly _bots = new Map<string, { readonly child: ChildProcess; readonly ended: Promise<void> }>();
    private readonly _busy = new Map<string, Promise<void>>();

    private constructor(network: Network, random: Random) {
        this._network = network;
        this._random = random;
        this._server = new ServerProcess(network.host("server"), 9_000, {
            runner: join(__dirname, "soakServer.mjs"),
            execArgv: ["--expose-gc"],
        });
    }

    /** Starts the network, server and browsers. The stayers join their room. */
    static async StartAsync(random: Random): Promise<Party> {
        const party = new Party(await Network.StartAsync(["server", "bots", ...stayers]), random);
        try {
            await party._startServerAsync();
            for (const name of stayers) {
                party._browsers.set(name, await launchOnAsync(party._network.host(name), party._folder, party._server.url));
                const person = await party._openAsync(name);
                party._probes.push(await PageProbe.OfAsync(name, person.page, party._network.host(name)));
            }
            await party.untilStayersMeetAsync();
            return party;
        } catch (error) {
            await party.closeAsync();
            throw error;
        }
    }

    /** Output of the server so far. */
    get output(): string {
        return this._server.output;
    }

    /**
     * Repeatedly starts all events in random order. Skips an event whose target is still busy. Resolves when the last event is finished.
     * @param ms - duration in milliseconds
     * @param restarts - signals for server restarts in the first repetition, at most one restart per signal
     */
    async rageAsync(ms: number, restarts: readonly NodeJS.Signals[]): Promise<void> {
        const end = performance.now() + ms;
        const events = [...this._events(), ...restarts.map((signal) => this._restart(signal as "SIGKILL" | "SIGTERM"))];
        const usualMs = Math.min(5_000, ms / events.length);
        while (performance.now() < end) {
            for (const event of this._random.shuffle(events)) {
                if (!this._busy.has(event.to) && performance.now() < end) {
                    this._begin(event);
                }
                await this._waitAsync(usualMs * this._random.between(0.5, 1.5));
            }
            events.splice(0, events.length, ...this._events());
        }
        await Promise.all(this._busy.values());
    }

    /** Makes all but the stayers leave, and gives the stayers the same state at each quiet point. */
    async calmAsync(): Promise<void> {
        await Promise.all([...comers.map((name) => this._closeAsync(name)), ...bots.map((name) => this._endBotsAsync(name, "SIGTERM"))]);
        for (const name of stayers) {
            const host = this._network.host(name);
            await host.mendAsync();
            host.plug();
            await this._of(name).page.evaluate(async () => {
                const { rtc } = globalThis.lab.here.plugin;
                rtc.muted = false;
                rtc.deafened = false;
                // A volume other than 1 creates a processing graph, which is then kept. This volume makes sure that each quiet point has the graph.
                rtc.microphone.volume = 0.5;
                await rtc.microphone.selectInputAsync(null);
            });
        }
        await this.untilStayersMeetAsync();
    }

    /** Waits until the stayers are in their room, connected, and receive each other's voice. */
    async untilStayersMeetAsync(): Promise<void> {
        await Promise.all(stayers.map((name) => this._untilMeetsAsync(name)));
    }

    /** Resource figures of server and pages during events. */
    async lookAsync(): Promise<Figures> {
        const all = await Promise.all([lookAtServerAsync(this._server), ...this._probes.map((probe) => probe.lookAsync())]);
        return Object.assign({}, ...all) as Figures;
    }

    /** Resources that server and pages hold at a quiet point. */
    async countAsync(): Promise<IHeld> {
        const pages = await Promise.all(this._probes.map((probe) => probe.countAsync()));
        const server = await lookAtServerAsync(this._server);
        return {
            counts: Object.assign({}, only(server, isCount), ...pages.map(({ counts }) => counts)) as Figures,
            told: Object.assign(
                only(server, (name) => !isCount(name)),
                ...pages.map(({ told }) => told),
            ) as Figures,
        };
    }

    /** Writes heap snapshots of the stayers' pages. */
    async keepHeapsAsync(folder: string): Promise<void> {
        for (const [i, name] of stayers.entries()) {
            await this._probes[i]?.keepHeapAsync(resolve(folder, `${name}.heapsnapshot`));
        }
    }

    async closeAsync(): Promise<void> {
        await Promise.all(bots.map((name) => this._endBotsAsync(name, "SIGKILL")));
        await Promise.all([...this._browsers.values()].map((browser) => browser.close().catch(() => undefined)));
        await this._server.stopAsync("SIGKILL");
        await this._network.closeAsync();
        rmSync(this._folder, { recursive: true, force: true });
    }

    private _events(): readonly IEvent[] {
        const random = this._random;
        const event = (title: string, to: string, happenAsync: () => Promise<unknown>): IEvent => ({
            title,
            to,
            happenAsync: async () => {
                await happenAsync();
            },
        });
        return [
            ...comers.flatMap((name) => [
                event("page comes", name, () => this._comeAsync(name)),
                event("page comes", name, () => this._comeAsync(name)),
                event(
                    "page leaves and closes",
                    name,
                    () =>
                        this._people
                            .get(name)
                            ?.leave()
                            .then(() => this._closeAsync(name)) ?? none,
                ),
                event("page closes", name, () => this._closeAsync(name)),
                event("page is reloaded", name, () => this._reloadAsync(name)),
                event("page changes rooms", name, async () => {
                    await this._people.get(name)?.join(rooms[1]);
                    await this._waitAsync(random.between(500, 4_000));
                    await this._people.get(name)?.join(rooms[0]);
                }),
            ]),
            ...bots.flatMap((name) => [
                event("bots come", name, () => this._startBotsAsync(name)),
                event("bots leave", name, () => this._endBotsAsync(name, "SIGTERM")),
                event("bots come", name, () => this._startBotsAsync(name)),
                event("bots are killed", name, () => this._endBotsAsync(name, "SIGKILL")),
            ]),
            ...stayers.flatMap((name) => {
                const host = this._network.host(name);
                const act = (title: string, actAsync: () => Promise<unknown>): IEvent => event(title, name, actAsync);
                return [
                    act("stayer mutes and unmutes", () => this._forAWhileAsync(name, "mute")),
                    act("stayer is deaf for a while", () => this._forAWhileAsync(name, "deafen")),
                    act("stayer silences somebody for a while", () => this._forAWhileAsync(name, "silence")),
                    act("stayer blocks somebody for a while", () => this._forAWhileAsync(name, "block")),
                    act("stayer changes the microphone", () => this._swapMicrophoneAsync(name)),
                    act("stayer leaves and comes back", async () => {
                        await this._of(name).leave();
                        await this._of(name).join(rooms[0]);
                    }),
                    event("socket is reset", `line of ${name}`, () => this._cutAsync(host)),
                    event("all sockets are reset", `line of ${name}`, () => this._cutAsync(host, Infinity)),
                    event("hole of 1 to 15 s", `line of ${name}`, () => host.holeAsync(random.between(1_000, 15_000))),
                    event("cable is out for 1 to 8 s", `line of ${name}`, async () => {
                        host.unplug();
                        await this._waitAsync(random.between(1_000, 8_000));
                        host.plug();
                    }),
                    event("address changes", `line of ${name}`, async () => host.readdress(random.pick(["abruptly", "smoothly"]))),
                ];
            }),
        ];
    }

    private _restart(signal: "SIGKILL" | "SIGTERM"): IEvent {
        return {
            title: `server restarts (${signal})`,
            to: "server",
            happenAsync: async () => {
                await this._server.stopAsync(signal);
                await this._waitAsync(this._random.between(500, 4_000));
                await this._startServerAsync();
                this.restarts.push(performance.now());
            },
        };
    }

    /** Starts an event. A failure is recorded as a complaint. */
    private _begin({ title, to, happenAsync }: IEvent): void {
        this.happened.set(title, (this.happened.get(title) ?? 0) + 1);
        const happening = Promise.race([
            happenAsync(),
            this._waitAsync(patienceMs).then(() => Promise.reject(new Error(`it takes longer than ${patienceMs / 1_000} s`))),
        ])
            .catch((error: unknown) => {
                this.complaints.add(`${title} (${to}): ${String(error).split("\n", 1)[0] ?? ""}`);
            })
            .finally(() => this._busy.delete(to));
        this._busy.set(to, happening);
    }

    private async _startServerAsync(): Promise<void> {
        await this._server.startAsync({ secret: "a secret that lasts over a restart" });
    }

    private async _openAsync(name: Name): Promise<PersonPage> {
        // People without their own browser use Bob's.
        const browser = this._browsers.get(name) ?? this._browsers.get("Bob");
        if (!browser) {
            throw new Error("There is no browser.");
        }
        const context = await browser.newContext({ viewport: { width: 320, height: 240 } });
        const { url } = this._server;
        try {
            const person = await PersonPage.OpenAsync(
                context,
                { server: url, name, voice: voices[name], spatial: { panningModel: "equalpower" } },
                { url, closeContext: () => context.close(), watch: watchTimersAndTracks },
            );
            this._people.set(name, person);
            return person;
        } catch (error) {
            await context.close();
            throw error;
        }
    }

    private async _untilMeetsAsync(name: Name): Promise<void> {
        const end = performance.now() + patienceMs;
        const person = this._of(name);
        const other = stayers.find((each) => each !== name) ?? name;
        for (let before: number | null = null; ;) {
            const { status, connection, members, reconnecting } = await person.report();
            if (status === "idle" || status === "notAvailable") {
                await person.join(rooms[0]);
            }
            const isIn = status === "inRoom" && !reconnecting && connection === "connected" && members.includes(other);
            const bytes: number | null = isIn ? await person.bytesFrom(other).catch(() => null) : null;
            if (bytes !== null && before !== null && bytes > before) {
                return;
            }
            before = bytes;
            if (performance.now() > end) {
                throw new Error(`${name} does not hear ${other}: ${JSON.stringify(await person.report())}`);
            }
            await this._waitAsync(500);
        }
    }

    /** Opens a page and joins. Does nothing if there already is a page, or if the page cannot be opened because the connection is broken. */
    private async _comeAsync(name: Name): Promise<void> {
        if (!this._people.has(name)) {
            const person = await this._openAsync(name).catch(() => null);
            await person?.join(rooms[0]);
        }
    }

    private async _closeAsync(name: Name): Promise<void> {
        const person = this._people.get(name);
        this._people.delete(name);
        await person?.close();
    }

    private async _reloadAsync(name: Name): Promise<void> {
        const person = this._people.get(name);
        if (!person) {
            return;
        }
        const how = { server: this._server.url, name, voice: voices[name] };
        try {
            await person.page.reload();
            await person.page.evaluate((each) => globalThis.lab.createAsync(each), how);
        } catch {
            // The page could not be loaded, because the connection is broken.
            await this._closeAsync(name);
            return;
        }
        await person.join(rooms[0]);
    }

    private async _startBotsAsync(name: string): Promise<void> {
        if (this._bots.has(name)) {
            return;
        }
        const [enter, ...args] = this._network.host("bots").entrance;
        const count = String(Math.ceil(this._random.between(0, 3)));
        const command = [
            process.execPath,
            resolve("dist/bots/main.js"),
            "--server",
            this._server.url,
            "--room",
            rooms[0],
            "--count",
            count,
        ];
        const child = spawn(enter, [...args, "--", ...command], { stdio: "ignore" });
        const ended = new Promise<void>((done) => child.once("exit", () => done()));
        this._bots.set(name, { child, ended });
        // Bots that cannot join, for example while the server restarts, exit by themselves.
        void ended.then(() => this._bots.get(name)?.child === child && this._bots.delete(name));
        await this._waitAsync(3_000);
    }

    private async _endBotsAsync(name: string, signal: NodeJS.Signals): Promise<void> {
        const started = this._bots.get(name);
        started?.child.kill(signal);
        await Promise.race([started?.ended, this._waitAsync(10_000)]);
        started?.child.kill("SIGKILL");
        await started?.ended;
    }

    /** Resets up to `most` random connections between a host and the server. */
    private async _cutAsync(host: Host, most = 1): Promise<void> {
        const flows = await host.flowsToAsync(this._network.host("server"));
        host.cutTcp(
            this._random
                .shuffle(flows)
                .slice(0, most)
                .map(({ port }) => port),
        );
    }

    private async _forAWhileAsync(name: Name, what: "mute" | "deafen" | "silence" | "block"): Promise<void> {
        const other = this._random.next();
        await this._of(name).page.evaluate(
            async ([wanted, chance, ms]) => {
                const { plugin } = globalThis.lab.here;
                const { rtc } = plugin;
                let ids: readonly string[] = [];
                rtc.voices$.subscribe((voices) => (ids = [...voices.keys()])).unsubscribe();
                const id = ids[Math.floor(chance * ids.length)];
                const set = (is: boolean): void => {
                    if (wanted === "mute") {
                        rtc.muted = is;
                    } else if (wanted === "deafen") {
                        rtc.deafened = is;
                    } else if (id !== undefined) {
                        const change = { silence: ["unsilence", "silence"], block: ["unblock", "block"] } as const;
                        rtc[change[wanted][Number(is) as 0 | 1]](id);
                    }
                };
                set(true);
                await new Promise((over) => setTimeout(over, ms));
                set(false);
            },
            [what, other, this._random.between(300, 3_000)] as const,
        );
    }

    /** Changes the volume and the microphone input. Without a device, only the volume. */
    private async _swapMicrophoneAsync(name: Name): Promise<void> {
        await this._of(name).page.evaluate(
            async ([chance, volume, hasDevices]) => {
                const { microphone } = globalThis.lab.here.plugin.rtc;
                let inputs: readonly string[] = [];
                microphone.devices$
                    .subscribe((all) => (inputs = all.filter(({ kind }) => kind === "input").map(({ id }) => id)))
                    .unsubscribe();
                microphone.volume = volume;
                const input = inputs[Math.floor(chance * inputs.length)];
                if (hasDevices && input !== undefined) {
                    await microphone.selectInputAsync(input);
                }
            },
            [this._random.next(), this._random.pick([0.5, 1, 1.5]), voices[name] === "device"] as const,
        );
    }

    private _of(name: Name): PersonPage {
        const person = this._people.get(name);
        if (!person) {
            throw new Error(`${name} is not there.`);
        }
        return person;
    }

    private _waitAsync(ms: number): Promise<void> {
        return new Promise((over) => setTimeout(over, ms).unref());
    }
}

const none = Promise.resolve();
