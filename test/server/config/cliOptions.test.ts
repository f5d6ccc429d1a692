import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCommandLine } from "../../../server/src/config/cliOptions";

describe("--address-header", () => {
    const request = (headers: object): IncomingMessage =>
        ({ headers, socket: { remoteAddress: "127.0.0.1" } }) as unknown as IncomingMessage;

    it.each([
        ["one address", { "x-real-ip": "192.0.2.1" }, "192.0.2.1"],
        ["several, of which the proxy itself has seen the last", { "x-real-ip": "10.0.0.1, 198.51.100.1,  192.0.2.1 " }, "192.0.2.1"],
        ["none, where somebody of this machine asks", {}, "127.0.0.1"],
        ["an empty one", { "x-real-ip": "" }, "127.0.0.1"],
        ["another header", { "x-forwarded-for": "192.0.2.1" }, "127.0.0.1"],
    ])("takes %s", (_, headers, address) => {
        const options = parseCommandLine(["--address-header", "X-Real-IP"]);
        expect(typeof options === "object" && options.addressOf?.(request(headers))).toBe(address);
    });

    it.each(["", "a b", "x:y", "é"])("refuses %j as a name", (name) => {
        expect(() => parseCommandLine([`--address-header=${name}`])).toThrow("--address-header");
    });

    it("is off unless it is asked for", () => {
        expect(parseCommandLine([])).toEqual({ port: 9000 });
    });
});

describe("--turn", () => {
    const folder = mkdtempSync(join(tmpdir(), "turn-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const fileWith = (text: string): string => {
        const path = join(folder, randomUUID());
        writeFileSync(path, text);
        return path;
    };

    it("takes addresses, and the secret from a file, without the end of its line", () => {
        const args = ["--turn", "turn:turn.example", "--turn", "stun:turn.example", "--turn-ttl-seconds", "3600"];
        expect(parseCommandLine([...args, "--turn-secret-file", fileWith("a secret of a TURN server\n")])).toEqual({
            port: 9000,
            turn: { urls: ["turn:turn.example", "stun:turn.example"], secret: "a secret of a TURN server", ttlSeconds: 3600 },
        });
        expect(parseCommandLine(["--turn", "turn:turn.example"])).toEqual({ port: 9000, turn: { urls: ["turn:turn.example"] } });
    });

    it.each<[string, readonly string[]]>([
        ["--turn-secret-file", ["--turn", "turn:turn.example", "--turn-secret-file", join(folder, "nowhere")]],
        ["--turn-secret-file", ["--turn", "turn:turn.example", "--turn-secret-file", fileWith(" \n")]],
        ["require --turn", ["--turn-secret-file", "file"]],
        ["require --turn", ["--turn-ttl-seconds", "60"]],
        ["--turn-ttl-seconds", ["--turn", "turn:turn.example", "--turn-ttl-seconds", "a day"]],
        ["turn-secret", ["--turn", "turn:turn.example", "--turn-secret", "in the list of processes"]],
    ])("refuses what cannot be used, by its name: %s", (name, args) => {
        expect(() => parseCommandLine(args)).toThrow(name);
    });
});
