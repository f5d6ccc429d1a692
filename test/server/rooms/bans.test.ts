import { BanList } from "../../../server/src/rooms/bans";
import { PasswordGuesses } from "../../../server/src/rooms/passwordGuesses";
import { hashPassword, isPassword } from "../../../server/src/util/passwordHash";

describe("bans", () => {
    let now = 0;
    let bans: BanList;
    beforeEach(() => {
        now = 1000;
        bans = new BanList(() => now);
    });

    it("apply to one user in one room, until they end", () => {
        bans.add("room", "bob", 3000);
        expect(bans.until("room", "bob")).toBe(3000);
        expect(bans.until("room", "carol")).toBeUndefined();
        expect(bans.until("other", "bob")).toBeUndefined();
        now = 2999;
        expect(bans.until("room", "bob")).toBe(3000);
        now = 3000;
        expect(bans.until("room", "bob")).toBeUndefined();
    });

    it("are not shortened by a later ban, and not started by an expired one", () => {
        bans.add("room", "bob", 5000);
        bans.add("room", "bob", 2000);
        bans.add("room", "carol", 1000);
        expect(bans.until("room", "bob")).toBe(5000);
        expect(bans.until("room", "carol")).toBeUndefined();
    });

    it("of one room do not displace bans of another, and the newest ones remain", () => {
        bans.add("room", "bob", 5000);
        for (let user = 0; user < 3000; user += 1) {
            bans.add("flood", `user ${user}`, 5000);
        }
        expect(bans.until("room", "bob")).toBe(5000);
        expect(bans.until("flood", "user 2999")).toBe(5000);
        expect(bans.until("flood", "user 0")).toBeUndefined();
    });

    it("of a closed room are removed", () => {
        bans.add("room", "bob", 5000);
        bans.forget("room");
        expect(bans.until("room", "bob")).toBeUndefined();
    });
});

describe("password guesses", () => {
    it("are rejected after 5 wrong passwords, and allowed again after 10 s", () => {
        let now = 0;
        const guesses = new PasswordGuesses({ perSecond: 1, burst: 100 }, () => now);
        const mallory = { id: "mallory", address: "a", isGuest: true };
        for (let guess = 0; guess < 5; guess += 1) {
            guesses.allow(mallory, "room");
            guesses.count(mallory, "room");
        }
        expect(() => guesses.allow(mallory, "room")).toThrow(/^rateLimited/);
        now = 9999;
        expect(() => guesses.allow(mallory, "room")).toThrow(/^rateLimited/);
        now = 10_000;
        expect(() => guesses.allow(mallory, "room")).not.toThrow();
    });
});

describe("wrong passwords", () => {
    const rate = { perSecond: 0.2, burst: 50 };
    const from = (id: string, isGuest: boolean): { id: string; isGuest: boolean; address: string } => ({ id, isGuest, address: "a" });

    it("never lock out an account, and no guest out of another room", () => {
        const guesses = new PasswordGuesses(rate, () => 0);
        for (let guess = 0; guess < 60; guess += 1) {
            guesses.count(from(`guest ${guess}`, true), "room");
            guesses.count(from(`account ${guess}`, false), "room");
        }
        expect(() => guesses.allow(from("alice", false), "room")).not.toThrow();
        expect(() => guesses.allow(from("bob", true), "another room")).not.toThrow();
        // Anyone can become any number of guests, so all guests of one network address share one allowance.
        expect(() => guesses.allow(from("bob", true), "room")).toThrow(/^rateLimited/);
        expect(() => guesses.allow({ ...from("bob", true), address: "b" }, "room")).not.toThrow();
    });

    it("of an account count for this account and room only", () => {
        const guesses = new PasswordGuesses(rate, () => 0);
        for (let guess = 0; guess < 5; guess += 1) {
            guesses.count(from("mallory", false), "room");
        }
        expect(() => guesses.allow(from("mallory", false), "room")).toThrow(/^rateLimited/);
        expect(() => guesses.allow(from("mallory", false), "another room")).not.toThrow();
    });

    it("of guests count by the network of an IPv6 address", () => {
        const guesses = new PasswordGuesses({ perSecond: 0.2, burst: 3 }, () => 0);
        for (let guess = 0; guess < 3; guess += 1) {
            guesses.count({ id: `guest ${guess}`, isGuest: true, address: `2001:db8::${guess}` }, "room");
        }
        expect(() => guesses.allow({ id: "x", isGuest: true, address: "2001:db8::ffff" }, "room")).toThrow(/^rateLimited/);
        expect(() => guesses.allow({ id: "x", isGuest: true, address: "2001:db8:0:1::1" }, "room")).not.toThrow();
    });
});

describe("a stored password", () => {
    it("does not contain the text, differs each time, and matches only the same password", () => {
        const [one, two] = [hashPassword("sesame"), hashPassword("sesame")];
        expect(Buffer.concat([one.salt, one.hash]).includes("sesame")).toBe(false);
        expect(one.hash.equals(two.hash)).toBe(false);
        expect([isPassword("sesame", one), isPassword("sesame ", one), isPassword("", one)]).toEqual([true, false, false]);
    });
});
