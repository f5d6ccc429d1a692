import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressIn, parseCommandLine } from "../../../server/src/config/cliOptions";

describe("--address-header", () => {
    const request = (headers: object, method = "POST"): IncomingMessage =>
        ({ headers, method, socket: { remoteAddress: "127.0.0.1" } }) as unknown as IncomingMessage;

    it.each([
        ["the address in the header", { "x-real-ip": "192.0.2.1" }, "192.0.2.1"],
        ["the last of several addresses, added by the proxy", { "x-real-ip": "10.0.0.1, 198.51.100.1,  192.0.2.1 " }, "192.0.2.1"],
        ["the address without the port that a proxy adds", { "x-real-ip": "192.0.2.1:5000" }, "192.0.2.1"],
        ["the socket's address if the header is missing", {}, "127.0.0.1"],
        ["the socket's address if the header is empty", { "x-real-ip": "" }, "127.0.0.1"],
        ["the socket's address, not another header's", { "x-forwarded-for": "192.0.2.1" }, "127.0.0.1"],
    ])("uses %s", (_, headers, address) => {
        expect(parseCommandLine(["--address-header", "X-Real-IP"])).toEqual({ port: 9000, addressHeader: "X-Real-IP" });
        expect(addressIn("X-Real-IP", () => undefined)(request(headers))).toBe(address);
    });

    it("warns once if players' requests lack the header, and not about health checks", () => {
        const lines: string[] = [];
        const addressOf = addressIn("X-Real-IP", (level, line) => lines.push(`${level}: ${line}`));
        addressOf(request({ "x-real-ip": "192.0.2.1" }, "POST"));
        addressOf(request({}, "GET"));
        expect(lines).toEqual([]);
        addressOf(request({ upgrade: "websocket" }, "GET"));
        addressOf(request({}, "POST"));
        expect(lines).toEqual([expect.stringMatching(/^warn: --address-header: a request has no header X-Real-IP,/)]);
    });

    it.each(["", "a b", "x:y", "é"])("rejects %j as a header name", (name) => {
        expect(() => parseCommandLine([`--address-header=${name}`])).toThrow("--address-header");
    });

    it("is off by default", () => {
        expect(parseCommandLine([])).toEqual({ port: 9000 });
    });
});

it("--host rejects an empty address, which would mean all addresses", () => {
    expect(parseCommandLine(["--host", "127.0.0.1"])).toEqual({ port: 9000, host: "127.0.0.1" });
    expect(() => parseCommandLine(["--host="])).toThrow("--host must be an address");
});

describe("--turn", () => {
    const folder = mkdtempSync(join(tmpdir(), "turn-"));
    afterAll(() => rmSync(folder, { recursive: true }));
    const fileWith = (text: string): string => {
        const path = join(folder, randomUUID());
        writeFileSync(path, text);
        return path;
    };

    it("takes addresses, and the secret from a file without its line break", () => {
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
    ])("rejects unusable arguments with an error that contains: %s", (name, args) => {
        expect(() => parseCommandLine(args)).toThrow(name);
    });
});
