import { issueGrantAsync } from "babylon-rtc-server";
import { decodeJwt } from "jose";
import { GrantAuthority } from "../../../server/src/tokens/grants";
import { holds } from "../../../server/src/tokens/privileges";
import { GuestAuthority } from "../../../server/src/tokens/guests";
import { InvitationAuthority } from "../../../server/src/tokens/invitations";
import type { IGrantOptions } from "babylon-rtc-server";

const secret = "a secret of at least thirty-two bytes";
const key = new TextEncoder().encode(secret);
const noon = Date.UTC(2030, 0, 1, 12);
const grace = { id: "grace", name: "Grace" };

describe("a grant", () => {
    it("contains user, room, privileges, audience and expiry", async () => {
        const { token, expiresAt } = await issueGrantAsync({ room: "home", user: grace, secret });
        expect(decodeJwt(token)).toMatchObject({
            sub: "grace",
            name: "Grace",
            room: "home",
            privileges: ["publish", "subscribe"],
            aud: "babylon-rtc:grant",
            exp: expiresAt / 1000,
        });
    });

    it("contains the normalized name, and is not issued with an invisible, empty or untrimmed one", async () => {
        const nameAsync = async (name: string): Promise<unknown> =>
            decodeJwt((await issueGrantAsync({ room: "home", user: { id: "grace", name }, secret })).token).name;
        expect(await nameAsync("Gra\u200Bce")).toBe("Grace");
        expect(await nameAsync("Jose\u0301")).toBe("Jos\u00E9");
        for (const name of ["\u200B\u200B", "\u3164", " Grace", ""]) {
            await expect(nameAsync(name)).rejects.toMatchObject({
                code: "invalidOption",
                message: expect.stringContaining("user.name") as string,
            });
        }
    });

    it("is accepted until its expiry, and then rejected with tokenExpired", async () => {
        let now = noon;
        const grants = new GrantAuthority(key, () => now);
        const grant = { room: "home", user: grace, privileges: ["publish"], expiresAt: noon + 1000, membersOnly: true } as const;
        const { token } = await grants.signAsync(grant);
        now = noon + 999;
        expect(await grants.verifyAsync(token, "home")).toEqual(grant);
        now = noon + 1000;
        await expect(grants.verifyAsync(token, "home")).rejects.toMatchObject({ reason: "tokenExpired" });
    });

    it("token get: limits each privilege to its own lifetime", async () => {
        const before = Date.now();
        const { token } = await issueGrantAsync({
            room: "home",
            user: grace,
            privileges: { publish: 2, subscribe: 7200, moderate: 5 },
            ttlSeconds: 1800,
            secret,
        });
        const grant = await new GrantAuthority(key, Date.now).verifyAsync(token, "home");
        expect(grant.privileges).toEqual(["publish", "subscribe", "moderate"]);
        const end = grant.ends?.publish ?? NaN;
        expect(end - before).toBeGreaterThanOrEqual(2000);
        expect(end - before).toBeLessThan(3000);
        expect([end - 1, end].map((at) => holds(grant, "publish", at))).toEqual([true, false]);
        expect([end, end + 3000].map((at) => holds(grant, "moderate", at))).toEqual([true, false]);
        expect(holds(grant, "subscribe", end + 7_000_000)).toBe(true);
    });

    it("can contain any single privilege, or none", async () => {
        const holdAsync = async (privileges: IGrantOptions["privileges"]): Promise<unknown> => {
            const { token } = await issueGrantAsync({ room: "home", user: grace, secret, ...(privileges ? { privileges } : {}) });
            return (await new GrantAuthority(key, Date.now).verifyAsync(token, "home")).privileges;
        };
        expect(await holdAsync(undefined)).toEqual(["publish", "subscribe"]);
        expect(await holdAsync([])).toEqual([]);
        expect(await holdAsync({})).toEqual([]);
        expect(await holdAsync(["moderate"])).toEqual(["moderate"]);
        expect(await holdAsync({ subscribe: 10 })).toEqual(["subscribe"]);
    });

    it.each<[Partial<IGrantOptions>, string]>([
        [{ secret: "short" }, "secretTooShort"],
        [{ secret: "" }, "secretMissing"],
        [{ ttlSeconds: 0 }, "invalidOption"],
        [{ ttlSeconds: NaN }, "invalidOption"],
        [{ ttlSeconds: 1e9 }, "invalidOption"],
        [{ room: "" }, "invalidOption"],
        [{ user: { id: "", name: "X" } }, "invalidOption"],
        [{ user: { id: "x", name: " X" } }, "invalidOption"],
        [{ privileges: ["shout" as never] }, "invalidOption"],
        [{ privileges: "publish" as never }, "invalidOption"],
        [{ privileges: { shout: 5 } as never }, "invalidOption"],
        [{ privileges: { publish: 0 } }, "invalidOption"],
        [{ privileges: { publish: NaN } }, "invalidOption"],
        [{ privileges: { publish: "60" as never } }, "invalidOption"],
        [{ privileges: { subscribe: 86_401 } }, "invalidOption"],
    ])("is not issued with %p", async (options, code) => {
        await expect(issueGrantAsync({ room: "home", user: grace, secret, ...options })).rejects.toMatchObject({
            name: "RtcServerError",
            code,
        });
    });

    it("takes its secret from the environment", async () => {
        delete process.env.BABYLON_RTC_SECRET;
        await expect(issueGrantAsync({ room: "home", user: grace })).rejects.toMatchObject({ code: "secretMissing" });
        process.env.BABYLON_RTC_SECRET = secret;
        try {
            const { token } = await issueGrantAsync({ room: "home", user: grace });
            expect(await new GrantAuthority(key, Date.now).verifyAsync(token, "home")).toMatchObject({ user: grace, membersOnly: false });
        } finally {
            delete process.env.BABYLON_RTC_SECRET;
        }
    });
});

