import { createReadStream, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createRtcServer } from "babylon-rtc-server";
import { decodeJwt } from "jose";
import { boundAnswer } from "../../../server/src/http/reply";
import {
    askToEnterAsync,
    enterBothAsync,
    guestAsync,
    joinAsync,
    openAsync,
    postAsync,
    quieten,
    refusalAsync,
    signalUrl,
    sitDownAsync,
} from "../clients";
import { startServerAsync } from "../harness";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { IRtcServer, IRtcServerOptions, Privilege } from "babylon-rtc-server";
import type { IEnterReply, IRtcPeer } from "babylon-rtc-server/wire";

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer | undefined;

beforeAll(quieten);
afterEach(async () => {
    await server?.closeAsync();
    server = undefined;
});

/** Waits until this process no longer has the file open. */
async function untilClosedAsync(file: string): Promise<void> {
    const isOpen = (descriptor: string): boolean => {
        try {
            return readlinkSync(`/proc/self/fd/${descriptor}`) === file;
        } catch {
            return false;
        }
    };
    while (readdirSync("/proc/self/fd").some(isOpen)) {
        await new Promise((resolve) => setImmediate(resolve));
    }
}

async function rawStatusAsync(url: string, path: string): Promise<number | undefined> {
    const { hostname, port, pathname } = new URL(url);
    const prefix = pathname === "/" ? "" : pathname;
    return await new Promise((resolve, reject) => {
        const sent = request({ hostname, port, path: prefix + path, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
        });
        sent.on("error", reject);
        sent.end();
    });
}

async function serveAsync(options: IRtcServerOptions = {}): Promise<string> {
    server = await createRtcServer({ port: 0, secret, log: () => undefined, ...options });
    return server.url;
}

describe("POST /guest", () => {
    it("creates a guest with a new id for each request, and trims the name", async () => {
        const url = await serveAsync();
        const alice = await guestAsync(url, "  Alice ");
        const again = await guestAsync(url, "Alice");
        expect(alice.user.name).toBe("Alice");
        expect(alice.user.id).toMatch(/^[0-9a-f]{32,}$/);
        expect(again.user.id).not.toBe(alice.user.id);
        expect(alice.expiresAt).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    });

    it.each([[""], ["  "], ["x".repeat(41)], ["a\u0000"], ["a\u202eb"], ["\u200B\u200B"], ["\u3164"], [5], [null], [{}], [undefined]])(
        "rejects the name %p",
        async (name) => {
            const url = await serveAsync();
            expect(await postAsync(`${url}/guest`, { name })).toMatchObject({ status: 400, body: { error: { code: "invalidRequest" } } });
        },
    );

    it("removes invisible characters from a name", async () => {
        const url = await serveAsync();
        expect((await guestAsync(url, "admin\u200B")).user.name).toBe("admin");
    });

    it("accepts a name of forty emoji", async () => {
        const url = await serveAsync();
        const name = "\u{1F600}".repeat(40);
        expect((await guestAsync(url, name)).user.name).toBe(name);
    });

    it("returns 403 outside of development, where identities of guests are rejected", async () => {
        const { identity } = await guestAsync(await serveAsync(), "Alice");
        await server?.closeAsync();
        const url = await serveAsync({ development: false });
        expect(server?.development).toBe(false);
        expect(await postAsync(`${url}/guest`, { name: "Alice" })).toMatchObject({
            status: 403,
            body: { error: { code: "forbidden", message: expect.stringContaining("`user.token`") as string } },
        });
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity }))).toBe("unauthorized");
        expect((await postAsync(`${url}/token`, { room: "x" }, { Authorization: `Bearer ${identity}` })).status).toBe(401);
    });

    it("is off by default with `authorize` and in production", async () => {
        await serveAsync({ authorize: () => null });
        expect(server?.development).toBe(false);
        await server?.closeAsync();
        const before = process.env.NODE_ENV;
        process.env.NODE_ENV = "production";
        try {
            await serveAsync();
            expect(server?.development).toBe(false);
        } finally {
            process.env.NODE_ENV = before;
        }
    });
});

it.each(["hasOwnProperty", "__proto__", "constructor", "toString"])(
    "a join option named %s is rejected by every endpoint",
    async (name) => {
        const url = await serveAsync();
        const { identity } = await guestAsync(url, "Mallory");
        const join = `{ "name": "lobby", "identity": ${JSON.stringify(identity)}, "${name}": 1 }`;
        for (const [path, body] of [
            ["/matchmake/joinOrCreate/room", join],
            ["/matchmake/join/room", join],
            ["/matchmake/joinOrCreate/rtc", `{ "room": "x", "token": "y", "${name}": 1 }`],
            ["/enter", `{ "join": ${join}, "create": true, "voice": true }`],
        ] as const) {
            expect(await postAsync(`${url}${path}`, body)).toMatchObject({ status: 400, body: { error: { code: "invalidRequest" } } });
        }
    },
);

