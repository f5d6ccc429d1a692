import { SignJWT } from "jose";
import { issueGrantAsync } from "../../../server/src/tokens/grants";
import { startServerAsync } from "../../server/harness";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const secret = "a secret of the tests, 32 bytes and more";
const spatial = { panningModel: "equalpower" } as const;

describe("Joining a room", () => {
    let suite: ISuite;
    let alice: PersonPage;

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { secret } });
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    /** Expects that a correct attempt works in the same page, with the same plugin. */
    async function expectToJoinAsync(person: PersonPage, room: string): Promise<void> {
        expect(await person.join(room)).toBeNull();
        await person.until(`report.status === "inRoom" && report.connection === "connected"`);
        await person.leave();
        await person.until(`report.status === "idle" && report.connection === "disconnected"`);
    }

    it.each([
        ["an empty name", ""],
        ["a name of 10,000 characters", "x".repeat(10_000)],
        ["control characters", "a\u0000b\u001b"],
    ])("rejects %s with invalidRoomName, and accepts a valid name afterwards", async (_what, name) => {
        expect(await alice.join(name)).toBe("invalidRoomName");
        expect((await alice.report()).status).toBe("idle");
        await expectToJoinAsync(alice, "good name");
    });

    it("rejects with roomFull when the room is full, and succeeds after a member has left", async () => {
        const bob = await suite.openAsync({ name: "Bob", voice: 650, spatial });
        expect(await bob.join("full", { maxMembers: 1 })).toBeNull();
        expect(await alice.join("full")).toBe("roomFull");
        expect((await alice.report()).status).toBe("idle");
        await bob.leave();
        await expectToJoinAsync(alice, "full");
        await bob.close();
    });

    it("rejects with roomNotFound when the room does not exist and may not be created", async () => {
        expect(await alice.join("nowhere", { create: false })).toBe("roomNotFound");
        await expectToJoinAsync(alice, "nowhere");
    });

    it("rejects an invalid identity with unauthorized, and accepts a new plugin with a valid one", async () => {
        const mallory = await suite.openAsync({ name: "Mallory", voice: 650, token: "not a token", spatial });
        expect(await mallory.join("identity")).toBe("unauthorized");
        expect((await mallory.report()).status).toBe("idle");
        // In the same page, a new plugin with the identity of a new guest.
        await mallory.page.evaluate(async (server) => {
            await globalThis.lab.person?.disposeAsync();
            await globalThis.lab.createAsync({ server, name: "Mallory", voice: 650 });
        }, suite.server.url);
        await expectToJoinAsync(mallory, "identity");
        await mallory.close();
    });

    async function forged(kind: "expired" | "wrong secret", room: string, user: { id: string; name: string }): Promise<string> {
        switch (kind) {
            case "expired":
                return await new SignJWT({ room, name: user.name, privileges: ["publish", "subscribe"], membersOnly: true })
                    .setProtectedHeader({ alg: "HS256" })
                    .setIssuer("babylon-rtc")
                    .setAudience("babylon-rtc:grant")
                    .setSubject(user.id)
                    .setIssuedAt(1_000)
                    .setExpirationTime(2_000)
                    .sign(new TextEncoder().encode(secret));
            case "wrong secret":
                return (await issueGrantAsync({ room, user, secret: secret.toUpperCase() })).token;
        }
    }

    it.each([
        ["expired", "tokenExpired"],
        ["wrong secret", "tokenInvalid"],
    ] as const)("enters only the room if the voice token is invalid (%s), emits %s, and connects at the next join", async (kind, code) => {
        const bob = await suite.openAsync({ name: "Bob", voice: 650, spatial });
        // Otherwise, the response to `/enter` would contain the grant.
        await bob.page.route("**/enter", async (route) => await route.fulfill({ status: 404, json: {} }));
        await bob.page.route("**/token", async (route) => {
            const { room } = route.request().postDataJSON() as { room: string };
            const { self } = await bob.report();
            const token = await forged(kind, room, self ?? { id: "nobody", name: "nobody" });
            await route.fulfill({ json: { token, iceServers: [], expiresAt: Date.now() + 60_000 } });
        });
        expect(await bob.join("forged")).toBeNull();
        await bob.until(`report.errors.includes("${code}")`);
        expect((await bob.report()).connection).not.toBe("connected");
        await bob.page.unrouteAll({ behavior: "ignoreErrors" });
        await bob.leave();
        await expectToJoinAsync(bob, "forged");
        await bob.close();
    });

    it("a server that is down gives serverUnreachable, and a later join works", async () => {
        const first = await startServerAsync();
        const port = Number(new URL(first.url).port);
        const bob = await suite.openAsync({ name: "Bob", voice: 650, server: first.url, spatial });
        expect(await first.closeAsync()).toBe(0);
        expect(await bob.join("down")).toBe("serverUnreachable");
        expect((await bob.report()).status).toBe("idle");

        const second = await startServerAsync({ port });
        expect(await bob.join("down")).toBeNull();
        await bob.until(`report.connection === "connected"`);

        // While in the room, Bob reconnects automatically.
        await second.closeAsync();
        await bob.until(`report.status === "inRoom" && report.reconnecting && report.connection === "reconnecting"`);
        const third = await startServerAsync({ port });
        await bob.until(`report.status === "inRoom" && !report.reconnecting && report.connection === "connected"`, 20_000);
        await bob.leave();
        await expectToJoinAsync(bob, "down");
        await third.closeAsync();
        await bob.close();
    });

    it("the same identity in another page replaces the first: the first page gets duplicateIdentity, the second page is heard", async () => {
        const bob = await suite.openAsync({ name: "Bob", voice: 650, spatial });
        expect(await alice.join("twice")).toBeNull();
        expect(await bob.join("twice")).toBeNull();
        await alice.untilLevel({ ear: "both", hz: 650, above: 0.05 });
        const identity = await bob.page.evaluate(async () => {
            const room = globalThis.lab.person?.plugin.room as unknown as { readonly _identity: { tokenAsync(): Promise<string> } };
            return await room._identity.tokenAsync();
        });
        const again = await suite.openAsync({ name: "Bob", voice: 930, token: identity, spatial });
        expect(await again.join("twice")).toBeNull();
        await bob.until(
            `report.status === "notAvailable" && report.statusError === "duplicateIdentity" && report.connection === "disconnected"`,
        );
        await alice.untilLevel({ ear: "both", hz: 930, above: 0.05 });
        await alice.untilLevel({ ear: "both", hz: 650, below: 0.001 });
        expect((await alice.report()).members).toEqual(["Alice", "Bob"]);
        await alice.leave();
        await bob.close();
        await again.close();
    });
});

