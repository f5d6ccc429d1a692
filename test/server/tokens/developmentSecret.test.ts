import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { developmentSecret } from "../../../server/src/tokens/secret.js";

describe("The development secret", () => {
    let home: string;

    beforeEach(() => (home = mkdtempSync(join(tmpdir(), "home-"))));
    afterEach(() => rmSync(home, { recursive: true }));

    const folder = (): string => join(home, ".babylon-rtc-server");
    const file = (): string => join(folder(), readdirSync(folder())[0] ?? "");

    it("is 32 random bytes, stays the same, and is readable only by its owner", () => {
        const secret = developmentSecret(home);
        expect(secret).toMatch(/^[0-9a-f]{64}$/);
        expect(developmentSecret(home)).toBe(secret);
        expect([statSync(folder()).mode & 0o777, statSync(file()).mode & 0o777]).toEqual([0o700, 0o600]);
    });

    it("differs between home directories", () => {
        const other = join(home, "other");
        expect(developmentSecret(other)).not.toBe(developmentSecret(home));
    });

    it("is not used if others could have read it, where it is damaged, or where it cannot be saved", () => {
        developmentSecret(home);
        chmodSync(file(), 0o644);
        expect(developmentSecret(home)).toBeUndefined();
        chmodSync(file(), 0o600);
        writeFileSync(file(), "short");
        expect(developmentSecret(home)).toBeUndefined();
        expect(developmentSecret("/dev/null/nowhere")).toBeUndefined();
    });
});