describe("the option `authorize`", () => {
    it("receives credential, room and headers of each request, and sets the member's id, name and attributes", async () => {
        const asked: unknown[] = [];
        const url = await serveAsync({
            authorize: ({ credential, room, headers }) => {
                asked.push([credential, room, headers.get("content-type")]);
                return credential === "grace's session" ? { id: "grace", name: "Grace", attributes: { staff: true } } : null;
            },
        });
        const identity = "grace's session";
        const { inbox, room } = await joinAsync(url, "room", { name: "lobby", identity, attributes: { staff: false, colour: "red" } });
        expect(await inbox.firstAsync("welcome")).toMatchObject({
            self: "grace",
            members: [{ id: "grace", name: "Grace", attributes: { staff: true, colour: "red" } }],
        });
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity: "somebody else's" }))).toBe("unauthorized");
        const token = (body: unknown, credential: string) => postAsync(`${url}/token`, body, { Authorization: `Bearer ${credential}` });
        expect(await token({ room: room.roomId }, "nobody")).toMatchObject({ status: 401 });
        expect(asked).toEqual([
            ["grace's session", { name: "lobby" }, "application/json"],
            ["somebody else's", { name: "lobby" }, "application/json"],
            ["nobody", { id: room.roomId }, "application/json"],
        ]);
    });

    it("may set attributes of up to 2 KiB together with the member's own, in a join and in a change", async () => {
        const url = await serveAsync({ authorize: () => ({ id: "grace", name: "Grace", attributes: { bio: "x".repeat(1500) } }) });
        const join = (length: number) => joinAsync(url, "room", { name: "lobby", identity: "x", attributes: { own: "x".repeat(length) } });
        expect(await refusalAsync(join(1000))).toBe("invalidRequest");
        const { inbox, room } = await join(500);
        room.send("attributes", { own: "short" });
        expect(await inbox.firstAsync("memberChanged")).toMatchObject({ attributes: { own: "short" } });
    });

    it("defines the privileges of a grant, however the server issues it", async () => {
        const privileges: Readonly<Record<string, readonly Privilege[]>> = {
            audience: ["subscribe"],
            staff: ["moderate", "subscribe"],
            none: [],
        };
        const url = await serveAsync({
            authorize: ({ credential }) => ({
                id: credential,
                name: credential,
                ...(privileges[credential] && { privileges: privileges[credential] }),
            }),
        });
        const join = (identity: string) => ({ name: "hall", identity });
        for (const [identity, allowed] of [
            ["audience", ["subscribe"]],
            ["staff", ["subscribe", "moderate"]],
            ["none", []],
            ["anybody", ["publish", "subscribe"]],
        ] as const) {
            const { room } = await joinAsync(url, "room", join(identity));
            const { body } = await postAsync(`${url}/token`, { room: room.roomId }, { Authorization: `Bearer ${identity}` });
            expect(decodeJwt(String(body.token)).privileges).toEqual(allowed);
        }
        // Enters with one request, as browsers do.
        const { body } = await askToEnterAsync(url, join("audience"), { guest: undefined });
        const { seat, voice } = body as unknown as Required<IEnterReply>;
        await sitDownAsync(url, seat);
        const { room, inbox } = await sitDownAsync(url, voice.seat);
        room.send("enter", {});
        const { peers } = await inbox.firstAsync<{ peers: readonly IRtcPeer[] }>("welcome");
        expect(peers.find(({ id }) => id === "audience")).toMatchObject({ mayPublish: false });
    });

    it("decides who gets a grant for a room of the app's own", async () => {
        const url = await serveAsync({
            authorize: ({ credential, room }) =>
                Promise.resolve(room?.id === `home of ${credential}` ? { id: credential, name: "X" } : null),
        });
        const token = (room: string) => postAsync(`${url}/token`, { room }, { Authorization: "Bearer grace" });
        expect(await token("home of grace")).toMatchObject({ status: 200 });
        expect(await token("home of alan")).toMatchObject({ status: 401 });
    });

    it.each<[string, () => unknown]>([
        [
            "throws",
            () => {
                throw new Error("down");
            },
        ],
        ["rejects", () => Promise.reject(new Error("down"))],
        ["returns an empty id", () => ({ id: "", name: "X" })],
        ["returns no name", () => ({ id: "x" })],
        ["returns an invisible name", () => ({ id: "x", name: "\u200B\u200B" })],
        ["returns attributes that are too large", () => ({ id: "x", name: "X", attributes: { text: "x".repeat(3000) } })],
        ["returns privileges that are not a list", () => ({ id: "x", name: "X", privileges: { publish: 60 } })],
        ["returns an unknown privilege", () => ({ id: "x", name: "X", privileges: ["subscribe", "shout"] })],
        ["returns a number", () => 5],
    ])("rejects if it %s", async (_what, authorize) => {
        const url = await serveAsync({ authorize: authorize as never });
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity: "me" }))).toBe("unauthorized");
    });
});

