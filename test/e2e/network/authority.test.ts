import { resolve } from "node:path";
import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import type { IRtcServer } from "babylon-rtc-server";
import type { Browser, BrowserContext } from "playwright-core";
import { joinAsync, refusalAsync } from "../../server/clients";
import { launchAsync } from "../harness/chromium";
import { modifiable, rebelAsync, trafficAsync } from "../harness/modified";
import { PersonPage } from "../harness/personPage";

const secret = "a secret of the tests, 32 bytes and more";
const spatial = { panningModel: "equalpower" } as const;
const pitch = { Alice: 440, Bob: 650, Mallory: 1_210 } as const;
/** Level below which a voice counts as silent: −60 dBFS. */
const silence = 0.001;
const heard = 0.05;

type Name = keyof typeof pitch;

/** Internals of the library that a modified client uses. */
interface IInsides {
    readonly _options: {
        readonly transport: { joinAsync(grant: { token: string }, signal: AbortSignal): Promise<{ leaveAsync(): Promise<void> }> };
    };
}

describe("A modified client that ignores the server's decisions", () => {
    let server: IRtcServer;
    let browser: Browser;
    let context: BrowserContext;
    let alice: PersonPage;
    let bob: PersonPage;
    let mallory: PersonPage;
    let room: string;
    let id: string;
    /** Token of the grant with which Mallory joined. */
    let grant: string;

    const openAsync = (name: Name): Promise<PersonPage> =>
        PersonPage.OpenAsync(context, { server: server.url, name, voice: pitch[name], spatial }, { url: server.url, watch: modifiable });

    beforeAll(async () => {
        server = await createRtcServer({ port: 0, secret, development: true, staticDir: resolve("dist/e2e"), log: () => undefined });
        browser = await launchAsync();
        context = await browser.newContext();
        alice = await openAsync("Alice");
        bob = await openAsync("Bob");
        mallory = await openAsync("Mallory");
        // Alice joins first, so she owns the room and moderates.
        for (const person of [alice, bob]) {
            expect(await person.join("authority")).toBeNull();
        }
        // The client then requests the grant separately. A reply of `/enter` would contain no token.
        await mallory.page.route("**/enter", async (route) => await route.fulfill({ status: 404, json: {} }));
        const asked = mallory.page.waitForResponse((response) => response.url().endsWith("/token"));
        expect(await mallory.join("authority")).toBeNull();
        ({ token: grant } = (await (await asked).json()) as { token: string });
        [room, id] = await mallory.page.evaluate(() => {
            const found = ["", ""] as [string, string];
            globalThis.lab.here.plugin.room.status$
                .subscribe((status) => {
                    if (status.state === "inRoom") {
                        found.splice(0, 2, status.room.id, status.self.id);
                    }
                })
                .unsubscribe();
            return found;
        });
        await everybodyHeardAsync();
    }, 120_000);

    afterAll(async () => {
        await browser.close();
        await server.closeAsync();
    });

    async function hearAsync(listener: PersonPage, ...names: Name[]): Promise<void> {
        for (const name of names) {
            await listener.untilLevel({ ear: "both", hz: pitch[name], above: heard, timeoutMs: 10_000 });
        }
    }

    async function everybodyHeardAsync(): Promise<void> {
        await hearAsync(alice, "Bob", "Mallory");
        await hearAsync(bob, "Alice", "Mallory");
        await hearAsync(mallory, "Alice", "Bob");
    }

    /**
     * Runs `act` against Mallory, whose client keeps sending. Expects the listeners not to hear Mallory after 1 s, plus the time of two joins as the share of
     * the machine, nor in the second after that.
     */
    async function expectUnheardAsync(listeners: readonly PersonPage[], act: () => Promise<unknown>): Promise<void> {
        await rebelAsync(mallory, true);
        const begin = performance.now();
        const gone = listeners.map((each) => each.untilLevel({ ear: "both", hz: pitch.Mallory, below: silence }));
        await act();
        await Promise.all(gone);
        expect(performance.now() - begin).toBeLessThan(1_000 + 2 * alice.joinMs);
        const before = await trafficAsync(mallory);
        await Promise.all(
            listeners.map(async (each) => {
                expect(await each.usualLevel({ ear: "both", hz: pitch.Mallory }, 1_000)).toBeLessThan(silence);
            }),
        );
        // Mallory was sending sound, not silence.
        const after = await trafficAsync(mallory);
        expect(after.sentLevel).toBeGreaterThan(0.1);
        expect(after.packetsSent - before.packetsSent).toBeGreaterThan(10);
        await hearAsync(alice, "Bob");
        await hearAsync(bob, "Alice");
    }

    const moderateAsync = (how: "muteAsync" | "inviteToUnmuteAsync"): Promise<void> =>
        alice.page.evaluate(([what, whom]) => globalThis.lab.here.plugin.rtc.moderation[what](whom), [how, id] as const);

    it("token: without the publish privilege is silent to all within 1 s, and is heard after it is restored", async () => {
        await expectUnheardAsync([alice, bob], () => server.setPrivilegesAsync({ room, user: id, privileges: ["subscribe"] }));
        await mallory.until("report.me.publishing === false");
        await rebelAsync(mallory, false);
        await server.setPrivilegesAsync({ room, user: id, privileges: null });
        await everybodyHeardAsync();
    });

    it("token: without the subscribe privilege receives no voice, since other members send it no packets", async () => {
        await server.setPrivilegesAsync({ room, user: id, privileges: ["publish"] });
        await mallory.untilLevel({ ear: "both", below: silence });
        // Packets in flight may still arrive.
        await mallory.page.waitForTimeout(500);
        const before = await trafficAsync(mallory);
        await mallory.page.waitForTimeout(1_000);
        expect((await trafficAsync(mallory)).bytesReceived).toBe(before.bytesReceived);
        await hearAsync(alice, "Mallory");
        await server.setPrivilegesAsync({ room, user: id, privileges: null });
        await everybodyHeardAsync();
    });

    it("mute: muted by a moderator is silent to all within 1 s, and can unmute only after an invitation", async () => {
        await expectUnheardAsync([alice, bob], () => moderateAsync("muteAsync"));
        await mallory.page.evaluate(() => {
            globalThis.lab.here.insides.room.send("mute", { muted: false });
        });
        expect(await bob.usualLevel({ ear: "both", hz: pitch.Mallory }, 1_000)).toBeLessThan(silence);
        expect((await mallory.report()).me).toMatchObject({ muted: "moderator", publishing: false });
        await rebelAsync(mallory, false);
        await moderateAsync("inviteToUnmuteAsync");
        await mallory.until(`report.me.muted === "self"`);
        await bob.until("report.voices.Mallory.muted === true");
        await mallory.set({ muted: false });
        await everybodyHeardAsync();
    });

    it("block: no voice passes between the two within 1 s; direct calls are ignored, other links continue", async () => {
        const blockAsync = (how: "block" | "unblock"): Promise<void> =>
            alice.page.evaluate(([what, whom]) => globalThis.lab.here.plugin.rtc[what](whom), [how, id] as const);
        await expectUnheardAsync([alice], () => blockAsync("block"));
        await mallory.untilLevel({ ear: "both", hz: pitch.Alice, below: silence });
        await hearAsync(bob, "Mallory");
        await hearAsync(mallory, "Bob");
        await mallory.page.evaluate(() => {
            const { insides, tone } = globalThis.lab.here;
            insides.call(insides.peerIdOf("Alice"), tone?.stream ?? new MediaStream());
        });
        expect(await alice.usualLevel({ ear: "both", hz: pitch.Mallory }, 2_000)).toBeLessThan(silence);
        await rebelAsync(mallory, false);
        await blockAsync("unblock");
        await everybodyHeardAsync();
    });

    it("kick with a duration: a kicked client is silent to all within 1 s; old, foreign and forged tokens are rejected", async () => {
        await expectUnheardAsync([alice, bob], () =>
            alice.page.evaluate((whom) => globalThis.lab.here.plugin.rtc.moderation.removeAsync(whom, { seconds: 60 }), id),
        );
        // A banned user is removed from the room, and therefore from its RTC room, too.
        await mallory.until(`report.status === "notAvailable" && report.statusError === "removed"`);
        await mallory.until(`report.connection === "disconnected"`);
        const other = await issueGrantAsync({ room: "another room", user: { id, name: "Mallory" }, secret });
        const foreign = await issueGrantAsync({ room, user: { id: "somebody", name: "Mallory" }, secret: `not ${secret}` });
        const [head = "", , signature = ""] = other.token.split(".");
        const forged = [head, Buffer.from(JSON.stringify({ sub: "somebody", room })).toString("base64url"), signature].join(".");
        const codes: string[] = [];
        for (const token of [grant, foreign.token, forged]) {
            codes.push(
                await mallory.page.evaluate(async (shown) => {
                    const { _options } = globalThis.lab.here.plugin.rtc as unknown as IInsides;
                    return await _options.transport.joinAsync({ token: shown }, new AbortController().signal).then(
                        () => "joined",
                        (error: unknown) => String((error as { code?: unknown }).code),
                    );
                }, token),
            );
        }
        expect(codes).toEqual(["banned", "tokenInvalid", "tokenInvalid"]);
        // Our client always requests the room of the token. A modified client can request another one.
        expect(await refusalAsync(joinAsync(server.url, "rtc", { room, token: other.token }))).toBe("tokenInvalid");
        expect(await alice.usualLevel({ ear: "both", hz: pitch.Mallory }, 500)).toBeLessThan(silence);
        expect((await alice.report()).voices).not.toHaveProperty("Mallory");
    });
});
