import { request } from "node:http";
import { createRtcServer } from "babylon-rtc-server";
import { Registry } from "prom-client";
import { askToEnterAsync, enterAsync, enterBothAsync, postAsync, quieten, signalAsync } from "../clients";
import { runCommand, startLine } from "../command";
import { ensureBuiltAsync, startServerAsync } from "../harness";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";

jest.setTimeout(30_000);

let server: IRtcServer | undefined;

beforeAll(async () => {
    quieten();
    await ensureBuiltAsync();
});
afterEach(async () => {
    await server?.closeAsync();
    server = undefined;
});

async function serveAsync(options: IRtcServerOptions = {}): Promise<IRtcServer> {
    return (server = await createRtcServer({ port: 0, log: () => undefined, ...options }));
}

/** Values of the `babylon_rtc_` series, by name with labels. */
async function seriesAsync({ metricsAsync }: IRtcServer): Promise<ReadonlyMap<string, number>> {
    const { text } = await metricsAsync();
    return new Map([...text.matchAll(/^(babylon_rtc_\S+) (\S+)$/gm)].map(([, name = "", value]) => [name, Number(value)]));
}

async function statusOfAsync(url: string, headers: Readonly<Record<string, string>>, method = "GET"): Promise<number | undefined> {
    return await new Promise((resolve, reject) => {
        const sent = request(url, { method, headers, agent: false }, (response) => {
            response.resume();
            resolve(response.statusCode);
        });
        sent.on("error", reject);
        sent.end();
    });
}

describe("metrics", () => {
    it("count rooms, members, sockets, joins, leaves and refusals", async () => {
        const served = await serveAsync();
        const { url } = served;
        const alice = await enterBothAsync(url, "lobby", "Alice");
        const bob = await enterBothAsync(url, "lobby", "Bob");
        const signal = await signalAsync(url, alice.voice);
        await enterAsync(url, "elsewhere", "Carol");
        await postAsync(`${url}/guest`, { name: "" });
        bob.voice.room.send("nonsense", {});
        await bob.voice.inbox.firstAsync("refused");
        const before = await seriesAsync(served);
        expect(Object.fromEntries(before)).toMatchObject({
            babylon_rtc_ready: 1,
            babylon_rtc_rooms: 2,
            babylon_rtc_members: 3,
            babylon_rtc_rtc_rooms: 1,
            babylon_rtc_rtc_members: 2,
            'babylon_rtc_sockets{kind="room"}': 3,
            'babylon_rtc_sockets{kind="rtc"}': 2,
            'babylon_rtc_sockets{kind="signalling"}': 1,
            'babylon_rtc_joins_total{kind="room"}': 3,
            'babylon_rtc_joins_total{kind="rtc"}': 2,
            'babylon_rtc_refusals_total{code="invalidRequest"}': 2,
            babylon_rtc_unsent_bytes: 0,
        });

        await bob.voice.room.leave();
        await bob.member.room.leave();
        await alice.member.inbox.firstAsync("memberLeft");
        signal.socket.terminate();
        await alice.voice.inbox.firstAsync("peerChanged", ({ ready }: { ready: boolean }) => !ready);
        const after = Object.fromEntries(await seriesAsync(served));
        expect(after).toMatchObject({
            babylon_rtc_members: 2,
            babylon_rtc_rtc_members: 1,
            'babylon_rtc_sockets{kind="room"}': 2,
            'babylon_rtc_sockets{kind="rtc"}': 1,
            'babylon_rtc_sockets{kind="signalling"}': 0,
            'babylon_rtc_leaves_total{kind="room",reason="left"}': 1,
            'babylon_rtc_leaves_total{kind="rtc",reason="left"}': 1,
        });
    });

    it("are available after a failure to load them", async () => {
        const { metricsAsync } = await serveAsync();
        const merge = jest.spyOn(Registry, "merge").mockImplementationOnce(() => {
            throw new Error("too many open files");
        });
        await expect(metricsAsync()).rejects.toThrow("too many open files");
        expect((await metricsAsync()).text).toContain("babylon_rtc_rooms 0");
        merge.mockRestore();
    });

    it("include event loop lag, heap size and CPU time", async () => {
        const { text, type } = await (await serveAsync()).metricsAsync();
        expect(type).toContain("text/plain");
        for (const name of ["nodejs_eventloop_lag_p99_seconds", "nodejs_heap_size_used_bytes", "process_cpu_seconds_total"]) {
            expect(text).toMatch(new RegExp(`^${name} [\\d.e+-]+$`, "m"));
        }
    });

    it("count rate-limited messages and requests by limit", async () => {
        const served = await serveAsync({
            limits: { requests: { perSecond: 0.001, burst: 5 }, messages: { perSecond: 0.001, burst: 1 } },
        });
        const alice = await enterAsync(served.url, "lobby", "Alice");
        alice.room.send("message", { topic: "t", data: 1 });
        alice.room.send("message", { topic: "t", data: 2 });
        await alice.inbox.firstAsync("refused");
        for (let index = 0; index < 5; index += 1) {
            await postAsync(`${served.url}/guest`, { name: "Alice" });
        }
        const { text } = await served.metricsAsync();
        expect(text).toMatch(/^babylon_rtc_rate_limited_total\{limit="messages"\} 1$/m);
        expect(text).toMatch(/^babylon_rtc_rate_limited_total\{limit="requests"\} [1-5]$/m);
        expect(text).toMatch(/^babylon_rtc_refusals_total\{code="rateLimited"\} [2-6]$/m);
    });

    it("have the same series for any number of users and rooms, and contain no name of them", async () => {
        const served = await serveAsync({ limits: { roomsPerUser: 100 } });
        const oneEachAsync = async (name: string): Promise<void> => {
            const { member } = await enterBothAsync(served.url, `room of ${name}`, name);
            expect((await askToEnterAsync(served.url, { name: "" })).status).toBe(400);
            member.room.send(`type of ${name}`, {});
            await member.inbox.firstAsync("refused");
        };
        await oneEachAsync("first");
        const before = [...(await seriesAsync(served)).keys()];
        for (let index = 0; index < 10; index += 1) {
            await oneEachAsync(`guest${index}`);
        }
        const after = await served.metricsAsync();
        expect([...(await seriesAsync(served)).keys()]).toEqual(before);
        expect(before.length).toBeLessThan(70);
        expect(after.text).not.toMatch(/guest\d|room of|first|127\.0\.0\.1|::1/);
    });
});

