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
