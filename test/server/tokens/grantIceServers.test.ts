import { createHmac } from "node:crypto";
import { createRtcServer } from "babylon-rtc-server";
import { issueGrantAsync } from "../../../server/src/tokens/grants";
import { enterAsync, grantAsync, guestAsync, postAsync, quieten, seatsAsync } from "../clients";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import type { IGrantReply } from "babylon-rtc-server/wire";

const turnSecret = "the secret of a TURN server";
const stun = { urls: "stun:stun.example:3478" };
const lines: string[] = [];
let server: IRtcServer | undefined;

beforeAll(quieten);
afterEach(async () => {
    await server?.closeAsync();
    server = undefined;
    lines.length = 0;
});

async function serveAsync(options: IRtcServerOptions): Promise<string> {
    server = await createRtcServer({ port: 0, log: (level, message) => lines.push(`${level} ${message}`), ...options });
    return server.url;
}

/** Checks a credential as coturn does with `use-auth-secret`: reads expiry and user from the user name, and computes the credential itself. */
function checkedCredential(iceServers: IGrantReply["iceServers"]): { readonly seconds: number; readonly id: string } {
    const { username = "", credential } = iceServers.at(-1) ?? { urls: "" };
    expect(credential).toBe(createHmac("sha1", turnSecret).update(username).digest("base64"));
    const [, end = "", id = ""] = /^(\d+):(.*)$/.exec(username) ?? [];
    return { seconds: Number(end) - Date.now() / 1000, id };
}

describe("TURN credentials", () => {
    const turn = { urls: ["turn:turn.example:3478", "turns:turn.example", "stun:turn.example"], secret: turnSecret };

    it("are part of each grant, belong to its user, and expire shortly after it; responses and log never contain the secret", async () => {
        const url = await serveAsync({ turn, iceServers: [stun] });
        const alice = await enterAsync(url, "lobby", "Alice");
        const grant = await grantAsync(url, alice.identity, alice.roomId);
        expect(grant.iceServers).toMatchObject([
            stun,
            { urls: ["stun:turn.example"] },
            { urls: ["turn:turn.example:3478", "turns:turn.example"] },
        ]);
        const { seconds, id } = checkedCredential(grant.iceServers);
        expect(id).toBe(alice.id);
        expect(Math.abs(seconds - 2_100)).toBeLessThan(30);
        const texts = [JSON.stringify(grant), JSON.stringify(alice.inbox.all), await (await fetch(`${url}/health`)).text(), ...lines];
        expect(texts.filter((text) => text.includes(turnSecret))).toEqual([]);
    });

    it("come with the seat in the RTC room that POST /enter reserves", async () => {
        const url = await serveAsync({ turn: { ...turn, ttlSeconds: 7_200 } });
        const { guest, voice } = await seatsAsync(url, { name: "lobby" }, "Alice");
        const { seconds, id } = checkedCredential(voice.iceServers);
        expect(id).toBe(guest.user.id);
        expect(Math.abs(seconds - 7_200)).toBeLessThan(30);
    });

    it.each(["account-7", "alice@game.example", "urn:user:7"])("contain the user id %s unchanged", async (id) => {
        const { iceServers = [] } = await issueGrantAsync({ room: "r", user: { id, name: "A" }, turn, secret: "s".repeat(32) });
        expect(checkedCredential(iceServers).id).toBe(id);
    });

    it.each(["Alice and Bob", `o'neil "the" \\`, "ä".repeat(128), "👩".repeat(128)])(
        "contain a stable hash instead of the user id %j, which a TURN server rejects",
        async (id) => {
            const idsAsync = async (): Promise<string> => {
                const { iceServers = [] } = await issueGrantAsync({ room: "r", user: { id, name: "A" }, turn, secret: "s".repeat(32) });
                return checkedCredential(iceServers).id;
            };
            const first = await idsAsync();
            expect(first).toMatch(/^[0-9a-f]{64}$/);
            expect(await idsAsync()).toBe(first);
        },
    );

    it("are in no grant of issueGrantAsync without `turn`", async () => {
        expect(await issueGrantAsync({ room: "r", user: { id: "a", name: "A" }, secret: "s".repeat(32) })).not.toHaveProperty("iceServers");
    });
});

describe("iceServers as a function", () => {
    it("is called for each grant with user and room", async () => {
        const asked: unknown[] = [];
        const url = await serveAsync({
            iceServers: async (request) => {
                asked.push(request);
                return await Promise.resolve([{ urls: `turn:${request.user.name}.example`, username: "a", credential: "b" }]);
            },
        });
        const alice = await enterAsync(url, "lobby", "Alice");
        const { iceServers } = await grantAsync(url, alice.identity, alice.roomId);
        expect(iceServers).toEqual([{ urls: "turn:Alice.example", username: "a", credential: "b" }]);
        expect(asked).toEqual([{ user: { id: alice.id, name: "Alice" }, room: alice.roomId }]);
    });

    it.each<[string, () => unknown]>([
        [
            "throws",
            () => {
                throw new Error("no database");
            },
        ],
        ["rejects", () => Promise.reject(new Error("no database"))],
        ["returns undefined", () => undefined],
        ["returns an invalid server", () => [{ urls: "turn.example" }]],
    ])("that %s: the grant lacks its servers, and the error is logged", async (_, iceServers) => {
        const url = await serveAsync({ iceServers: iceServers as never, turn: { urls: "turn:turn.example", secret: turnSecret } });
        const { identity } = await guestAsync(url, "Alice");
        const { status, body } = await postAsync(`${url}/token`, { room: "a room" }, { Authorization: `Bearer ${identity}` });
        expect(status).toBe(200);
        expect(body.iceServers).toMatchObject([{ urls: ["turn:turn.example"] }]);
        expect(lines.filter((line) => line.startsWith("error iceServers failed, so this grant lacks its servers: "))).toHaveLength(1);
    });
});
