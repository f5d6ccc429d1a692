import type { IRoomJoinOptions, RoomEvent } from "babylon-rtc";
import { modifiable } from "../harness/modified";
import type { IModified } from "../harness/modified";
import type { PersonPage } from "../harness/personPage";
import { resolve } from "node:path";
import { startServerAsync, type IStartedServer } from "../../server/harness";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;
const pitch = { Alice: 440, Bob: 650 } as const;
/** Maximum extra gap in a listener's sound, compared with an equally long stretch without a fault, in milliseconds. */
const maxGapMs = 60;

/** A change of a page's connection to its room or its RTC room. */
interface IChange {
    readonly at: number;
    readonly away: boolean;
}
type Heard = typeof globalThis & { heard: string[]; changes: IChange[] };

/** Records from now on what a page is notified of about Bob and about its own room. */
const noteAsync = ({ page }: PersonPage): Promise<void> =>
    page.evaluate(() => {
        const { plugin } = globalThis.lab.here;
        const { heard } = Object.assign(globalThis as Heard, { heard: [] as string[] });
        const { room, rtc } = plugin;
        let reconnecting = false;
        room.members$.subscribe((members) => {
            const bob = [...members.values()].find(({ name }) => name === "Bob");
            if (bob && (bob.reconnecting === true) !== reconnecting) {
                reconnecting = bob.reconnecting === true;
                heard.push(reconnecting ? "room: Bob reconnecting" : "room: Bob back");
            }
        });
        (room as unknown as { events$: { subscribe(next: (event: RoomEvent) => void): void } }).events$.subscribe(({ type }) =>
            heard.push(`room: ${type}`),
        );
        rtc.events$.subscribe(({ type }) => heard.push(`voice: ${type}`));
    });
/** Records from now on when a page loses and regains the connection to its room or its RTC room. */
const timeAsync = ({ page }: PersonPage): Promise<void> =>
    page.evaluate(() => {
        const { room, rtc } = globalThis.lab.here.plugin;
        const { changes } = Object.assign(globalThis as Heard, { changes: [] as IChange[] });
        const away = { room: false, voice: false };
        const note = (): unknown => changes.push({ at: performance.now(), away: away.room || away.voice });
        room.status$.subscribe((status) => {
            away.room = status.state !== "inRoom" || status.reconnecting === true;
            note();
        });
        rtc.connection$.subscribe((connection) => {
            away.voice = connection !== "connected";
            note();
        });
        changes.length = 0;
    });
const heardBy = ({ page }: PersonPage): Promise<string[]> => page.evaluate(() => (globalThis as Heard).heard);

type Swallowing = typeof globalThis & { sockets: WebSocket[]; swallowed: Set<WebSocket> };

/** Prepares sockets whose traffic a test can drop, as when the network is lost. Runs in a page before any other script. */
function swallowable(): void {
    const { sockets, swallowed } = Object.assign(globalThis as Swallowing, { sockets: [], swallowed: new Set() });
    globalThis.WebSocket = class extends WebSocket {
        public constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            sockets.push(this);
            this.addEventListener("message", (event) => swallowed.has(this) && event.stopImmediatePropagation());
        }
        public override send(data: string | BufferSource | Blob): void {
            if (!swallowed.has(this)) {
                super.send(data);
            }
        }
    };
}

/** Records what a person hears until `stop`, which returns the longest gap in milliseconds. */
async function recordAsync({ page }: PersonPage): Promise<{ stop(): Promise<number> }> {
    await page.evaluate(async () => {
        const { lab } = globalThis;
        lab.recorder = await lab.Recorder.StartAsync(lab.here.world.audio);
    });
    return {
        stop: () =>
            page.evaluate(() => {
                const { recorder, measure } = globalThis.lab;
                return recorder ? measure.longestGapMs(recorder.stop(), recorder.sampleRate, 0.01) : NaN;
            }),
    };
}