describe("A member without microphone permission", () => {
    let suite: ISuite;

    beforeAll(async () => {
        suite = await startSuiteAsync({ browser: { microphone: false } });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("joins, hears others, emits microphoneDenied, and publishes without a reload when permission is granted", async () => {
        const alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        const bob = await suite.openAsync({ name: "Bob", voice: "device", spatial, ownContext: true });
        const cdp = await bob.page.context().newCDPSession(bob.page);
        const { targetInfo } = await cdp.send("Target.getTargetInfo");
        const { browserContextId } = targetInfo;
        const setAsync = (setting: "denied" | "granted"): Promise<unknown> =>
            cdp.send("Browser.setPermission", {
                permission: { name: "microphone" },
                setting,
                origin: suite.server.url,
                ...(browserContextId ? { browserContextId } : {}),
            });
        await setAsync("denied");
        expect(await alice.join("denied")).toBeNull();
        expect(await bob.join("denied")).toBeNull();
        await bob.until(`report.errors.includes("microphoneDenied") && report.me.publishing === false`);
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.05 });

        await setAsync("granted");
        await bob.page.evaluate(() => globalThis.lab.person?.plugin.rtc.startAsync());
        await bob.until("report.me.publishing === true");
        // Chromium's fake microphone beeps.
        await alice.untilLevel({ ear: "both", above: 0.01 });
    });
});

describe("A page whose sound the autoplay policy blocks", () => {
    let suite: ISuite;

    beforeAll(async () => {
        suite = await startSuiteAsync({ browser: { autoplay: false } });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("emits audioBlocked after a join without a click, and plays sound after a click", async () => {
        const context = await suite.browser.newContext();
        const page = await context.newPage();
        const cdp = await context.newCDPSession(page);
        // Playwright's `evaluate` would count as a user gesture.
        const askAsync = async (expression: string): Promise<unknown> =>
            (await cdp.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true, userGesture: false })).result.value;
        const person = JSON.stringify({ server: suite.server.url, name: "Alice", voice: 440 });
        await page.goto(suite.server.url);
        expect(await askAsync(`lab.createAsync(${person}).then(() => lab.person.joinAsync("blocked"))`)).toBeNull();
        const untilAsync = async (test: string): Promise<void> => {
            const ask = `new Promise((resolve) => { const look = () => { const report = lab.here.report(); if (${test}) resolve(); else setTimeout(look, 20); }; look(); })`;
            await askAsync(ask);
        };
        await untilAsync(`report.audio === "blocked" && report.errors.includes("audioBlocked")`);
        await askAsync(`document.body.addEventListener("click", () => void lab.person.plugin.rtc.startAsync())`);
        await page.mouse.click(10, 10);
        await untilAsync(`report.audio === "running"`);
        await context.close();
    });
});
