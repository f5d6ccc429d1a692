import { RtcError } from "../../../src/errors/rtcError.js";
import { defaultSpatialVoiceOptions, hasCone, resolveSpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";

test("nothing asked gives what suits speech", () => {
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

test("what is asked stands over what held, and everything else stays", () => {
    const base = resolveSpatialVoiceOptions({ maxDistance: 100, rolloffFactor: 2 });
    expect(resolveSpatialVoiceOptions({ maxDistance: 10 }, base)).toEqual({ ...base, maxDistance: 10 });
});

test("members that are undefined and members that are none of ours are passed over", () => {
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
])("%s: %p is refused by name", (key, value) => {
    expect(() => resolveSpatialVoiceOptions({ [key]: value })).toThrow(RtcError);
    expect(() => resolveSpatialVoiceOptions({ [key]: value })).toThrow(`The spatial option ${key} must be`);
});

test("a maximum distance that is not above the minimum is refused, whichever of them was named", () => {
    expect(() => resolveSpatialVoiceOptions({ minDistance: 40 })).toThrow("maxDistance (40) must be above minDistance (40)");
    expect(() => resolveSpatialVoiceOptions({ maxDistance: 0.5 })).toThrow("maxDistance (0.5) must be above minDistance (1)");
});

test("Babylon's own way to write a full turn is accepted", () => {
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
