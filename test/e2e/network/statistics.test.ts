import type { Page } from "playwright-core";
import type { ILinkStatistics, RtcEvent } from "babylon-rtc";
import { linkQuality } from "../../../src/rtc/statistics/linkQuality";
import { enterAsync, enterBothAsync, enterVoiceAsync, quieten } from "../../server/clients";
import { modifiable, type IModified } from "../harness/modified";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { PersonPage } from "../harness/personPage";

const pitch = { Alice: 440, Bob: 650 } as const;
const spatial = { panningModel: "equalpower" } as const;

/** Events that `events$` of a page has emitted, as plain data. */
interface IListening {
    told: (RtcEvent & { readonly code?: string })[];
}

/** Records a page's events from now on. */
class Told {
    private readonly _page: Page;

    private constructor(page: Page) {
        this._page = page;
    }

    public static async OfAsync({ page }: PersonPage): Promise<Told> {
        await page.evaluate(() => {
            const listening = globalThis as unknown as IListening;
            listening.told = [];
            globalThis.lab.here.plugin.rtc.events$.subscribe((event) => {
                const code = "error" in event ? { code: event.error.code, error: undefined } : {};
                listening.told.push({ ...event, ...code } as IListening["told"][number]);
            });
        });
        return new Told(page);
    }

    /** Waits until an event matches. Returns all matching events. */
    public async untilAsync(wish: Readonly<Record<string, unknown>>, timeoutMs = 10_000): Promise<IListening["told"]> {
        const find = (like: Readonly<Record<string, unknown>>): IListening["told"] =>
            (globalThis as unknown as IListening).told.filter((event) =>
                Object.entries(like).every(([key, value]) => (event as Readonly<Record<string, unknown>>)[key] === value),
            );
        const found = `(${find.toString()})(${JSON.stringify(wish)})`;
        try {
            await this._page.waitForFunction(`${found}.length > 0`, undefined, { timeout: timeoutMs, polling: 20 });
        } catch (cause) {
            throw new Error(`waited in vain for ${JSON.stringify(wish)}; told was ${JSON.stringify(await this.allAsync())}`, { cause });
        }
        return await this._page.evaluate(found);
    }

    public allAsync(): Promise<IListening["told"]> {
        return this._page.evaluate(() => (globalThis as unknown as IListening).told);
    }

    public forgetAsync(): Promise<void> {
        return this._page.evaluate(() => {
            (globalThis as unknown as IListening).told = [];
        });
    }
}

/** A page whose sockets are accessible. */
interface IWatched {
    readonly sockets: WebSocket[];
}

/**
 * Keeps every socket of a page in `sockets`. A socket with `dead` set neither sends nor receives, as without a network. Runs in a page before any
 * other script.
 */
function watchSockets(): void {
    const sockets: WebSocket[] = [];
    Object.assign(globalThis, { sockets });
    globalThis.WebSocket = class extends WebSocket {
        public dead = false;
        public constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            sockets.push(this);
            this.addEventListener("message", (event) => this.dead && event.stopImmediatePropagation());
        }
        public override send(data: string | BufferSource | Blob): void {
            if (!this.dead) {
                super.send(data);
            }
        }
    };
}

/** A page's statistics of the link to a member, and the round-trip times and jitter that the browser measured meanwhile, in milliseconds. */
interface ISeenLink extends ILinkStatistics {
    readonly members: number;
    readonly durationMs: number;
    readonly again: boolean;
    readonly browser: { readonly roundTripMs: readonly number[]; readonly jitterMs: readonly number[] };
}

