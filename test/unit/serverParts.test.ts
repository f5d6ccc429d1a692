import { Subject, Subscription } from "rxjs";
import { ServerRoomService } from "../../src/room/serverRoomService.js";
import { serverParts } from "../../src/serverParts.js";
import type { IAttachedPlugin, IServerParts } from "../../src/serverParts.js";

const mockPreload = jest.fn(async () => Promise.resolve());

jest.mock("../../src/interop/serverRoom.js", () => ({ preloadServerRoomsAsync: () => mockPreload() }));

const mockLog = jest.fn(() => new Subscription());

jest.mock("../../src/pluginLog.js", () => ({ logPlugin: () => mockLog() }));

describe("serverParts", () => {
    const user = { name: "Me" };
    let idle: (() => void)[];
    let timeouts: number[];

    beforeEach(() => {
        mockPreload.mockClear();
        idle = [];
        timeouts = [];
        const requestIdleCallback = (then: () => void, { timeout }: { readonly timeout: number }): void => {
            idle.push(then);
            timeouts.push(timeout);
        };
        Object.assign(globalThis, { window: new EventTarget(), document: new EventTarget(), requestIdleCallback });
    });
    afterEach(() => ["window", "document", "requestIdleCallback"].forEach((name) => Reflect.deleteProperty(globalThis, name)));

    it("creates rooms only if the app has none", () => {
        expect(serverParts("https://s", { user }).rooms).not.toBeNull();
        expect(serverParts("https://s", { user, rooms: {} }).rooms).toBeNull();
    });

    it.each([
        ["a guest, and the page is discarded", { name: "Me" }, false, 1],
        ["a guest, and the page is kept for the back button", { name: "Me" }, true, 0],
        ["a user with a token", { name: "Me", token: "token" }, false, 0],
    ])("leaves the room on pagehide only if a guest's page is discarded: %s", (_, who, persisted, times) => {
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

    it("preloads the client of the default room service once the page is idle, or after a tenth of a second", () => {
        serverParts("https://s", { user });
        expect(mockPreload).not.toHaveBeenCalled();
        expect(timeouts).toEqual([100]);
        idle.forEach((then) => then());
        expect(mockPreload).toHaveBeenCalledTimes(1);
    });

    it("preloads nothing with the app's own token or transport, with saveData, or outside of browsers", () => {
        serverParts("https://s", { user, token: () => undefined });
        serverParts("https://s", { user, transport: {} });
        Object.assign(globalThis, { navigator: { connection: { saveData: true } } });
        serverParts("https://s", { user });
        Reflect.deleteProperty(globalThis, "navigator");
        Reflect.deleteProperty(globalThis, "window");
        serverParts("https://s", { user });
        expect(idle).toHaveLength(0);
    });

    it("writes the debug log if localStorage enables it, until the plugin is disposed", async () => {
        const plugin = { room: {}, rtc: { muted: false, self$: new Subject() } } as unknown as IAttachedPlugin;
        const logging = new Subscription();
        mockLog.mockReturnValue(logging);
        const attachAsync = async (debug: string): Promise<IServerParts> => {
            Object.assign(globalThis, { localStorage: { getItem: () => debug } });
            const parts = serverParts("https://s", { user });
            parts.attach(plugin);
            await new Promise((resolve) => setImmediate(resolve));
            return parts;
        };
        (await attachAsync("peerjs")).dispose();
        expect(mockLog).not.toHaveBeenCalled();
        const parts = await attachAsync("babylon-rtc:*");
        expect([mockLog.mock.calls.length, logging.closed]).toEqual([1, false]);
        parts.dispose();
        expect(logging.closed).toBe(true);
        Reflect.deleteProperty(globalThis, "localStorage");
    });
});
