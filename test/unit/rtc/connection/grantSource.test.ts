import { RtcError } from "../../../../src/errors/rtcError.js";
import type { IVoiceGrant } from "../../../../src/transport/voiceTransport.js";
import { endOfGrant, grantFromAsync, renewalDelayMs } from "../../../../src/rtc/connection/grantSource.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";

describe("renewalDelayMs", () => {
    const now = Date.UTC(2030, 0, 1);

    it.each([
        { left: 30 * 60_000, delay: 30 * 60_000 - 30_000, why: "30 s before the end of a long grant" },
        { left: 90_000, delay: 60_000, why: "at 60 s for a grant of 90 s, where both rules give the same time" },
        { left: 60_000, delay: 40_000, why: "a third of the time before the end of a short grant" },
        { left: 3_000, delay: 2_000, why: "a third of the time before the end of a very short grant" },
        { left: 300, delay: 500, why: "at most twice a second" },
        { left: 0, delay: 60_000, why: "once a minute when the grant has expired by the local clock" },
        { left: -3_600_000, delay: 60_000, why: "once a minute when the local clock is an hour ahead" },
        { left: NaN, delay: 60_000, why: "once a minute when the expiry is not a number" },
        { left: 365 * 86_400_000, delay: 2 ** 31 - 1, why: "after the longest timer delay for a grant of a year" },
        { left: Infinity, delay: 2 ** 31 - 1, why: "after the longest timer delay for a grant without end" },
    ])("renews $why", ({ left, delay }) => {
        expect(renewalDelayMs(now + left, now)).toBe(delay);
    });
});

describe("endOfGrant", () => {
    const request = { room: "lobby", user: fakeMember("me") };
    const { signal } = new AbortController();
    const now = Date.UTC(2030, 0, 1);
    const hour = 3_600_000;

    beforeEach(() => jest.useFakeTimers({ now }));
    afterEach(() => jest.useRealTimers());

    const given = async (grant: IVoiceGrant): Promise<number | undefined> => {
        const taken = await grantFromAsync(() => Promise.resolve(grant), request, signal);
        return endOfGrant(taken);
    };
    const jwt = (claims: object): string => `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.x`;

    it.each([0, 25, 48, -48])("uses the grant's remaining time on a device whose clock differs by %i h", async (hours) => {
        const expiresAt = now - hours * hour + 1_800_000;
        expect(await given({ token: "t", expiresAt, expiresInMs: 1_800_000 })).toBe(performance.now() + 1_800_000);
        expect(await given({ token: "t", expiresInMs: 1_800_000 })).toBe(performance.now() + 1_800_000);
    });

    it.each([0, 25, 48, -48])(
        "computes the lifetime from the token's `iat` for a grant without `expiresInMs`, on a clock that differs by %i h",
        async (hours) => {
            const signedAt = now - hours * hour;
            const token = jwt({ iat: signedAt / 1000, exp: signedAt / 1000 + 1_800 });
            expect(await given({ token, expiresAt: signedAt + 1_800_000 })).toBe(performance.now() + 1_800_000);
        },
    );

    it("uses the local clock when the token has no valid `iat`", async () => {
        for (const token of ["", "t", "a.b.c", jwt({ iat: "now" }), jwt([])]) {
            expect(await given({ token, expiresAt: now + 1_800_000 })).toBe(performance.now() + 1_800_000);
        }
    });

    it("is undefined for a grant without expiry", async () => {
        expect(await given({ token: jwt({ iat: 1, exp: 2 }) })).toBeUndefined();
    });

    it("counts from the request of the grant, and from the first request when the same grant is returned again", async () => {
        const grant = { token: "t", expiresInMs: 60_000 };
        const begin = performance.now();
        const asking = grantFromAsync(() => new Promise((resolve) => setTimeout(() => resolve(grant), 4_000)), request, signal);
        await jest.advanceTimersByTimeAsync(4_000);
        expect(endOfGrant(await asking)).toBe(begin + 60_000);
        jest.setSystemTime(now - 48 * hour);
        expect(await given(grant)).toBe(begin + 60_000);
    });
});

describe("grantFromAsync", () => {
    const request = { room: "lobby", user: fakeMember("me") };
    const { signal } = new AbortController();

    it("takes a string as the token of a grant", async () => {
        await expect(grantFromAsync(async () => "t", request, signal)).resolves.toEqual({ token: "t" });
    });

    it("returns a grant unchanged, and passes the request and signal to the source", async () => {
        const grant = { token: "t", url: "https://voice.example", expiresAt: 5 };
        const source = jest.fn(async () => grant);
        await expect(grantFromAsync(source, request, signal)).resolves.toBe(grant);
        expect(source).toHaveBeenCalledWith(request, signal);
    });

    it("rejects with the source's own RtcError", async () => {
        const error = new RtcError("tokenExpired", "Too old.");
        await expect(grantFromAsync(() => Promise.reject(error), request, signal)).rejects.toBe(error);
    });

    it("rejects with unauthorized for any other failure, also a synchronous one", async () => {
        const cause = new Error("503");
        const wanted = expect.objectContaining({ code: "unauthorized", cause }) as unknown;
        await expect(grantFromAsync(() => Promise.reject(cause), request, signal)).rejects.toEqual(wanted);
        const thrower = (): never => {
            throw cause;
        };
        await expect(grantFromAsync(thrower, request, signal)).rejects.toEqual(wanted);
    });

    it("rejects when the signal aborts, even if the source ignores the signal", async () => {
        const abort = new AbortController();
        const asking = grantFromAsync(() => new Promise(() => undefined), request, abort.signal);
        abort.abort(new RtcError("aborted", "Enough."));
        await expect(asking).rejects.toMatchObject({ code: "aborted" });
    });
});