/** Waits until sound has arrived over the link. Returns the link's statistics. */
function linkAsync(person: PersonPage, name: string): Promise<ISeenLink> {
    return person.page.evaluate(async (who) => {
        const { lab, modified } = globalThis as typeof globalThis & { readonly modified?: IModified };
        const browser = { roundTripMs: [] as number[], jitterMs: [] as number[] };
        const lookAsync = async (): Promise<void> => {
            for (const connection of modified?.connections ?? []) {
                (await connection.getStats()).forEach(
                    (each: { readonly type: string; readonly currentRoundTripTime?: number; readonly jitter?: number }) => {
                        if (each.type === "candidate-pair" && each.currentRoundTripTime !== undefined) {
                            browser.roundTripMs.push(1_000 * each.currentRoundTripTime);
                        } else if (each.type === "inbound-rtp" && each.jitter !== undefined) {
                            browser.jitterMs.push(1_000 * each.jitter);
                        }
                    },
                );
            }
        };
        const stop = new AbortController();
        const looks = (async () => {
            while (!stop.signal.aborted) {
                await lookAsync();
                await new Promise((resolve) => setTimeout(resolve, 20));
            }
        })();
        const link = await new Promise<Omit<ISeenLink, "browser">>((resolve) => {
            const subscription = lab.here.plugin.rtc.stats$.subscribe(({ links, memberCount, durationMs, join }) => {
                const found = links.get(lab.here.idOf(who));
                if (found?.receiveKbps && found.lossPercent !== null) {
                    queueMicrotask(() => subscription.unsubscribe());
                    resolve({ ...found, members: memberCount, durationMs, again: join.again });
                }
            });
        });
        stop.abort();
        await looks;
        await lookAsync();
        return { ...link, browser };
    }, name);
}

/** @returns `jitterBufferTarget` of each receiver of a page's connected calls, in milliseconds; null = the browser's default */
function targetsAsync({ page }: PersonPage): Promise<(number | null)[]> {
    return page.evaluate(() => {
        const { connections } = (globalThis as unknown as { readonly modified: IModified }).modified;
        return connections
            .filter(({ connectionState }) => connectionState === "connected")
            .flatMap((connection) => connection.getReceivers().map((receiver) => receiver.jitterBufferTarget));
    });
}

