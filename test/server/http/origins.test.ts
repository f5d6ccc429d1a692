import { readFileSync } from "node:fs";
import { request } from "node:http";
import { resolve } from "node:path";
import { createRtcServer } from "babylon-rtc-server";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import { HostPolicy } from "../../../server/src/http/origins";
import { errorFromServer } from "../../../src/interop/serverError.js";
import { openAsync, signalUrl } from "../clients";

let server: IRtcServer | undefined;
let warnings: string[];

beforeEach(() => {
    warnings = [];
});
afterEach(async () => {
    await server?.closeAsync();
    server = undefined;
});

async function serveAsync(origins: readonly string[] = [], options: IRtcServerOptions = {}): Promise<string> {
    server = await createRtcServer({
        port: 0,
        secret: "a secret of at least thirty-two bytes",
        development: false,
        authorize: ({ credential }) => ({ id: credential, name: credential }),
        origins,
        log: (level, line) => level === "warn" && warnings.push(line),
        ...options,
    });
    return server.url;
}

interface IAnswer {
    readonly status: number | undefined;
    readonly body: { readonly error?: { readonly code: string; readonly message: string } };
    readonly leave: string | undefined;
}

/** Enters a room like a page of this origin, with the given `Host` header. `fetch` would set its own. */
async function enterAsync(url: string, origin: string, host?: string): Promise<IAnswer> {
    const headers = { Origin: origin, "Content-Type": "text/plain", ...(host !== undefined && { Host: host }) };
    return await new Promise((done, reject) => {
        const sent = request(`${url}/enter`, { method: "POST", headers, agent: false }, (response) => {
            const parts: Buffer[] = [];
            response.on("data", (part: Buffer) => parts.push(part));
            response.on("end", () =>
                done({
                    status: response.statusCode,
                    body: JSON.parse(Buffer.concat(parts).toString()) as IAnswer["body"],
                    leave: response.headers["access-control-allow-origin"],
                }),
            );
        });
        sent.on("error", reject);
        sent.end(JSON.stringify({ join: { name: "lobby", identity: "grace" }, create: true }));
    });
}

describe("the check of Origin against the Host header", () => {
    it.each([
        ["https://game.example", "game.example"],
        ["https://game.example", "game.example:443"],
        ["http://game.example", "game.example:80"],
        ["https://game.example", "GAME.Example:443"],
        ["https://game.example:8443", "game.example:8443"],
        ["http://[::1]:9000", "[0:0:0:0:0:0:0:1]:9000"],
    ])("accepts the origin %s if Host is %s", async (origin, host) => {
        const url = await serveAsync();
        expect(await enterAsync(url, origin, host)).toMatchObject({ status: 200, leave: origin });
        expect(warnings).toEqual([]);
    });

    it.each([
        ["https://game.example", "game.example:80"],
        ["http://game.example", "game.example:443"],
        ["https://game.example:8443", "game.example"],
        ["https://game.example", "game.example.evil.example"],
        ["https://game.example", "me@game.example"],
        ["capacitor://localhost", "localhost"],
    ])("rejects the origin %s if Host is %s", async (origin, host) => {
        const url = await serveAsync();
        expect(await enterAsync(url, origin, host)).toMatchObject({ status: 403, body: { error: { code: "forbidden" } } });
    });

    it.each(["https://game.example", "https://game.example:8443"])("accepts %s behind the proxy of the guide", async (origin) => {
        const guide = readFileSync(resolve(__dirname, "../../../docs/guides/room-server.md"), "utf8");
        const [, variable = ""] = /proxy_set_header Host \$(\w+);/.exec(guide) ?? [];
        const { host, hostname } = new URL(origin);
        // https://nginx.org/en/docs/http/ngx_http_core_module.html#var_host
        const variables = new Map([
            ["http_host", host],
            ["host", hostname],
        ]);
        const url = await serveAsync();
        expect(await enterAsync(url, origin, variables.get(variable))).toMatchObject({ status: 200 });
    });
});

describe("the option `origins`", () => {
    it.each<[string, readonly string[], readonly string[]]>([
        ["https://game.example", ["https://game.example"], ["https://game.example:8443", "http://game.example", "https://eu.game.example"]],
        ["https://GAME.example:443/", ["https://game.example"], ["https://game.example:444"]],
        [
            "https://*.game.example",
            ["https://eu.game.example", "https://a-b.game.example"],
            [
                "https://game.example",
                "https://a.b.game.example",
                "https://evilgame.example",
                "http://eu.game.example",
                "https://eu.game.example:8443",
                "https://eu.game.example.evil.example",
                "https://*.game.example",
                "https://.game.example",
            ],
        ],
        ["https://*.game.example:8443", ["https://eu.game.example:8443"], ["https://eu.game.example"]],
        ["capacitor://localhost", ["capacitor://localhost"], ["ionic://localhost", "https://localhost", "capacitor://localhost:1"]],
        ["tauri://localhost", ["tauri://localhost"], ["tauri://localhost.evil.example"]],
        ["chrome-extension://abcdef", ["chrome-extension://abcdef"], ["chrome-extension://abcdeg"]],
    ])("%s allows %j, but not %j", async (option, good, bad) => {
        const url = await serveAsync([option]);
        for (const origin of good) {
            expect([origin, await enterAsync(url, origin)]).toMatchObject([origin, { status: 200, leave: origin }]);
        }
        for (const origin of bad) {
            expect([origin, await enterAsync(url, origin)]).toMatchObject([origin, { status: 403, leave: undefined }]);
        }
    });

    it.each([
        ["*"],
        ["https://*"],
        ["https://*.com"],
        ["https://game.*"],
        ["https://eu*.game.example"],
        ["https://*.*.example"],
        ["https://eu.*.example"],
        ["capacitor://*.game.example"],
        ["https://game.example:*"],
        ["wss://game.example"],
        ["ftp://game.example"],
        ["file:///home"],
        ["null"],
        ["https://me:secret@game.example"],
        ["https://game.example?x"],
        [""],
        [null],
        [5],
    ])("rejects %j at start", async (option) => {
        await expect(serveAsync([option as string])).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringMatching(/`origins`.*"https:\/\/\*\.game\.example"/) as string,
        });
    });
});

