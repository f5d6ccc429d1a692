import { helpFor } from "../../../../src/gui/notices/helpLine.js";

describe("Help", () => {
    it("that is a string is for the screen, whatever it is operated with", () => {
        expect((["keys", "touch", "headset"] as const).map((kind) => helpFor("WASD to walk", kind))).toEqual([
            "WASD to walk",
            "WASD to walk",
            "",
        ]);
    });

    it("is else what the app says of the kind of input, and nothing where it says nothing", () => {
        const help = { keys: "WASD", headset: "Thumbstick" };
        expect((["keys", "touch", "headset"] as const).map((kind) => helpFor(help, kind))).toEqual(["WASD", "", "Thumbstick"]);
    });
});