describe("a guest", () => {
    it("has an identity for a day, which another secret does not verify", async () => {
        let now = noon;
        const guests = new GuestAuthority(key, () => now);
        const { identity, user } = await guests.mintAsync("Alice");
        expect(await guests.recogniseAsync(identity)).toEqual(user);
        const others = new GuestAuthority(new TextEncoder().encode(`${secret}, but another`), () => now);
        expect(await others.recogniseAsync(identity)).toBeNull();
        now = noon + 24 * 3_600_000;
        expect(await guests.recogniseAsync(identity)).toBeNull();
    });

    it("identity cannot be used as a grant, nor a grant as an identity", async () => {
        const now = (): number => noon;
        const { identity } = await new GuestAuthority(key, now).mintAsync("Alice");
        const { token } = await new GrantAuthority(key, now).signAsync({
            room: "home",
            user: grace,
            privileges: [],
            expiresAt: noon + 1000,
            membersOnly: false,
        });
        expect(await new GuestAuthority(key, now).recogniseAsync(token)).toBeNull();
        await expect(new GrantAuthority(key, now).verifyAsync(identity, "home")).rejects.toMatchObject({ reason: "tokenInvalid" });
    });
});

describe("an invitation", () => {
    it("is accepted until its expiry, and then rejected with tokenExpired", async () => {
        let now = noon;
        const invitations = new InvitationAuthority(key, () => now);
        const says = { room: "home", by: "grace", userId: "ada", serial: 3, revision: 1 };
        const { invitation, expiresAt } = await invitations.signAsync(says, 2);
        expect(expiresAt).toBe(noon + 2000);
        now = expiresAt - 1;
        expect(await invitations.verifyAsync(invitation)).toEqual(says);
        now = expiresAt;
        await expect(invitations.verifyAsync(invitation)).rejects.toMatchObject({ reason: "tokenExpired" });
    });
});
