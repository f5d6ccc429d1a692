import { describeGuide, hearEachOtherAsync } from "../harness/guides/describeGuide";

/** Half a second of silence, as a WAV file, in place of the guide's music. */
const musicScript = `{
    const wav = new DataView(new ArrayBuffer(44 + 8_000));
    [..."RIFF....WAVEfmt "].forEach((letter, at) => wav.setUint8(at, letter.charCodeAt(0)));
    [..."data"].forEach((letter, at) => wav.setUint8(36 + at, letter.charCodeAt(0)));
    [[4, 8_036], [16, 16], [24, 8_000], [28, 16_000], [40, 8_000]].forEach(([at, value]) => wav.setUint32(at, value, true));
    [[20, 1], [22, 1], [32, 2], [34, 16]].forEach(([at, value]) => wav.setUint16(at, value, true));
    const { fetch } = globalThis;
    globalThis.fetch = (url, init) => (String(url).endsWith("/theme.mp3") ? Promise.resolve(new Response(wav.buffer)) : fetch(url, init));
}`;

describeGuide(
    "space",
    (run) => {
        it("lowers the music while the other member speaks, and raises it when they are muted", async () => {
            const alice = await run().openAsync({ script: musicScript });
            const bob = await run().openAsync({ query: "name=Bob", script: musicScript });
            expect(await alice.value("guide.bus.volume")).toBe(1);
            for (const page of [alice, bob]) {
                await page.value("plugin.room.joinAsync('space')");
            }
            await hearEachOtherAsync([alice, bob], "plugin.rtc");
            await alice.until("latest(guide.ducking.active$) && Math.abs(guide.bus.volume - 0.3) < 0.01");
            await bob.value("void (plugin.rtc.muted = true)");
            await alice.until("!latest(guide.ducking.active$) && Math.abs(guide.bus.volume - 1) < 0.01");
            await bob.value("void (plugin.rtc.muted = false)");
            await alice.until("latest(guide.ducking.active$)");
            await alice.value("guide.ducking.dispose()");
            await alice.until("Math.abs(guide.bus.volume - 1) < 0.01");
            expect(run().complaints).toEqual([]);
        });
    },
    { drawn: false },
);
