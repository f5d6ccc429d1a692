import type { IPersonOptions } from "../../pages/lab/index";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { TabBrowser } from "../harness/tabs";
import type { Tab } from "../harness/tabs";

const pitch = { Alice: 440, Bob: 650, Carol: 930, Dave: 1_210 } as const;
const spatial = { panningModel: "equalpower" } as const;

/** Expression for the amplitude of a voice at one ear of a tab's person, over the last 186 ms at 44.1 kHz. */
const ear = (which: "left" | "right", hz: number): string => `lab.person.ears.tone(${hz}).${which}`;

let suite: ISuite;
let throttledBrowser: TabBrowser;
let hiddenTab: Tab;
/** Number of ticks of a 100 ms timer within 65 s in the hidden tab. */
let ticks: Promise<number>;

// The 65 s pass while the other tests run.
beforeAll(async () => {
    suite = await startSuiteAsync();
    // Chromium's strictest throttling runs timers once per minute. By default, it starts after five minutes.
    throttledBrowser = await TabBrowser.LaunchAsync({ args: ["--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"] });
    hiddenTab = await throttledBrowser.openAsync(suite.server.url);
    const options: IPersonOptions = { server: suite.server.url, name: "Alice", voice: pitch.Alice, spatial };
    await hiddenTab.askAsync(`lab.createAsync(${JSON.stringify(options)})`);
    await hiddenTab.askAsync(`lab.person.place("Bob", 2, 0, 0)`);
    expect(await hiddenTab.askAsync(`lab.person.joinAsync("slow")`)).toBeNull();
    await throttledBrowser.openAsync("about:blank");
    await hiddenTab.untilAsync(`document.hidden`);
    ticks = hiddenTab.askAsync<number>(`new Promise((resolve) => {
        let ticks = 0;
        const end = performance.now() + 65_000;
        const tick = () => (performance.now() < end ? (ticks++, setTimeout(tick, 100)) : resolve(ticks));
        tick();
    })`);
    // The test that awaits the promise gets the error.
    ticks.catch(() => undefined);
}, 120_000);

afterAll(async () => {
    await Promise.all([suite.closeAsync(), throttledBrowser.closeAsync()]);
});

describe("A page in a background tab", () => {
    let browser: TabBrowser;
    let alice: Tab;
    let other: Tab;

    beforeAll(async () => {
        browser = await TabBrowser.LaunchAsync();
        alice = await browser.openAsync(suite.server.url);
        const options: IPersonOptions = { server: suite.server.url, name: "Alice", voice: pitch.Alice, spatial };
        await alice.askAsync(`lab.createAsync(${JSON.stringify(options)})`);
        await alice.askAsync(`lab.person.place("Bob", 2, 0, 0), lab.person.place("Carol", -2, 0, 0)`);
        expect(await alice.askAsync(`lab.person.joinAsync("background")`)).toBeNull();
        other = await browser.openAsync("about:blank");
    }, 120_000);

    afterAll(() => browser.closeAsync());

    it("keeps playing voices, positions new members, and removes members who leave", async () => {
        await alice.showAsync();
        const bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        expect(await bob.join("background")).toBeNull();
        await alice.untilAsync(`${ear("right", pitch.Bob)} > 0.05 && ${ear("left", pitch.Bob)} < 0.005`);
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });

        await other.showAsync();
        await alice.untilAsync(`document.hidden`);
        const frame = await alice.askAsync<number>(`lab.person.world.scene.getFrameId()`);

        // Members who heard each other before still do.
        await alice.untilAsync(`${ear("right", pitch.Bob)} > 0.05 && ${ear("left", pitch.Bob)} < 0.005`);
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });

        // A new member whose avatar already exists.
        const carol = await suite.openAsync({ name: "Carol", voice: pitch.Carol, spatial });
        expect(await carol.join("background")).toBeNull();
        await alice.untilAsync(`${ear("left", pitch.Carol)} > 0.05 && ${ear("right", pitch.Carol)} < 0.005`);
        await carol.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await alice.untilAsync(`report.speaking.includes("Carol") && report.voices.Carol.publishing`);

        // A new member whose avatar appears later than the voice.
        const dave = await suite.openAsync({ name: "Dave", voice: pitch.Dave, spatial });
        expect(await dave.join("background")).toBeNull();
        await alice.untilAsync(`${ear("left", pitch.Dave)} > 0.05 && ${ear("right", pitch.Dave)} > 0.05`);
        await alice.askAsync(`lab.person.place("Dave", -2, 0, 0)`);
        await alice.untilAsync(`${ear("left", pitch.Dave)} > 0.05 && ${ear("right", pitch.Dave)} < 0.005`, 4_000);

        // A member walks: the app moves the avatar, as on a message from its server.
        await alice.askAsync(`lab.person.place("Bob", -2, 0, 0)`);
        await alice.untilAsync(`${ear("left", pitch.Bob)} > 0.05 && ${ear("right", pitch.Bob)} < 0.005`, 4_000);

        // One member mutes, and one leaves.
        await dave.set({ muted: true });
        await alice.untilAsync(`report.voices.Dave.muted && ${ear("left", pitch.Dave)} < 0.001`, 4_000);
        const begin = performance.now();
        await carol.leave();
        await alice.untilAsync(
            `report.voices.Carol === undefined && !report.members.includes("Carol") && ${ear("left", pitch.Carol)} < 0.001`,
        );
        expect(performance.now() - begin).toBeLessThan(2_000 + 2 * carol.joinMs);
        expect(await alice.askAsync(`document.hidden`)).toBe(true);
        expect(await alice.askAsync(`lab.person.world.scene.getFrameId()`)).toBe(frame);

        // The tab is in front again, and up to date without a reload.
        await bob.set({ muted: true });
        await alice.showAsync();
        await alice.untilAsync(`!document.hidden && lab.person.world.scene.getFrameId() > ${frame}`);
        await bob.set({ muted: false });
        await alice.askAsync(`lab.person.place("Bob", 2, 0, 0)`);
        await alice.untilAsync(`${ear("right", pitch.Bob)} > 0.05 && ${ear("left", pitch.Bob)} < 0.005`, 2_000);
        expect(await alice.askAsync(`lab.person.report()`)).toMatchObject({ connection: "connected", errors: [] });
        await Promise.all([bob.close(), carol.close(), dave.close()]);
    });
});

describe("A page in a background tab with intensive timer throttling", () => {
    it("stays in the room alone for 65 s, and hears a member who joins afterwards", async () => {
        expect(await ticks).toBeLessThan(80);
        expect(await hiddenTab.askAsync(`lab.person.report()`)).toMatchObject({ status: "inRoom", connection: "connected", errors: [] });
        const bob = await suite.openAsync({ name: "Bob", voice: pitch.Bob, spatial });
        expect(await bob.join("slow")).toBeNull();
        await hiddenTab.untilAsync(`${ear("right", pitch.Bob)} > 0.05 && ${ear("left", pitch.Bob)} < 0.005`, 5_000);
        await bob.untilLevel({ ear: "both", hz: pitch.Alice, above: 0.05 });
        await bob.close();
    }, 120_000);
});