describe("Events and statistics", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    let bobId: string;
    let aliceTold: Told;
    let bobTold: Told;

    beforeAll(async () => {
        quieten();
        suite = await startSuiteAsync({ server: { graceSeconds: 1 } });
        alice = await suite.openAsync({ name: "Alice", voice: pitch.Alice, spatial, watch: modifiable });
        bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial, watch: watchSockets });
        aliceTold = await Told.OfAsync(alice);
        bobTold = await Told.OfAsync(bob);
        expect(await alice.join("events")).toBeNull();
        await alice.until(`report.connection === "connected"`);
    }, 120_000);

    afterAll(() => suite.closeAsync());

    async function bobInAsync(): Promise<void> {
        await alice.untilLevel({ ear: "both", hz: pitch.Bob, above: 0.05 });
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
    }

    it("room: join: a result with room, user, elapsed ms, and again: false for a first join", async () => {
        expect(await bob.page.evaluate(() => globalThis.lab.here.joinAsync("events", { attributes: { team: "red" } }))).toBeNull();
        const [joined] = await bobTold.untilAsync({ type: "joined" });
        expect(joined).toMatchObject({ user: { name: "Bob" }, again: false });
        expect(joined?.type === "joined" && joined.elapsedMs).toBeGreaterThan(0);
        bobId = (await bob.report()).self?.id ?? "";
        expect(joined?.type === "joined" && joined.user.id).toBe(bobId);
        await bobInAsync();
    });

    it("room: user joined: reports elapsed ms and the app's attributes, then the published voice", async () => {
        const [joined] = await aliceTold.untilAsync({ type: "memberJoined" });
        expect(joined).toMatchObject({ member: { id: bobId, name: "Bob", attributes: { team: "red" } } });
        expect(joined?.type === "memberJoined" && joined.elapsedMs).toBeGreaterThan(0);
        await aliceTold.untilAsync({ type: "published", id: bobId, reason: "published" });
    });

    it("room: statistics, regularly: duration, member count; round trip, loss, bitrates, path and quality of each link", async () => {
        const link = await linkAsync(alice, "Bob");
        expect(link).toMatchObject({ members: 2, again: false, path: "direct", codec: "opus" });
        expect(link.durationMs).toBeGreaterThan(2_000);
        // The values depend on the machine; they must be the values that the browser measures.
        expect(link.browser.roundTripMs.length).toBeGreaterThan(0);
        expect(link.browser.roundTripMs).toContainEqual(expect.closeTo(link.roundTripMs ?? NaN, 3));
        expect(Math.min(...link.browser.jitterMs)).toBeLessThanOrEqual((link.jitterMs ?? NaN) + 1e-3);
        expect(Math.max(...link.browser.jitterMs)).toBeGreaterThanOrEqual((link.jitterMs ?? NaN) - 1e-3);
        expect(link.bufferMs).toBeGreaterThan(0);
        expect(link.receiveKbps).toBeGreaterThan(5);
        expect(link.receiveKbps).toBeLessThan(100);
        expect(link.sendKbps).toBeGreaterThan(5);
        expect(link.lossPercent).toBeLessThan(10);
        const { roundTripMs, bufferMs, concealedPercent, lossPercent, quality, sendMode } = link;
        // test/unit/rtc/statistics/linkQuality.test.ts tests which figures give which quality.
        expect(quality).toBe(linkQuality({ roundTripMs, bufferMs, lossPercent, missingPercent: concealedPercent, sendMode }));
        expect(quality).not.toBe("unknown");
    });

    it("publish / unpublish own voice: others get published / unpublished with the reason", async () => {
        await aliceTold.forgetAsync();
        await bob.page.evaluate(() => (globalThis.lab.here.plugin.rtc.published = false));
        await aliceTold.untilAsync({ type: "unpublished", id: bobId, reason: "unpublished" });
        await bob.page.evaluate(() => (globalThis.lab.here.plugin.rtc.published = true));
        await aliceTold.untilAsync({ type: "published", id: bobId, reason: "republished" });
        await bobInAsync();
    });

    it("mute own voice: others get a notice, and so does the muted member", async () => {
        await bob.set({ muted: true });
        for (const told of [aliceTold, bobTold]) {
            await told.untilAsync({ type: "muted", id: bobId, by: "self" });
        }
        await bob.set({ muted: false });
        for (const told of [aliceTold, bobTold]) {
            await told.untilAsync({ type: "unmuted", id: bobId, by: "self" });
        }
    });

    it("capture: start / stop: others get a notice", async () => {
        await aliceTold.forgetAsync();
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.stopCapture());
        await aliceTold.untilAsync({ type: "captureStopped", id: bobId });
        await bob.page.evaluate(() => globalThis.lab.here.plugin.rtc.startCaptureAsync());
        await aliceTold.untilAsync({ type: "captureStarted", id: bobId });
        await bobInAsync();
    });

    it("room: join while already in it: leaves and joins again in one call", async () => {
        await Promise.all([aliceTold, bobTold].map((told) => told.forgetAsync()));
        expect(await bob.join("events")).toBeNull();
        await bobTold.untilAsync({ type: "left", reason: "left" });
        expect((await bobTold.untilAsync({ type: "joined" }))[0]).toMatchObject({ again: false });
        await aliceTold.untilAsync({ type: "memberLeft", id: bobId, reason: "quit" });
        await aliceTold.untilAsync({ type: "memberJoined" });
        const kinds = (await aliceTold.allAsync()).map(({ type }) => type);
        expect(kinds.indexOf("memberLeft")).toBeLessThan(kinds.indexOf("memberJoined"));
        expect(await aliceTold.allAsync()).not.toContainEqual(expect.objectContaining({ reason: "failed" }));
        await bobInAsync();
    });

    it("room: connection state: reconnecting, then reconnected, after a broken socket; joined has again: true", async () => {
        await Promise.all([aliceTold, bobTold].map((told) => told.forgetAsync()));
        await bob.page.evaluate(() => globalThis.lab.here.insides.breakSocket());
        await bobTold.untilAsync({ type: "warning", scope: "room", code: "serverUnreachable" });
        await bobTold.untilAsync({ type: "connection", state: "reconnecting" });
        await bobTold.untilAsync({ type: "connection", state: "reconnected" });
        expect((await bobTold.untilAsync({ type: "joined" }))[0]).toMatchObject({ again: true });
        // The voices continued, so the member has not left in between.
        expect(await bobTold.allAsync()).not.toContainEqual(expect.objectContaining({ type: "left" }));
        expect((await linkAsync(bob, "Alice")).again).toBe(true);
        await bobInAsync();
    });

    it("room: connection state: reconnects after 12 s of silence from the server, without leaving the room", async () => {
        await bobTold.forgetAsync();
        await bob.page.evaluate(() => {
            const socket = (globalThis as unknown as IWatched).sockets.findLast(({ url }) => !url.includes("/peerjs"));
            Object.assign(socket ?? {}, { dead: true });
        });
        const begin = performance.now();
        await bobTold.untilAsync({ type: "connection", state: "reconnecting" }, 30_000);
        expect(performance.now() - begin).toBeGreaterThan(11_000);
        await bobTold.untilAsync({ type: "connection", state: "reconnected" });
        const kinds = (await bobTold.allAsync()).map(({ type }) => type);
        expect(kinds.filter((kind) => kind === "connection")).toHaveLength(2);
        expect(kinds).not.toContain("left");
        await bobInAsync();
    });

    it("errors: engine-wide: reports audio as interrupted and emits disposed when the app disposes the audio engine", async () => {
        const carol = await suite.openAsync({ name: "Carol", voice: 930, spatial });
        const told = await Told.OfAsync(carol);
        expect(await carol.join("events")).toBeNull();
        await carol.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await carol.page.evaluate(() => globalThis.lab.here.world.audio.dispose());
        await carol.until(`report.audio === "interrupted"`);
        await told.untilAsync({ type: "error", scope: "engine", code: "disposed" });
        await carol.page.evaluate(() => globalThis.lab.here.world.framesAsync(3));
        expect(carol.complaints.filter((complaint) => !complaint.startsWith("Failed to load resource"))).toEqual([]);
        await carol.close();
    });

    it("room: profile: liveBroadcasting buffers 200 ms at the member's own receivers, and not at the others'", async () => {
        const carol = await suite.openAsync({ name: "Carol", voice: 930, spatial, profile: "liveBroadcasting", watch: modifiable });
        expect(await carol.join("events")).toBeNull();
        await carol.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        // The buffer grows gradually. The others' buffers are not measured, since on a busy machine the browser enlarges the buffer of any link.
        let buffered = 0;
        for (let round = 0; round < 5 && buffered < 150; round++) {
            buffered = (await linkAsync(carol, "Alice")).bufferMs ?? 0;
        }
        expect(buffered).toBeGreaterThanOrEqual(150);
        expect(await targetsAsync(carol)).toEqual([200, 200]);
        expect(await targetsAsync(alice)).toEqual([null, null]);
        await carol.close();
    });

    it("room: leave: emits left to the member, and memberLeft with reason quit to others", async () => {
        await Promise.all([aliceTold, bobTold].map((told) => told.forgetAsync()));
        await bob.leave();
        await bobTold.untilAsync({ type: "left", reason: "left" });
        await bobTold.untilAsync({ type: "connection", state: "disconnected" });
        await aliceTold.untilAsync({ type: "unpublished", id: bobId, reason: "left" });
        await aliceTold.untilAsync({ type: "memberLeft", id: bobId, reason: "quit" });
    });

    it("room: user left: dropped after a cut connection, and unpublished with reason disconnected", async () => {
        const { voice } = await enterBothAsync(suite.server.url, "events", "Dave");
        await aliceTold.untilAsync({ type: "published", id: voice.id });
        (voice.room.connection.transport as unknown as { ws: { terminate(): void } }).ws.terminate();
        await aliceTold.untilAsync({ type: "unpublished", id: voice.id, reason: "disconnected" });
        await aliceTold.untilAsync({ type: "memberLeft", id: voice.id, reason: "dropped" });
    });

    it("errors: per room: a second session of the user ends the first with left and error duplicateIdentity", async () => {
        const { identity, id, roomId } = await enterAsync(suite.server.url, "events", "Erin");
        const voice = await enterVoiceAsync(suite.server.url, { identity, id }, roomId);
        const erin = await suite.openAsync({ name: "Erin", voice: 800, spatial, token: identity });
        const told = await Told.OfAsync(erin);
        expect(await erin.join("events")).toBeNull();
        await told.untilAsync({ type: "joined" });
        await aliceTold.untilAsync({ type: "memberLeft", id, reason: "replaced" });
        expect(await voice.left).toBe(4108);
        await enterVoiceAsync(suite.server.url, { identity, id }, roomId);
        await told.untilAsync({ type: "left", reason: "duplicateIdentity", code: "duplicateIdentity" });
        await told.untilAsync({ type: "error", scope: "room", code: "duplicateIdentity" });
        await told.untilAsync({ type: "connection", state: "lost" });
        await erin.close();
    });
});
