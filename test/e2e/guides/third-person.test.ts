import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";
import { earsScript } from "../harness/guides/guideHeadset";

describeGuide(
    "third-person",
    (run) => {
        it("moves the listener to the player, oriented like the camera or the player, and back to the camera", async () => {
            const alice = await run().openAsync({ script: earsScript });
            const bob = await run().openAsync({ query: "name=Bob" });
            // The player is in view, and the camera can be turned.
            await alice.until("guide.player.getTotalVertices() > 0 && guide.camera.isInFrustum(guide.player)");
            expect(await alice.value("guide.camera.inputs.attachedToElement")).toBe(true);
            for (const page of [alice, bob]) {
                await page.value("plugin.room.joinAsync('third person')");
            }
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
            // Bob's avatar is at the right of the view, 1 m from the player and 8 m from the camera.
            await alice.value("plugin.setAvatar([...latest(plugin.rtc.voices$).keys()][0], avatarAt(1, 0, 0))");
            const [left, right] = ["({ left, right }) => left > 2 * right", "({ left, right }) => right > 2 * left"];
            await alice.until(`(${right})(ears())`);

            // The player turns round, which has no effect while the listener is oriented like the camera.
            await alice.value("guide.player.rotation.y = Math.PI");
            await alice.value("guide.hear('as the player looks')");
            await alice.until(`(${left})(ears())`);
            await alice.value("guide.hear('as the camera looks')");
            await alice.until(`(${right})(ears())`);

            // 43 m from the player, 35 m from the camera.
            const inEarshot = "scene.getTransformNodeByName('avatar').getBehaviorByName('Voice') !== null && heard(plugin.rtc)";
            await alice.value("scene.getTransformNodeByName('avatar').position.set(0, 0, -43)");
            await alice.until("loudest(plugin.rtc, 1000).then((level) => level < 0.0001)");
            await alice.value("guide.hear('from the camera')");
            await alice.until(inEarshot);
            expect(run().complaints).toEqual([]);
        });
    },
    { drawn: false },
);