describe("HTTP requests", () => {
    it("are rejected with 400 if the body is too large", async () => {
        const url = await serveAsync();
        for (const path of ["/guest", "/token"]) {
            const answer = await postAsync(`${url}${path}`, { name: "x".repeat(5000) });
            expect(answer).toMatchObject({ status: 400, body: { error: { code: "invalidRequest" } } });
        }
        const join = await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: "x".repeat(30_000) });
        expect(join).toMatchObject({ status: 400, body: { error: { code: "invalidRequest" } } });
    });

    it("are rate-limited by address, with a Retry-After header", async () => {
        let address = "a";
        const url = await serveAsync({ limits: { requests: { perSecond: 0.001, burst: 3 } }, addressOf: () => address });
        for (let index = 0; index < 3; index += 1) {
            await guestAsync(url, "Alice");
        }
        const refused = await postAsync(`${url}/guest`, { name: "Alice" });
        expect(refused).toMatchObject({ status: 429, body: { error: { code: "rateLimited" } } });
        expect(refused.headers.get("retry-after")).toBe("10");
        expect(refused.headers.get("access-control-expose-headers")).toBe("Retry-After");
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity: "x" }))).toBe("rateLimited");
        address = "b";
        await guestAsync(url, "Alice");
    });

    it("are rejected if the content type is not JSON, so that browsers need a preflight", async () => {
        const url = await serveAsync();
        const answer = await fetch(`${url}/guest`, { method: "POST", headers: { "Content-Type": "text/plain" }, body: '{"name":"Alice"}' });
        expect(answer.status).toBe(400);
    });

    it("can follow on the same connection after a minute without a request", async () => {
        const { headers } = await fetch(`${await serveAsync()}/health`);
        expect(headers.get("keep-alive")).toMatch(/^timeout=(6[1-9]|[7-9]\d)$/);
    });

    it("to /health return the server's status and counts", async () => {
        const url = await serveAsync();
        await enterBothAsync(url, "lobby", "Alice");
        const answer = await fetch(`${url}/health`);
        expect(answer.headers.get("content-type")).toContain("application/json");
        expect(await answer.json()).toMatchObject({ status: "ok", development: true, rooms: 1, members: 1, rtcRooms: 1, peers: 1 });
    });

    it("to the paths of PeerServer's HTTP API return 404", async () => {
        const url = await serveAsync();
        for (const path of ["/signal", "/signal/peerjs/id", "/signal/peerjs/peers", "/peerjs/id", "/signal/peerjs"]) {
            expect((await fetch(`${url}${path}`)).status).toBe(404);
        }
    });
});

