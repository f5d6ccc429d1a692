import { helpFor } from "../../../../src/gui/notices/helpLine.js";

describe("Help", () => {
    it("given as a string is shown for keys and touch, but not in a headset", () => {
        expect((["keys", "touch", "headset"] as const).map((kind) => helpFor("WASD to walk", kind))).toEqual([
            "WASD to walk",
            "WASD to walk",
            "",
        ]);
    });

    it("given per kind of input is shown for that kind, and is empty for a missing kind", () => {
        const help = { keys: "WASD", headset: "Thumbstick" };
        expect((["keys", "touch", "headset"] as const).map((kind) => helpFor(help, kind))).toEqual(["WASD", "", "Thumbstick"]);
    });
});
