import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import { safeAddressOf, safeLog } from "../../../server/src/config/appCallbacks";
import { toSettings } from "../../../server/src/config/settings";
import { createRtcServer } from "../../../server/src/createRtcServer";
import { issueGrantAsync } from "../../../server/src/tokens/grants";
import type { IRtcServerOptions } from "../../../server/src/config/serverOptions";

const good: IRtcServerOptions = { log: () => undefined };
const turnSecret = "a secret of a TURN server";

describe("createRtcServer", () => {
    it.each<[string, readonly unknown[]]>([
        ["server", [null, 1, "http", {}]],
        ["gameServer", [null, true, {}]],
        ["port", [null, NaN, -1, 65_536, 0.5, "9000", ""]],
        ["host", [null, 0, {}]],
        ["path", [null, 1, "voice", "/a b", []]],
        ["authorize", [null, "yes", {}, Promise.resolve()]],
        ["isFriend", [null, true, {}]],
        ["onEvent", [null, true, {}]],
        ["origins", [null, "https://game.example", [null], [1], ["game.example"], {}]],
        ["development", [null, 1, "false"]],
        ["secret", [null, 5, {}]],
        ["maxMembers", [NaN, 0, 1e9, "16", 1.5]],
        ["grantTtlSeconds", [NaN, 0, 1e9, "60"]],
        ["staticDir", [null, "", 1, {}]],
        ["https", [null, "yes", {}, { key: "", cert: "" }, { key: "a" }]],
        ["addressOf", [null, "1.2.3.4", {}]],
        ["log", [null, "stderr", console]],
        ["limits", [null, 5, "high"]],
        [
            "limits.requests",
            [null, 5, {}, { perSecond: 0, burst: 1 }, { perSecond: NaN, burst: 1 }, { perSecond: 1, burst: "5" }, { perSecond: 1 }],
        ],
        ["turn", [null, "turn:turn.example", 5]],
        [
            "turn.urls",
            [
                {},
                ...[
                    null,
                    5,
                    "",
                    [],
                    "stun:stun.example",
                    "turn.example:3478",
                    "https://turn.example",
                    "turn:me:password@turn.example",
                    "turn:turn.example?transport=sctp",
                    ["turn:turn.example", "nonsense"],
                    ["turn:turn.example", 5],
                    Array(9).fill("turn:turn.example"),
                ].map((urls) => ({ urls, secret: turnSecret })),
            ],
        ],
        ["turn.secret", [5, {}, null].map((wrong) => ({ urls: "turn:turn.example", secret: wrong }))],
        [
            "turn.ttlSeconds",
            [0, 1.5, NaN, "60", 1e9, 60].map((ttlSeconds) => ({ urls: "turn:turn.example", secret: turnSecret, ttlSeconds })),
        ],
        ["limits.messages", [null, { perSecond: -1, burst: 1 }]],
        ["limits.signalling", [null, { perSecond: Infinity, burst: 1 }]],
        ["limits.passwords", [null, []]],
        [
            "iceServers",
            [
                null,
                "stun:stun.example",
                {},
                [null],
                [{}],
                [{ url: "stun:stun.example" }],
                [{ urls: "stun.l.google.com:19302" }],
                [{ urls: "https://stun.example" }],
                [{ urls: [] }],
                [{ urls: ["stun:stun.example", 5] }],
                [{ urls: "turn:turn.example" }],
                [{ urls: "turn:turn.example", username: "a" }],
                [{ urls: "turn:turn.example?transport=sctp", username: "a", credential: "b" }],
            ],
        ],
    ])("rejects unusable values of %s with invalidOption, and names the option", async (option, values) => {
        const [name = "", inner] = option.split(".");
        for (const value of values) {
            const options = { ...good, [name]: inner === undefined || name === "turn" ? value : { [inner]: value } };
            await expect(createRtcServer(options)).rejects.toMatchObject({
                name: "RtcServerError",
                code: "invalidOption",
                message: expect.stringContaining(`\`${option}\``) as string,
            });
        }
    });

    it.each<[string, string, object]>([
        ["authorise", "authorize", { authorise: () => null }],
        ["Authorize", "authorize", { Authorize: () => null }],
        ["origin", "origins", { origin: ["https://game.example"] }],
        ["maxMember", "maxMembers", { maxMember: 4 }],
        ["limits.password", "limits.passwords", { limits: { password: { perSecond: 1, burst: 1 } } }],
        ["limits.requests.persecond", "limits.requests.perSecond", { limits: { requests: { perSecond: 1, burst: 1, persecond: 2 } } }],
        ["turn.url", "turn.urls", { turn: { url: "turn:turn.example", secret: turnSecret } }],
        ["https.certs", "https.cert", { https: { key: "k", cert: "c", certs: "c" } }],
        ["iceServers[0].userName", "iceServers[0].username", { iceServers: [{ urls: "stun:stun.example", userName: "a" }] }],
    ])("rejects the unknown option %s, and suggests %s", async (written, meant, options) => {
        await expect(createRtcServer({ ...good, ...options })).rejects.toMatchObject({
            name: "RtcServerError",
            code: "invalidOption",
            message: `There is no option \`${written}\`. Did you mean \`${meant}\`?`,
        });
    });

    it("an unknown name is rejected, and the error lists all options", async () => {
        await expect(createRtcServer({ ...good, ["x".repeat(10_000)]: 1 })).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringMatching(/The options are server, .*authorize.*, log\.$/) as string,
        });
    });

    it.each([null, 5, "options"])("rejects %p instead of options", async (options) => {
        await expect(createRtcServer(options as never)).rejects.toMatchObject({ name: "RtcServerError", code: "invalidOption" });
    });

    it("uses the default for an option that is undefined", () => {
        const named = Object.fromEntries(
            ["port", "host", "path", "iceServers", "limits", "log", "origins"].map((name) => [name, undefined]),
        );
        expect(toSettings(named).maxMembers).toBe(toSettings({}).maxMembers);
    });

    it.each([undefined, "production", "Production", "prod", "staging", "test", "", "Development", "development "])(
        "does not admit guests with NODE_ENV=%p, but by `development: true` or NODE_ENV=development",
        (environment) => {
            const before = process.env.NODE_ENV;
            try {
                if (environment === undefined) {
                    delete process.env.NODE_ENV;
                } else {
                    process.env.NODE_ENV = environment;
                }
                expect(toSettings({})).toMatchObject({ development: false, openedBy: null });
                expect(toSettings({ development: true })).toMatchObject({ development: true, openedBy: "`development: true`" });
                process.env.NODE_ENV = "development";
                expect(toSettings({})).toMatchObject({ development: true, openedBy: "NODE_ENV=development" });
                expect(toSettings({ development: false })).toMatchObject({ development: false, openedBy: null });
                expect(toSettings({ authorize: () => null })).toMatchObject({ development: false, openedBy: null });
            } finally {
                process.env.NODE_ENV = before;
            }
        },
    );

    it.each([
        "stun:stun.l.google.com:19302",
        "stuns:stun.example",
        "stun:[2001:db8::1]:3478",
        "turn:turn.example:3478?transport=udp",
        "turns:192.0.2.1?transport=tcp",
    ])("accepts the ICE server %s", (urls) => {
        const iceServers = [{ urls, username: "a", credential: "b" }];
        expect(toSettings({ iceServers }).iceServers).toBe(iceServers);
    });
});

