import { RtcError } from "../../../src/errors/rtcError.js";
import { defaultSpatialVoiceOptions, hasCone, resolveSpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";

test("the defaults suit speech", () => {
    expect(resolveSpatialVoiceOptions({})).toEqual({
        panningModel: "HRTF",
        distanceModel: "inverse",
        minDistance: 1,
        maxDistance: 40,
        rolloffFactor: 1,
        coneInnerAngle: 2 * Math.PI,
        coneOuterAngle: 2 * Math.PI,
        coneOuterVolume: 0,
        withoutAvatar: "heard",
    });
});

test("given options replace the base options, and all others stay", () => {
    const base = resolveSpatialVoiceOptions({ maxDistance: 100, rolloffFactor: 2 });
    expect(resolveSpatialVoiceOptions({ maxDistance: 10 }, base)).toEqual({ ...base, maxDistance: 10 });
});

test("undefined and unknown options are ignored", () => {
    const mixed = { minDistance: undefined, audioEngine: {} } as unknown as Partial<ISpatialVoiceOptions>;
    expect(resolveSpatialVoiceOptions(mixed)).toEqual(defaultSpatialVoiceOptions);
});

test.each([
    ["panningModel", "stereo"],
    ["distanceModel", ""],
    ["distanceModel", null],
    ["minDistance", 0],
    ["minDistance", "1"],
    ["maxDistance", -1],
    ["maxDistance", NaN],
    ["maxDistance", Infinity],
    ["rolloffFactor", -0.1],
    ["coneInnerAngle", 7],
    ["coneOuterAngle", 360],
    ["coneOuterVolume", 1.1],
    ["withoutAvatar", true],
])("%s: %p is rejected, and the error names the option", (key, value) => {
    expect(() => resolveSpatialVoiceOptions({ [key]: value })).toThrow(RtcError);
    expect(() => resolveSpatialVoiceOptions({ [key]: value })).toThrow(`The spatial option ${key} must be`);
});

test("a maxDistance that is not above minDistance is rejected, whichever of them was given", () => {
    expect(() => resolveSpatialVoiceOptions({ minDistance: 40 })).toThrow("maxDistance (40) must be above minDistance (40)");
    expect(() => resolveSpatialVoiceOptions({ maxDistance: 0.5 })).toThrow("maxDistance (0.5) must be above minDistance (1)");
});

test("Babylon's rounded value of a full turn is accepted, and means no cone", () => {
    expect(hasCone(resolveSpatialVoiceOptions({ coneInnerAngle: 6.28318530718 }))).toBe(false);
});

test.each([
    [{}, false],
    [{ coneInnerAngle: 1 }, true],
    [{ coneOuterAngle: 1 }, false],
    [{ coneInnerAngle: 1, coneOuterVolume: 1 }, false],
])("%p has a cone: %p", (options, is) => {
    expect(hasCone(resolveSpatialVoiceOptions(options))).toBe(is);
});
