import { defaultOpusSettings, resolveOpusSettings } from "../../../src/transport/opusSettings.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("resolveOpusSettings", () => {
    it.each([5, 30, 120, NaN])("rejects frames of %p ms with invalidArgument", (frameMs) => {
        expect(thrownBy(() => resolveOpusSettings({ frameMs: frameMs as 20 }))).toMatchObject({ code: "invalidArgument" });
    });

    it("defaults to 32 kbit/s, mono, FEC, DTX and 20 ms frames", () => {
        expect(resolveOpusSettings()).toEqual({ bitrate: 32_000, stereo: false, fec: true, dtx: true, frameMs: 20, adaptation: "full" });
    });

    it("rejects an unknown adaptation with invalidArgument", () => {
        expect(resolveOpusSettings({ adaptation: "off" }).adaptation).toBe("off");
        expect(thrownBy(() => resolveOpusSettings({ adaptation: "auto" as "off" }))).toMatchObject({
            code: "invalidArgument",
            message: "The option opus.adaptation must be full|rate|off, not auto.",
        });
    });

    it.each([6_000, 510_000])("accepts the bitrate %i", (bitrate) => {
        expect(resolveOpusSettings({ bitrate })).toEqual({ ...defaultOpusSettings, bitrate });
    });

    it.each([0, 5_999, 510_001, Infinity, NaN, -32_000])("rejects the bitrate %p with invalidArgument", (bitrate) => {
        expect(thrownBy(() => resolveOpusSettings({ bitrate }))).toMatchObject({ code: "invalidArgument" });
    });
});
