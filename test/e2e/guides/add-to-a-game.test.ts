import { describeGuide, hearEachOtherAsync } from "../harness/describeGuide";

describeGuide("add-to-a-game", (run) => {
    const voice = "[...latest(guide.plugin.rtc.voices$).values()][0]";

    it("lets two players hear each other from their avatars, mute, leave, and see what went wrong", async () => {
        const alice = await run().openAsync();
        const bob = await run().openAsync();
        await alice.click("enter");
        await bob.click("enter");
        await hearEachOtherAsync([alice, bob]);

        // The avatar comes after the voice, as in a game.
        const bobsPlayer = await bob.value<string>("guide.myPlayer");
        await alice.value(`guide.avatars.set("${bobsPlayer}", avatarAt(-2, 1.6, 0))`);
        await alice.until("scene.getTransformNodeByName('avatar').getBehaviorByName('Voice') !== null");

        await bob.click("mute");
        await alice.until(`${voice}.muted === true`);
        await alice.until("document.getElementById('speaking').textContent === ''");
        await bob.click("mute");
        await alice.until(`${voice}.muted === false`);
        await alice.until("document.getElementById('speaking').textContent.includes('Alice')");

        await bob.click("leave");
        await alice.until("latest(guide.plugin.rtc.voices$).size === 0");
        await bob.value("guide.enterAsync('')");
        expect(await bob.text("trouble")).toMatch(/name/i);
        await bob.click("enter");
        await alice.until("latest(guide.plugin.rtc.voices$).size === 1");
        expect(await bob.text("trouble")).toBe("");
        expect(run().complaints).toEqual([]);
    });
});
