import { debugLog, isDebugLogWanted, openDebugLog } from "../../../src/interop/debugLog.js";

function store(value: string | null): void {
    Object.assign(globalThis, { localStorage: { getItem: (key: string) => (key === "debug" ? value : null) } });
}

describe("the debug log", () => {
    afterEach(() => Reflect.deleteProperty(globalThis, "localStorage"));

    it.each(["*", "babylon-rtc:*", "babylon-rtc:link", "peerjs, babylon-rtc:audio", "other babylon-rtc*"])("is enabled by %p", (value) => {
        store(value);
        expect(isDebugLogWanted()).toBe(true);
    });

    it.each([null, "", "peerjs:*", "my-babylon-rtc", "-babylon-rtc:*"])("is not enabled by %p", (value) => {
        store(value);
        expect(isDebugLogWanted()).toBe(false);
    });

    it("is not enabled without storage, or without access to it", () => {
        expect(isDebugLogWanted()).toBe(false);
        Object.defineProperty(globalThis, "localStorage", {
            configurable: true,
            get: () => {
                throw new DOMException("not here", "SecurityError");
            },
        });
        expect(isDebugLogWanted()).toBe(false);
    });

    it("drops lines until it is opened, and then writes them", () => {
        debugLog("link", "early");
        const writer = jest.fn();
        openDebugLog(writer);
        debugLog("link", "%s: closed", "bob");
        expect(writer.mock.calls).toEqual([["link", "%s: closed", "bob"]]);
    });
});
