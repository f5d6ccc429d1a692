import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";
import { foreignOrigin, insecureOrigin } from "../harness/guides/guideRun";

describeGuide(
    "add-to-a-game",
    (run) => {
        const voice = "[...latest(guide.plugin.rtc.voices$).values()][0]";

        it("lets two players hear each other from their avatars, change scenes, mute, silence, leave, and see errors", async () => {
            const alice = await run().openAsync();
            const bob = await run().openAsync();
            // The page starts neither sound nor microphone before the click.
            expect(await alice.value("latest(guide.plugin.rtc.audio$)")).toBe("blocked");
            expect(await alice.value("guide.plugin.rtc.capturing")).toBe(false);
            await alice.click("enter");
            await bob.click("enter");
            await hearEachOtherAsync([alice, bob]);

            expect(await alice.value("[...document.querySelectorAll('button')].map(({ disabled }) => disabled)")).toEqual([
                true,
                false,
                false,
            ]);

            // The guide's code adds a stand-in, 3 m away, for the avatar of each voice.
            const bobsPlayer = await bob.value<string>("guide.myPlayer");
            const standIn = `guide.avatars.get("${bobsPlayer}")`;
            await alice.until(`${standIn}?.getBehaviorByName("Voice") !== null && ${standIn}.position.length() > 3`);
            // The avatar appears after the voice, as in a game.
            await alice.value(`(${standIn}.dispose(), guide.avatars.set("${bobsPlayer}", avatarAt(-2, 1.6, 0)))`);
            await alice.until("scene.getTransformNodeByName('avatar').getBehaviorByName('Voice') !== null");
            await alice.until("heard(guide.plugin.rtc)");
            // Beyond 40 m nothing is heard.
            await alice.value("scene.getTransformNodeByName('avatar').position.set(-45, 1.6, 0)");
            await alice.until("loudest(guide.plugin.rtc, 1000).then((level) => level < 0.0001)");
            await alice.value("scene.getTransformNodeByName('avatar').position.set(-2, 1.6, 0)");
            await alice.until("heard(guide.plugin.rtc)");

            // Changes to another scene, with another avatar of Bob, like a game's next level.
            const carries = await alice.value<boolean>(`(async () => {
                const before = scene;
                const { activeCamera } = before;
                globalThis.scene = new before.constructor(before.getEngine());
                new activeCamera.constructor("camera", activeCamera.position.clone(), scene);
                const avatar = avatarAt(-2, 1.6, 0);
                guide.avatars.set("${bobsPlayer}", avatar);
                await guide.changeSceneAsync(before, scene);
                return before.isDisposed && avatar.getBehaviorByName("Voice") !== null;
            })()`);
            expect(carries).toBe(true);
            await alice.until("heard(guide.plugin.rtc)");

            expect(await bob.text("mute")).toBe("Mute me");
            await bob.click("mute");
            await alice.until(`${voice}.muted === true`);
            expect(await bob.text("mute")).toBe("Unmute me");
            await alice.until("!document.getElementById('speaking').textContent.includes('Alice')");
            await bob.click("mute");
            await alice.until(`${voice}.muted === false`);
            await alice.until("document.getElementById('speaking').textContent.includes('Alice')");
            await bob.until("document.getElementById('speaking').textContent.includes('You')");

            await alice.value(`guide.plugin.rtc.silence(${voice}.member.id)`);
            expect(await alice.value(`${voice}.silenced`)).toBe(true);
            await alice.until("loudest(guide.plugin.rtc, 1000).then((level) => level < 0.0001)");
            await alice.value(`guide.plugin.rtc.unsilence(${voice}.member.id)`);

            await bob.click("leave");
            await alice.until("latest(guide.plugin.rtc.voices$).size === 0");
            await bob.value("guide.enterAsync('')");
            expect(await bob.text("trouble")).toMatch(/name/i);
            await bob.click("enter");
            await alice.until("latest(guide.plugin.rtc.voices$).size === 1");
            expect(await bob.text("trouble")).toBe("");

            await bob.value("guide.plugin.dispose()");
            await alice.until("latest(guide.plugin.rtc.voices$).size === 0");
            expect(await alice.value("scene.getTransformNodeByName('avatar').getBehaviorByName('Voice')")).toBeNull();
            expect(run().complaints).toEqual([]);
        });

        afterEach(() => run().closePagesAsync());

        it("reports an insecure page, and a page from an origin that the server does not allow", async () => {
            const script = "globalThis.codes = [];";
            const keep = "guide.plugin.rtc.error$.subscribe(({ code }) => codes.push(code))";
            const insecure = await run().openAsync({ origin: insecureOrigin, script });
            await insecure.value(`${keep}.closed`);
            await insecure.click("enter");
            await insecure.until("codes.includes('unsupported')");

            const foreign = await run().openAsync({ origin: foreignOrigin });
            await foreign.click("enter");
            await foreign.until("document.getElementById('trouble').textContent.includes('origin')");
            expect(await foreign.value("guide.plugin.room.joinAsync('lobby').catch(({ code }) => code)")).toBe("serverUnreachable");
        });

        it("hides the button to enter and says that voice chat has ended once the scene is disposed", async () => {
            const alice = await run().openAsync();
            await alice.click("enter");
            await alice.until("latest(guide.plugin.room.status$).state === 'inRoom'");
            await alice.value("scene.dispose()");
            await alice.until("document.getElementById('trouble').textContent === 'Voice chat has ended.'");
            await alice.until("document.getElementById('place').textContent === ''");
            expect(await alice.value("document.getElementById('enter').hidden")).toBe(true);
        });

        it("shows a message when the server stops", async () => {
            const alice = await run().openAsync();
            await alice.click("enter");
            await alice.until("latest(guide.plugin.room.status$).state === 'inRoom'");
            await run().stopAsync(9000);
            await alice.until("document.getElementById('place').textContent.includes('server')", 2_000);
        });
    },
    { autoplay: false, drawn: false },
);