describe("a page of another origin", () => {
    const paths = ["/guest", "/token", "/matchmake/joinOrCreate/room", "/matchmake/join/rtc", "/health"];

    async function askAsync(url: string, path: string, origin: string): Promise<[Response, Response]> {
        const headers = { Origin: origin, "Content-Type": "application/json" };
        const preflight = await fetch(`${url}${path}`, {
            method: "OPTIONS",
            headers: {
                Origin: origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,authorization",
            },
        });
        const request =
            path === "/health" ? fetch(`${url}${path}`, { headers }) : fetch(`${url}${path}`, { method: "POST", headers, body: "{}" });
        return [preflight, await request];
    }

    it("gets CORS headers with exactly its own origin if `origins` contains it", async () => {
        const url = await serveAsync({ origins: ["https://game.example"], development: false });
        for (const path of paths.slice(1)) {
            const answers = await askAsync(url, path, "https://game.example");
            for (const { headers } of answers) {
                expect(headers.get("access-control-allow-origin")).toBe("https://game.example");
                expect(headers.get("vary")).toContain("Origin");
            }
            expect(answers[0].status).toBe(204);
            expect(answers[0].headers.get("access-control-allow-headers")?.toLowerCase()).toContain("authorization");
        }
    });

    it.each([
        "https://evil.example",
        "https://game.example.evil.example",
        "http://game.example",
        "null",
        "http://localhost:8080",
        "file://",
    ])("that is %s gets no CORS permission and no WebSocket", async (origin) => {
        const url = await serveAsync({ origins: ["https://game.example"], development: false });
        for (const path of paths.slice(1)) {
            const answers = await askAsync(url, path, origin);
            for (const { headers, status } of answers) {
                expect(headers.get("access-control-allow-origin")).toBeNull();
                expect(status).toBe(403);
            }
        }
        await expect(openAsync(signalUrl(url, "x", "y"), { Origin: origin })).rejects.toThrow("refused 403");
    });

    it.each(["http://localhost:8080", "http://127.0.0.1:3000", "http://[::1]:3000", "https://localhost"])(
        "gets CORS headers in development if its origin is %s",
        async (origin) => {
            const url = await serveAsync();
            const [, answer] = await askAsync(url, "/health", origin);
            expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
        },
    );

    it("cannot open room and signalling sockets, but a page of the server's own host can", async () => {
        const url = await serveAsync();
        const { voice } = await enterBothAsync(url, "lobby", "Alice");
        const address = (voice.room.connection.transport as unknown as { ws: { url: string } }).ws.url;
        await expect(openAsync(address, { Origin: "https://evil.example" })).rejects.toThrow("refused 403");
        const signal = signalUrl(url, voice.self, voice.secret).replace("localhost", "127.0.0.1");
        await expect(openAsync(signal, { Origin: "https://evil.example" })).rejects.toThrow("refused 403");
        const { port } = new URL(url);
        await expect(openAsync(signal, { Host: `workstation:${port}`, Origin: `http://workstation:${port}` })).resolves.toBeDefined();
    });
});

describe("static files", () => {
    let folder: string;
    beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), "babylon-rtc-"));
        writeFileSync(join(folder, "index.html"), "<p>hello</p>");
        writeFileSync(join(folder, "app.js"), "1;");
        writeFileSync(join(folder, ".env"), "SECRET=1");
        mkdirSync(`${folder}-beside`);
        writeFileSync(join(`${folder}-beside`, "secret.txt"), "SECRET=1");
    });
    afterAll(() => [folder, `${folder}-beside`].forEach((one) => rmSync(one, { recursive: true })));

    it.each(["", "/voice"])("are served below the path %p, pages with `no-cache`, but not hidden files or other folders", async (path) => {
        const url = await serveAsync({ staticDir: folder, path });
        for (const page of ["/", "/index.html", "/index"]) {
            const answer = await fetch(`${url}${page}`);
            expect(await answer.text()).toBe("<p>hello</p>");
            expect(answer.headers.get("cache-control")).toBe("no-cache");
            expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
        }
        expect((await fetch(`${url}/app.js`)).headers.get("content-type")).toContain("javascript");
        for (const missing of ["/missing", "/.env", "/..%2f..%2fetc/passwd", "/%00", "/%"]) {
            expect((await fetch(`${url}${missing}`)).status).toBe(404);
        }
        // `fetch` would normalize these paths.
        for (const above of [`/../${basename(folder)}-beside/secret.txt`, `/%2e%2e/${basename(folder)}-beside/secret.txt`, "/x/../.env"]) {
            expect(await rawStatusAsync(url, above)).toBe(404);
        }
        expect((await fetch(`${url}/health`)).status).toBe(200);
    });

    it.each(["bytes=10-5", "bytes=9-2,3-4", "bytes=x-y", "bytes=-", "bytes=99999-"])(
        "survive a request with the range %p",
        async (range) => {
            writeFileSync(join(folder, "some.bin"), Buffer.alloc(100));
            // In a process of its own, so that an unhandled error would crash only that process.
            const own = await startServerAsync({ staticDir: folder });
            await fetch(`${own.url}/some.bin`, { headers: { range } }).then(
                (answer) => answer.arrayBuffer().catch(() => undefined),
                () => undefined,
            );
            expect((await fetch(`${own.url}/some.bin`)).status).toBe(200);
            expect(await own.closeAsync()).toBe(0);
        },
        30_000,
    );

    it("are closed when a client disconnects during a download", async () => {
        const large = join(folder, "large.bin");
        writeFileSync(large, Buffer.alloc(8_000_000));
        const url = await serveAsync({ staticDir: folder });
        for (let i = 0; i < 10; i++) {
            await new Promise<void>((resolve, reject) => {
                const asked = request(`${url}/large.bin`, (response) => {
                    response.once("data", () => asked.destroy());
                    response.once("close", resolve).on("error", () => undefined);
                });
                asked.on("error", reject).end();
            });
        }
        await untilClosedAsync(large);
    });
});

