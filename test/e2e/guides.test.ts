import { GuideRun } from "./harness/guideRun";
import type { GuidePage } from "./harness/guidePage";

let run: GuideRun;

/** What a guide's code must do, once it runs. Each guide has a browser of its own. */
function describeGuide(name: string, tests: () => void): void {
    describe(`The guide ${name}`, () => {
        beforeAll(async () => {
            run = await GuideRun.StartAsync(name);
        });
        afterAll(async () => {
            await run.closeAsync();
        });
        tests();
    });
}

/** Waits until two pages are in the same room and each hears the other. */
async function hearEachOtherAsync(pages: readonly GuidePage[], rtc: string): Promise<void> {
    for (const page of pages) {
        await page.until(`latest(${rtc}.voices$).size === 1`);
        await page.until(`heard(${rtc})`);
    }
}

describeGuide("add-to-a-game", () => {
    const voice = "[...latest(guide.plugin.rtc.voices$).values()][0]";

    it("lets two players hear each other from their avatars, mute, leave, and see what went wrong", async () => {
        const alice = await run.openAsync();
        const bob = await run.openAsync();
        await alice.click("enter");
        await bob.click("enter");
        await hearEachOtherAsync([alice, bob], "guide.plugin.rtc");

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
        expect(run.complaints).toEqual([]);
    });
});
