import { format } from "node:util";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;

describe("The debug log", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;
    const lines = { Alice: new Array<string>(), Bob: new Array<string>() };
    /** Tokens and secrets that Bob's page got from the server or sent to it. */
    const secrets = new Set<string>();

    beforeAll(async () => {
        suite = await startSuiteAsync();
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        bob = await suite.openAsync({
            name: "Bob",
            voice: 650,
            spatial,
            ownContext: true,
            watch: () => localStorage.setItem("debug", "babylon-rtc:*"),
        });
        for (const [person, kept] of [
            [alice, lines.Alice],
            [bob, lines.Bob],
        ] as const) {
            person.page.on("console", (message) => {
                // `debug` passes a format string and CSS (for `%c`) to the console, so the line must be formatted here.
                const parts = Promise.all(message.args().map((each) => each.jsonValue() as Promise<unknown>));
                parts.then(
                    (values) => kept.push(format(...values)),
                    () => kept.push(message.text()),
                );
            });
        }
        bob.page.on("response", (response) => {
            void response.text().then(
                (text) =>
                    [...text.matchAll(/"(?:token|identity|secret|key|sessionId)":"([^"]{8,})"/g)].forEach(([, each = ""]) =>
                        secrets.add(each),
                    ),
                () => undefined,
            );
        });
        bob.page.on("websocket", (socket) => {
            const { searchParams } = new URL(socket.url());
            ["token", "sessionId"].forEach((name) => secrets.add(searchParams.get(name) ?? ""));
        });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("contains room, microphone, sound, signalling and link events, and no secrets, in a page that enables it", async () => {
        expect(await alice.join("logged")).toBeNull();
        expect(await bob.join("logged")).toBeNull();
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.02 });
        await alice.leave();
        await bob.until("Object.keys(report.voices).length === 0");
        await bob.leave();
        const wanted = [
            /room status: inRoom logged \(/,
            /room connection: connected/,
            /room event: memberLeft/,
            /audio context: running/,
            /microphone state: live/,
            /signalling open as /,
            /link \S+: ICE connected/,
            /link \S+: closed/,
        ];
        const missing = (): RegExp[] => wanted.filter((line) => !lines.Bob.some((each) => line.test(each)));
        for (const end = performance.now() + 10_000; missing().length > 0 && performance.now() < end;) {
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        expect(missing()).toEqual([]);
        secrets.delete("");
        expect(secrets.size).toBeGreaterThan(3);
        expect([...secrets].filter((secret) => lines.Bob.some((line) => line.includes(secret)))).toEqual([]);
        expect(lines.Bob.join("\n")).not.toMatch(/eyJ/);
    });

    it("is neither printed nor loaded in a page that does not enable it", async () => {
        expect(lines.Alice.filter((line) => line.includes("babylon-rtc:"))).toEqual([]);
        const scriptsOf = (person: PersonPage): Promise<string[]> =>
            person.page.evaluate(() =>
                performance
                    .getEntriesByType("resource")
                    .map(({ name }) => name)
                    .filter((name) => name.endsWith(".js")),
            );
        const [ofAlice, ofBob] = [await scriptsOf(alice), await scriptsOf(bob)];
        expect(ofAlice.filter((script) => !ofBob.includes(script))).toEqual([]);
        expect(ofBob.filter((script) => !ofAlice.includes(script))).toHaveLength(1);
    });
});
