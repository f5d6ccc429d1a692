import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { startServerAsync } from "../../server/harness";
import { Coturn } from "../harness/turn/coturn";
import { startSuiteAsync, type ISuite } from "../harness/suite";
import type { ISeenRow, ISelfCheckOptions } from "../../pages/lab/selfCheck";

/** Counts of a page's open resources. */
interface IHeld {
    readonly contexts: number;
    readonly connections: number;
    readonly tracks: number;
    readonly sockets: number;
    readonly timers: number;
}

type Holding = typeof globalThis & { held(): IHeld };

/** Counts open resources. Runs in a page before any other script. */
function watchHeld(): void {
    const contexts: AudioContext[] = [];
    const connections: RTCPeerConnection[] = [];
    const tracks: MediaStreamTrack[] = [];
    const sockets: WebSocket[] = [];
    const timers = new Set<unknown>();
    globalThis.AudioContext = class extends AudioContext {
        public constructor(options?: AudioContextOptions) {
            super(options);
            contexts.push(this);
        }
    };
    globalThis.MediaStreamAudioDestinationNode = class extends MediaStreamAudioDestinationNode {
        public constructor(context: AudioContext, options?: AudioNodeOptions) {
            super(context, options);
            tracks.push(...this.stream.getTracks());
        }
    };
    globalThis.RTCPeerConnection = class extends RTCPeerConnection {
        public constructor(configuration?: RTCConfiguration) {
            super(configuration);
            connections.push(this);
        }
    };
    globalThis.WebSocket = class extends WebSocket {
        public constructor(url: string | URL, protocols?: string | string[]) {
            super(url, protocols);
            sockets.push(this);
        }
    };
    const devices = (navigator as Partial<Navigator>).mediaDevices;
    if (devices) {
        const open = devices.getUserMedia.bind(devices);
        devices.getUserMedia = async (constraints) => {
            const stream = await open(constraints);
            tracks.push(...stream.getTracks());
            return stream;
        };
    }
    const { setTimeout: set, clearTimeout: clear } = globalThis;
    Object.assign(globalThis, {
        setTimeout: (run: () => void, ms?: number): unknown => {
            const id: unknown = set(() => {
                timers.delete(id);
                run();
            }, ms);
            timers.add(id);
            return id;
        },
        clearTimeout: (id: number) => {
            timers.delete(id);
            clear(id);
        },
        held: (): IHeld => ({
            contexts: contexts.filter(({ state }) => state !== "closed").length,
            connections: connections.filter(({ connectionState }) => connectionState !== "closed").length,
            tracks: tracks.filter(({ readyState }) => readyState === "live").length,
            sockets: sockets.filter(({ readyState }) => readyState !== WebSocket.CLOSED).length,
            timers: timers.size,
        }),
    });
}

const ids = ["secureContext", "autoplay", "microphone", "output", "server", "signalling", "stun", "turn", "call"];
/** Checks that the tests of servers skip. They run `autoplay`, which opens the audio context that the test call needs to send sound. */
const devices = ["microphone", "output"] as const;