describe("the option turn", () => {
    const { BABYLON_RTC_TURN_SECRET: before } = process.env;
    afterEach(() => {
        process.env.BABYLON_RTC_TURN_SECRET = before;
        if (before === undefined) {
            delete process.env.BABYLON_RTC_TURN_SECRET;
        }
    });

    it("requires a secret of sufficient length, and never shows the secret in an error", async () => {
        delete process.env.BABYLON_RTC_TURN_SECRET;
        const urls = "turn:turn.example";
        await expect(createRtcServer({ ...good, turn: { urls } })).rejects.toMatchObject({
            code: "secretMissing",
            message: expect.stringMatching(/BABYLON_RTC_TURN_SECRET.*static-auth-secret.*`turn\.secret`/) as string,
        });
        process.env.BABYLON_RTC_TURN_SECRET = "too-short";
        for (const turn of [{ urls }, { urls, secret: "too-short" }]) {
            await expect(createRtcServer({ ...good, turn })).rejects.toMatchObject({
                code: "secretTooShort",
                message: expect.not.stringContaining("too-short") as string,
            });
        }
    });

    it("takes the secret from the environment if none is passed, and never prints it", () => {
        process.env.BABYLON_RTC_TURN_SECRET = turnSecret;
        const settings = toSettings({ turn: { urls: ["stun:turn.example", "turns:turn.example"] } });
        expect(settings.turn).toMatchObject({ stunUrls: ["stun:turn.example"], turnUrls: ["turns:turn.example"] });
        expect(`${inspect(settings, { depth: 9 })} ${JSON.stringify(settings)}`).not.toContain(turnSecret);
    });

    it("makes credentials valid five minutes longer than grants, up to one day, or for `ttlSeconds`", () => {
        const turn = { urls: "turn:turn.example", secret: turnSecret };
        expect(toSettings({ turn }).turn?.ttlSeconds).toBe(2100);
        expect(toSettings({ turn, grantTtlSeconds: 86_400 }).turn?.ttlSeconds).toBe(86_400);
        expect(toSettings({ turn: { ...turn, ttlSeconds: 1800 } }).turn?.ttlSeconds).toBe(1800);
    });
});

