import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { IGrantReply } from "babylon-rtc-server/wire";
import { parseCommandLine } from "../../../server/src/config/cliOptions";
import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";
import { foreignOrigin, type GuideRun } from "../harness/guides/guideRun";

/** Coturn's `static-auth-secret`. */
const turnSecret = "a secret of server and TURN server";

/** Sends a POST request like our client. Returns the response. */
async function postAsync(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
}

async function openPairAsync(run: GuideRun, program: string) {
    const pages = [await run.openAsync({ program }), await run.openAsync({ program })] as const;
    for (const page of pages) {
        await page.click("enter");
    }
    return pages;
}

describeGuide(
    "room-server",
    (run) => {
        afterEach(() => run().closePagesAsync());

        const inApp = "http://localhost:8080";

        it("lists options that the command accepts", () => {
            const text = readFileSync("docs/guides/room-server.md", "utf8");
            const shown = [...text.matchAll(/^\| `(--[^`]+)`/gm)].map(([, option = ""]) => option);
            const secretFile = join(mkdtempSync(join(tmpdir(), "turn-")), "secret");
            writeFileSync(secretFile, turnSecret);
            const parsed = parseCommandLine(shown.flatMap((option) => option.replace("turn.secret", secretFile).split(" ")));
            rmSync(dirname(secretFile), { recursive: true });
            expect(parsed).toEqual({
                development: true,
                authorize: expect.any(Function) as () => null,
                port: 9000,
                host: "127.0.0.1",
                path: "/voice",
                staticDir: "dist",
                https: true,
                origins: ["https://game.example"],
                rooms: ["table-*"],
                addressHeader: "X-Real-IP",
                turn: { urls: ["turn:turn.game.example:3478"], secret: turnSecret, ttlSeconds: 3600 },
                maxMembers: 8,
            });
        });

        it("runs in an app's own server, limits the members of a room, and leaves other paths to the app", async () => {
            const [alice, bob] = [await run().openAsync({ origin: inApp }), await run().openAsync({ origin: inApp })];
            await alice.click("enter");
            await bob.click("enter");
            await hearEachOtherAsync([alice, bob]);

            const carol = await run().openAsync({ origin: inApp });
            expect(await carol.value("guide.plugin.room.joinAsync('duel').catch(({ code }) => code)")).toBe("roomFull");

            const health = await fetch(`${run().addressOf(8080)}/voice/health`);
            expect(await health.json()).toEqual({
                status: "ok",
                development: true,
                uptimeSeconds: expect.any(Number) as number,
                rooms: 1,
                members: 2,
                rtcRooms: 1,
                peers: 2,
            });
            // Paths outside the server's own path belong to the app.
            expect((await fetch(`${run().addressOf(8080)}/room-server/main.html`)).status).toBe(200);
            expect((await fetch(`${run().addressOf(8080)}/health`)).status).toBe(404);
        });

        it("gives members TURN credentials, and rejects pages of other origins", async () => {
            const voice = `${run().addressOf(8080)}/voice`;
            const origin = "https://game.example";
            const guest = await postAsync(`${voice}/guest`, { name: "Dora" }, { origin });
            expect(guest.headers.get("access-control-allow-origin")).toBe(origin);
            const { identity } = (await guest.json()) as { identity: string };
            const grant = await postAsync(`${voice}/token`, { room: "a room of the app's" }, { authorization: `Bearer ${identity}` });
            const { iceServers } = (await grant.json()) as IGrantReply;
            const [{ urls, username = "", credential } = { urls: "" }] = iceServers;
            expect(urls).toEqual(["turn:turn.game.example:3478"]);
            expect(credential).toBe(createHmac("sha1", turnSecret).update(username).digest("base64"));
            expect((await postAsync(`${voice}/guest`, { name: "Mallory" }, { origin: foreignOrigin })).status).toBe(403);
        });

        it("rate-limits each address behind a proxy separately", async () => {
            const guestAsync = async (address: string): Promise<number> =>
                (await postAsync(`${run().addressOf(8081)}/voice/guest`, { name: "Eve" }, { "x-real-ip": address })).status;
            const flood = await Promise.all(Array.from({ length: 150 }, () => guestAsync("192.0.2.1")));
            expect(flood).toContain(200);
            expect(flood).toContain(429);
            expect(await guestAsync("192.0.2.2")).toBe(200);
        });

        it("lets members of the app's own rooms hear each other until they leave", async () => {
            const pages = await openPairAsync(run(), "ownRooms");
            for (const [index, page] of pages.entries()) {
                await page.value(`guide.matchBegan("match-42", { id: "player-${index}", name: "Player ${index}" })`);
            }
            await hearEachOtherAsync(pages);
            await pages[0].value("guide.matchEnded()");
            await pages[1].until("latest(guide.plugin.rtc.voices$).size === 0");
            await pages[0].until("latest(guide.plugin.rtc.connection$) === 'disconnected'");
        });

        it("lets members of the app's own Colyseus rooms hear each other, in the app's own Colyseus server", async () => {
            const pages = await openPairAsync(run(), "chess");
            await hearEachOtherAsync(pages);
        });

        it("stops with exit code 0, and its clients start to reconnect", async () => {
            const alice = await run().openAsync({ origin: inApp });
            await alice.value("guide.plugin.room.joinAsync('the last room')");
            await alice.until("latest(guide.plugin.rtc.connection$) === 'connected'");
            // The server stops only after it has notified all clients.
            expect(await run().stopAsync(8080)).toBe(0);
            await alice.until("latest(guide.plugin.room.status$).reconnecting === true", 2_000);
        });
    },
    { env: { NODE_ENV: "development", BABYLON_RTC_TURN_SECRET: turnSecret }, drawn: false },
);