describe("the metrics listener", () => {
    const token = "a token for Prometheus alone".replaceAll(" ", "-");

    it("is off by default, and separate from the public port", async () => {
        const off = await serveAsync();
        expect(off.metricsUrl).toBeNull();
        expect((await fetch(`${off.url}/metrics`)).status).toBe(404);
        await off.closeAsync();
        const on = await serveAsync({ metrics: { port: 0 } });
        expect(on.metricsUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
        expect((await fetch(`${on.url}/metrics`)).status).toBe(404);
        const answer = await fetch(on.metricsUrl ?? "");
        expect(answer.headers.get("content-type")).toContain("text/plain");
        expect(await answer.text()).toContain("babylon_rtc_rooms 0");
    });

    it("rejects web pages, foreign Host headers, other paths and other methods", async () => {
        const { metricsUrl } = await serveAsync({ metrics: { port: 0 } });
        const url = metricsUrl ?? "";
        expect(await statusOfAsync(url, { Origin: "https://evil.example" })).toBe(403);
        expect(await statusOfAsync(url, { Host: "evil.example" })).toBe(403);
        expect(await statusOfAsync(url, {}, "POST")).toBe(405);
        expect(await statusOfAsync(url.replace("/metrics", "/"), {})).toBe(404);
        expect(await statusOfAsync(url, {}, "HEAD")).toBe(200);
    });

    it("requires the token if one is set", async () => {
        const { metricsUrl } = await serveAsync({ metrics: { port: 0, host: "0.0.0.0", token } });
        const url = (metricsUrl ?? "").replace("0.0.0.0", "127.0.0.1");
        expect(await statusOfAsync(url, {})).toBe(401);
        expect(await statusOfAsync(url, { Authorization: "Bearer no" })).toBe(401);
        expect(await statusOfAsync(url, { Authorization: `Bearer ${token}`, Host: "metrics.example" })).toBe(200);
    });

    it.each([
        [{ port: 0, host: "0.0.0.0" }, /`metrics\.host`: other machines can reach.*BABYLON_RTC_METRICS_TOKEN/],
        [{ port: 0, token: "short" }, /`metrics\.token` must be a text of at least 16 characters/],
        [{ port: 70_000 }, /`metrics\.port`/],
        [{}, /`metrics\.port`/],
        [{ port: 0, tokn: "x" }, /Did you mean `metrics\.token`/],
    ])("rejects %j", async (metrics, sentence) => {
        await expect(createRtcServer({ port: 0, metrics: metrics as { port: number } })).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringMatching(sentence) as string,
        });
    });

    it("makes the command exit with an error if its port is taken", async () => {
        const first = await serveAsync({ metrics: { port: 0 } });
        const port = Number(new URL(first.metricsUrl ?? "").port);
        const second = runCommand(["--development", "--port", "0", "--metrics-port", `${port}`]);
        const { code, output } = await second.ended;
        expect(code).toBe(1);
        expect(output).toMatch(/Metrics cannot be served on port \d+ of 127\.0\.0\.1/);
    });

    it("is started by the command, which prints its address and takes its token from the environment", async () => {
        const command = runCommand(["--development", "--port", "0", "--metrics-port", "0"], { BABYLON_RTC_METRICS_TOKEN: token });
        await command.lineAsync(startLine);
        const [, url = ""] = await command.lineAsync(/metrics: (\S+)\n/);
        expect(await statusOfAsync(url, {})).toBe(401);
        expect(await statusOfAsync(url, { Authorization: `Bearer ${token}` })).toBe(200);
        command.child.kill();
        const { code, output } = await command.ended;
        expect(code).toBe(0);
        expect(output).not.toContain(token);
    });

    it("keeps no process alive once the server is closed", async () => {
        const started = await startServerAsync({ metrics: { port: 0 } });
        expect(await started.closeAsync("closeOnly")).toBe(0);
    });
});
