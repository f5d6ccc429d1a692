import type { GuidePage } from "../harness/guides/guidePage";
import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";

// Key that the guide's server requires from its staff.
process.env.STAFF_KEY = "a key of the staff";

const selfId = "latest(plugin.room.status$).self.id";
const muted = "latest(plugin.rtc.self$).muted";

describeGuide(
    "moderation",
    (run) => {
        let alice: GuidePage;
        let bob: GuidePage;

        /** Presses a button in the row of a member. */
        const press = ({ page }: GuidePage, row: string, words: string): Promise<void> =>
            page.locator("#members li", { hasText: row }).getByRole("button", { name: words, exact: true }).click();
        const rows = ({ page }: GuidePage): Promise<string[]> => page.locator("#members li").allInnerTexts();
        /** Waits until the level (root mean square) of all other voices together stays below 0.001 in twelve successive readings. */
        const untilSilent = (page: GuidePage): Promise<void> =>
            page.until(`new Promise((is) => {
            let [quiet, loudest] = [0, 0];
            const subscription = plugin.rtc.levels$({ intervalMs: 100 }).subscribe(({ total }) => {
                loudest = Math.max(loudest, total.rms);
                quiet++;
                if (quiet === 12) { queueMicrotask(() => subscription.unsubscribe()); is(loudest < 0.001); }
            });
        })`);

        beforeAll(async () => {
            alice = await run().openAsync();
            bob = await run().openAsync({ query: "name=Bob" });
            await alice.value("guide.enterRoomAsync('moderated')");
            await bob.value("guide.enterRoomAsync('moderated')");
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
        });

        it("lets members mute themselves, and silence, block and change the volume of others", async () => {
            await bob.click("muteMe");
            expect(await bob.text("muteMe")).toBe("Unmute me");
            await alice.until("document.getElementById('members').textContent.startsWith('Bob (muted)')");
            await bob.click("muteMe");
            await alice.until("!document.getElementById('members').textContent.includes('(muted)')");

            const bobId = await bob.value<string>(selfId);
            await press(alice, "Bob", "Silence");
            expect(await alice.value(`plugin.rtc.voiceOf("${bobId}").silenced`)).toBe(true);
            // Only Alice is affected.
            expect(await bob.value("[...latest(plugin.rtc.voices$).values()][0].silenced")).toBe(false);
            await press(alice, "Bob", "Hear");
            expect(await alice.value(`plugin.rtc.voiceOf("${bobId}").silenced`)).toBe(false);
            await alice.page.getByLabel("Volume").fill("2.5");
            expect(await alice.value(`plugin.rtc.voiceOf("${bobId}").volume`)).toBe(2.5);

            await press(alice, "Bob", "Block");
            await bob.until("[...latest(plugin.rtc.voices$).values()][0].blocked");
            await untilSilent(bob);
            await untilSilent(alice);
            await press(alice, "Bob", "Unblock");
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
        });

        it("shows moderation controls only to the owner, and the server rejects others with notAllowed", async () => {
            expect((await rows(alice)).join()).toContain("Mute for all");
            expect((await rows(bob)).join()).not.toContain("Mute for all");
            expect(await bob.value("document.getElementById('owner').hidden")).toBe(true);
            const aliceId = await alice.value<string>(selfId);
            await bob.value(`guide.tryAsync(plugin.rtc.moderation.muteAsync("${aliceId}"))`);
            expect(await bob.text("refused")).not.toBe("");
            expect(await bob.value(`plugin.rtc.moderation.muteAsync("${aliceId}").catch(({ code }) => code)`)).toBe("notAllowed");
            expect(await bob.value("plugin.room.setLockedAsync(true).catch(({ code }) => code)")).toBe("notAllowed");
            expect(await alice.value(muted)).toBe("no");
        });

        it("mutes a member for all, who can unmute themselves only after being asked to speak", async () => {
            await press(alice, "Bob", "Mute for all");
            await bob.until(`${muted} === "moderator"`);
            expect(await bob.text("muteMe")).toBe("A moderator muted you");
            expect(await bob.text("news")).toBe("You: muted by a moderator.");
            await alice.until("document.getElementById('news').textContent === 'Bob: muted by a moderator.'");
            await untilSilent(alice);
            await bob.value("plugin.rtc.muted = false");
            await untilSilent(alice);
            await press(alice, "Bob", "Ask to speak");
            await bob.until("document.getElementById('news').textContent.startsWith('You may speak again')");
            await bob.until(`${muted} === "self"`);
            await bob.click("muteMe");
            await alice.until("heard(plugin.rtc)");

            await alice.click("muteAll");
            await bob.until(`${muted} === "moderator"`);
            expect(await alice.value(muted)).toBe("no");
            await press(alice, "Bob", "Ask to speak");
            await bob.until(`${muted} === "self"`);
            await bob.click("muteMe");
        });

        it("locks the room, admits a guest by invitation, and sets a password", async () => {
            const carol = await run().openAsync({ query: "name=Carol" });
            await alice.click("lock");
            await alice.until("document.getElementById('lock').textContent === 'Unlock'");
            await carol.value("guide.enterRoomAsync('moderated')");
            expect(await carol.text("refused")).toContain("locked");
            await alice.click("invite");
            await alice.until("document.getElementById('link').textContent.includes('#')");
            await carol.page.evaluate((link) => (location.hash = new URL(link).hash), await alice.text("link"));
            await carol.value("guide.enterRoomAsync('moderated')");
            await carol.until("latest(plugin.room.status$).state === 'inRoom'");
            await carol.value("(location.hash = '', plugin.room.leaveAsync())");
            await alice.click("lock");
            await alice.until("document.getElementById('lock').textContent === 'Lock'");

            await alice.page.locator("#password").fill("tulip");
            await alice.click("setPassword");
            await alice.until("latest(plugin.room.room$).hasPassword");
            await carol.value("guide.enterRoomAsync('moderated', 'rose')");
            expect(await carol.text("refused")).toMatch(/password/i);
            await carol.value("guide.enterRoomAsync('moderated', 'tulip')");
            await carol.until("latest(plugin.room.status$).state === 'inRoom'");
            await carol.page.close();
        });

        it("removes a member from the voice but not from the room, until the member enters again", async () => {
            await alice.until("document.querySelectorAll('#members li').length === 1");
            const bobId = await bob.value<string>(selfId);
            await alice.value(`plugin.rtc.moderation.removeAsync("${bobId}")`);
            await bob.until("latest(plugin.rtc.connection$) === 'lost'");
            await bob.until("document.getElementById('news').textContent === 'A moderator has put you out of the voice.'");
            expect(await bob.value("latest(plugin.room.status$).state")).toBe("inRoom");
            await alice.until("latest(plugin.rtc.voices$).size === 0 && latest(plugin.room.members$).size === 2");
            await bob.value("plugin.room.leaveAsync()");
            await bob.value("guide.enterRoomAsync('moderated', 'tulip')");
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
        });

        it("kicks and bans a member, and notifies both members", async () => {
            await alice.until("document.querySelectorAll('#members li').length === 1");
            await press(alice, "Bob", "Kick");
            await bob.until("document.getElementById('news').textContent === 'You were removed from the room.'");
            await bob.until("latest(plugin.room.status$).state !== 'inRoom'");
            await alice.until("document.getElementById('news').textContent === 'Bob was put out.'");
            await bob.value("guide.enterRoomAsync('moderated', 'tulip')");
            await bob.until("latest(plugin.room.status$).state === 'inRoom'");
            await alice.until("document.querySelectorAll('#members li').length === 1");
            await press(alice, "Bob", "Ban for an hour");
            await bob.until("latest(plugin.room.status$).state !== 'inRoom'");
            expect(await bob.value("plugin.room.joinAsync('moderated', { password: 'tulip' }).catch(({ code }) => code)")).toBe("banned");
            await alice.value("plugin.room.leaveAsync()");
        });

        it("lets the app's backend moderate", async () => {
            for (const page of [alice, bob]) {
                await page.value(`(async () => {
                plugin.dispose();
                const server = "http://localhost:8080/voice";
                globalThis.plugin = await plugin.constructor.AddToSceneAsync(scene, { server, user: { name: "Somebody" } });
                await plugin.room.joinAsync("watched");
            })()`);
            }
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
            const room = await bob.value<string>("latest(plugin.room.room$).id");
            const user = await bob.value<string>(selfId);
            // Sent from a page of the backend's own origin, since the browser maps the guide's port to the backend's.
            const staff = await alice.page.context().newPage();
            await staff.goto("http://localhost:8080/voice/health");
            const post = (key: string, what: object): Promise<number> =>
                staff.evaluate(
                    async ([authorization, body]) =>
                        (await fetch("/moderate", { method: "POST", headers: { authorization }, body })).status,
                    [`Bearer ${key}`, JSON.stringify(what)] as const,
                );
            expect(await post("no key", { room, user, action: "mute" })).toBe(401);
            expect(await post("a key of the staff", { room, user, action: "shout" })).toBe(400);
            const said = await staff.evaluate(
                async ([authorization, body]) => (await fetch("/moderate", { method: "POST", headers: { authorization }, body })).text(),
                ["Bearer a key of the staff", JSON.stringify({ room, user, action: "shout" })] as const,
            );
            expect(said).toContain("`action` must be one of");
            expect(run().outputOf(8080)).toContain(`/moderate: ${said}`);
            expect(await bob.value(muted)).toBe("no");
            expect(await post("a key of the staff", { room, user, action: "mute" })).toBe(204);
            await bob.until(`${muted} === "moderator"`);
            expect(await post("a key of the staff", { room, user, action: "remove", seconds: 3600 })).toBe(204);
            // A banned user is removed from the room, and with it from the RTC room.
            await bob.until("latest(plugin.rtc.connection$) === 'disconnected'");
            expect(await bob.value("latest(plugin.room.status$).state")).toBe("notAvailable");
            await alice.until("latest(plugin.rtc.voices$).size === 0");
            expect(await post("a key of the staff", { room, user, action: "inviteToUnmute" })).toBe(204);
            expect(await post("a key of the staff", { room: "nowhere", user, action: "mute" })).toBe(400);
            // The app may moderate even the owner of the room.
            expect(await post("a key of the staff", { room, user: await alice.value<string>(selfId), action: "mute" })).toBe(204);
            await alice.until(`${muted} === "moderator"`);
            // Browsers log each request that the server rejected.
            expect(run().complaints.filter((complaint) => !/Failed to load resource: .* 40[013]/.test(complaint))).toEqual([]);
        });
    },
    { drawn: false },
);
