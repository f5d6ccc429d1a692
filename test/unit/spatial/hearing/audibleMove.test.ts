import { audibleMove } from "../../../../src/spatial/hearing/audibleMove.js";
import type { IPlacement } from "../../../../src/spatial/hearing/audibleMove.js";
import { resolveSpatialVoiceOptions } from "../../../../src/spatial/spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../../../../src/spatial/spatialVoiceOptions.js";

const listener = { x: 3, y: 1, z: -5 };

/** A speaker at a distance from the listener in metres, and at an angle from the listener's +z in degrees, facing +z. */
function at(distance: number, degrees = 0): IPlacement {
    const angle = (degrees * Math.PI) / 180;
    const position = { x: listener.x + distance * Math.sin(angle), y: listener.y, z: listener.z + distance * Math.cos(angle) };
    return { position, facing: { x: 0, y: 0, z: 1 } };
}

/** A speaker 2 m ahead whose face is turned away from the listener by an angle in degrees. */
function facing(degrees: number): IPlacement {
    const angle = (degrees * Math.PI) / 180;
    return { ...at(2), facing: { x: Math.sin(angle), y: 0, z: -Math.cos(angle) } };
}

const options = (some: Partial<ISpatialVoiceOptions> = {}): ISpatialVoiceOptions => resolveSpatialVoiceOptions(some);
const cone = options({ coneInnerAngle: Math.PI / 2, coneOuterAngle: Math.PI, coneOuterVolume: 0.1 });

describe("A move", () => {
    test.each([
        ["of 1.4° around the listener is not heard", at(8), at(8, 1.4), options(), "none"],
        ["of 1.6° around the listener is heard", at(8), at(8, 1.6), options(), "step"],
        ["of 0.9 % of the distance is not heard", at(8), at(8.072), options(), "none"],
        ["of 1.1 % of the distance is heard", at(8), at(8.088), options(), "step"],
        ["of 1.1 % towards the listener is heard", at(8), at(7.912), options(), "step"],
        ["from 1 m to 1.011 m changes the level by 0.095 dB", at(1), at(1.011), options(), "step"],
        ["from 1 m to 1.02 m changes the level by 0.17 dB", at(1), at(1.02), options(), "leap"],
        ["to the other side is heard", at(8), at(8, 180), options(), "step"],
        ["within the minimum distance changes no level", at(0.4), at(0.8), options(), "step"],
        [
            "of 0.5 % near the end of the linear model changes the level by more than 0.25 dB",
            at(38),
            at(38.19),
            options({ distanceModel: "linear" }),
            "leap",
        ],
        ["of 0.5 % near the beginning of the linear model is not heard", at(2), at(2.01), options({ distanceModel: "linear" }), "none"],
        [
            "of 0.9 % on a steep exponential curve changes the level by more than 0.25 dB",
            at(8),
            at(8.072),
            options({ distanceModel: "exponential", rolloffFactor: 4 }),
            "leap",
        ],
        ["of 0 m is not heard", at(8), at(8), options(), "none"],
        ["of 0 m at the listener's position is not heard", at(0), at(0), cone, "none"],
        ["away from the listener's position is heard", at(0), at(0.001), options(), "step"],
        ["of the head within the cone is not heard", facing(0), facing(40), cone, "none"],
        ["of the head by 0.5° in the cone's edge is not heard", facing(60), facing(60.5), cone, "none"],
        ["of the head by 3° in the cone's edge is heard", facing(60), facing(63), cone, "leap"],
        ["of the head without a cone is not heard", facing(0), facing(180), options(), "none"],
    ] as const)("%s", (_name, from, to, how, heard) => {
        expect(audibleMove(listener, from, to, how)).toBe(heard);
    });

    it("is found inaudible by the early exit only if the full rule finds the same", () => {
        // With a rolloff just above 1, the early exit is not used.
        const whole = options({ rolloffFactor: 1 + 1e-9 });
        for (let i = 0; i < 2_000; i++) {
            const distance = 0.3 + (i % 97) / 3;
            const to = at(distance * (1 + ((i % 31) - 15) / 1_000), ((i % 29) - 14) / 9);
            expect([i, audibleMove(listener, at(distance), to, options())]).toEqual([i, audibleMove(listener, at(distance), to, whole)]);
        }
    });
});
