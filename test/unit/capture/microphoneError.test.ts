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
    ])("a browser's %s is %s, says what to do, and keeps its cause", (name, code) => {
        const cause = mediaError(name);
        const error = microphoneError(cause);
        expect(error).toMatchObject({ name: "RtcError", code, cause });
        expect(error.message).toMatch(/nobody hears you/);
    });

    it.each(["NotAllowedError", "SecurityError"])(
        "a %s is microphoneForbidden where the page's permissions policy says so, and names what to set",
        (name) => {
            const allowsFeature = jest.fn(() => false);
            Object.defineProperty(globalThis, "document", { value: { featurePolicy: { allowsFeature } }, configurable: true });
            try {
                const cause = mediaError(name);
                const error = microphoneError(cause);
                expect(error).toMatchObject({ name: "RtcError", code: "microphoneForbidden", cause });
                expect(error.message).toMatch(/nobody hears you.*allow="microphone".*Permissions-Policy/);
                expect(allowsFeature).toHaveBeenCalledWith("microphone");
                expect(microphoneError(mediaError("NotFoundError")).code).toBe("microphoneMissing");
                allowsFeature.mockReturnValue(true);
                expect(microphoneError(cause).code).toBe("microphoneDenied");
            } finally {
                Reflect.deleteProperty(globalThis, "document");
            }
        },
    );

    it("knows an error that is no Error by its name, as browsers have thrown it", () => {
        expect(microphoneError({ name: "OverconstrainedError", constraint: "deviceId" }).code).toBe("microphoneMissing");
    });

    it("is itself when it is one of ours already", () => {
        const error = new RtcError("unsupported", "No secure page.");
        expect(microphoneError(error)).toBe(error);
    });

    it.each([["text"], [null], [undefined], [{}]])("is unknown for anything else: %p", (thrown) => {
        expect(microphoneError(thrown)).toMatchObject({ code: "unknown", cause: thrown });
    });
});
