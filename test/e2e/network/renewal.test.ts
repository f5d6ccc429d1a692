import { decodeJwt } from "jose";
import { issueGrantAsync } from "../../../server/src/tokens/grants";
import { modifiable } from "../harness/modified";
import type { IModified } from "../harness/modified";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const secret = "a secret of the tests, 32 bytes and more";
const spatial = { panningModel: "equalpower" } as const;
/** Lifetime of the grants, in seconds. A grant is valid for two to three seconds, since the expiry of a JWT is rounded up to a whole second. */
const shortTtl = 2;
const renewals = 10;
const rounds = 3;
/** Tolerance for delays of the machine, in samples: one packet, which is 20 ms at WebRTC's 48 kHz. */
const marginSamples = 960;

/** An event of the RTC room with its time. */
interface INoted {
    readonly at: number;
    readonly type: string;
    readonly reason?: string;
    readonly expiresAt?: number;
}

type Noting = typeof globalThis & { noted: INoted[]; modified: IModified };

describe("A grant that expires", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    /** Lifetime of the grants that the test issues in place of the server, in seconds; null = it issues none. */
    let ttlSeconds: number | null = shortTtl;
    /** Expiry time of the last grant, in milliseconds since the epoch. */
    let lastEnd = 0;

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { secret } });
        alice = await openAsync("Alice", 440);
        bob = await openAsync("Bob", 650);
        expect(await alice.join("renewal")).toBeNull();
        expect(await bob.join("renewal")).toBeNull();
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    /** Opens a person whose grants the test issues, in place of the server's endpoint. */
    async function openAsync(name: string, voice: number): Promise<PersonPage> {
        const person = await suite.openAsync({ name, voice, spatial, watch: modifiable });
        // Otherwise, the response to `/enter` would contain the first grant.
        await person.page.route("**/enter", async (route) => await route.fulfill({ status: 404, json: {} }));
        await person.page.route("**/token", async (route) => {
            if (ttlSeconds === null) {
                const error = { code: "unauthorized", message: "Not any more." };
                await route.fulfill({ status: 401, json: { error } });
                return;
            }
            const { room } = route.request().postDataJSON() as { room: string };
            const { sub = "" } = decodeJwt((route.request().headers().authorization ?? "").replace(/^Bearer /, ""));
            const grant = await issueGrantAsync({ room, user: { id: sub, name }, ttlSeconds, secret });
            lastEnd = grant.expiresAt;
            await route.fulfill({ json: { ...grant, iceServers: [] } });
        });
        await person.page.evaluate(() => {
            const { noted } = Object.assign(globalThis as Noting, { noted: [] as INoted[] });
            globalThis.lab.here.plugin.rtc.events$.subscribe((event) =>
                noted.push({
                    at: Date.now(),
                    type: event.type,
                    ...("reason" in event ? { reason: event.reason } : {}),
                    ...("expiresAt" in event ? { expiresAt: event.expiresAt } : {}),
                }),
            );
        });
        return person;
    }

    const untilRenewedAsync = (person: PersonPage, count: number): Promise<unknown> =>
        person.page.waitForFunction(
            (wanted) => (globalThis as Noting).noted.filter(({ type }) => type === "tokenRenewed").length >= wanted,
            count,
            { timeout: 45_000 },
        );

    const untilRenewedForLongAsync = ({ page }: PersonPage): Promise<unknown> =>
        page.waitForFunction(
            () => {
                const [last] = (globalThis as Noting).noted.filter(({ type }) => type === "tokenRenewed").slice(-1);
                return last !== undefined && (last.expiresAt ?? 0) - last.at > 1_000_000;
            },
            undefined,
            { timeout: 15_000 },
        );

    const renewalsOfAsync = (person: PersonPage): Promise<number> =>
        person.page.evaluate(() => (globalThis as Noting).noted.filter(({ type }) => type === "tokenRenewed").length);

    const notedAsync = async (person: PersonPage, type: string): Promise<INoted> => {
        await person.page.waitForFunction((wanted) => (globalThis as Noting).noted.some((each) => each.type === wanted), type, {
            timeout: 15_000,
        });
        const noted = await person.page.evaluate(() => (globalThis as Noting).noted);
        return noted.filter((each) => each.type === type).slice(-1)[0] ?? { at: NaN, type: "none" };
    };

    /**
     * Number of samples that a page's receivers generated in place of missing ones. The number includes `silentConcealedSamples`, since a gap of more
     * than a few packets fades to silence. Only gaps cause these silent samples, because the tone never stops.
     */
    const concealedAsync = (person: PersonPage): Promise<number> =>
        person.page.evaluate(async () => {
            let concealed = 0;
            for (const connection of (globalThis as Noting).modified.connections) {
                (await connection.getStats()).forEach((each: { type: string; concealedSamples?: number }) => {
                    concealed += each.type === "inbound-rtp" ? (each.concealedSamples ?? 0) : 0;
                });
            }
            return concealed;
        });

    /** Lets Alice and Bob join, renew ten times, then stay equally long without a renewal. Returns the concealed samples at Bob in both periods. */
    async function roundAsync(): Promise<{ during: number; baseline: number }> {
        ttlSeconds = shortTtl;
        await Promise.all([alice, bob].map((person) => person.leave()));
        await Promise.all([alice, bob].map((person) => person.join("renewal")));
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
        const given = await Promise.all([alice, bob].map(renewalsOfAsync));
        const begin = Date.now();
        const before = await concealedAsync(bob);
        await Promise.all([alice, bob].map((person, i) => untilRenewedAsync(person, (given[i] ?? NaN) + renewals)));
        const during = (await concealedAsync(bob)) - before;
        const stretchMs = Date.now() - begin;

        // The next grants are valid for an hour, so that an equally long period passes without a renewal.
        ttlSeconds = 3_600;
        await Promise.all([alice, bob].map(untilRenewedForLongAsync));
        const quiet = await Promise.all([alice, bob].map(renewalsOfAsync));
        const then = await concealedAsync(bob);
        await bob.page.waitForTimeout(stretchMs);
        const baseline = (await concealedAsync(bob)) - then;
        expect(await Promise.all([alice, bob].map(renewalsOfAsync))).toEqual(quiet);
        for (const person of [alice, bob]) {
            expect(await person.report()).toMatchObject({ connection: "connected", errors: [] });
        }
        process.stdout.write(`concealed samples in ${stretchMs} ms: ${during} with ${renewals} renewals each, ${baseline} without\n`);
        return { during, baseline };
    }

    it("token will-expire notice: renewed over ten expiries, conceals no more samples than without renewals", async () => {
        // A gap caused by renewals occurs in every round; a gap caused by the machine does not.
        let round = await roundAsync();
        for (let i = 1; i < rounds && round.during > round.baseline + marginSamples; i++) {
            round = await roundAsync();
        }
        expect(round.during).toBeLessThanOrEqual(round.baseline + marginSamples);
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });
    }, 180_000);

    it("token will-expire: without renewal the member is removed within 2 s of the expiry, and all members see tokenExpired", async () => {
        ttlSeconds = shortTtl;
        await bob.leave();
        await alice.until("report.voices.Bob === undefined");
        expect(await bob.join("renewal")).toBeNull();
        await bob.until(`report.connection === "connected"`);
        const end = lastEnd;
        ttlSeconds = null;
        const seen = alice.page.waitForFunction(
            () => (globalThis as Noting).noted.some(({ type, reason }) => type === "memberLeft" && reason === "tokenExpired"),
            undefined,
            { timeout: 15_000 },
        );
        await seen;
        const left = await notedAsync(bob, "left");
        const atAlice = await notedAsync(alice, "memberLeft");
        expect(left.reason).toBe("tokenExpired");
        expect(atAlice.reason).toBe("tokenExpired");
        expect(atAlice.at).toBeGreaterThanOrEqual(end - 50);
        expect(Math.max(atAlice.at, left.at) - end).toBeLessThan(2_000 + 2 * bob.joinMs);
        await alice.until("report.voices.Bob === undefined");
        await alice.untilLevel({ ear: "both", hz: 650, below: 0.001 });
        // The new grant that Bob requests is refused, too, so he does not reconnect.
        await bob.until(`report.connection === "lost" && report.voices.Alice === undefined`);
        expect(new Set((await bob.report()).errors)).toEqual(new Set(["unauthorized", "tokenExpired"]));
    });
});
