import { createRtcServer } from "babylon-rtc-server";
import { enterBothAsync, grantAsync, guestAsync, joinAsync, openAsync, postAsync, quieten, refusalAsync, signalUrl } from "../clients";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import type { IGuestReply, IResume } from "../../../protocol/wire.js";

jest.setTimeout(30_000);

let server: IRtcServer;

async function serveAsync(options: IRtcServerOptions = {}): Promise<string> {
    server = await createRtcServer({ port: 0, ...options });
    return server.url;
}

/** The guest that belongs to a key; without a key a new guest. */
async function guestOfAsync(url: string, key?: string): Promise<IGuestReply> {
    const { status, body } = await postAsync(`${url}/guest`, { name: "Bob", key });
    expect(status).toBe(200);
    return body as unknown as IGuestReply;
}

beforeAll(quieten);
afterEach(() => server.closeAsync());

describe("a guest with a key", () => {
    it("has the same id at every server, and the id is not a key", async () => {
        const key = "0123456789abcdef0123456789abcdef01234567";
        const ids: string[] = [];
        for (const secret of ["a secret of at least thirty-two bytes", "another secret of at least thirty-two bytes"]) {
            const url = await serveAsync({ secret });
            const { user } = await guestOfAsync(url, key);
            ids.push(user.id);
            for (const other of [`${key.slice(1)}8`, user.id, undefined]) {
                expect((await guestOfAsync(url, other)).user.id).not.toBe(user.id);
            }
            await server.closeAsync();
        }
        expect(new Set(ids).size).toBe(1);
        expect(ids[0]).not.toBe(key);
    });
});

describe("a credential that a script steals from a page", () => {
    it("identity: is valid for that guest only, whose own page is disconnected with duplicateIdentity", async () => {
        const url = await serveAsync();
        const alice = await enterBothAsync(url, "lobby", "Alice");
        const bob = await enterBothAsync(url, "lobby", "Bob");
        const thief = await joinAsync(url, "room", { name: "lobby", identity: bob.member.identity });
        expect(await thief.inbox.firstAsync("welcome")).toMatchObject({ self: bob.member.id, room: { owner: alice.member.id } });
        expect(await bob.member.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
        expect(alice.member.inbox.count("memberJoined")).toBe(1);
    });

    it("key of a guest: is valid for that guest only, whose own page is disconnected with duplicateIdentity", async () => {
        const url = await serveAsync();
        const bob = await guestOfAsync(url, "b".repeat(40));
        const stay = await joinAsync(url, "room", { name: "lobby", identity: bob.identity });
        const stolen = await guestOfAsync(url, "b".repeat(40));
        expect(stolen.user.id).toBe(bob.user.id);
        await joinAsync(url, "room", { name: "lobby", identity: stolen.identity });
        expect(await stay.inbox.firstAsync("closed")).toMatchObject({ code: "duplicateIdentity" });
    });

    it("grant: opens one RTC room, is void once its user leaves the room, and yields no other grant", async () => {
        const url = await serveAsync();
        const alice = await enterBothAsync(url, "lobby", "Alice");
        const bob = await enterBothAsync(url, "lobby", "Bob");
        const other = await enterBothAsync(url, "another", "Carol");
        const { token } = bob.voice.grant;
        expect(await refusalAsync(joinAsync(url, "rtc", { room: other.member.roomId, token }))).toBe("tokenInvalid");
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity: token }))).toBe("unauthorized");
        const renewed = await postAsync(`${url}/token`, { room: bob.member.roomId }, { Authorization: `Bearer ${token}` });
        expect(renewed.status).toBe(401);
        await bob.member.room.leave();
        await alice.member.inbox.firstAsync("memberLeft");
        expect(await refusalAsync(joinAsync(url, "rtc", { room: bob.member.roomId, token }))).toBe("forbidden");
    });

    it("secret of a stay or of signalling: is invalid once the stay has ended", async () => {
        const url = await serveAsync();
        const alice = await enterBothAsync(url, "lobby", "Alice");
        const bob = await enterBothAsync(url, "lobby", "Bob");
        const { resume } = await bob.member.inbox.firstAsync<{ resume: IResume }>("welcome");
        await bob.member.room.leave();
        await alice.voice.inbox.firstAsync("peerLeft");
        const back = await postAsync(`${url}/resume`, { room: bob.member.roomId, id: resume.id, secret: resume.secret });
        expect(back).toMatchObject({ status: 404, body: { error: { code: "roomNotFound" } } });
        await expect(openAsync(signalUrl(url, bob.voice.self, bob.voice.secret))).rejects.toThrow("refused 401");
    });

    it("session of the app: is useless once `authorize` rejects it, and its voice ends with the grant", async () => {
        const revoked = new Set<string>();
        const url = await serveAsync({
            grantTtlSeconds: 2,
            authorize: ({ credential }) => (revoked.has(credential) ? null : { id: credential, name: credential }),
        });
        const identity = "alice";
        const member = await joinAsync(url, "room", { name: "lobby", identity });
        await member.inbox.firstAsync("welcome");
        const { roomId } = member.room;
        const { token } = await grantAsync(url, identity, roomId);
        const voice = await joinAsync(url, "rtc", { room: roomId, token });
        await voice.inbox.firstAsync("welcome");
        revoked.add(identity);
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity }))).toBe("unauthorized");
        expect((await postAsync(`${url}/token`, { room: roomId }, { Authorization: `Bearer ${identity}` })).status).toBe(401);
        expect(await voice.inbox.firstAsync("closed", () => true, 20_000)).toMatchObject({ code: "tokenExpired" });
    });
});

it("a cookie is not accepted as a credential, and the server sets none", async () => {
    const url = await serveAsync();
    const { identity } = await guestAsync(url, "Alice");
    const cookies = { Cookie: `identity=${identity}; token=${identity}; Authorization=Bearer ${identity}` };
    for (const [path, body] of [
        ["/token", { room: "a room" }],
        ["/rooms", {}],
        ["/enter", { join: { name: "lobby" }, create: true, voice: true }],
    ] as const) {
        const answer = await postAsync(`${url}${path}`, body, cookies);
        expect([path, answer]).toMatchObject([path, { status: 401, body: { error: { code: "unauthorized" } } }]);
        expect(answer.headers.get("set-cookie")).toBeNull();
    }
});
