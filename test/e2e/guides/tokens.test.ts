import { createHmac } from "node:crypto";
import { issueGrantAsync, type IGrantReply } from "babylon-rtc-server";
import { decodeJwt } from "jose";
import { GrantAuthority } from "../../../server/src/tokens/grants";
import { joinAsync, refusalAsync } from "../../server/clients";
import { describeGuide } from "../harness/guides/describeGuide";
import type { GuidePage } from "../harness/guides/guidePage";
import { guideSecret } from "../harness/guides/guideRun";

/** Stands for coturn's `static-auth-secret`. */
const turnSecret = "a secret between backend and TURN server";
/** Lifetime of a grant, in seconds. */
const grantSeconds = 15;
/** Init script that declares the list of error codes, and answers in place of the backend for the paths that a test has set. */
const script = `
    globalThis.answers = {};
    globalThis.codes = [];
    const ask = globalThis.fetch;
    globalThis.fetch = (path, init) => {
        const answer = answers[path];
        return answer ? Promise.resolve(new Response(JSON.stringify(answer.body ?? {}), { status: answer.status ?? 200 })) : ask(path, init);
    };
`;

describeGuide(
    "tokens",
    (run) => {
        afterEach(() => run().closePagesAsync());

        async function openAsync(login: string): Promise<GuidePage> {
            const page = await run().openAsync({ origin: "http://localhost:8080", query: `login=${login}`, script });
            await page.value("guide.plugin.rtc.error$.subscribe(({ code }) => codes.push(code)).closed");
            return page;
        }
        const enterAsync = (page: GuidePage, room: string, plugin = "guide.plugin"): Promise<string> =>
            page.value(`${plugin}.room.joinAsync("${room}").then(() => "inside", ({ code }) => code)`);
        /** Acts like a modified page: creates `changed`, a plugin with the same session that requests its grants from the server itself. */
        const withoutTokenAsync = (page: GuidePage): Promise<unknown> =>
            page.value(`(async () => {
                guide.plugin.dispose();
                const user = { name: "Somebody", token: guide.session };
                globalThis.changed = await guide.plugin.constructor.AddToSceneAsync(scene, { server: location.origin + "/voice", user });
            })()`);
        const roomIdOf = (page: GuidePage): Promise<string> => page.value("latest(guide.plugin.room.status$).room.id");
        const connected = "latest(guide.plugin.rtc.connection$) === 'connected'";
        const lost = "latest(guide.plugin.rtc.connection$) === 'lost'";
        const answerAsync = (page: GuidePage, path: string, answer: unknown): Promise<unknown> =>
            page.value(`answers["${path}"] = ${JSON.stringify(answer)}`);

        it("lets accounts join under their names, and lets only a moderator mute and ban", async () => {
            // Carol joins first, so that she owns the room: an owner may moderate without the backend's permission.
            const carol = await openAsync("carol");
            const alice = await openAsync("alice");
            const bob = await openAsync("bob");
            for (const page of [carol, alice, bob]) {
                expect(await enterAsync(page, "accounts")).toBe("inside");
                await page.until(connected);
            }
            await alice.until("heard(guide.plugin.rtc)");
            expect(await bob.value("[...latest(guide.plugin.room.members$).values()].map(({ id, name }) => `${id} ${name}`)")).toEqual([
                "account-3 Carol",
                "account-1 Alice",
                "account-2 Bob",
            ]);
            const mute = (id: string): string => `guide.plugin.rtc.moderation.muteAsync("${id}").then(() => "muted", ({ code }) => code)`;
            expect(await bob.value(mute("account-1"))).toBe("notAllowed");
            expect(await alice.value(mute("account-2"))).toBe("muted");
            await bob.until("latest(guide.plugin.rtc.self$).muted === 'moderator'");

            const room = await roomIdOf(alice);
            expect(await bob.value(`guide.banAsync("account-1", "${room}").catch(({ code }) => code)`)).toBe("unauthorized");
            await alice.value(`guide.banAsync("account-2", "${room}")`);
            await bob.until("latest(guide.plugin.room.status$).error?.code === 'removed' || codes.includes('removed')");
            expect(await enterAsync(bob, "accounts")).toBe("unauthorized");
        });

        it("rejects a banned account everywhere, also from a modified page", async () => {
            const [alice, bob, carol] = [await openAsync("alice"), await openAsync("bob"), await openAsync("carol")];
            expect(await enterAsync(alice, "before the ban")).toBe("inside");
            await alice.value(`guide.banAsync("account-2", "${await roomIdOf(alice)}")`);
            expect(await enterAsync(bob, "somewhere else")).toBe("unauthorized");
            await withoutTokenAsync(bob);
            expect(await enterAsync(bob, "somewhere else", "changed")).toBe("unauthorized");
            // The same modified page, with an account that is not banned.
            await withoutTokenAsync(carol);
            expect(await enterAsync(carol, "somewhere else", "changed")).toBe("inside");
            await carol.until("latest(changed.rtc.connection$) === 'connected'");
        });

        it("lets an audience account only listen, also from a modified page", async () => {
            const [alice, dave] = [await openAsync("alice"), await openAsync("dave")];
            expect(await enterAsync(alice, "theatre")).toBe("inside");
            expect(await enterAsync(dave, "theatre")).toBe("inside");
            await dave.until("heard(guide.plugin.rtc)");
            expect(await dave.value("guide.plugin.rtc.capturing")).toBe(false);
            await withoutTokenAsync(dave);
            expect(await enterAsync(dave, "theatre", "changed")).toBe("inside");
            await dave.until("heard(changed.rtc)");
            expect(await dave.value("changed.rtc.capturing")).toBe(false);
            const token = await dave.value<string>(`(async () => {
                const headers = { "content-type": "application/json", authorization: \`Bearer \${guide.session}\` };
                const body = JSON.stringify({ room: latest(changed.room.status$).room.id });
                return (await (await fetch("/voice/token", { method: "POST", headers, body })).json()).token;
            })()`);
            expect(decodeJwt(token).privileges).toEqual(["subscribe"]);
        });

        it("renews grants without an error, and disconnects a member whose grant is not renewed", async () => {
            const alice = await openAsync("alice");
            const carol = await openAsync("carol");
            await alice.value("globalThis.renewals = 0");
            await alice.value("guide.plugin.rtc.events$.subscribe(({ type }) => (renewals += type === 'tokenRenewed' ? 1 : 0)).closed");
            expect(await enterAsync(alice, "renewals")).toBe("inside");
            expect(await enterAsync(carol, "renewals")).toBe("inside");
            await alice.until("renewals >= 2", 3 * grantSeconds * 1000);
            await alice.until("heard(guide.plugin.rtc)");
            expect(await alice.value("codes")).toEqual([]);

            // A member whose grant the backend does not renew is disconnected when the last grant expires.
            await answerAsync(carol, "/grant", { status: 403 });
            await carol.until(lost, 3 * grantSeconds * 1000);
            expect(await carol.value("codes.at(-1)")).toBe("unauthorized");
            await alice.until("latest(guide.plugin.rtc.voices$).size === 0");
        });

        it("requests a grant again after the backend has failed", async () => {
            const alice = await openAsync("alice");
            await answerAsync(alice, "/grant", { status: 500 });
            expect(await enterAsync(alice, "patience")).toBe("inside");
            await alice.until("codes.includes('serverUnreachable')");
            await alice.value("delete answers['/grant']");
            await alice.until(connected);
        });

        it("does not capture the microphone of a member who may not publish", async () => {
            const carol = await openAsync("carol");
            expect(await enterAsync(carol, "audience")).toBe("inside");
            await carol.until("guide.plugin.rtc.capturing");
            const room = await roomIdOf(carol);
            // The server itself would let Alice speak.
            const user = { id: "account-1", name: "Alice" };
            const alice = await openAsync("alice");
            await answerAsync(alice, "/grant", {
                body: await issueGrantAsync({ room, user, privileges: ["subscribe"], secret: guideSecret }),
            });
            expect(await enterAsync(alice, "audience")).toBe("inside");
            await alice.until("heard(guide.plugin.rtc)");
            expect(await alice.value("guide.plugin.rtc.capturing")).toBe(false);
        });

        it("rejects an invalid session, and a grant that is forged, expired or for another room", async () => {
            await expect(run().openAsync({ origin: "http://localhost:8080", query: "login=mallory", script })).rejects.toThrow(
                /Sign in again/,
            );
            await expect(run().openAsync({ origin: "http://localhost:8080", script })).rejects.toThrow(/Sign in again/);
            const liar = await run().openAsync({
                origin: "http://localhost:8080",
                script: `${script}; answers["/login"] = { body: { session: "made up" } };`,
            });
            expect(await enterAsync(liar, "accounts")).toBe("unauthorized");

            const carol = await openAsync("carol");
            const user = { id: "account-3", name: "Carol" };
            const yesterday = Date.now() - 86_400_000;
            const authority = new GrantAuthority(new TextEncoder().encode(guideSecret), () => yesterday);
            const stale = { user, privileges: ["publish"], expiresAt: yesterday + 1_000, membersOnly: false } as const;
            /** Grants that are correct except for one property. */
            const attacks = [
                ["tokenInvalid", (room: string) => issueGrantAsync({ room, user, secret: "another secret, which is long enough" })],
                ["tokenExpired", (room: string) => authority.signAsync({ room, ...stale })],
            ] as const;
            for (const [index, [code, signAsync]] of attacks.entries()) {
                await answerAsync(carol, "/grant", { status: 500 });
                expect(await enterAsync(carol, `attack ${index}`)).toBe("inside");
                const grant = await signAsync(await roomIdOf(carol));
                await carol.value("codes.length = 0");
                await answerAsync(carol, "/grant", { body: grant });
                await carol.until("codes.some((code) => code.startsWith('token'))");
                expect(await carol.value("codes.find((code) => code.startsWith('token'))")).toBe(code);
            }
            // A modified page presents a grant for one room in another room.
            const { token } = await issueGrantAsync({ room: "one room", user, secret: guideSecret });
            const voice = `${run().addressOf(8080)}/voice`;
            expect(await refusalAsync(joinAsync(voice, "rtc", { room: "another room", token }))).toBe("tokenInvalid");
            // With a correct grant, the same page can connect.
            await carol.value("delete answers['/grant']");
            expect(await enterAsync(carol, "no attack")).toBe("inside");
            await carol.until(connected);
        });

        it("gives each account its own expiring TURN credential, as coturn checks it", async () => {
            const session = await (await openAsync("alice")).value<string>("guide.session");
            const headers = { "content-type": "application/json", authorization: `Bearer ${session}` };
            const response = await fetch(`${run().addressOf(8080)}/grant`, { method: "POST", headers, body: '{"room":"a room"}' });
            const { token, iceServers } = (await response.json()) as IGrantReply;
            expect(typeof token).toBe("string");
            const [{ username = "", credential = "" } = {}] = iceServers;
            expect(credential).toBe(createHmac("sha1", turnSecret).update(username).digest("base64"));
            const [ends, id] = username.split(":");
            expect(id).toBe("account-1");
            // The credential is valid for five minutes longer than the grant.
            expect(Math.abs(Number(ends) - Date.now() / 1000 - grantSeconds - 300)).toBeLessThan(30);
        });

        it("answers invalid requests with 400, 401, 403 or 404, and logs no stack trace", async () => {
            const statusAsync = async (path: string, body: string, session = ""): Promise<number> => {
                const headers = { "content-type": "application/json", authorization: `Bearer ${session}` };
                return (await fetch(run().addressOf(8080) + path, { method: "POST", headers, body })).status;
            };
            const session = await (await openAsync("alice")).value<string>("guide.session");
            const long = JSON.stringify({ room: "x".repeat(200) });
            const wrong = ["", "{}", "[]", '{"room":5}', "{", long];
            for (const body of wrong) {
                expect([body, await statusAsync("/login", body)]).toEqual([body, 400]);
                expect([body, await statusAsync("/grant", body, session)]).toEqual([body, 400]);
            }
            expect(await statusAsync("/login", '{"login":"nobody"}')).toBe(401);
            expect(await statusAsync("/grant", '{"room":"a room"}')).toBe(403);
            expect(await statusAsync("/ban", "{", session)).toBe(400);
            expect(await statusAsync("/ban", "{}", session)).toBe(404);
            expect(await statusAsync("/ban", '{"room":"a room","user":"nobody"}', session)).toBe(404);
            expect(await statusAsync("/ban", '{"user":"account-4"}', session)).toBe(400);
            expect(run().outputOf(8080)).not.toMatch(/^ +at /m);
            // The user of the incomplete ban request is not banned.
            expect(await enterAsync(await openAsync("dave"), "not banned")).toBe("inside");
        });

        it("disconnects an account with duplicateIdentity when it joins from elsewhere", async () => {
            const first = await openAsync("carol");
            const second = await openAsync("carol");
            expect(await enterAsync(first, "twice")).toBe("inside");
            await first.until(connected);
            expect(await enterAsync(second, "twice")).toBe("inside");
            await first.until("latest(guide.plugin.room.status$).error?.code === 'duplicateIdentity'");
            await first.until("document.querySelector('[role=alert]').textContent.includes('from another page')");
            expect(await first.value("document.querySelector('button').hidden")).toBe(false);
            await second.until(connected);
        });
    },
    { env: { GRANT_SECONDS: String(grantSeconds), BABYLON_RTC_TURN_SECRET: turnSecret }, drawn: false },
);
