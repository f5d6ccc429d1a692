import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import { join, resolve } from "node:path";
import { TLSSocket } from "node:tls";
import { issueGrantAsync } from "babylon-rtc-server";
import { enterAsync, enterBothAsync, grantAsync, joinAsync, openAsync, quieten, signalAsync } from "./clients";
import { runCommand, startLine } from "./command";
import { ensureBuiltAsync, startServerAsync } from "./harness";
import type { AddressInfo } from "node:net";

jest.setTimeout(30_000);

const secret = "a secret of at least thirty-two bytes";

beforeAll(async () => {
    quieten();
    await ensureBuiltAsync();
});

describe("the command", () => {
    it.each(["SIGTERM", "SIGINT"] as const)("prints its address and that guests are allowed, and exits cleanly on %s", async (signal) => {
        const command = runCommand(["--development", "--port", "0", "--path", "/voice", "--max-members", "3"]);
        const [, url = ""] = await command.lineAsync(startLine);
        await command.lineAsync(/guests are allowed \(--development\)/);
        await command.lineAsync(/BABYLON_RTC_SECRET is not set/);
        await command.lineAsync(/This is enough for development\. Before you deploy, set it to the output of `openssl rand -hex 32`\./);
        expect(url).toMatch(/^http:\/\/localhost:\d+\/voice$/);
        const { member, voice } = await enterBothAsync(url, "lobby", "Alice");
        const { closed } = await signalAsync(url, voice);
        expect(await member.inbox.firstAsync("welcome")).toMatchObject({ room: { maxMembers: 3 } });
        const begun = Date.now();
        command.child.kill(signal);
        expect(await command.ended).toMatchObject({ code: 0 });
        expect(Date.now() - begun).toBeLessThan(2000);
        expect(await member.inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
        expect(await voice.inbox.firstAsync("closed")).toMatchObject({ code: "serverStopping" });
        await closed;
    });

    it("exits within 2 s even if a client does not answer", async () => {
        const command = runCommand(["--port", "0"], { NODE_ENV: "development" });
        const [, url = ""] = await command.lineAsync(startLine);
        const { member } = await enterBothAsync(url, "lobby", "Alice");
        (member.room.connection.transport as unknown as { ws: { pause(): void } }).ws.pause();
        const begun = Date.now();
        command.child.kill("SIGTERM");
        expect(await command.ended).toMatchObject({ code: 0 });
        expect(Date.now() - begun).toBeLessThan(2000);
    });

    it("reads its secret from the environment, and accepts grants signed with it", async () => {
        const command = runCommand(["--port", "0", "--host", "127.0.0.1"], { BABYLON_RTC_SECRET: secret, NODE_ENV: "production" });
        const [line, url = ""] = await command.lineAsync(/babylon-rtc-server listens on (\S+); .*/);
        expect(line).toContain("no guests");
        expect(url).toContain("127.0.0.1");
        const { token } = await issueGrantAsync({ room: "home", user: { id: "grace", name: "Grace" }, secret });
        const { inbox } = await joinAsync(url, "rtc", { room: "home", token });
        expect(await inbox.firstAsync("welcome")).toMatchObject({ peers: [{ id: "grace" }] });
        command.child.kill();
        const { output } = await command.ended;
        expect(output).not.toContain("BABYLON_RTC_SECRET is not set");
    });

    it.each([undefined, "production", "staging"])(
        "does not start if nobody could join (NODE_ENV=%p), and prints what to do",
        async (environment) => {
            // A variable with a misspelt name is ignored.
            const { code, output } = await runCommand(["--port", "0"], { NODE_ENV: environment, BABYLON_RTC_SECRT: secret }).ended;
            expect(code).toBe(1);
            expect(output).toMatch(/No user could enter.*--development.*BABYLON_RTC_SECRET.*openssl/);
            expect(output).toContain(`NODE_ENV is ${environment === undefined ? "not set" : JSON.stringify(environment)}`);
            expect(output).not.toContain("enough for development");
            expect(output).not.toMatch(startLine);
        },
    );

    it("prints that guests are allowed because of NODE_ENV=development", async () => {
        const command = runCommand(["--port", "0"], { NODE_ENV: "development" });
        const [line] = await command.lineAsync(/babylon-rtc-server listens on (\S+); .*/);
        expect(line).toContain("guests are allowed (NODE_ENV=development)");
        command.child.kill();
        await command.ended;
    });

    it.each([undefined, "Production"])("admits no guests if only a secret is set (NODE_ENV=%p)", async (environment) => {
        const command = runCommand(["--port", "0"], { NODE_ENV: environment, BABYLON_RTC_SECRET: secret });
        const [line, url = ""] = await command.lineAsync(/babylon-rtc-server listens on (\S+); .*/);
        expect(line).toContain("no guests");
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ development: false });
        expect((await fetch(`${url}/guest`, { method: "POST" })).status).toBe(403);
        command.child.kill();
        await command.ended;
    });

    it.each(["production", "Production"])("warns about --development if NODE_ENV is %j", async (environment) => {
        const command = runCommand(["--development", "--port", "0"], { NODE_ENV: environment, BABYLON_RTC_SECRET: secret });
        await command.lineAsync(startLine);
        await command.lineAsync(/Guests are allowed, although NODE_ENV is "[Pp]roduction"\. Remove --development/);
        command.child.kill();
        await command.ended;
    });

    it("prints in production that guests are not allowed, and where to set `authorize`", async () => {
        const command = runCommand(["--port", "0"], { NODE_ENV: "production", BABYLON_RTC_SECRET: secret });
        await command.lineAsync(startLine);
        await command.lineAsync(/Guests are not allowed, and `authorize` is not set.*--authorize-url.*--development/);
        command.child.kill();
        await command.ended;
    });

    it("serves HTTPS with a certificate for this machine", async () => {
        const command = runCommand(["--development", "--port", "0", "--https", "--origin", "https://game.example"]);
        const [, url = ""] = await command.lineAsync(startLine);
        const answer = await new Promise<{ names: string; allowed: string | undefined }>((done, reject) => {
            const asked = request(
                `${url}/health`,
                { rejectUnauthorized: false, headers: { Origin: "https://game.example" }, agent: false },
                (response) => {
                    const names = response.socket instanceof TLSSocket ? (response.socket.getPeerCertificate().subjectaltname ?? "") : "";
                    response.resume();
                    done({ names, allowed: response.headers["access-control-allow-origin"] });
                },
            );
            asked.on("error", reject);
            asked.end();
        });
        expect(answer.allowed).toBe("https://game.example");
        expect(answer.names).toContain("DNS:localhost");
        expect(answer.names).toContain("IP Address:127.0.0.1");
        const socket = `${url.replace("https", "wss")}/signal/peerjs?key=peerjs&id=x&token=y`;
        await expect(openAsync(socket)).rejects.toThrow("refused 401");
        command.child.kill();
        expect(await command.ended).toMatchObject({ code: 0 });
    });

    it("creates TURN credentials with a secret from the environment, and does not print the secret", async () => {
        const turnSecret = "the secret of a TURN server";
        const command = runCommand(["--development", "--port", "0", "--turn", "turn:turn.example:3478"], {
            BABYLON_RTC_TURN_SECRET: turnSecret,
        });
        const [, url = ""] = await command.lineAsync(startLine);
        const { identity, roomId } = await enterAsync(url, "lobby", "Alice");
        const { iceServers } = await grantAsync(url, identity, roomId);
        expect(iceServers).toMatchObject([{ urls: ["turn:turn.example:3478"] }]);
        command.child.kill();
        const { output } = await command.ended;
        expect(output).not.toContain(turnSecret);
        const { code, output: refused } = await runCommand(["--development", "--port", "0", "--turn", "turn:turn.example:3478"]).ended;
        expect([code, refused]).toEqual([1, expect.stringContaining("Set BABYLON_RTC_TURN_SECRET")]);
    });

    it("serves a folder", async () => {
        const command = runCommand(["--development", "--port", "0", "--static", join(__dirname)]);
        const [, url = ""] = await command.lineAsync(startLine);
        expect(await (await fetch(`${url}/runner.mjs`)).text()).toContain("createRtcServer");
        command.child.kill();
        await command.ended;
    });

    it("prints its options with --help", async () => {
        const { code, output } = await runCommand(["--help"]).ended;
        expect(code).toBe(0);
        for (const option of [
            "--development",
            "--port",
            "--host",
            "--path",
            "--static",
            "--https",
            "--origin",
            "--room",
            "--address-header",
            "--max-members",
            "--turn",
            "BABYLON_RTC_TURN_SECRET",
            "BABYLON_RTC_SECRET",
            "--version",
        ]) {
            expect(output).toContain(option);
        }
    });

    it("prints its version", async () => {
        const { version } = JSON.parse(readFileSync(resolve(__dirname, "../../server/package.json"), "utf8")) as { version: string };
        expect(await runCommand(["--version"]).ended).toEqual({ code: 0, output: `${version}\n` });
    });

    it.each([
        [["--port", "many"], {}, "--port"],
        [["--port", "70000"], {}, "--port"],
        [["--max-members", "-1"], {}, "--max-members"],
        [["--origin", "nonsense"], {}, "origins"],
        [["--unknown"], {}, "--unknown"],
        [["--unknown"], {}, "babylon-rtc-server --help"],
        [["9000"], {}, "babylon-rtc-server --help"],
        [["--development", "--static", "nowhere"], {}, "no folder"],
        [["--development", "--static", __filename], {}, "no folder"],
        [["--development", "--port", "0", "--host", "192.0.2.1"], {}, "no such address"],
        [["--development", "--port", "0", "--host", "nowhere.invalid"], {}, "no such address"],
        [["--port", "0"], { BABYLON_RTC_SECRET: "short" }, "at least 32 bytes"],
    ])("rejects %p with a message", async (args, env, word) => {
        const { code, output } = await runCommand(args, env).ended;
        expect(code).toBe(1);
        expect(output).toContain(word);
    });

    it("exits with an error if its port is in use", async () => {
        const taken = createServer();
        await new Promise<void>((listening) => taken.listen(0, listening));
        const { code, output } = await runCommand(["--development", "--port", String((taken.address() as AddressInfo).port)]).ended;
        expect(code).toBe(1);
        expect(output).toContain("cannot be opened");
        expect(output).toContain("it is in use");
        taken.close();
    });
});

it("a process exits by itself after it has closed its server", async () => {
    const server = await startServerAsync();
    await enterBothAsync(server.url, "lobby", "Alice");
    expect(await server.closeAsync("closeOnly")).toBe(0);
});
