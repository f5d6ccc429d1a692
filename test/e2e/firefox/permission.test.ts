import type { FirefoxPage } from "../harness/firefox";
import { startPairSuiteAsync, untilHeardAsync, type AnyPerson, type IPairSuite } from "../harness/pairs";

const aliceHz = 440;
const deskHz = 500;
const spatial = { panningModel: "equalpower" } as const;
/** Speech processing is off, since it would suppress sine tones. */
const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** State that a page reports by itself, on its console. */
interface ITold {
    readonly joined: string | null;
    readonly audio: string;
    readonly connection: string;
    /** Text of the gate, including its button's, and the centre of the button in CSS pixels; null = the gate shows no button. */
    readonly gate: { readonly text: string; readonly x: number; readonly y: number } | null;
}

/**
 * Enters a room and reports the page's state on the console. Runs in a page before any other script, because Puppeteer's `evaluate` would count as a
 * user gesture.
 */
function enterByItself(): void {
    addEventListener("load", () => {
        const runAsync = async (): Promise<void> => {
            const { lab } = globalThis;
            await lab.createAsync({ server: location.origin, name: "Gina", voice: 650, spatial: { panningModel: "equalpower" } });
            lab.audioGate(lab.here.plugin.rtc);
            const joined = await lab.here.joinAsync("gate");
            let told = "";
            setInterval(() => {
                const { audio, connection } = lab.here.report();
                const status = document.querySelector<HTMLElement>("[role=status]");
                const button = status?.querySelector("button");
                button?.focus();
                const { x = 0, y = 0, width = 0, height = 0 } = button?.getBoundingClientRect() ?? {};
                const gate = button ? { text: status?.innerText.replace(/\s+/g, " "), x: x + width / 2, y: y + height / 2 } : null;
                const now = JSON.stringify({ joined, audio, connection, gate });
                if (now !== told) {
                    console.log(`told ${now}`);
                    told = now;
                }
            }, 20);
        };
        void runAsync();
    });
}

describe("A page in Firefox without permissions", () => {
    let suite: IPairSuite;
    let alice: AnyPerson;

    beforeAll(async () => {
        suite = await startPairSuiteAsync({ autoplay: false, microphone: false });
        await suite.firefox.pulse.plugAsync("desk", deskHz);
        await suite.firefox.pulse.setDefaultSourceAsync("desk");
        alice = await suite.openAsync("Chromium", { name: "Alice", voice: aliceHz, spatial });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    describe.each([
        ["the mouse", (page: FirefoxPage, x: number, y: number) => page.driver.mouse.click(x, y)],
        ["the keyboard", (page: FirefoxPage) => page.driver.keyboard.press("Enter")],
    ] as const)("for autoplay", (what, pressAsync) => {
        it(`shows a button while the sound is off; pressing it with ${what} starts the sound and removes the button`, async () => {
            expect(await alice.join("gate")).toBeNull();
            const page = await suite.firefox.newPage();
            const told: ITold[] = [];
            const waiting = new Set<() => void>();
            page.on("console", (message) => {
                const [, text] = /^told (.*)/.exec(message.text()) ?? [];
                if (text !== undefined) {
                    told.push(JSON.parse(text) as ITold);
                    waiting.forEach((look) => look());
                }
            });
            const untilToldAsync = (is: (now: ITold) => boolean): Promise<ITold> =>
                new Promise((resolve, reject) => {
                    const timer = setTimeout(() => reject(new Error(`waited in vain; ${JSON.stringify(told)}`)), 20_000);
                    const look = (): void => {
                        const now = told.at(-1);
                        if (now && is(now)) {
                            clearTimeout(timer);
                            waiting.delete(look);
                            resolve(now);
                        }
                    };
                    waiting.add(look);
                    look();
                });
            await page.addInitScript(enterByItself);
            await page.goto(suite.server.url);
            const blocked = await untilToldAsync(({ connection, gate }) => connection === "connected" && gate !== null);
            expect(blocked).toMatchObject({ joined: null, audio: "blocked", gate: { text: "The sound is off Hear everybody" } });
            await pressAsync(page, blocked.gate?.x ?? 0, blocked.gate?.y ?? 0);
            await untilToldAsync(({ audio, gate }) => audio === "running" && gate === null);
            // `evaluate` is allowed from here on, since the sound runs and a user gesture has no further effect.
            await page.evaluate((hz) => globalThis.lab.here.ears.untilAsync({ ear: "both", hz, above: 0.05, timeoutMs: 20_000 }), aliceHz);
            await page.close();
            await alice.leave();
        });
    });

    it("reports a denied microphone, plays other voices, and publishes without a reload when permission is granted", async () => {
        await suite.firefox.setMicrophoneAsync(suite.server.url, "deny");
        expect(await alice.join("denied")).toBeNull();
        const bob = await suite.openAsync("Firefox", { name: "Bob", voice: "device", constraints, spatial });
        expect(await bob.join("denied")).toBeNull();
        await bob.until(`report.errors.includes("microphoneDenied")`, 20_000);
        await untilHeardAsync(bob, aliceHz);
        expect((await bob.report()).me.publishing).toBe(false);
        await alice.until("report.voices.Bob?.capturing === false");

        await suite.firefox.setMicrophoneAsync(suite.server.url, "allow");
        await bob.until("report.me.publishing", 20_000);
        await untilHeardAsync(alice, deskHz);
        await bob.close();
    });
});
