import { ServerRoomService } from "../../src/room/serverRoomService.js";
import { serverParts } from "../../src/serverParts.js";

const mockPreload = jest.fn(async () => Promise.resolve());

jest.mock("../../src/interop/serverRoom.js", () => ({ preloadServerRoomsAsync: () => mockPreload() }));

describe("serverParts", () => {
    const user = { name: "Me" };
    let idle: (() => void)[];

    beforeEach(() => {
        mockPreload.mockClear();
        idle = [];
        const page = { window: new EventTarget(), document: new EventTarget(), requestIdleCallback: (then: () => void) => idle.push(then) };
        Object.assign(globalThis, page);
    });
    afterEach(() => ["window", "document", "requestIdleCallback"].forEach((name) => Reflect.deleteProperty(globalThis, name)));

    it("gives rooms only to whoever has none", () => {
        expect(serverParts("https://s", { user }).rooms).not.toBeNull();
        expect(serverParts("https://s", { user, rooms: {} }).rooms).toBeNull();
    });

    it.each([
        ["a guest that the tab cannot remember", { name: "Me" }, false, 1],
        ["a guest of a page that may come back as it is", { name: "Me" }, true, 0],
        ["somebody who signs in, and is known again", { name: "Me", token: "token" }, false, 0],
    ])("leaves the room for %s when the page goes", (_, who, persisted, times) => {
        const leave = jest.spyOn(ServerRoomService.prototype, "leaveAsync").mockResolvedValue();
        const parts = serverParts("https://s", { user: who });
        window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
        expect(leave).toHaveBeenCalledTimes(times);
        parts.dispose();
        leave.mockClear();
        window.dispatchEvent(Object.assign(new Event("pagehide"), { persisted }));
        expect(leave).not.toHaveBeenCalled();
        leave.mockRestore();
    });

    it("loads the client of our rooms ahead of the first join, once the page is idle", () => {
        serverParts("https://s", { user });
        expect(mockPreload).not.toHaveBeenCalled();
        idle.forEach((then) => then());
        expect(mockPreload).toHaveBeenCalledTimes(1);
    });

    it("loads nothing where the app brings its own, where data is dear, or outside of browsers", () => {
        serverParts("https://s", { user, token: () => undefined });
        serverParts("https://s", { user, transport: {} });
        Object.assign(globalThis, { navigator: { connection: { saveData: true } } });
        serverParts("https://s", { user });
        Reflect.deleteProperty(globalThis, "navigator");
        Reflect.deleteProperty(globalThis, "window");
        serverParts("https://s", { user });
        expect(idle).toHaveLength(0);
    });
});
