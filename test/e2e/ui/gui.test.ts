import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, type Visitor } from "../harness/visitor";

describe("The controls of babylon-rtc/gui", () => {
    let suite: ISuite;
    let alice: Visitor;
    let bob: Visitor;
    let bobId: string;

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        alice = await suite.visitAsync("Alice", { room: "gui", xr: true });
        bob = await suite.visitAsync("Bob", { room: "gui" });
        await alice.told("status", "With you: Bob.");
        await alice.button(/^Silence Bob/).waitFor({ state: "attached" });
        bobId = await alice.otherId();
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("have no axe-core violations", async () => {
        expect(await alice.faults()).toEqual([]);
    });

    it("are each mirrored in the DOM, with role, name and state", async () => {
        expect(await alice.isMirrored()).toBe(9);
        for (const name of ["Hide the members", "More about Bob", "Mute", "Deafen", "Enter VR", "Leave", /^Silence Bob, /]) {
            expect(await alice.button(name).count()).toBe(1);
        }
        expect(await alice.button("Mute").getAttribute("aria-pressed")).toBe("false");
        expect(await alice.button("More about Bob").getAttribute("aria-expanded")).toBe("false");
    });

    it("mute, deafen, silence, set a volume and fold on canvas clicks, and update the DOM mirror", async () => {
        await alice.click("mute");
        await alice.until({ muted: true });
        await alice.told("status", "You are muted.");
        await bob.button(/^Silence Alice, muted/).waitFor({ state: "attached" });
        expect(await alice.button("Mute").getAttribute("aria-pressed")).toBe("true");
        await alice.click("mute");
        await alice.until({ muted: false });

        await alice.click("deafen");
        await alice.until({ deafened: true });
        await alice.click("deafen");
        await alice.until({ deafened: false });

        await alice.click(`${bobId} silence`);
        await alice.until({ silenced: true }, bobId);
        await alice.button(/^Silence Bob, silenced by you/).waitFor({ state: "attached" });
        await alice.click(`${bobId} silence`);
        await alice.until({ silenced: false }, bobId);

        await alice.click(`${bobId} more`);
        await alice.mirror.getByRole("slider", { name: "Volume of Bob" }).waitFor({ state: "attached" });
        // Alice created the room, so she may mute Bob and remove him.
        expect(await alice.isMirrored()).toBe(12);
        // The centre of the slider is 200 %.
        await alice.click(`${bobId} volume`);
        await alice.page.waitForFunction((id) => Math.abs(globalThis.guiProbe.state(id).volume - 2) < 0.3, bobId);
        await alice.click(`${bobId} more`);

        await alice.click("fold");
        await alice.button("Show the members").waitFor({ state: "attached" });
        expect(await alice.isMirrored()).toBe(7);
        await alice.click("fold");
        await alice.button("Hide the members").waitFor({ state: "attached" });
        expect(await alice.isMirrored()).toBe(9);
    });

    it("are reachable by Tab and operable by keyboard", async () => {
        await alice.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
        await alice.button("Hide the members").focus();
        const reached: string[] = [];
        for (let i = 0; i < 9; i++) {
            reached.push(await alice.page.evaluate(() => document.activeElement?.textContent ?? ""));
            await alice.page.keyboard.press("Tab");
        }
        expect(new Set(reached).size).toBe(9);
        expect(reached).toEqual(expect.arrayContaining(["Mute", "Deafen", "Enter VR", "Leave", "More about Bob"]));

        await alice.button("Mute").focus();
        await alice.page.keyboard.press("Space");
        await alice.until({ muted: true });
        await alice.page.keyboard.press("Enter");
        await alice.until({ muted: false });

        await alice.button("More about Bob").focus();
        await alice.page.keyboard.press("Enter");
        const slider = alice.mirror.getByRole("slider", { name: "Volume of Bob" });
        await slider.focus();
        await alice.page.keyboard.press("Home");
        await alice.until({ volume: 0 }, bobId);
        await alice.page.keyboard.press("ArrowRight");
        await alice.until({ volume: 0.05 }, bobId);
        expect(await slider.getAttribute("aria-valuetext")).toBe("5 %");
        await alice.button("More about Bob").focus();
        await alice.page.keyboard.press("Enter");
        await slider.waitFor({ state: "detached" });
    });

    it("let the owner mute a member and invite them to speak, and show both notices to the member", async () => {
        expect(await bob.isMirrored()).toBe(8);
        await alice.click(`${bobId} more`);
        await alice.click(`${bobId} mute`);
        await bob.told("alert", "A moderator muted you.");
        await alice.button("Ask Bob to speak").waitFor({ state: "attached" });
        await alice.click(`${bobId} mute`);
        await bob.told("alert", "You may speak again.");
        await bob.isMirrored();
        await bob.click("unmuteInvited action");
        await alice.button("Mute Bob for everybody").waitFor({ state: "attached" });
        await alice.click(`${bobId} more`);
    });

    it("report that the user has left the room, and rejoin with the notice's button", async () => {
        await alice.page.evaluate(() => globalThis.guiPage.plugin?.room.leaveAsync());
        await alice.told("alert", "Out of the room. You can come back at any time.");
        expect(await alice.button("Come back: Out of the room").count()).toBe(1);
        await alice.isMirrored();
        await alice.click("outOfRoom action");
        await alice.told("status", "With you: Bob.");
        await alice.button(/^Silence Bob/).waitFor({ state: "attached" });
        expect(await alice.button("Come back: Out of the room").count()).toBe(0);
    });

    it("move to a board in the headset, work there with a controller's ray, and return to the screen", async () => {
        await alice.enterXr();
        expect(await alice.isMirrored()).toBe(9);
        // Nothing on the board changes while all members are muted, so the board is not redrawn.
        await alice.mute(true);
        await bob.mute(true);
        await alice.button(/^Silence Bob, muted/).waitFor({ state: "attached" });
        await alice.untilUndrawn("voice board");
        await alice.mute(false);
        await bob.mute(false);
        await alice.until({ muted: false });
        await alice.press("mute");
        await alice.until({ muted: true });
        await alice.press("mute");
        await alice.until({ muted: false });
        await alice.press(`${bobId} silence`);
        await alice.until({ silenced: true }, bobId);
        await alice.press(`${bobId} silence`);
        await alice.until({ silenced: false }, bobId);
        await alice.press("xr");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        expect(await alice.page.evaluate(() => globalThis.guiProbe.drawn().every(({ onBoard }) => !onBoard))).toBe(true);
        expect(await alice.isMirrored()).toBe(9);
        // Long, because rendering in XR is slow without a graphics card.
    }, 180_000);

    it("remove a member from the room at the second press", async () => {
        // Alice was away for a moment, so Bob owns the room now.
        const aliceId = await bob.otherId();
        await bob.click(`${aliceId} more`);
        await bob.click(`${aliceId} remove`);
        await bob.button("Really remove Alice from the room?").waitFor({ state: "attached" });
        expect(await alice.button("Mute").count()).toBe(1);
        await bob.click(`${aliceId} remove`);
        await alice.told("alert", "You were removed from the room.");
        await bob.told("status", "Nobody else is here.");
        expect(await bob.isMirrored()).toBe(6);
    });
});
