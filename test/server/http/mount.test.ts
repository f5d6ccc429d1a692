import { createServer } from "node:http";
import { Server as GameServer, Room, matchMaker } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { createRtcServer } from "babylon-rtc-server";
import express from "express";
import { WebSocketServer } from "ws";
import {
    callSignal,
    enterAsync,
    enterBothAsync,
    grantAsync,
    guestAsync,
    joinAsync,
    openAsync,
    postAsync,
    quieten,
    refusalAsync,
    signalAsync,
} from "../clients";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { IMember, IVoice } from "../clients";

const secret = "a secret of at least thirty-two bytes";
const open: (() => Promise<unknown>)[] = [];

beforeAll(quieten);
afterEach(async () => {
    for (const closeAsync of open.splice(0).reverse()) {
        await closeAsync();
    }
});

async function serveAsync(options: IRtcServerOptions): Promise<IRtcServer> {
    const server = await createRtcServer({ secret, ...options });
    open.push(() => server.closeAsync());
    return server;
}

async function listenAsync(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, resolve));
    open.push(
        () =>
            new Promise((resolve) => {
                server.close(resolve);
                server.closeAllConnections();
            }),
    );
    return `http://localhost:${(server.address() as AddressInfo).port}`;
}

async function textAsync(url: string): Promise<string> {
    return await (await fetch(url)).text();
}

/** Expects that two guests can enter a room and its voice, and that a call offer reaches the other one. */
async function expectToWorkAsync(url: string): Promise<void> {
    const alice = await enterBothAsync(url, "lobby", "Alice");
    const bob = await enterBothAsync(url, "lobby", "Bob");
    const to = await signalAsync(url, alice.voice);
    const from = await signalAsync(url, bob.voice);
    from.send(callSignal("OFFER", alice.voice.self, "mc_1", { hello: 1 }));
    expect(await to.inbox.firstAsync("OFFER")).toMatchObject({ src: bob.voice.self, payload: { hello: 1 } });
    await Promise.all([alice, bob].flatMap(({ member, voice }) => [member.room.leave(), voice.room.leave()]));
}

it.each(["", "/voice", "/a/b-c"])("a standalone server works below the path %p", async (path) => {
    const server = await serveAsync({ port: 0, path });
    expect(server.url.endsWith(path)).toBe(true);
    await expectToWorkAsync(server.url);
    expect((await fetch(`http://localhost:${server.port}/nothing`)).status).toBe(404);
    await expect(openAsync(`ws://localhost:${server.port}/nothing`)).rejects.toThrow("refused 404");
    await expect(openAsync(`${server.url.replace("http", "ws")}/made/up?sessionId=x`)).rejects.toThrow("refused 404");
    await expect(openAsync(`ws://localhost:${server.port}/__proto__/__proto__?sessionId=x`)).rejects.toThrow("refused 404");
});

describe.each(["", "/voice"])("a server mounted on an app's Express server below the path %p", (path) => {
    /** An app with a page, a body parser, Express' 404 response, and a WebSocket server that rejects upgrade requests for other paths. */
    async function appAsync(): Promise<{ base: string; http: Server }> {
        const app = express();
        app.use(express.json());
        app.get("/hello", (_request, response) => void response.send("hello from the app"));
        app.post("/echo", (request, response) => void response.json(request.body));
        const http = createServer(app);
        const sockets = new WebSocketServer({ server: http, path: "/app-socket" });
        sockets.on("connection", (socket) =>
            socket.on("message", (data: Buffer) => socket.send(JSON.stringify({ type: data.toString() }))),
        );
        return { base: await listenAsync(http), http };
    }

    async function expectAppToWorkAsync(base: string): Promise<void> {
        expect(await textAsync(`${base}/hello`)).toBe("hello from the app");
        expect(await postAsync(`${base}/echo`, { a: 1 })).toMatchObject({ status: 200, body: { a: 1 } });
        expect(await textAsync(`${base}/missing`)).toContain("Cannot GET /missing");
        const own = await openAsync(`${base.replace("http", "ws")}/app-socket`);
        own.send("ping");
        await own.inbox.firstAsync("ping");
        own.socket.close();
    }

    it("works side by side with the app and its WebSocket", async () => {
        const { base, http } = await appAsync();
        const server = await serveAsync({ server: http, path });
        expect(server.url).toBe(`${base}${path}`);
        await expectToWorkAsync(server.url);
        await expectAppToWorkAsync(base);
    });

    it("works if the app adds its handlers later, and leaves them working when it closes", async () => {
        const http = createServer();
        const server = await serveAsync({ server: http, path });
        const app = express();
        app.get("/hello", (_request, response) => void response.send("hello from the app"));
        app.use(express.json());
        app.post("/echo", (request, response) => void response.json(request.body));
        http.on("request", app as never);
        const sockets = new WebSocketServer({ server: http, path: "/app-socket" });
        sockets.on("connection", (socket) =>
            socket.on("message", (data: Buffer) => socket.send(JSON.stringify({ type: data.toString() }))),
        );
        const base = await listenAsync(http);
        await expectToWorkAsync(`${base}${path}`);
        await expectAppToWorkAsync(base);
        await server.closeAsync();
        await expectAppToWorkAsync(base);
        expect(await textAsync(`${base}${path}/health`)).toContain("Cannot GET");
        expect(http.listening).toBe(true);
    });

    it("rejects with 404 the upgrade requests that the app does not handle", async () => {
        const http = createServer(express());
        await serveAsync({ server: http, path });
        const base = await listenAsync(http);
        await expect(openAsync(`${base.replace("http", "ws")}/unknown`)).rejects.toThrow("refused 404");
    });
});