/** Starts an HTTP server that is not a babylon-rtc-server and gives the same answer to each request. */
async function startStrangerAsync(status: number, body: string): Promise<{ readonly url: string; closeAsync(): Promise<void> }> {
    const server: Server = createServer((_, response) => {
        response.writeHead(status, { "access-control-allow-origin": "*", "content-type": "text/html" }).end(body);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        closeAsync: async () => {
            server.closeAllConnections();
            await new Promise((closed) => server.close(closed));
        },
    };
}

describe("The self-test", () => {
    let suite: ISuite;
    let coturn: Coturn;
    let page: Page;

    beforeAll(async () => {
        coturn = await Coturn.StartAsync();
        suite = await startSuiteAsync({ server: { turn: { urls: [coturn.stunUrl, coturn.url], secret: coturn.secret } } });
        page = await openAsync(suite);
    }, 120_000);

    afterAll(async () => {
        await suite.closeAsync();
        await coturn.closeAsync();
    });

    async function openAsync({ context, server }: ISuite, url = server.url): Promise<Page> {
        const opened = await context.newPage();
        await opened.addInitScript(watchHeld);
        await opened.goto(url);
        return opened;
    }

    const runAsync = (options: ISelfCheckOptions, where = page): Promise<readonly ISeenRow[]> =>
        where.evaluate((each) => globalThis.lab.selfCheckAsync(each), options);
    const rowOf = (rows: readonly ISeenRow[], id: string): ISeenRow | undefined => rows.find((row) => row.id === id);
    const heldAsync = (where = page): Promise<IHeld> => where.evaluate(() => (globalThis as Holding).held());
    /** Waits until the page's open resources match. Sockets close shortly after the request to close them. */
    const untilHeldAsync = async (held: IHeld, where = page): Promise<void> => {
        await where
            .waitForFunction((wanted) => JSON.stringify((globalThis as Holding).held()) === JSON.stringify(wanted), held, {
                timeout: 15_000,
            })
            .catch(async (cause: unknown) => {
                throw new Error(`open is ${JSON.stringify(await heldAsync(where))}, not ${JSON.stringify(held)}`, { cause });
            });
    };
    /** Waits until the server is empty. Members leave at once, and a room closes shortly after its last member. */
    const untilEmptyAsync = async (): Promise<void> => {
        const end = Date.now() + 15_000;
        for (;;) {
            const health = (await (await fetch(`${suite.server.url}/health`)).json()) as Readonly<Record<string, unknown>>;
            if (["rooms", "members", "rtcRooms", "peers"].every((name) => health[name] === 0)) {
                return;
            }
            if (Date.now() > end) {
                throw new Error(`The server still has ${JSON.stringify(health)}.`);
            }
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    };
    const nothing: IHeld = { contexts: 0, connections: 0, tracks: 0, sockets: 0, timers: 0 };

    it("passes everything on loopback, through a TURN server, measures the call, and releases all resources", async () => {
        const fresh = await openAsync(suite);
        const rows = await runAsync({ server: suite.server.url, user: { name: "Alice" } }, fresh);
        expect(rows.map(({ id, state }) => `${id} ${state}`)).toEqual(ids.map((id) => `${id} passed`));
        expect(rows.map(({ code }) => code)).toEqual(ids.map(() => null));
        const call = rowOf(rows, "call");
        expect(call?.text).toMatch(/^A call through the TURN server takes \d+ ms one way and loses [\d.]+ % of its packets\.$/);
        expect(call?.lossPercent).toBeLessThan(20);
        expect(call?.delayMs).toBeGreaterThanOrEqual(0);
        expect(rowOf(rows, "turn")?.text).toContain(coturn.url);
        await untilHeldAsync(nothing, fresh);
        // No member is left in the room, and the room is closed.
        await untilEmptyAsync();
        await fresh.close();
    });

    describe("reports the result of each check, with error code and remedy, given", () => {
        interface IFault {
            readonly options: () => ISelfCheckOptions | Promise<ISelfCheckOptions>;
            readonly fails: Readonly<Record<string, readonly [code: string, text: RegExp]>>;
            readonly skips?: readonly string[];
        }
        const releases: (() => Promise<unknown>)[] = [];
        afterEach(async () => {
            await Promise.all(releases.splice(0).map((releaseAsync) => releaseAsync()));
        });
        const user = { name: "Alice" };
        const ours = (): ISelfCheckOptions => ({ server: suite.server.url, user, skip: devices });
        const served = async (options: Parameters<typeof startServerAsync>[0]): Promise<ISelfCheckOptions> => {
            const server = await startServerAsync(options);
            releases.push(() => server.closeAsync());
            return { server: server.url, user, skip: devices };
        };
        const stranger = async (status: number, body: string): Promise<ISelfCheckOptions> => {
            const { url, closeAsync } = await startStrangerAsync(status, body);
            releases.push(closeAsync);
            return { server: url, user, skip: devices };
        };
        const withoutServer = ["signalling", "stun", "turn"];
        const turnServer = (port: number): RTCIceServer[] => [
            { urls: `turn:127.0.0.1:${port}?transport=udp`, username: "a", credential: "b" },
        ];

        it.each<[string, IFault]>([
            [
                "a server address with another scheme",
                {
                    options: () => ({ server: "ws://localhost:9000", skip: devices }),
                    fails: { server: ["invalidArgument", /must begin with http: or https:, not "ws:"/] },
                    skips: withoutServer,
                },
            ],
            [
                "an invalid server address",
                {
                    options: () => ({ server: "http://", skip: devices }),
                    fails: { server: ["invalidArgument", /"http:\/\/" is not a server address/] },
                    skips: withoutServer,
                },
            ],
            [
                "a server address where nothing listens",
                {
                    options: async () => {
                        const { url, closeAsync } = await startStrangerAsync(200, "");
                        await closeAsync();
                        return { server: url, skip: devices };
                    },
                    fails: { server: ["serverUnreachable", /^No answer from http:\/\/127\.0\.0\.1:\d+\. Check that it runs/] },
                    skips: withoutServer,
                },
            ],
            [
                "another web server that answers with a page",
                {
                    options: () => stranger(200, "<!doctype html>"),
                    fails: { server: ["serverUnreachable", /answers, but is not a babylon-rtc-server\. Pass the address of yours/] },
                    skips: withoutServer,
                },
            ],
            [
                "another web server with a health endpoint of its own",
                {
                    options: () => stranger(200, '{"status":"ok"}'),
                    fails: { server: ["serverUnreachable", /is not a babylon-rtc-server/] },
                    skips: withoutServer,
                },
            ],
            [
                "a proxy whose upstream server is down",
                {
                    options: () => stranger(502, "Bad gateway"),
                    fails: { server: ["serverUnreachable", /^No answer from/] },
                    skips: withoutServer,
                },
            ],
            [
                "a user token that the server rejects",
                {
                    options: () => ({ ...ours(), user: { name: "Alice", token: "nonsense" } }),
                    fails: { signalling: ["unauthorized", /sign in/i] },
                    skips: ["stun", "turn"],
                },
            ],
            [
                "a full room",
                {
                    options: async () => {
                        const options = await served({ maxMembers: 1 });
                        const alice = await suite.openAsync({ name: "Bob", voice: 440, server: options.server ?? "" });
                        releases.push(() => alice.close());
                        expect(await alice.join("full")).toBeNull();
                        return { ...options, room: "full" };
                    },
                    fails: { signalling: ["roomFull", /full/] },
                    skips: ["stun", "turn"],
                },
            ],
            [
                "a server without STUN and TURN: no check fails, and their two checks are skipped",
                { options: () => served({}), fails: {}, skips: ["stun", "turn"] },
            ],
            [
                "a TURN secret that differs from the TURN server's",
                {
                    options: () => served({ turn: { urls: coturn.url, secret: "another secret than coturn's" } }),
                    fails: {
                        turn: ["unauthorized", /^turn:127\.0\.0\.1:\d+\S* rejects the credentials\. Check that the server's turn\.secret/],
                    },
                    skips: ["stun"],
                },
            ],
            [
                "TURN credentials of the app that the TURN server rejects",
                {
                    options: () => ({ ...ours(), iceServers: turnServer(coturn.port) }),
                    fails: { turn: ["unauthorized", /rejects the credentials/] },
                    skips: ["stun"],
                },
            ],
            [
                "STUN and TURN servers that do not answer",
                {
                    options: () => ({ ...ours(), iceServers: [{ urls: "stun:127.0.0.1:9" }, ...turnServer(9)] }),
                    fails: {
                        stun: ["serverUnreachable", /^No answer from stun:127\.0\.0\.1:9\. Check its address/],
                        turn: ["serverUnreachable", /^No relay from turn:127\.0\.0\.1:9\S*\. Check its address/],
                    },
                },
            ],
            [
                "ICE servers that the browser rejects",
                {
                    options: () => ({ ...ours(), iceServers: [{ urls: "turn.example:3478" }] }),
                    fails: {
                        stun: ["invalidArgument", /^The option iceServers must be a list like/],
                        turn: ["invalidArgument", /^The option iceServers must be a list like/],
                    },
                },
            ],
            [
                "relayOnly without a TURN server",
                {
                    options: async () => ({ ...(await served({})), relayOnly: true }),
                    fails: { turn: ["invalidArgument", /^The option relayOnly needs a TURN server/] },
                    skips: ["stun"],
                },
            ],
            [
                "a TURN server that denies relaying to its own address",
                {
                    options: async () => {
                        const denying = await Coturn.StartAsync(["denied-peer-ip=0.0.0.0-255.255.255.255"]);
                        releases.push(() => denying.closeAsync());
                        return await served({ turn: { urls: denying.url, secret: denying.secret } });
                    },
                    fails: { call: ["linkFailed", /through the TURN server finds no path.*allowed-peer-ip/] },
                    skips: ["stun"],
                },
            ],
            [
                "a microphone that delivers only silence",
                {
                    options: () => ({ microphone: "silent" }),
                    fails: { microphone: ["microphoneSilent", /delivers only silence/] },
                    skips: ["server", "signalling", "stun", "turn"],
                },
            ],
        ])("%s", async (_, { options, fails, skips = [] }) => {
            const before = await heldAsync();
            const rows = await runAsync(await options());
            const found = rows.filter(({ state }) => state === "failed");
            expect(found.map(({ id, code }) => [id, code])).toEqual(Object.entries(fails).map(([id, [code]]) => [id, code]));
            for (const { id, text } of found) {
                expect(text).toMatch(fails[id]?.[1] ?? "");
            }
            const left = rows.filter(({ id, state }) => state === "skipped" && id !== "microphone" && id !== "output");
            expect(left.map(({ id }) => id)).toEqual(skips);
            expect(rows.map(({ id }) => id)).toEqual(ids);
            await untilHeldAsync(before);
        });

        it("a proxy that does not forward WebSockets", async () => {
            const proxied = await openAsync(suite);
            await proxied.evaluate(() => {
                globalThis.WebSocket = class extends WebSocket {
                    public constructor(url: string | URL, protocols?: string | string[]) {
                        super(String(url).includes("/signal/") ? "ws://127.0.0.1:9/" : url, protocols);
                    }
                };
            });
            const rows = await runAsync(ours(), proxied);
            expect(rowOf(rows, "signalling")).toMatchObject({
                state: "failed",
                code: "serverUnreachable",
                text: expect.stringMatching(/^The signalling of .* does not answer\. Check that proxies forward WebSockets\./) as string,
            });
            await proxied.close();
        });

        it("an insecure page, which has no microphone", async () => {
            const insecure = await suite.context.newPage();
            await insecure.addInitScript(watchHeld);
            await insecure.route("http://insecure.example/**", async (route) => {
                const { pathname } = new URL(route.request().url());
                await route.fulfill({ response: await route.fetch({ url: suite.server.url + pathname }) });
            });
            await insecure.goto("http://insecure.example/");
            const rows = await runAsync({}, insecure);
            expect(rowOf(rows, "secureContext")).toMatchObject({
                state: "failed",
                code: "unsupported",
                text: expect.stringContaining("over https") as string,
            });
            expect(rowOf(rows, "microphone")).toMatchObject({ state: "failed", code: "unsupported" });
            await untilHeldAsync(nothing, insecure);
            await insecure.close();
        });

        it("no output device", async () => {
            const mute = await openAsync(suite);
            await mute.evaluate(() => {
                const all = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
                navigator.mediaDevices.enumerateDevices = async () => (await all()).filter(({ kind }) => kind !== "audiooutput");
            });
            const rows = await runAsync({}, mute);
            expect(rowOf(rows, "output")).toMatchObject({ state: "failed", code: "deviceNotFound" });
            await mute.close();
        });

        it("a browser without WebRTC", async () => {
            const bare = await openAsync(suite);
            await bare.evaluate(() => {
                Reflect.deleteProperty(globalThis, "RTCPeerConnection");
            });
            const rows = await runAsync({ skip: ["microphone"], iceServers: [{ urls: coturn.stunUrl }] }, bare);
            expect(rows.filter(({ state }) => state === "failed").map(({ id, code }) => [id, code])).toEqual([
                ["stun", "unsupported"],
                ["call", "unsupported"],
            ]);
            await bare.close();
        });
    });

    it.each(["secureContext", "microphone", "server", "signalling", "turn"])(
        "rejects with aborted when cancelled at %s, and releases all resources",
        async (cancelAt) => {
            const before = await heldAsync();
            await expect(runAsync({ server: suite.server.url, cancelAt })).rejects.toThrow("aborted");
            await untilHeldAsync(before);
            await untilEmptyAsync();
        },
    );

    it("rejects options of the wrong type with invalidArgument", async () => {
        await expect(runAsync({ server: 5 as never })).rejects.toThrow("invalidArgument");
        await expect(runAsync({ skip: 5 as never })).rejects.toThrow("invalidArgument");
    });
});

describe("The self-test in a browser without autoplay and microphone permission", () => {
    let suite: ISuite;

    beforeAll(async () => {
        suite = await startSuiteAsync({ browser: { microphone: false, autoplay: false } });
    }, 120_000);

    afterAll(() => suite.closeAsync());

    it("reports audioBlocked and microphoneDenied, and passes after a user gesture and a granted permission", async () => {
        const page = await suite.context.newPage();
        await page.goto(suite.server.url);
        const cdp = await suite.browser.newBrowserCDPSession();
        const session = await suite.context.newCDPSession(page);
        const { targetInfo } = await session.send("Target.getTargetInfo");
        const setAsync = async (setting: "denied" | "granted"): Promise<void> => {
            await cdp.send("Browser.setPermission", {
                permission: { name: "microphone" },
                setting,
                origin: new URL(page.url()).origin,
                ...(targetInfo.browserContextId === undefined ? {} : { browserContextId: targetInfo.browserContextId }),
            });
        };
        await setAsync("denied");
        // Playwright's `evaluate` would count as a user gesture.
        const { result } = await session.send("Runtime.evaluate", {
            expression: "lab.selfCheckAsync({})",
            awaitPromise: true,
            returnByValue: true,
            userGesture: false,
        });
        const stateOf = (rows: readonly ISeenRow[], id: string): Partial<ISeenRow> => {
            const { state, code } = rows.find((row) => row.id === id) ?? { state: undefined, code: undefined };
            return { ...(state && { state }), ...(code !== undefined && { code }) };
        };
        const refused = result.value as readonly ISeenRow[];
        expect(stateOf(refused, "autoplay")).toEqual({ state: "failed", code: "audioBlocked" });
        expect(stateOf(refused, "microphone")).toEqual({ state: "failed", code: "microphoneDenied" });
        expect(["output", "call"].map((id) => stateOf(refused, id).state)).toEqual(["skipped", "skipped"]);
        await setAsync("granted");
        const given = await page.evaluate(() => globalThis.lab.selfCheckAsync({}));
        expect(["autoplay", "microphone", "output", "call"].map((id) => stateOf(given, id).state)).toEqual(Array(4).fill("passed"));
        await page.close();
    });
});