describe("a rejected page", () => {
    it("gets its origin and the option's name in the error, also in the plugin's error", async () => {
        const url = await serveAsync();
        const { body } = await enterAsync(url, "https://other.example", "game.example");
        const { error = { code: "", message: "" } } = body;
        expect(error.message).toContain("https://other.example");
        expect(error.message).toContain("`origins`");
        expect(error.message).toContain('"game.example"');
        expect(errorFromServer(error.code, body)).toMatchObject({ code: "unauthorized", message: error.message });
    });

    it("is told to use a web address if it is a file", async () => {
        const { body } = await enterAsync(await serveAsync(), "null");
        expect(body.error?.message).toMatch(/files.*web address/);
    });

    it("is logged once for all its requests, with at most 20 lines for all pages", async () => {
        const url = await serveAsync();
        await enterAsync(url, "https://other.example");
        await enterAsync(url, "https://other.example");
        await expect(openAsync(signalUrl(url, "x", "y"), { Origin: "https://other.example" })).rejects.toThrow("refused 403");
        expect(warnings).toEqual([expect.stringMatching(/https:\/\/other\.example.*`origins`/)]);
        for (let index = 0; index < 40; index += 1) {
            await enterAsync(url, `https://x${index}.example`);
        }
        expect(warnings).toHaveLength(20);
    });

    it("cannot write control characters or more than 700 characters to the log", async () => {
        await enterAsync(await serveAsync(), `https://other.example/\u009b31m${"x".repeat(4000)}`);
        expect(warnings).toHaveLength(1);
        expect(warnings[0]).toMatch(/^[\x20-\x7e]{1,700}$/);
    });
});

it.each(["http://tauri.localhost", "http://game.localhost:5173"])(
    "a page of this machine is accepted in development: %s",
    async (origin) => {
        expect(await enterAsync(await serveAsync([], { development: true }), origin)).toMatchObject({ status: 200 });
    },
);

describe("a server that checks the Host header", () => {
    it.each([
        [undefined, true],
        ["localhost:9000", true],
        ["LOCALHOST", true],
        ["game.localhost:9000", true],
        ["127.0.0.1:9000", true],
        ["192.0.2.7:9000", true],
        ["[::1]:9000", true],
        ["[2001:db8::1]", true],
        ["workstation:9000", true],
        ["dev.game.example", true],
        ["eu.game.example:443", true],
        ["my-machine.local:9000", true],
        ["evil.example", false],
        ["evil.example.:9000", false],
        ["localhost.evil.example", false],
        ["127.0.0.1.evil.example", false],
        ["game.example.evil.example", false],
        ["other.local", false],
        ["a b", false],
        ["", false],
    ])("allows Host %p: %p", (host, isAllowed) => {
        const policy = new HostPolicy(["https://dev.game.example", "https://*.game.example"], ["my-machine", "my-machine.local"]);
        expect(policy.allows(host)).toBe(isAllowed);
    });

    it("rejects a page whose own name resolves to this machine (DNS rebinding), and logs that once", async () => {
        const lines: string[] = [];
        const rebound = { Host: "evil.example:9000", Origin: "http://evil.example:9000" };
        const url = await serveAsync([], { development: true, log: (level, line) => lines.push(`${level} ${line}`) });
        const answer = async (headers: Record<string, string>): Promise<number | undefined> =>
            await new Promise((resolve, reject) => {
                const sent = request(
                    `${url}/guest`,
                    { method: "POST", headers: { "Content-Type": "application/json", ...headers } },
                    (response) => {
                        response.resume();
                        resolve(response.statusCode);
                    },
                );
                sent.once("error", reject);
                sent.end(JSON.stringify({ name: "Mallory" }));
            });
        expect([await answer(rebound), await answer({ Host: "evil.example" }), await answer({})]).toEqual([403, 403, 200]);
        await expect(openAsync(`${url.replace("http", "ws")}/signal/peerjs?key=peerjs&id=x&token=y`, rebound)).rejects.toThrow(
            "refused 403",
        );
        expect(lines.filter((line) => line.includes("cannot be used by the name evil.example:9000"))).toHaveLength(1);
    });

    it("accepts every Host header if guests are not allowed, since a proxy may set any", async () => {
        const url = await serveAsync();
        expect(await enterAsync(url, "http://voice.example", "voice.example")).toMatchObject({ status: 200 });
    });
});