describe.each(["", "/voice"])("in an app's Colyseus process, below the path %p,", (path) => {
    class ChessRoom extends Room {
        public override onCreate(): void {
            this.onMessage("move", (client, move) => this.broadcast("moved", move, { except: client }));
        }
    }

    it("the server's rooms and the app's rooms work side by side", async () => {
        const http = createServer();
        const gameServer = new GameServer({ transport: new WebSocketTransport({ server: http }), greet: false, gracefullyShutdown: false });
        gameServer.define("chess", ChessRoom);
        const server = await serveAsync({
            gameServer,
            path,
            origins: ["https://game.example"],
            limits: { passwords: { perSecond: 0.001, burst: 3 } },
        });
        await gameServer.listen(0);
        open.unshift(async () => {
            await gameServer.gracefullyShutdown(false);
            // Colyseus leaves timers running.
            matchMaker.stats.reset();
            ["chess", "room", "rtc"].forEach((type) => matchMaker.presence.del(`ch:${type}`));
        });
        const base = `http://localhost:${(http.address() as AddressInfo).port}`;
        expect(server.url).toBe(`${base}${path}`);

        const white = await joinAsync(base, "chess", {});
        const black = await joinAsync(base, "chess", {});
        white.room.send("move", "e4");
        expect(await black.inbox.firstAsync("moved")).toBe("e4");
        await expectToWorkAsync(server.url);

        // Colyseus' own endpoints bypass our HTTP routes, but our rooms still check each join.
        expect(await refusalAsync(joinAsync(base, "room", { name: "lobby", identity: "nonsense" }))).toBe("unauthorized");
        expect(await refusalAsync(joinAsync(base, "rtc", { room: "x", token: "nonsense" }))).toBe("tokenInvalid");

        await expectGuessesToCountAsync(base, server.url);

        const alice = await enterBothAsync(server.url, "lobby", "Alice");
        await expectNoSecondRoomAsync(base, server.url, { ...alice.member, rtcId: alice.voice.room.roomId });
        await expectOriginsToHoldAsync(server.url, alice.voice);
        await server.closeAsync();
        expect(await alice.voice.inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
        expect(await alice.voice.left).toBe(4111);
        white.room.send("move", "d4");
        await black.inbox.firstAsync("moved", (move) => move === "d4");
        expect(await refusalAsync(joinAsync(base, "chess", {}))).toBe("joined");
    });

    async function expectNoSecondRoomAsync(base: string, url: string, alice: IMember & { rtcId: string }): Promise<void> {
        const { identity } = await guestAsync(url, "Mallory");
        expect(await refusalAsync(joinAsync(base, "room", { name: "lobby", identity }, "create"))).toBe("forbidden");
        expect(await refusalAsync(joinAsync(base, alice.roomId, { name: "another", identity }, "joinById"))).toBe("forbidden");
        const { token } = await grantAsync(url, alice.identity, alice.roomId);
        expect(await refusalAsync(joinAsync(base, "rtc", { room: alice.roomId, token }, "create"))).toBe("forbidden");
        const other = await grantAsync(url, identity, "an app's own room");
        const voice = { room: "an app's own room", token: other.token };
        expect(await refusalAsync(joinAsync(base, alice.rtcId, voice, "joinById"))).toBe("forbidden");
    }

    /** Expects that wrong passwords are counted, regardless of the addresses in the request's headers. */
    async function expectGuessesToCountAsync(base: string, url: string): Promise<void> {
        await enterAsync(url, "secret", "Alice", { password: "right" });
        const answers: string[] = [];
        for (let guess = 0; guess < 4; guess += 1) {
            const { identity } = await guestAsync(url, "Mallory");
            const options = { name: "secret", identity, password: `guess ${guess}` };
            const headers = { "X-Forwarded-For": `10.0.0.${guess}`, "X-Real-IP": `10.0.0.${guess}` };
            const { body } = await postAsync(`${base}/matchmake/joinOrCreate/room`, options, headers);
            answers.push(JSON.stringify(body));
        }
        expect(answers.map((answer) => /passwordWrong|rateLimited/.exec(answer)?.[0])).toEqual([
            "passwordWrong",
            "passwordWrong",
            "passwordWrong",
            "rateLimited",
        ]);
    }

    async function expectOriginsToHoldAsync(url: string, voice: IVoice): Promise<void> {
        const address = (voice.room.connection.transport as unknown as { ws: { url: string } }).ws.url;
        await expect(openAsync(address, { Origin: "https://evil.example" })).rejects.toThrow("refused 403");
        const preflight = await fetch(`${url}/matchmake/joinOrCreate/room`, {
            method: "OPTIONS",
            headers: { Origin: "https://evil.example" },
        });
        expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
    }

    it("the server rejects with alreadyRunning if the app already defines the room type `room`", async () => {
        const gameServer = new GameServer({
            transport: new WebSocketTransport({ server: createServer() }),
            greet: false,
            gracefullyShutdown: false,
        });
        open.push(() => gameServer.gracefullyShutdown(false));
        gameServer.define("room", ChessRoom);
        await expect(createRtcServer({ gameServer })).rejects.toMatchObject({ code: "alreadyRunning" });
        gameServer.removeRoomType("room");
    });

    it("a matchmaking driver that several processes share is rejected with invalidOption", async () => {
        class RedisDriver {
            public readonly boot = async (): Promise<void> => undefined;
            public readonly shutdown = async (): Promise<void> => undefined;
            public readonly cleanup = async (): Promise<void> => undefined;
            public readonly query = async (): Promise<object[]> => [];
        }
        const gameServer = new GameServer({
            transport: new WebSocketTransport({ server: createServer() }),
            driver: new RedisDriver() as unknown as matchMaker.MatchMakerDriver,
            greet: false,
            gracefullyShutdown: false,
        });
        open.push(() => gameServer.gracefullyShutdown(false));
        await expect(createRtcServer({ gameServer, secret })).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringMatching(/RedisDriver.*`driver`/) as string,
        });
        expect(matchMaker.getAllHandlers()).not.toHaveProperty("rtc");
    });
});

