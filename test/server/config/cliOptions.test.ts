import type { IncomingMessage } from "node:http";
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
