import type { RtcError } from "../../../src/index.js";
import { callApp, checkGuiOptions, checkGuiSource } from "../../../src/gui/guiChecks.js";
import { thrownBy } from "../../fakes/thrownBy.js";

const fail = (): never => {
    throw new Error("the app's own mistake");
};

describe("Options of the controls", () => {
    it.each<[string, readonly unknown[]]>([
        ["theme", ["dark", 7, { ink: 7 }]],
        ["texts", ["de", 7]],
        ["mirror", [7, {}]],
        ["mirrorParent", ["#body", {}]],
        ["buttons", [{}, [{}], [{ id: "x" }], ["mute"]]],
        ["moderation", [true, {}, { muteAsync: fail }]],
        ["rejoinAsync", [true, Promise.resolve()]],
        ["leave", [true, "leave"]],
        ["close", [true]],
        ["help", [7, { keys: 7 }]],
        ["insets", [7, { top: "5" }, { left: -1 }]],
        ["overlay", ["yes", 1]],
        ["settingsOpen", ["yes", 1]],
        ["roomsOpen", ["yes", 1]],
        ["xr", [true, {}]],
        ["wrist", ["left", 7]],
        ["hand", ["", "middle"]],
        ["rooms", ["yes", 7]],
        ["settings", ["yes", 7]],
        ["storage", ["local", {}, { load: fail }]],
        ["suppressor", [true, {}]],
        ["talkKey", [7]],
        ["refreshMs", [NaN, -1, "5", Infinity]],
        ["durationMs", [NaN, -1, "5"]],
        ["most", [NaN, -1, "5"]],
        ["width", [NaN, -1, "5", Infinity]],
        ["maxHeight", [NaN, -1, "5"]],
        ["folded", ["yes", 1]],
        ["visible", ["yes", 1]],
        ["name", [7, {}]],
        ["height", [NaN, "5"]],
        ["visibleTo", [NaN, "5"]],
        ["radius", [NaN, -1, "5"]],
        ["pixelsPerMetre", [0, NaN, "5"]],
    ])("reject an unusable %s by name", (name, values) => {
        for (const value of values) {
            expect(thrownBy(() => checkGuiOptions({ [name]: value }))).toMatchObject({
                name: "RtcError",
                code: "invalidArgument",
                message: expect.stringContaining(name) as string,
            });
        }
        expect(() => checkGuiOptions({ [name]: undefined })).not.toThrow();
        expect(() => checkGuiOptions({ [name]: null })).not.toThrow();
    });

    it.each([{ help: "W walks" }, { help: { keys: "W walks" } }, { insets: { top: 5 } }, { insets: {} }])("accept %p", (options) => {
        expect(() => checkGuiOptions(options)).not.toThrow();
    });

    it.each([undefined, null, 7, {}, { room: {}, rtc: {} }])("reject the source %p", (source) => {
        expect(thrownBy(() => checkGuiSource(source))).toMatchObject({ code: "invalidArgument" });
    });
});

it.each<[string, () => unknown]>([
    ["throws", fail],
    ["rejects", () => Promise.reject(new Error("offline"))],
])("a button whose press %s is reported by name", async (_, press) => {
    const errors: RtcError[] = [];
    callApp("buttons (map)", press, (error) => errors.push(error));
    await new Promise((resolve) => setImmediate(resolve));
    expect(errors).toMatchObject([{ code: "unknown", message: expect.stringContaining("buttons (map)") as string }]);
});
