import { microphoneError } from "../../../src/capture/microphoneError.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import { mediaError } from "../../fakes/fakeMicrophone.js";

describe("microphoneError", () => {
    it.each([
        ["NotAllowedError", "microphoneDenied"],
        ["SecurityError", "microphoneDenied"],
        ["NotFoundError", "microphoneMissing"],
        ["OverconstrainedError", "microphoneMissing"],
        ["NotReadableError", "microphoneBusy"],
        ["AbortError", "microphoneBusy"],
        ["InvalidStateError", "unknown"],
    ])("converts the browser's %s into %s, with an explanation and the cause", (name, code) => {
        const cause = mediaError(name);
        const error = microphoneError(cause);
        expect(error).toMatchObject({ name: "RtcError", code, cause });
        expect(error.message).toMatch(/nobody hears you/);
    });

    it.each(["NotAllowedError", "SecurityError"])(
        "converts %s into microphoneForbidden if the permissions policy forbids the microphone, and says what to do, the user first",
        (name) => {
            const allowsFeature = jest.fn(() => false);
            Object.defineProperty(globalThis, "document", { value: { featurePolicy: { allowsFeature } }, configurable: true });
            try {
                const cause = mediaError(name);
                const error = microphoneError(cause);
                expect(error).toMatchObject({ name: "RtcError", code: "microphoneForbidden", cause });
                expect(error.message).toMatch(
                    /nobody hears you\. Open the page in its own window\. .*allow="microphone".*Permissions-Policy/,
                );
                expect(allowsFeature).toHaveBeenCalledWith("microphone");
                expect(microphoneError(mediaError("NotFoundError")).code).toBe("microphoneMissing");
                allowsFeature.mockReturnValue(true);
                expect(microphoneError(cause).code).toBe("microphoneDenied");
            } finally {
                Reflect.deleteProperty(globalThis, "document");
            }
        },
    );

    it("recognizes a thrown object that is no Error by its name", () => {
        expect(microphoneError({ name: "OverconstrainedError", constraint: "deviceId" }).code).toBe("microphoneMissing");
    });

    it("returns an RtcError unchanged", () => {
        const error = new RtcError("unsupported", "No secure page.");
        expect(microphoneError(error)).toBe(error);
    });

    it.each([["text"], [null], [undefined], [{}]])("converts anything else into unknown: %p", (thrown) => {
        expect(microphoneError(thrown)).toMatchObject({ code: "unknown", cause: thrown });
    });
});
