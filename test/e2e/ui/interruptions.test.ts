import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, type Visitor } from "../harness/visitor";

declare global {
    /** Log of a page since `noteAsync`: error codes, and states of the microphone and of the audio output. */
    var happened: string[];
    /** Simulates what the operating system does to this page. */
    var system: {
        /** Context of the current engine. */
        context(): AudioContext;
        /** Interrupts the sound as WebKit does: the context's state is `interrupted`, and `resume()` rejects. */
        interrupt(): Promise<void>;
        /** Ends the interruption: the context is suspended, and can be resumed. */
        release(): void;
        /** The live track of the microphone. */
        track(): MediaStreamTrack | null;
        /** Ends the microphone's track, like unplugging the device. */
        endTrack(): void;
        /** True = a microphone is available. */
        hasMicrophone: boolean;
        readonly session: EventTarget & { type: string; state: string };
    };
}

/**
 * Installs `system`. Chromium has neither an audio session nor interruptions, and its fake microphones cannot be unplugged. Runs in a page before any
 * other script.
 */
function installSystem(): void {
    const { mediaDevices } = navigator;
    const openAsync = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
        if (!globalThis.system.hasMicrophone) {
            throw new DOMException("Requested device not found", "NotFoundError");
        }
        return await openAsync(constraints);
    };
    globalThis.system = {
        context: () => {
            const { _host: host } = globalThis.guiPage.plugin?.rtc as unknown as {
                readonly _host: { readonly value: { readonly context: AudioContext } };
            };
            return host.value.context;
        },
        interrupt: async () => {
            const context = globalThis.system.context();
            await context.suspend();
            Object.defineProperty(context, "state", { value: "interrupted", configurable: true });
            context.resume = () => Promise.reject(new DOMException("interrupted", "InvalidStateError"));
            context.dispatchEvent(new Event("statechange"));
        },
        release: () => {
            const context = globalThis.system.context() as Partial<AudioContext> & EventTarget;
            delete (context as { state?: unknown }).state;
            delete context.resume;
        },
        track: () => {
            const state = globalThis.guiPage.plugin?.rtc.microphone.state;
            return state?.state === "live" ? state.track : null;
        },
        endTrack: () => {
            const track = globalThis.system.track();
            track?.stop();
            track?.dispatchEvent(new Event("ended"));
        },
        hasMicrophone: true,
        session: Object.assign(new EventTarget(), { type: "auto", state: "active" }),
    };
    Object.defineProperty(navigator, "audioSession", { value: globalThis.system.session });
}