describe("a response with a time limit", () => {
    let folder: string;
    let large: string;
    let http: Server;
    beforeAll(() => {
        folder = mkdtempSync(join(tmpdir(), "babylon-rtc-"));
        large = join(folder, "large.bin");
        writeFileSync(large, Buffer.alloc(32_000_000));
    });
    afterAll(() => rmSync(folder, { recursive: true }));
    afterEach(() => new Promise((resolve) => http.close(resolve)));

    /** Starts a server with this response, and connects a client that reads nothing. */
    const askAsync = async (answer: (response: ServerResponse) => void): Promise<Socket> => {
        http = createServer((_, response) => answer(response));
        http.timeout = 5_000;
        await new Promise<void>((resolve) => http.listen(0, resolve));
        const socket = connect((http.address() as AddressInfo).port).pause();
        socket.on("error", () => undefined).write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        return socket;
    };

    it("is aborted if the client reads nothing, and closes the file", async () => {
        let ended = Promise.resolve();
        await askAsync((response) => {
            boundAnswer(response, 100);
            ended = new Promise((resolve) => response.once("close", resolve));
            createReadStream(large).pipe(response);
        });
        await new Promise((resolve) => http.once("request", resolve));
        await ended;
        await untilClosedAsync(large);
    });

    it("is aborted if the file cannot be read", async () => {
        let heard = 0;
        const socket = await askAsync((response) => {
            const source = createReadStream(join(folder, "nowhere"));
            boundAnswer(response);
            source.pipe(response);
            heard = source.listenerCount("error");
        });
        await new Promise((resolve) => socket.once("close", resolve).resume());
        // An error event without a listener would crash the process.
        expect(heard).toBe(1);
    });

    it("loses the listeners and gets the server's own timeout back when the limit is removed", async () => {
        let response: ServerResponse | undefined;
        const socket = await askAsync((given) => {
            response = given;
            boundAnswer(given, 100)();
        });
        await new Promise((resolve) => http.once("request", resolve));
        expect(["timeout", "pipe"].map((event) => response?.listenerCount(event))).toEqual([0, 0]);
        expect(response?.socket?.timeout).toBe(5_000);
        socket.destroy();
    });

    it("restores the server's own timeout for the next request on the same connection", async () => {
        const timeouts: (number | undefined)[] = [];
        const socket = await askAsync((response) => {
            timeouts.push(response.socket?.timeout);
            boundAnswer(response, 100);
            response.end("x");
        });
        http.keepAliveTimeout = 0;
        await new Promise<void>((resolve) => {
            socket.on("data", () => (timeouts.length === 2 ? resolve() : socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n"))).resume();
        });
        expect(timeouts).toEqual([5_000, 5_000]);
        socket.destroy();
    });
});

describe("createRtcServer with an invalid option", () => {
    it.each<[string, IRtcServerOptions]>([
        ["path", { path: "voice" }],
        ["path", { path: "/a b" }],
        ["path", { path: "/../x" }],
        ["origins", { origins: ["game.example"] }],
        ["origins", { origins: ["https://game.example/page"] }],
        ["origins", { origins: ["*"] }],
        ["maxMembers", { maxMembers: 0 }],
        ["maxMembers", { maxMembers: 1.5 }],
        ["grantTtlSeconds", { grantTtlSeconds: NaN }],
    ])("rejects with invalidOption and names the option: %s", async (name, options) => {
        await expect(serveAsync(options)).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringContaining(name) as string,
        });
    });

    it("rejects with secretMissing if there is no secret, no `authorize` and no development mode", async () => {
        delete process.env.BABYLON_RTC_SECRET;
        await expect(createRtcServer({ port: 0, development: false })).rejects.toMatchObject({ code: "secretMissing" });
        // With `authorize`, the app itself decides who may enter, so no secret is required.
        await (await createRtcServer({ port: 0, development: false, authorize: () => null, log: () => undefined })).closeAsync();
    });

    it("rejects a `staticDir` that does not exist", async () => {
        await expect(createRtcServer({ port: 0, secret, staticDir: "nowhere" })).rejects.toMatchObject({ code: "invalidOption" });
    });

    it("rejects a short secret with secretTooShort", async () => {
        await expect(createRtcServer({ port: 0, secret: "short" })).rejects.toMatchObject({ code: "secretTooShort" });
    });
});