describe("in one process", () => {
    it("a server can start after another one is closed", async () => {
        for (let round = 0; round < 3; round += 1) {
            const server = await serveAsync({ port: 0 });
            await expectToWorkAsync(server.url);
            await server.closeAsync();
            await expect(fetch(`${server.url}/health`)).rejects.toThrow();
        }
    });

    it("a second server is rejected with alreadyRunning, and the first one keeps working", async () => {
        const first = await serveAsync({ port: 0 });
        await expect(createRtcServer({ port: 0 })).rejects.toMatchObject({ code: "alreadyRunning" });
        await expectToWorkAsync(first.url);
    });

    it("a server on a port in use fails with listenFailed, and the next server can start", async () => {
        const taken = createServer();
        await listenAsync(taken);
        const { port } = taken.address() as AddressInfo;
        await expect(createRtcServer({ port, secret })).rejects.toMatchObject({ code: "listenFailed" });
        await expectToWorkAsync((await serveAsync({ port: 0 })).url);
    });

    it("closing a server twice notifies every client with serverStopping", async () => {
        const server = await serveAsync({ port: 0 });
        const { member, voice } = await enterBothAsync(server.url, "lobby", "Alice");
        const signal = await signalAsync(server.url, voice);
        await Promise.all([server.closeAsync(), server.closeAsync()]);
        for (const { inbox, left } of [member, voice]) {
            expect(await inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
            expect(await left).toBe(4111);
            expect(inbox.all.at(-1)?.type).toBe("closed");
        }
        await signal.closed;
    });
});