describe("Recovery of sound, microphone and room membership from", () => {
    let suite: ISuite;
    let alice: Visitor;
    let bob: Visitor;
    let aliceId: string;

    /** Starts to log the library's reports in a page. */
    const noteAsync = (visitor: Visitor): Promise<void> =>
        visitor.page.evaluate(() => {
            const { rtc } = globalThis.guiPage.plugin ?? {};
            globalThis.happened = [];
            rtc?.error$.subscribe(({ code }) => globalThis.happened.push(`error ${code}`));
            rtc?.audio$.subscribe((state) => globalThis.happened.push(`audio ${state}`));
            rtc?.microphone.state$.subscribe(({ state }) => globalThis.happened.push(`microphone ${state}`));
        });
    const untilNoted = (visitor: Visitor, what: string): Promise<unknown> =>
        visitor.page.waitForFunction((wanted) => globalThis.happened.includes(wanted), what, { timeout: 30_000 });
    /** Waits until a page hears a member; Chromium's fake microphone beeps. */
    const untilHeard = (visitor: Visitor, id: string): Promise<unknown> =>
        visitor.page.evaluate(
            (who) =>
                new Promise<void>((resolve, reject) => {
                    const timer = setTimeout(() => reject(new Error(`${who} is not heard.`)), 30_000);
                    const listening = globalThis.guiPage.plugin?.rtc.levels$({ intervalMs: 100 }).subscribe(({ remotes }) => {
                        if ((remotes.get(who)?.rms ?? 0) > 0.005) {
                            clearTimeout(timer);
                            queueMicrotask(() => listening?.unsubscribe());
                            resolve();
                        }
                    });
                }),
            id,
        );
    /** Waits until no notice is shown. */
    const nothingTold = (visitor: Visitor): Promise<unknown> =>
        visitor.page.waitForFunction(() => document.querySelector("[role=alert]")?.textContent === "", undefined, { timeout: 30_000 });
    /** Waits until sound runs: the context's state is `running`, and its clock advances. */
    const untilRunning = async (visitor: Visitor): Promise<void> => {
        await visitor.page.waitForFunction(() => globalThis.system.context().state === "running", undefined, { timeout: 30_000 });
        const before = await visitor.page.evaluate(() => globalThis.system.context().currentTime);
        await visitor.page.waitForFunction((time) => globalThis.system.context().currentTime > time, before);
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        await suite.context.addInitScript(installSystem);
        alice = await suite.visitAsync("Alice", { room: "interruptions", xr: true });
        bob = await suite.visitAsync("Bob", { room: "interruptions" });
        await bob.told("status", "With you: Alice.");
        aliceId = await bob.otherId();
        await untilHeard(bob, aliceId);
    }, 120_000);

    beforeEach(async () => {
        await nothingTold(alice);
        await noteAsync(alice);
    });

    afterAll(() => suite.closeAsync());

    it("a microphone whose device is gone: falls back to the system's default", async () => {
        await alice.page.evaluate(() => globalThis.system.endTrack());
        await untilNoted(alice, "error deviceUnplugged");
        await alice.told("alert", "A device was unplugged. The system's default is used now");
        await alice.page.waitForFunction(() => globalThis.system.track()?.readyState === "live");
        await untilHeard(bob, aliceId);
        await alice.click("deviceUnplugged dismiss");
    });

    it("the loss of the only microphone: uses the next one that is plugged in", async () => {
        await alice.page.evaluate(() => {
            globalThis.system.hasMicrophone = false;
            globalThis.system.endTrack();
        });
        await untilNoted(alice, "microphone failed");
        await alice.told("alert", "Nobody hears you: there is no microphone.");
        await alice.page.evaluate(() => {
            globalThis.system.hasMicrophone = true;
            navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        });
        await alice.page.waitForFunction(() => globalThis.system.track()?.readyState === "live");
        await nothingTold(alice);
        await untilHeard(bob, aliceId);
    });

    it("a context that is suspended by the browser: resumes the context", async () => {
        await alice.page.evaluate(() => globalThis.system.context().suspend());
        await untilNoted(alice, "audio blocked");
        await untilRunning(alice);
        await nothingTold(alice);
        await untilHeard(bob, aliceId);
    });

    it("an interruption by the system, as a call on iOS: resumes when the audio session is active again", async () => {
        await alice.page.evaluate(async () => {
            globalThis.system.session.state = "interrupted";
            globalThis.system.session.dispatchEvent(new Event("statechange"));
            await globalThis.system.interrupt();
        });
        await untilNoted(alice, "audio interrupted");
        await alice.told("alert", "The sound is interrupted. A call or another app may use it. Click if it does not come back.");
        await alice.page.evaluate(() => {
            globalThis.system.release();
            globalThis.system.session.state = "active";
            globalThis.system.session.dispatchEvent(new Event("statechange"));
        });
        await untilRunning(alice);
        await nothingTold(alice);
        await untilHeard(bob, aliceId);
    });

    it("a headset that is taken off and put on again: restores sound and microphone", async () => {
        await alice.enterXr();
        await alice.page.evaluate(async () => {
            globalThis.emulatedHeadset.updateVisibilityState("hidden");
            await globalThis.system.interrupt();
            globalThis.system.endTrack();
        });
        await untilNoted(alice, "audio interrupted");
        await alice.told("alert", "The sound is interrupted.");
        await alice.page.evaluate(() => {
            globalThis.system.release();
            globalThis.emulatedHeadset.updateVisibilityState("visible");
        });
        await untilRunning(alice);
        await alice.page.waitForFunction(() => globalThis.system.track()?.readyState === "live");
        await untilHeard(bob, aliceId);
        await alice.page.evaluate(() => globalThis.emulatedHeadset.activeSession?.end());
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        await untilRunning(alice);
        await alice.click("deviceUnplugged dismiss");
    });

    it("an audio engine that is closed: creates another one with the notice's button", async () => {
        await alice.page.evaluate(() => globalThis.system.context().close());
        await untilNoted(alice, "error disposed");
        await alice.told("alert", "The sound is interrupted.");
        await alice.click("audioInterrupted action");
        await untilRunning(alice);
        await alice.told("status", "With you: Bob.");
        await nothingTold(alice);
        await untilHeard(bob, aliceId);
        await untilHeard(alice, await alice.otherId());
    });

    it("a second tab of the same user: the first tab reports it, and can rejoin with the notice's button", async () => {
        const token = await bob.page.evaluate(async () => {
            const room = globalThis.guiPage.plugin?.room as unknown as { readonly _identity: { tokenAsync(): Promise<string> } };
            return await room._identity.tokenAsync();
        });
        const again = await suite.visitAsync("Bob", { room: "interruptions", token });
        await bob.told("alert", "You connected from another page. Only one of your pages can be in the room. Enter here to switch.");
        await bob.page.bringToFront();
        await bob.click("outOfRoom action");
        await bob.told("status", "With you: Alice.");
        await again.told("alert", "You connected from another page.");
        await untilHeard(bob, aliceId);
        await again.closeAsync();
    });
});
