import type { CDPSession } from "playwright-core";
import type { PersonPage } from "../harness/personPage";
import { startSuiteAsync, type ISuite } from "../harness/suite";

const spatial = { panningModel: "equalpower" } as const;

describe("The microphone permission", () => {
    let suite: ISuite;
    let alice: PersonPage;
    let bob: PersonPage;

    /** CDP session. The permissions that it sets are valid as long as it is attached. */
    let cdp: CDPSession;

    /** Sets Bob's microphone permission, like an answer that the browser remembers. */
    const setPermissionAsync = async (setting: "denied" | "granted"): Promise<void> => {
        const page = await bob.page.context().newCDPSession(bob.page);
        const { targetInfo } = await page.send("Target.getTargetInfo");
        await page.detach();
        await cdp.send("Browser.setPermission", {
            permission: { name: "microphone" },
            setting,
            origin: new URL(bob.page.url()).origin,
            ...(targetInfo.browserContextId === undefined ? {} : { browserContextId: targetInfo.browserContextId }),
        });
    };
    const permissionAsync = (person: PersonPage): Promise<string> =>
        person.page.evaluate(
            () =>
                new Promise<string>((resolve) => {
                    const subscription = globalThis.lab.here.plugin.rtc.microphone.permission$.subscribe((permission) => {
                        queueMicrotask(() => subscription.unsubscribe());
                        resolve(permission);
                    });
                }),
        );

    beforeAll(async () => {
        // `microphone: false`: starts Chromium without the flag that grants the microphone to every page.
        suite = await startSuiteAsync({ browser: { microphone: false } });
        alice = await suite.openAsync({ name: "Alice", voice: 440, spatial });
        cdp = await suite.browser.newBrowserCDPSession();
        bob = await suite.openAsync({ name: "Bob", voice: "device", spatial, ownContext: true });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("is reported before a prompt; a grant after a denial starts publishing without a reload", async () => {
        expect(await permissionAsync(bob)).toBe("prompt");
        await setPermissionAsync("denied");
        expect(await permissionAsync(bob)).toBe("denied");
        expect(await alice.join("permission")).toBeNull();
        expect(await bob.join("permission")).toBeNull();
        await bob.until('report.errors.includes("microphoneDenied")');
        await bob.until("!report.me.publishing");
        // Without a microphone, Bob still hears Alice.
        await bob.untilLevel({ ear: "both", hz: 440, above: 0.02 });
        await setPermissionAsync("granted");
        await bob.until("report.me.publishing");
        await alice.untilLevel({ ear: "both", above: 0.01 });
        expect(await permissionAsync(bob)).toBe("granted");
    });

    it("stops publishing when revoked during a call, and resumes publishing when granted again", async () => {
        await setPermissionAsync("denied");
        await bob.until("!report.me.publishing");
        await setPermissionAsync("granted");
        await bob.until("report.me.publishing");
        await alice.untilLevel({ ear: "both", above: 0.01 });
    });
});
