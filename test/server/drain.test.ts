import { createServer } from "node:http";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { Server as GameServer, matchMaker } from "@colyseus/core";
import { createRtcServer } from "babylon-rtc-server";
import { runCommand, startLine } from "./command";
import {
    askAsync,
    askToEnterAsync,
    enterBothAsync,
    enterVoiceAsync,
    grantAsync,
    guestAsync,
    joinAsync,
    postAsync,
    quieten,
    refusalAsync,
    sitDownAsync,
} from "./clients";
import { ensureBuiltAsync } from "./harness";
import type { AddressInfo } from "node:net";
import type { IResume, IResumeReply } from "../../protocol/wire.js";
import type { ICommand } from "./command";

jest.setTimeout(30_000);

const commands: ICommand[] = [];

beforeAll(async () => {
    quieten();
    await ensureBuiltAsync();
});
afterEach(() => commands.splice(0).forEach(({ child }) => child.kill("SIGKILL")));

async function startAsync(...args: string[]): Promise<{ command: ICommand; url: string }> {
    const command = runCommand(["--development", "--port", "0", "--log-level", "info", ...args]);
    commands.push(command);
    const [, url = ""] = await command.lineAsync(startLine);
    return { command, url };
}

async function statusAsync(url: string, path: string): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, body: await response.json() };
}

describe("a server that drains", () => {
    it("rejects new members with Retry-After, keeps present members, and exits when they have left", async () => {
        const { command, url } = await startAsync("--drain-seconds", "600");
        expect(await statusAsync(url, "/ready")).toEqual({ status: 200, body: { status: "ready" } });
        const alice = await enterBothAsync(url, "lobby", "Alice");
        const bob = await enterBothAsync(url, "lobby", "Bob");
        const late = await guestAsync(url, "Carol");
        const lateGrant = await grantAsync(url, alice.member.identity, "a room of the app's own");
        command.child.kill("SIGTERM");
        for (const { inbox } of [alice.member, alice.voice, bob.member, bob.voice]) {
            expect(await inbox.firstAsync("stopping")).toEqual({ seconds: 600 });
        }

        expect(await statusAsync(url, "/ready")).toEqual({ status: 503, body: { status: "draining" } });
        expect(await statusAsync(url, "/health")).toMatchObject({ status: 200, body: { status: "draining", members: 2, peers: 2 } });
        for (const [path, body] of [
            ["/enter", { join: { name: "lobby" }, guest: { name: "Carol" }, create: true, voice: true }],
            ["/guest", { name: "Carol" }],
            ["/matchmake/joinOrCreate/room", { name: "lobby", identity: late.identity }],
            ["/matchmake/joinOrCreate/rtc", { room: "a room of the app's own", token: lateGrant.token }],
        ] as const) {
            const answer = await postAsync(`${url}${path}`, body);
            expect([path, answer]).toMatchObject([path, { status: 503, body: { error: { code: "serverStopping" } } }]);
            expect(Number(answer.headers.get("retry-after"))).toBe(10);
        }
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity: late.identity }))).toBe("serverStopping");

        // Members who are already inside can still send messages, renew their grants, and resume.
        await expect(askAsync(alice.voice, "send", { data: "still here" })).resolves.toEqual({ id: 1 });
        expect(await bob.voice.inbox.firstAsync("message")).toMatchObject({ data: "still here" });
        const { token } = await grantAsync(url, alice.member.identity, alice.member.roomId);
        await expect(askAsync(alice.voice, "renew", { token })).resolves.toMatchObject({ expiresInMs: expect.any(Number) as number });
        const { resume } = await alice.member.inbox.firstAsync<{ resume: IResume }>("welcome");
        const { body } = await postAsync(`${url}/resume`, { room: alice.member.roomId, id: alice.member.id, secret: resume.secret });
        const back = await sitDownAsync(url, (body as unknown as IResumeReply).seat);
        await back.inbox.firstAsync("welcome");

        for (const { room } of [back, alice.voice, bob.member, bob.voice]) {
            await room.leave();
        }
        const { code, output } = await command.ended;
        expect(code).toBe(0);
        expect(output).toMatch(/info: Draining for up to 600 s: no new members are accepted\. members=2/);
        expect(output).toMatch(/info: Closed\./);
    });

    it("exits at the end of the drain time although a member stays, who is notified", async () => {
        const { command, url } = await startAsync("--drain-seconds", "1");
        const { member } = await enterBothAsync(url, "lobby", "Alice");
        const begun = performance.now();
        command.child.kill("SIGTERM");
        await member.inbox.firstAsync("stopping");
        expect(await member.inbox.firstAsync("closed", () => true, 20_000)).toMatchObject({ code: "serverStopping" });
        expect((await command.ended).code).toBe(0);
        expect(performance.now() - begun).toBeGreaterThanOrEqual(950);
    });

    it("exits at once on a second signal", async () => {
        const { command, url } = await startAsync("--drain-seconds", "600");
        const { member } = await enterBothAsync(url, "lobby", "Alice");
        command.child.kill("SIGINT");
        await member.inbox.firstAsync("stopping");
        command.child.kill("SIGTERM");
        expect(await member.inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
        expect((await command.ended).code).toBe(0);
    });

    it("exits at once without members", async () => {
        const { command } = await startAsync("--drain-seconds", "600");
        command.child.kill("SIGTERM");
        expect((await command.ended).code).toBe(0);
    });
});

describe("a server in an app's own process", () => {
    it("stops drainAsync by its signal and by closeAsync, and rejects an invalid duration", async () => {
        const server = await createRtcServer({ port: 0 });
        const alice = await enterBothAsync(server.url, "lobby", "Alice");
        for (const seconds of [-1, 3601, NaN, "9"]) {
            await expect(server.drainAsync({ seconds: seconds as number })).rejects.toMatchObject({ code: "invalidOption" });
        }
        expect(await statusAsync(server.url, "/ready")).toMatchObject({ status: 200 });
        await server.drainAsync({ seconds: 600, signal: AbortSignal.abort() });
        expect((await askToEnterAsync(server.url, { name: "lobby" })).status).toBe(503);
        // Alice is still connected: the signal stopped only the wait.
        await expect(enterVoiceAsync(server.url, alice.member, alice.member.roomId)).rejects.toThrow();
        await expect(askAsync(alice.voice, "send", { data: "still here" })).resolves.toEqual({ id: 1 });
        const drained = server.drainAsync({ seconds: 600 });
        await server.closeAsync();
        await drained;
    });

    it("answers /ready with `starting` until the app's Colyseus server accepts", async () => {
        const http = createServer();
        const gameServer = new GameServer({ transport: new WebSocketTransport({ server: http }), greet: false, gracefullyShutdown: false });
        await new Promise<void>((listening) => http.listen(0, listening));
        const server = await createRtcServer({ gameServer, path: "/voice" });
        try {
            const url = `http://localhost:${(http.address() as AddressInfo).port}/voice`;
            expect(await statusAsync(url, "/ready")).toEqual({ status: 503, body: { status: "starting" } });
            await matchMaker.accept();
            expect(await statusAsync(url, "/ready")).toEqual({ status: 200, body: { status: "ready" } });
        } finally {
            await server.closeAsync();
            await gameServer.gracefullyShutdown(false);
            matchMaker.stats.reset();
            ["room", "rtc"].forEach((type) => matchMaker.presence.del(`ch:${type}`));
            await new Promise((closed) => http.close(closed));
        }
    });
});
