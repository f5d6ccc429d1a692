import type { Locator } from "playwright-core";
import { askAsync, enterAsync, type IMember } from "../../server/clients";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import { visitedFolder, type Visitor } from "../harness/visitor";

const size = { width: 360, height: 640 };

describe("The list of rooms", () => {
    let suite: ISuite;
    let alice: Visitor;
    let bob: Visitor;

    const field = (visitor: Visitor, name: string): Locator => visitor.mirror.getByRole("textbox", { name, exact: true });
    const row = (visitor: Visitor, name: string): Locator => visitor.button(new RegExp(`^Join ${name}, `));
    /** Id of a room. The names of the controls in the room's row on the canvas begin with it. */
    const idOf = (visitor: Visitor, name: string): Promise<string> =>
        visitor.page.evaluate(async (wanted) => {
            const room = globalThis.guiPage.plugin?.room;
            const list = room && "listAsync" in room ? await room.listAsync() : null;
            return list?.rooms.find((each) => each.name === wanted)?.id ?? "";
        }, name);
    const inRoom = (visitor: Visitor, name: string): Promise<unknown> => visitor.told("status", `In room ${name}.`);
    const focused = (visitor: Visitor): Promise<string> =>
        visitor.page.evaluate(() => document.activeElement?.ariaLabel ?? document.activeElement?.textContent ?? "");
    /** Expects that the visible sheets lie within the screen. Returns their names. */
    const isWithin = async (visitor: Visitor): Promise<readonly string[]> => {
        await visitor.laidOut();
        const sheets = await visitor.page.evaluate(() => globalThis.guiProbe.sheets());
        const { width, height } = visitor.page.viewportSize() ?? { width: 0, height: 0 };
        const wanted = sheets.filter(({ name }) => ["panel", "room list", "settings", "toasts"].includes(name));
        for (const { left, top, right, bottom } of wanted) {
            expect(left).toBeGreaterThanOrEqual(0);
            expect(top).toBeGreaterThanOrEqual(0);
            expect(right).toBeLessThanOrEqual(width);
            expect(bottom).toBeLessThanOrEqual(height);
        }
        return wanted.map(({ name }) => name);
    };

    /** Creates rooms of every kind, for pictures. */
    const fillAsync = async (): Promise<readonly IMember[]> => {
        const mess = { maxMembers: 3, description: "Three seats, one stove" };
        const bunker = await enterAsync(suite.server.url, "bunker", "Hal", { description: "Knock twice" });
        await askAsync(bunker, "lock", { locked: true });
        return [
            await enterAsync(suite.server.url, "campfire", "Ada", { description: "Stories until the fire is out" }),
            await enterAsync(suite.server.url, "campfire", "Ben"),
            await enterAsync(suite.server.url, "campfire", "Cem"),
            bunker,
            await enterAsync(suite.server.url, "mess hall", "Dee", mess),
            await enterAsync(suite.server.url, "mess hall", "Eli"),
            await enterAsync(suite.server.url, "mess hall", "Flo"),
            await enterAsync(suite.server.url, "radio tower", "Gus", { password: "static", description: "Night watch only" }),
        ];
    };

    beforeAll(async () => {
        suite = await startSuiteAsync({ server: { staticDir: visitedFolder } });
        bob = await suite.visitAsync("Bob", { room: "kitchen", size: { width: 360, height: 480 }, refreshMs: 1_000 });
        await bob.page.evaluate(async () => {
            const room = globalThis.guiPage.plugin?.room;
            if (room && "setPasswordAsync" in room) {
                await room.setPasswordAsync("soup");
                await room.setDescriptionAsync("Soup, bread and long talks");
            }
        });
        alice = await suite.visitAsync("Alice", { room: "lobby", xr: true, size });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("replaces the panel on a small screen, and shows the details of each room", async () => {
        await alice.click("rooms");
        await row(alice, "kitchen").waitFor({ state: "attached" });
        expect(await row(alice, "kitchen").textContent()).toBe("Join kitchen, 1 of 16, with a password, Soup, bread and long talks");
        expect(await alice.mirror.getByText("You are here: lobby, 1 of 16").count()).toBe(1);
        expect(await alice.button("Mute").count()).toBe(0);
        // Controls: refresh, new room, close; lock, new password and its button; the row of the kitchen.
        expect(await alice.isMirrored()).toBe(7);
        expect(await isWithin(alice)).not.toContain("panel");
        expect(await alice.faults()).toEqual([]);
    });

    it("asks for a password, reports a wrong one at the field, and joins with the right one", async () => {
        const kitchen = await idOf(alice, "kitchen");
        await alice.click(`${kitchen} join`);
        await field(alice, "Password of kitchen").waitFor({ state: "attached" });
        expect(await field(alice, "Password of kitchen").getAttribute("type")).toBe("password");
        expect(await row(alice, "kitchen").getAttribute("aria-expanded")).toBe("true");
        expect(await focused(alice)).toBe("Password of kitchen");
        expect(await alice.isMirrored()).toBe(9);
        await alice.page.keyboard.type("bread");
        await alice.click(`${kitchen} enter`);
        await alice.told("alert", "The password is wrong. Ask a member of the room.");
        expect(await field(alice, "Password of kitchen").getAttribute("aria-invalid")).toBe("true");
        expect(await field(alice, "Password of kitchen").inputValue()).toBe("bread");
        await alice.isMirrored();
        await isWithin(alice);
        expect(await alice.faults()).toEqual([]);
        await inRoom(alice, "lobby");
        expect(await alice.button(/: Out of the room$/).count()).toBe(0);
        if (process.env.SHOTS) {
            await alice.page.screenshot({ path: "docs/images/rooms-narrow.png", clip: { x: 0, y: 0, width: 360, height: 460 } });
        }

        await alice.click(`${kitchen} password`);
        await alice.page.keyboard.press("ControlOrMeta+a");
        await alice.page.keyboard.type("soup");
        expect(await field(alice, "Password of kitchen").getAttribute("aria-invalid")).toBeNull();
        await alice.page.keyboard.press("Enter");
        await inRoom(alice, "kitchen");
        await alice.mirror.getByText("You are here: kitchen, 2 of 16").waitFor({ state: "attached" });
        expect(await field(alice, "Password of kitchen").count()).toBe(0);
        // Bob owns the kitchen, so Alice may change nothing.
        expect(await alice.button("Lock").count()).toBe(0);
    });

    it("creates a room by keyboard, with the values of the form", async () => {
        await alice.button("Open a new room").focus();
        await alice.page.keyboard.press("Enter");
        expect(await focused(alice)).toBe("Name");
        // Controls: refresh, new room, close; four fields, the switch, back, create.
        expect(await alice.isMirrored()).toBe(10);
        expect(await alice.faults()).toEqual([]);
        for (const words of ["attic", "Dust and stars", "", "1"]) {
            await alice.page.keyboard.type(words);
            await alice.page.keyboard.press("Tab");
        }
        expect(await focused(alice)).toBe("Private (not listed)");
        await alice.page.keyboard.press("Space");
        expect(await alice.mirror.getByRole("switch").getAttribute("aria-checked")).toBe("true");
        await alice.page.keyboard.press("Space");
        await alice.page.keyboard.press("Shift+Tab");
        await alice.page.keyboard.press("Enter");
        await inRoom(alice, "attic");
        await alice.mirror.getByText("You are here: attic, 1 of 1, full, Dust and stars").waitFor({ state: "attached" });
        // The focused control is gone, so the focus moves to the first usable one.
        expect(await focused(alice)).toBe("Refresh");
    });

    it("reports a full room, and keeps the user in the current room", async () => {
        await bob.button("Rooms").focus();
        await bob.page.keyboard.press("Enter");
        expect(await focused(bob)).toBe("Refresh");
        await row(bob, "attic").filter({ hasText: "1 of 1, full, Dust and stars" }).waitFor({ state: "attached" });
        await row(bob, "attic").focus();
        await bob.page.keyboard.press("Enter");
        await bob.told("alert", "This room is full. Choose another room, or wait until somebody leaves.");
        await bob.isMirrored();
        await isWithin(bob);
        await inRoom(bob, "kitchen");
        expect(await bob.button(/: Out of the room$/).count()).toBe(0);
    });

    it("rejects creating a room with a name that is taken", async () => {
        await alice.click("rooms new");
        await field(alice, "Name").waitFor({ state: "attached" });
        await alice.page.keyboard.type("kitchen");
        await alice.click("create");
        await alice.told("alert", "This room name is taken. Join it from the list, or choose another name.");
        await inRoom(alice, "attic");
        await alice.page.keyboard.press("ControlOrMeta+a");
        await alice.click("new name");
        await alice.page.keyboard.press("ControlOrMeta+a");
        await alice.page.keyboard.type("cellar");
        await alice.click("create");
        await inRoom(alice, "cellar");
    });

    it("lets the owner lock a room and set or remove its password, and shows this to others", async () => {
        await alice.click("lock");
        await row(bob, "cellar").filter({ hasText: "1 of 16, locked" }).waitFor({ state: "attached", timeout: 20_000 });
        expect(await alice.button("Lock").getAttribute("aria-pressed")).toBe("true");
        await bob.click(`${await idOf(bob, "cellar")} join`);
        await bob.told("alert", "This room is locked.");
        await alice.click("lock");
        await row(bob, "cellar")
            .filter({ hasText: /1 of 16$/ })
            .waitFor({ state: "attached", timeout: 20_000 });

        await field(alice, "New password").focus();
        await alice.page.keyboard.type("coal");
        await alice.click("set password");
        await alice.button("Remove the password").waitFor({ state: "attached" });
        // The field is cleared by the server's answer, which arrives after the change of the room.
        const typed = await field(alice, "New password").elementHandle();
        await alice.page.waitForFunction((input) => input instanceof HTMLInputElement && input.value === "", typed);
        await alice.isMirrored();
        await row(bob, "cellar").filter({ hasText: "with a password" }).waitFor({ state: "attached", timeout: 20_000 });
        await alice.click("remove password");
        await alice.button("Remove the password").waitFor({ state: "detached" });
        await bob.button("Refresh").click({ force: true });
        await row(bob, "cellar")
            .filter({ hasText: /1 of 16$/ })
            .waitFor({ state: "attached" });
        await row(bob, "cellar").focus();
        await bob.page.keyboard.press("Enter");
        await inRoom(bob, "cellar");
        await alice.mirror.getByText("You are here: cellar, 2 of 16").waitFor({ state: "attached" });
    });

    it("reports a server that does not answer, and can be refreshed again", async () => {
        await alice.page.route("**/rooms", (route) => route.abort());
        await alice.click("rooms refresh");
        await alice.told("alert", "The server does not answer");
        await alice.isMirrored();
        await isWithin(alice);
        expect(await alice.faults()).toEqual([]);
        await alice.page.unroute("**/rooms");
        await alice.click("pane action");
        await alice.mirror.getByText("No rooms to join yet").waitFor({ state: "attached" });
    });

    it("is shown beside the panel on a large screen, and closes when the settings open", async () => {
        await alice.page.setViewportSize({ width: 1920, height: 1080 });
        await alice.button("Mute").waitFor({ state: "attached" });
        expect(await isWithin(alice)).toEqual(expect.arrayContaining(["panel", "room list"]));
        expect(await alice.button("Rooms").getAttribute("aria-expanded")).toBe("true");
        await alice.isMirrored();
        if (process.env.SHOTS) {
            const others = await fillAsync();
            await alice.button("Refresh").click({ force: true });
            await row(alice, "radio tower").waitFor({ state: "attached" });
            await alice.laidOut();
            await alice.page.screenshot({ path: "docs/images/rooms-wide.png", clip: { x: 0, y: 0, width: 720, height: 560 } });
            await Promise.all(others.map(({ room }) => room.leave()));
        }
        await alice.click("settings");
        await alice.button("Close the settings").waitFor({ state: "attached" });
        expect(await alice.button("Rooms").getAttribute("aria-expanded")).toBe("false");
        expect(await alice.button("Close the rooms").count()).toBe(0);
        await alice.click("rooms");
        await alice.button("Close the rooms").waitFor({ state: "attached" });
        expect(await alice.button("Settings").getAttribute("aria-expanded")).toBe("false");
        await alice.page.setViewportSize(size);
        await alice.button("Mute").waitFor({ state: "detached" });
        await alice.button("Close the rooms").focus();
        await alice.page.keyboard.press("Enter");
        // The focus returns to the button that opened the list.
        expect(await focused(alice)).toBe("Rooms");
    });

    it("is shown on the board in the headset, with its own keyboard for text", async () => {
        await alice.enterXr();
        await alice.press("rooms");
        await alice.button("Close the rooms").waitFor({ state: "attached" });
        if (process.env.SHOTS) {
            await alice.page.setViewportSize({ width: 1520, height: 840 });
        }
        await alice.press("rooms new");
        await field(alice, "Name").waitFor({ state: "attached" });
        await alice.laidOut();
        for (const key of ["⇧", "d", "e", "x", "←", "n", "2"]) {
            await alice.press(key);
        }
        await alice.laidOut();
        expect(await field(alice, "Name").inputValue()).toBe("Den2");
        if (process.env.SHOTS) {
            await alice.page.screenshot({ path: "docs/images/rooms-xr.png", clip: { x: 330, y: 320, width: 480, height: 400 } });
            await alice.page.setViewportSize(size);
        }
        await alice.press("↵");
        await inRoom(alice, "Den2");
        // The keyboard is removed together with the text field.
        expect(await alice.page.evaluate(() => globalThis.guiProbe.spot("keyboard paper"))).toBeNull();
        await alice.isMirrored();
        await alice.press("rooms close");
        await alice.button("Mute").waitFor({ state: "attached" });
        await alice.press("xr");
        await alice.button("Enter VR").waitFor({ state: "attached", timeout: 60_000 });
        // Long, because rendering in XR is slow without a graphics card.
    }, 180_000);
});
