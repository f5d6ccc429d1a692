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
