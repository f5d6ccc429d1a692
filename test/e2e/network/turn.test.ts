import { resolve } from "node:path";
import type { LinkPath } from "babylon-rtc";
import { startServerAsync } from "../../server/harness";
import { Coturn } from "../harness/turn/coturn";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { PersonPage } from "../harness/personPage";

const spatial = { panningModel: "equalpower" } as const;
/** Lifetime of grants and TURN credentials, in seconds. */
const shortTtl = 10;

type Seeing = typeof globalThis & { candidates: string[]; told: string[]; renewals: number };

/** Records the ICE candidates that the page's connections gather. Runs in a page before any other script. */
function watchCandidates(): void {
    const candidates: string[] = [];
    Object.assign(globalThis, { candidates, told: [], renewals: 0 });
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        public constructor(configuration?: RTCConfiguration) {
            super(configuration);
            this.addEventListener("icecandidate", ({ candidate }) => candidate?.candidate && candidates.push(candidate.candidate));
        }
    };
}

/** Path of the link to a member according to `stats$`, once it is known. */
function pathAsync({ page }: PersonPage, name: string): Promise<LinkPath> {
    return page.evaluate(
        (who) =>
            new Promise<LinkPath>((found) => {
                const { plugin, idOf } = { plugin: globalThis.lab.here.plugin, idOf: (each: string) => globalThis.lab.here.idOf(each) };
                const watching = plugin.rtc.stats$.subscribe(({ links }) => {
                    const path = links.get(idOf(who))?.path ?? "unknown";
                    if (path !== "unknown") {
                        queueMicrotask(() => watching.unsubscribe());
                        found(path);
                    }
                });
            }),
        name,
    );
}

describe("A TURN server", () => {
    let suite: ISuite;
    let coturn: Coturn;

    beforeAll(async () => {
        coturn = await Coturn.StartAsync();
        const { url, secret } = coturn;
        suite = await startSuiteAsync({ server: { turn: { urls: url, secret, ttlSeconds: shortTtl }, grantTtlSeconds: shortTtl } });
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await coturn.closeAsync();
    });

    const openAsync = async (name: string, voice: number, more: { relayOnly?: boolean; server?: string } = {}): Promise<PersonPage> => {
        const person = await suite.openAsync({ name, voice, spatial, watch: watchCandidates, ...more });
        await person.page.evaluate(() => {
            const seeing = globalThis as Seeing;
            const { rtc } = globalThis.lab.here.plugin;
            rtc.error$.subscribe(({ message }) => seeing.told.push(message));
            rtc.events$.subscribe(({ type }) => (seeing.renewals += type === "tokenRenewed" ? 1 : 0));
        });
        return person;
    };
    const candidatesOfAsync = ({ page }: PersonPage): Promise<string[]> => page.evaluate(() => (globalThis as Seeing).candidates);
    const bothHearAsync = async (a: PersonPage, aHz: number, b: PersonPage, bHz: number): Promise<void> => {
        await Promise.all([
            a.untilLevel({ ear: "both", hz: bHz, above: 0.05, timeoutMs: 30_000 }),
            b.untilLevel({ ear: "both", hz: aHz, above: 0.05, timeoutMs: 30_000 }),
        ]);
    };

    it("carries the voices of members with relayOnly, whose addresses stay hidden; stats$ reports relayed", async () => {
        const alice = await openAsync("Alice", 440, { relayOnly: true });
        const bob = await openAsync("Bob", 650, { relayOnly: true });
        expect(await alice.join("relayed")).toBeNull();
        expect(await bob.join("relayed")).toBeNull();
        await bothHearAsync(alice, 440, bob, 650);
        expect(await pathAsync(alice, "Bob")).toBe("relayed");
        expect(await pathAsync(bob, "Alice")).toBe("relayed");
        for (const person of [alice, bob]) {
            const candidates = await candidatesOfAsync(person);
            expect(candidates.length).toBeGreaterThan(0);
            expect(candidates.filter((each) => !each.includes(" typ relay raddr 0.0.0.0 rport 0 "))).toEqual([]);
            expect((await person.report()).errors).toEqual([]);
            await person.close();
        }
    });

    it("relays nothing between members who can connect directly; stats$ reports direct", async () => {
        const alice = await openAsync("Alice", 440);
        const bob = await openAsync("Bob", 650);
        expect(await alice.join("direct")).toBeNull();
        expect(await bob.join("direct")).toBeNull();
        await bothHearAsync(alice, 440, bob, 650);
        expect(await pathAsync(alice, "Bob")).toBe("direct");
        expect(await pathAsync(bob, "Alice")).toBe("direct");
        await Promise.all([alice.close(), bob.close()]);
    });

    it("carries the voices of a member who joins after the first credentials have expired, with renewed credentials", async () => {
        const before = coturn.users().length;
        const alice = await openAsync("Alice", 440, { relayOnly: true });
        const bob = await openAsync("Bob", 650, { relayOnly: true });
        expect(await alice.join("later")).toBeNull();
        // Alice's first credentials were issued just now, so all of them will have expired by `firstEnd`.
        const firstEnd = Date.now() + 1000 * (shortTtl + 1);
        await alice.page.waitForFunction((end) => Date.now() > end && (globalThis as Seeing).renewals > 0, firstEnd, {
            timeout: 60_000,
        });
        expect(await bob.join("later")).toBeNull();
        await bothHearAsync(alice, 440, bob, 650);
        expect(await pathAsync(bob, "Alice")).toBe("relayed");
        const { self } = await alice.report();
        const ends = coturn
            .users()
            .slice(before)
            .filter(({ id }) => id === self?.id);
        expect(ends.length).toBeGreaterThan(0);
        expect(Math.min(...ends.map(({ end }) => end))).toBeGreaterThan(Math.floor(firstEnd / 1000) - 1);
        await Promise.all([alice.close(), bob.close()]);
    });

    it("that rejects the credentials is named in the error message, which says what to check", async () => {
        const server = await startServerAsync({ turn: { urls: coturn.url, secret: "another secret than coturn's" } });
        try {
            const alice = await openAsync("Alice", 440, { relayOnly: true, server: server.url });
            const bob = await openAsync("Bob", 650, { relayOnly: true, server: server.url });
            expect(await alice.join("refused")).toBeNull();
            expect(await bob.join("refused")).toBeNull();
            await bob.until(`report.errors.includes("linkFailed")`, 30_000);
            const told = await bob.page.evaluate(() => (globalThis as Seeing).told.join("\n"));
            expect(told).toMatch(/The TURN server turn:127\.0\.0\.1:\d+\S* rejects the credentials\. Check that the server's turn\.secret/);
            await Promise.all([alice.close(), bob.close()]);
        } finally {
            await server.closeAsync();
        }
    });

    it("is required for relayOnly: without one, joining the RTC room fails with invalidArgument", async () => {
        const server = await startServerAsync({ staticDir: resolve("dist/e2e") });
        try {
            const alice = await openAsync("Alice", 440, { relayOnly: true, server: server.url });
            expect(await alice.join("none")).toBeNull();
            await alice.until(`report.errors.includes("invalidArgument") && report.connection === "lost"`);
            const told = await alice.page.evaluate(() => (globalThis as Seeing).told.join("\n"));
            expect(told).toContain("The option relayOnly needs a TURN server");
            await alice.close();
        } finally {
            await server.closeAsync();
        }
    });
});
