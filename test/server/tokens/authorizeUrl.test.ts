import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { IncomingHttpHeaders, Server, ServerResponse } from "node:http";
import { parseCommandLine } from "../../../server/src/config/cliOptions";
import { authorizeBy } from "../../../server/src/tokens/authorizeUrl";
import { joinAsync, quieten } from "../clients";
import { runCommand, startLine } from "../command";
import { ensureBuiltAsync } from "../harness";

jest.setTimeout(30_000);

/** A backend with one endpoint. */
class Backend {
    public readonly asked: { readonly method?: string | undefined; readonly headers: IncomingHttpHeaders; readonly body: unknown }[] = [];
    public answer: (response: ServerResponse) => void = (response) => response.end("null");
    private readonly _server: Server;

    constructor() {
        this._server = createServer((request, response) => {
            let text = "";
            request.setEncoding("utf8").on("data", (part: string) => (text += part));
            request.on("end", () => {
                this.asked.push({ method: request.method, headers: request.headers, body: JSON.parse(text === "" ? "null" : text) });
                this.answer(response);
            });
        });
    }

    get url(): string {
        return `http://localhost:${(this._server.address() as AddressInfo).port}/authorize`;
    }

    async openAsync(): Promise<void> {
        await new Promise<void>((listening) => this._server.listen(0, "localhost", listening));
    }

    async closeAsync(): Promise<void> {
        this._server.closeAllConnections();
        await new Promise((closed) => this._server.close(closed));
    }

    /** Sets the response to all further requests. */
    say(status: number, body: string, headers: Record<string, string> = {}): void {
        this.answer = (response) => response.writeHead(status, headers).end(body);
    }
}

let backend: Backend;

beforeEach(async () => {
    backend = new Backend();
    await backend.openAsync();
});

afterEach(() => backend.closeAsync());

describe("authorizeBy", () => {
    const request = { credential: "session 1", room: { name: "lobby" }, headers: new Headers({ cookie: "private" }) };

    it("sends credential and room as JSON, nothing else, and returns the user of the answer", async () => {
        backend.say(200, JSON.stringify({ id: "ada", name: "Ada", privileges: ["publish"] }));
        expect(await authorizeBy(backend.url)(request)).toEqual({ id: "ada", name: "Ada", privileges: ["publish"] });
        const [asked] = backend.asked;
        expect(asked).toMatchObject({ method: "POST", body: { credential: "session 1", room: { name: "lobby" } } });
        expect(asked?.headers).toMatchObject({ "content-type": "application/json" });
        expect(asked?.headers.cookie).toBeUndefined();
    });

    it("omits the room if there is none", async () => {
        await authorizeBy(backend.url)({ credential: "session 1", headers: new Headers() });
        expect(backend.asked[0]?.body).toEqual({ credential: "session 1" });
    });

    it.each([401, 403, 404])("refuses the user if the backend answers with %i", async (status) => {
        backend.say(status, "no");
        expect(await authorizeBy(backend.url)(request)).toBeNull();
    });

    it.each<readonly [string, number, string, Record<string, string>]>([
        ["status 500", 500, "", {}],
        ["not JSON", 200, "<html>", {}],
        ["not an object", 200, "[1]", {}],
        ["more than 16384 bytes", 200, JSON.stringify({ id: "x".repeat(20_000) }), {}],
        ["fetch failed", 302, "", { location: "https://elsewhere.example/" }],
    ])("rejects an unusable answer: %s", async (message, status, body, headers) => {
        backend.say(status, body, headers);
        await expect(authorizeBy(backend.url)(request)).rejects.toThrow(message);
    });

    it("rejects while the backend is not running", async () => {
        const { url } = backend;
        await backend.closeAsync();
        await expect(authorizeBy(url)(request)).rejects.toThrow("fetch failed");
        await backend.openAsync();
    });

    it.each(["", "game.example", "ftp://game.example", "https://user:word@game.example"])("rejects %j as an address", (url) => {
        expect(() => authorizeBy(url)).toThrow("The address of the sign-in must be like");
        expect(() => parseCommandLine([`--authorize-url=${url}`])).toThrow("--authorize-url: The address of the sign-in");
    });
});

describe("the command with --authorize-url", () => {
    beforeAll(async () => {
        quieten();
        await ensureBuiltAsync();
    });

    it("admits the users of the backend to its rooms, without guests, and refuses all others", async () => {
        backend.answer = (response) => {
            const { credential } = backend.asked.at(-1)?.body as { readonly credential: string };
            response.writeHead(credential === "ada's session" ? 200 : 403).end(JSON.stringify({ id: "ada", name: "Ada" }));
        };
        const command = runCommand(["--port", "0", "--authorize-url", backend.url], {
            BABYLON_RTC_SECRET: "a secret of at least thirty-two bytes",
            NODE_ENV: "production",
        });
        try {
            const [line, url = ""] = await command.lineAsync(/babylon-rtc-server listens on (\S+); .*/);
            expect(line).toMatch(startLine);
            const { inbox } = await joinAsync(url, "room", { name: "lobby", identity: "ada's session" });
            expect(await inbox.firstAsync("welcome")).toMatchObject({ self: "ada", members: [{ id: "ada", name: "Ada" }] });
            await expect(joinAsync(url, "room", { name: "lobby", identity: "another" })).rejects.toMatchObject({
                message: expect.stringContaining("unauthorized") as string,
            });
            expect(command.output()).not.toContain("authorize` is not set");
        } finally {
            command.child.kill();
            await command.ended;
        }
    });
});