describe("issueGrantAsync", () => {
    const secret = "a secret of at least thirty-two bytes";
    const user = { id: "alice", name: "Alice" };

    it.each<[string, unknown]>([
        ["options", undefined],
        ["options", null],
        ["user", { room: "lobby", secret }],
        ["user", { room: "lobby", secret, user: null }],
        ["user.id", { room: "lobby", secret, user: {} }],
        ["user.name", { room: "lobby", secret, user: { id: "a" } }],
        ["room", { secret, user }],
        ["ttlSeconds", { room: "lobby", secret, user, ttlSeconds: "60" }],
        ["secret", { room: "lobby", secret: 5, user }],
        ["turn.urls", { room: "lobby", secret, user, turn: { urls: "stun:stun.example", secret: turnSecret } }],
        ["turn.ttlSeconds", { room: "lobby", secret, user, turn: { urls: "turn:turn.example", secret: turnSecret, ttlSeconds: 60 } }],
        ["privileges", { room: "lobby", secret, user, privileges: 5 }],
        ["privilege", { room: "lobby", secret, user, privilege: ["subscribe"] }],
    ])("rejects an unusable %s with invalidOption, and names it (%p)", async (option, options) => {
        await expect(issueGrantAsync(options as never)).rejects.toMatchObject({
            code: "invalidOption",
            message: expect.stringContaining(`\`${option}\``) as string,
        });
    });
});

describe("callbacks of the app", () => {
    const request = { socket: { remoteAddress: "192.0.2.1" } } as unknown as IncomingMessage;

    it.each<[string, (request: IncomingMessage) => unknown]>([
        [
            "throws",
            () => {
                throw new Error("no header");
            },
        ],
        ["returns undefined", () => undefined],
        ["returns a promise", () => Promise.resolve("192.0.2.2")],
        ["returns an empty string", () => ""],
    ])("addressOf that %s: the socket's address is used, and the error is logged once", (_, addressOf) => {
        const lines: string[] = [];
        const safe = safeAddressOf(addressOf, (level, message) => lines.push(`${level} ${message}`));
        expect([safe(request), safe(request)]).toEqual(["192.0.2.1", "192.0.2.1"]);
        expect(lines).toHaveLength(1);
        expect(lines[0]).toMatch(/^error addressOf failed/);
    });

    it("a log that throws or rejects: the error goes to stderr once, and not to the caller", async () => {
        const written = jest.spyOn(process.stderr, "write").mockReturnValue(true);
        const throws = safeLog(() => {
            throw new Error("disk full");
        });
        const later = async (): Promise<never> => Promise.reject(new Error("disk full"));
        // eslint-disable-next-line @typescript-eslint/no-misused-promises -- callers without types may pass such a function
        const rejects = safeLog(later);
        for (const log of [throws, throws, rejects, rejects]) {
            log("warn", "something");
        }
        await new Promise((resolve) => setImmediate(resolve));
        expect(written.mock.calls.map(([text]) => String(text).slice(0, 60))).toEqual(
            Array(2).fill(expect.stringContaining("log failed: Error: disk full")),
        );
        written.mockRestore();
    });
});
