import { RtcError, throwIfAborted } from "../../../src/errors/rtcError.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("RtcError", () => {
    it("keeps its code, message and cause", () => {
        const cause = new Error("socket");
        const error = new RtcError("roomFull", "The room is full.", { cause });
        expect(error).toBeInstanceOf(Error);
        expect(error).toMatchObject({ name: "RtcError", code: "roomFull", message: "The room is full.", cause });
    });

    it("is returned unchanged by RtcError.From", () => {
        const error = new RtcError("removed", "Gone.");
        expect(RtcError.From(error, "unknown", "Something.")).toBe(error);
    });

    it("has the code aborted if it wraps an AbortError", () => {
        const cancelled = Object.assign(new Error("stop"), { name: "AbortError" });
        expect(RtcError.From(cancelled, "unknown", "Something.")).toMatchObject({ code: "aborted", cause: cancelled });
    });

    it.each([[new TypeError("x")], ["a string"], [undefined]])("wraps anything else that was thrown: %p", (thrown) => {
        expect(RtcError.From(thrown, "unsupported", "Cannot.")).toMatchObject({ code: "unsupported", message: "Cannot.", cause: thrown });
    });
});

describe("throwIfAborted", () => {
    it("does nothing without a signal or if the signal is not aborted", () => {
        expect(() => throwIfAborted(undefined)).not.toThrow();
        expect(() => throwIfAborted(new AbortController().signal)).not.toThrow();
    });

    it("throws the RtcError that is the reason of the signal", () => {
        const reason = new RtcError("disposed", "Gone.");
        expect(() => throwIfAborted(AbortSignal.abort(reason))).toThrow(reason);
    });

    it("throws aborted for any other reason", () => {
        expect(thrownBy(() => throwIfAborted(AbortSignal.abort("bored")))).toMatchObject({ code: "aborted", cause: "bored" });
    });
});