describe("A connection that is lost", () => {
    let suite: ISuite;
    /** The server in use: the suite's at first, later the one that a test has started in its place. */
    let server: IStartedServer;
    let alice: PersonPage;
    let bob: PersonPage;
    /** Duration of Bob's join, until both connections exist, in milliseconds. */
    let joinMs: number;
    let rooms = 0;

    beforeAll(async () => {
        suite = await startSuiteAsync();
        ({ server } = suite);
    }, 60_000);
    afterAll(async () => {
        await suite.closeAsync();
        await server.closeAsync();
    });

    beforeEach(async () => {
        const room = `reconnection ${(rooms += 1)}`;
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial, watch: modifiable });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial, ownContext: true, watch: swallowable });
        expect(await alice.join(room)).toBeNull();
        const begin = performance.now();
        expect(await bob.join(room)).toBeNull();
        await bob.until(`report.connection === "connected"`);
        joinMs = performance.now() - begin;
        await hearEachOtherAsync();
        await noteAsync(alice);
        await timeAsync(bob);
    }, 60_000);
    afterEach(async () => {
        await alice.close();
        await bob.close();
    });

    async function hearEachOtherAsync(timeoutMs = 15_000): Promise<void> {
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05, timeoutMs });
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05, timeoutMs });
    }

    /**
     * The longest gap that Alice hears during an action, in milliseconds, minus the longest gap during an equally long time without a fault
     * afterwards.
     */
    async function gapWhileAsync(actAsync: () => Promise<void>): Promise<number> {
        const recording = await recordAsync(alice);
        const begin = performance.now();
        await actAsync();
        const gap = await recording.stop();
        const quiet = await recordAsync(alice);
        await alice.page.waitForTimeout(performance.now() - begin);
        const usual = await quiet.stop();
        process.stdout.write(`longest gap ${gap.toFixed(1)} ms, without a fault ${usual.toFixed(1)} ms, join ${joinMs.toFixed(0)} ms\n`);
        return gap - usual;
    }

    /** Waits until Bob has been disconnected and has reconnected. Returns the time between the two in milliseconds. */
    async function backAsync(timeoutMs = 30_000): Promise<number> {
        const times = await bob.page.waitForFunction(
            () => {
                const { changes } = globalThis as Heard;
                const [gone, last] = [changes.find(({ away }) => away), changes.at(-1)];
                return gone && last && !last.away && last.at - gone.at;
            },
            undefined,
            { timeout: timeoutMs, polling: 10 },
        );
        return Number(await times.jsonValue());
    }

    it.each(["room", "rtc"] as const)(
        "of the kind %s is back at once: no gap in sound, and others see only the reconnection",
        async (what) => {
            const gap = await gapWhileAsync(async () => {
                await server.cutAsync(what);
                const ms = await backAsync();
                process.stdout.write(`${what}: back in ${ms.toFixed(0)} ms\n`);
                expect(ms).toBeLessThan(1_000 + 2 * joinMs);
                await hearEachOtherAsync();
            });
            expect(gap).toBeLessThanOrEqual(maxGapMs);
            const told = await heardBy(alice);
            expect(told.filter((each) => /memberJoined|memberLeft|left|joined|lost|error/i.test(each))).toEqual([]);
            expect(await bob.report()).toMatchObject({ members: ["Alice", "Bob"], status: "inRoom", errors: [] });
            expect((await alice.report()).errors).toEqual([]);
        },
    );

    /** Notifications of Alice's page that must not occur about a member who reconnects in time. */
    const departures = async (): Promise<string[]> =>
        (await heardBy(alice)).filter((each) => /memberJoined|memberLeft|left|joined|lost|error/i.test(each));

    it("of the kind signalling is restored at once, without a gap in sound or leave and join events", async () => {
        const gap = await gapWhileAsync(async () => {
            await server.cutAsync("signalling");
            expect(await backAsync()).toBeLessThan(1_000 + 2 * joinMs);
            await hearEachOtherAsync();
        });
        expect(gap).toBeLessThanOrEqual(maxGapMs);
        expect(await departures()).toEqual([]);
    });

    it("of a page that is offline for 6 s is back when it is online: no gap in sound, others see the member reconnect", async () => {
        const gap = await gapWhileAsync(async () => {
            const context = bob.page.context();
            await context.setOffline(true);
            await bob.until(`report.reconnecting && report.connection === "reconnecting"`);
            await bob.page.waitForTimeout(6_000);
            expect(await bob.report()).toMatchObject({
                status: "inRoom",
                reconnecting: true,
                connection: "reconnecting",
                members: ["Alice", "Bob"],
            });
            const online = await bob.page.evaluate(() => performance.now());
            await context.setOffline(false);
            await backAsync();
            const back = await bob.page.evaluate(() => (globalThis as Heard).changes.at(-1)?.at ?? NaN);
            process.stdout.write(`offline: back ${(back - online).toFixed(0)} ms after online\n`);
            expect(back - online).toBeLessThan(2_000 + 2 * joinMs);
            await hearEachOtherAsync();
        });
        expect(gap).toBeLessThanOrEqual(maxGapMs);
        expect(await departures()).toEqual([]);
        const told = (await heardBy(alice)).filter((each) => each.includes("Bob"));
        expect(told).toEqual(["room: Bob reconnecting", "room: Bob back"]);
    }, 60_000);

    it("without a close event is detected within 3 s when sockets and voices fall silent together", async () => {
        const swallowed = await bob.page.evaluate(() => {
            const { sockets, swallowed } = globalThis as Swallowing;
            sockets.forEach((socket) => swallowed.add(socket));
            return performance.now();
        });
        // Stops Alice's voice, the only one that Bob hears.
        await alice.page.evaluate(async () => {
            const { connections } = (globalThis as typeof globalThis & { modified: IModified }).modified;
            const senders = connections
                .filter(({ connectionState }) => connectionState === "connected")
                .flatMap((connection) => connection.getSenders());
            await Promise.all(senders.map((sender) => sender.replaceTrack(null)));
        });
        await bob.page.waitForFunction(() => (globalThis as Heard).changes.some(({ away }) => away), undefined, { polling: 10 });
        const gone = await bob.page.evaluate(() => (globalThis as Heard).changes.find(({ away }) => away)?.at ?? NaN);
        process.stdout.write(`dead path: noticed after ${(gone - swallowed).toFixed(0)} ms\n`);
        // Without this detection, it would take at least 12 s.
        expect(gone - swallowed).toBeLessThan(3_000 + 2 * joinMs);
        await backAsync();
        await bob.until(`report.reconnecting === false && report.connection === "connected"`);
        expect(await departures()).toEqual([]);
    }, 60_000);

    /** Reloads Bob's page, creates Bob again, and joins a room. */
    async function reloadAsync(page: PersonPage["page"], room: string, how: IRoomJoinOptions = {}): Promise<void> {
        await page.reload();
        await page.evaluate((options) => globalThis.lab.createAsync(options), {
            server: server.url,
            name: "Bob",
            voice: pitch.Bob,
            spatial,
        });
        expect(await page.evaluate(([name, options]) => globalThis.lab.here.joinAsync(name, options), [room, how] as const)).toBeNull();
    }
    const self = async ({ page }: Pick<PersonPage, "page">): Promise<string | undefined> =>
        await page.evaluate(() => globalThis.lab.here.report().self?.id);

    it("by a reload is restored for the same member, with the mute; others see the member reconnect", async () => {
        const room = `reconnection ${rooms}`;
        const before = await self(bob);
        await bob.set({ muted: true });
        await alice.until(`report.voices.Bob?.muted === true`);
        const begin = performance.now();
        await reloadAsync(bob.page, room);
        expect(await self(bob)).toBe(before);
        await bob.until(`report.connection === "connected" && report.me.muted === "self"`);
        process.stdout.write(`reload: back ${(performance.now() - begin).toFixed(0)} ms after, join ${joinMs.toFixed(0)} ms\n`);
        await alice.until(`report.voices.Bob?.muted === true`);
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05, timeoutMs: 15_000 });
        await bob.set({ muted: false });
        await hearEachOtherAsync();
        expect(await departures()).toEqual([]);
        const told = (await heardBy(alice)).filter((each) => each.includes("Bob"));
        expect(told).toEqual(["room: Bob reconnecting", "room: Bob back"]);
        expect((await alice.report()).members).toEqual(["Alice", "Bob"]);
    }, 60_000);

    it("by a reload is restored to the same private room and its ownership, unless the member has left", async () => {
        expect(await bob.page.evaluate(() => globalThis.lab.here.joinAsync("private", { private: true }))).toBeNull();
        const roomOf = (): Promise<string | undefined> =>
            bob.page.evaluate(() => {
                const { room } = globalThis.lab.here.plugin;
                let id: string | undefined;
                room.room$.subscribe((info) => (id = info ? `${info.id} of ${info.owner}` : undefined)).unsubscribe();
                return id;
            });
        const before = await roomOf();
        expect(before).toContain((await self(bob)) ?? "nobody");
        await reloadAsync(bob.page, "private", { private: true });
        expect(await roomOf()).toBe(before);
        // A member who has left does not return to the room.
        await bob.leave();
        await reloadAsync(bob.page, "private", { private: true });
        expect(await roomOf()).not.toBe(before);
    }, 60_000);

    it("is not caused by duplicating the tab: the copy joins as another member", async () => {
        const opening = bob.page.context().waitForEvent("page");
        await bob.page.evaluate(() => void window.open(location.href));
        const copy = await opening;
        await copy.waitForLoadState();
        expect(await copy.evaluate(() => Object.keys(sessionStorage))).toEqual(await bob.page.evaluate(() => Object.keys(sessionStorage)));
        await copy.evaluate((options) => globalThis.lab.createAsync(options), {
            server: server.url,
            name: "Bob",
            voice: pitch.Bob,
            spatial,
        });
        expect(await copy.evaluate((name) => globalThis.lab.here.joinAsync(name), `reconnection ${rooms}`)).toBeNull();
        await alice.until(`report.members.length === 3`);
        expect(await self({ page: copy })).not.toBe(await self(bob));
        expect(await bob.report()).toMatchObject({ status: "inRoom", connection: "connected" });
    }, 60_000);

    it.each(["killed", "asked to end"])(
        "to a server that is %s and restarted does not interrupt voices, and all members reconnect",
        async (how) => {
            const port = Number(new URL(server.url).port);
            const recording = await recordAsync(alice);
            await (how === "killed" ? server.killAsync() : server.closeAsync());
            await bob.until(`report.reconnecting && report.connection === "reconnecting"`);
            await bob.page.waitForTimeout(2_000);
            expect(await recording.stop()).toBeLessThan(maxGapMs + 20);
            expect(await bob.report()).toMatchObject({ status: "inRoom", members: ["Alice", "Bob"] });

            server = await startServerAsync({ port, staticDir: resolve("dist/e2e") });
            const begin = performance.now();
            const isBack = `report.reconnecting === false && report.connection === "connected" && report.members.length === 2`;
            await Promise.all([alice, bob].map((each) => each.until(isBack, 30_000)));
            await hearEachOtherAsync();
            const ms = performance.now() - begin;
            process.stdout.write(`restart: all hear all ${ms.toFixed(0)} ms after it listens\n`);
            expect(ms).toBeLessThan(5_000 + 2 * joinMs);
        },
        60_000,
    );
});
