import { RtcError } from "../../../../src/errors/rtcError.js";
import { grantFromAsync, renewalDelayMs } from "../../../../src/rtc/connection/grantSource.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";

describe("renewalDelayMs", () => {
    const now = Date.UTC(2030, 0, 1);

    it.each([
        { left: 30 * 60_000, delay: 30 * 60_000 - 30_000, why: "30 s before the end of a long grant" },
        { left: 90_000, delay: 60_000, why: "where 30 s and a third are the same" },
        { left: 60_000, delay: 40_000, why: "a third of the time before the end of a short grant" },
        { left: 3_000, delay: 2_000, why: "a third of the time before the end of a very short grant" },
        { left: 300, delay: 500, why: "not more often than twice a second" },
        { left: 0, delay: 60_000, why: "once a minute where the grant has ended by our clock" },
        { left: -3_600_000, delay: 60_000, why: "once a minute where our clock is an hour ahead" },
        { left: NaN, delay: 60_000, why: "once a minute where the end is no number" },
        { left: 365 * 86_400_000, delay: 2 ** 31 - 1, why: "as late as a timer can, where the grant holds for a year" },
        { left: Infinity, delay: 2 ** 31 - 1, why: "as late as a timer can, where the grant holds for ever" },
    ])("asks $why", ({ left, delay }) => {
        expect(renewalDelayMs(now + left, now)).toBe(delay);
    });
});

describe("grantFromAsync", () => {
    const request = { room: "lobby", user: fakeMember("me") };
    const { signal } = new AbortController();

    it("takes a string as the token of a grant", async () => {
        await expect(grantFromAsync(async () => "t", request, signal)).resolves.toEqual({ token: "t" });
    });

    it("hands on a grant as it is, and the request and signal to the source", async () => {
        const grant = { token: "t", url: "https://voice.example", expiresAt: 5 };
        const source = jest.fn(async () => grant);
        await expect(grantFromAsync(source, request, signal)).resolves.toBe(grant);
        expect(source).toHaveBeenCalledWith(request, signal);
    });

    it("hands on the source's RtcError as it is", async () => {
        const error = new RtcError("tokenExpired", "Too old.");
        await expect(grantFromAsync(() => Promise.reject(error), request, signal)).rejects.toBe(error);
    });

    it("gives any other failure as unauthorized, even one that is thrown at once", async () => {
        const cause = new Error("503");
        const wanted = expect.objectContaining({ code: "unauthorized", cause }) as unknown;
        await expect(grantFromAsync(() => Promise.reject(cause), request, signal)).rejects.toEqual(wanted);
        const thrower = (): never => {
            throw cause;
        };
        await expect(grantFromAsync(thrower, request, signal)).rejects.toEqual(wanted);
    });

    it("waits no longer than the signal allows for a source that knows nothing of signals", async () => {
        const abort = new AbortController();
        const asking = grantFromAsync(() => new Promise(() => undefined), request, abort.signal);
        abort.abort(new RtcError("aborted", "Enough."));
        await expect(asking).rejects.toMatchObject({ code: "aborted" });
    });
});
