import { createRtcServer } from "babylon-rtc-server";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import { listingOf, toListings } from "../../../../server/src/config/listedRooms";
import { askAsync, enterAsync, enterBothAsync, enterVoiceAsync, guestAsync, joinAsync, quieten, refusalAsync } from "../../clients";
import type { IRoomInfo } from "../../../../protocol/wire.js";
import type { IJoined } from "../../clients";

jest.setTimeout(30_000);

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer | null = null;

async function serveAsync(options: IRtcServerOptions): Promise<string> {
    server = await createRtcServer({ port: 0, secret, log: () => undefined, ...options });
    return server.url;
}
const infoOf = async ({ inbox }: IJoined): Promise<IRoomInfo> => (await inbox.firstAsync<{ room: IRoomInfo }>("welcome")).room;

beforeAll(quieten);
afterEach(async () => {
    await server?.closeAsync();
    server = null;
});

describe("the name pattern of a listed room", () => {
    it.each([
        ["lobby", "lobby", true],
        ["lobby", "lobby ", false],
        ["lobby", "Lobby", false],
        ["table-*", "table-", true],
        ["table-*", "table-17", true],
        ["table-*", "my table-17", false],
        ["*-hall", "east-hall", true],
        ["*-hall", "east-halls", false],
        ["a*b*c", "abc", true],
        ["a*b*c", "a-b-c", true],
        ["a*b*c", "acb", false],
        ["ab*ba", "aba", false],
        ["a.c", "abc", false],
    ])("%j matches %j: %p", (pattern, name, isListed) => {
        expect(listingOf(toListings([pattern]), name) !== undefined).toBe(isListed);
    });

    it("is matched quickly against a name of 100,000 characters", () => {
        const listings = toListings(["a*a*a*a*a*a*a*a*b"]);
        expect(listingOf(listings, "a".repeat(100_000))).toBeUndefined();
    });

    it.each([["*"], [""], [" lobby"], ["a*".repeat(9)], ["x".repeat(65)]])("%j is rejected", (name) => {
        expect(() => toListings([name])).toThrow(/`rooms\[0\]\.name`/);
    });
});

describe("a room that the server lists", () => {
    it("has no owner, and has the server's settings, regardless of the first member's options", async () => {
        const url = await serveAsync({
            rooms: ["lobby", { name: "plaza-*", maxMembers: 3, description: "For all", properties: { map: 1 } }],
        });
        const greedy = { maxMembers: 1, password: "mine", policy: "invited", description: "Mine", properties: { map: 2 } };
        const mallory = await enterAsync(url, "plaza-1", "Mallory", greedy);
        const room = { owner: "", maxMembers: 3, hasPassword: false, policy: "everyone", description: "For all", properties: { map: 1 } };
        expect(await infoOf(mallory)).toMatchObject(room);
        const bob = await enterAsync(url, "plaza-1", "Bob");
        for (const [request, value] of [
            ["lock", { locked: true }],
            ["kick", { id: bob.id, seconds: 86_400 }],
            ["owner", { id: mallory.id }],
            ["describe", { description: "Mine" }],
            ["properties", { changes: { map: 2 } }],
            ["password", { password: "mine" }],
            ["destroy", {}],
        ] as const) {
            expect(await askAsync(mallory, request, value)).toMatchObject({ code: "notAllowed" });
        }
        const voice = await enterVoiceAsync(url, mallory, mallory.roomId);
        await enterVoiceAsync(url, bob, bob.roomId);
        expect(await askAsync(voice, "moderate", { action: "remove", id: bob.id, seconds: 60 })).toMatchObject({ code: "notAllowed" });
        // The room also gets no owner when members join and leave.
        await mallory.room.leave();
        await bob.inbox.firstAsync("memberLeft");
        const carol = await enterAsync(url, "plaza-1", "Carol");
        expect(await infoOf(carol)).toMatchObject(room);
        expect(await askAsync(bob, "lock", { locked: true })).toMatchObject({ code: "notAllowed" });
        expect(await infoOf(await enterAsync(url, "lobby", "Dave"))).toMatchObject({ owner: "", maxMembers: 16 });
    });

    it("admits as many members to its voice as to the room, also above the server's `maxMembers`", async () => {
        const url = await serveAsync({ maxMembers: 1, rooms: [{ name: "stage", maxMembers: 2 }] });
        const alice = await enterBothAsync(url, "stage", "Alice");
        const bob = await enterBothAsync(url, "stage", "Bob");
        expect(bob.voice.peers.map(({ id }) => id)).toContain(alice.member.id);
    });

    it("does not affect other names and private rooms, which their creators own", async () => {
        const url = await serveAsync({ rooms: ["lobby"] });
        const alice = await enterAsync(url, "lobby 2", "Alice");
        expect(await infoOf(alice)).toMatchObject({ owner: alice.id });
        const bob = await enterAsync(url, "lobby", "Bob", { private: true });
        expect(await infoOf(bob)).toMatchObject({ owner: bob.id, private: true });
    });

    it("can be moderated by the app's backend", async () => {
        const url = await serveAsync({ rooms: ["lobby"] });
        const mallory = await enterAsync(url, "lobby", "Mallory");
        await server?.moderateAsync({ room: mallory.roomId, user: mallory.id, action: "remove", seconds: 86_400 });
        expect(await mallory.left).toBe(4109);
        const { identity } = mallory;
        // The room was empty, so it has closed, which ended the ban. Another member would have kept the room open.
        expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity }))).toBe("joined");
    });
});

describe("a guest who owns a room", () => {
    /** Remaining time of a ban, in seconds. */
    const secondsOf = async (joining: Promise<unknown>): Promise<number> => {
        const message = await joining.then(String, String);
        return Number(/banned: .* for (\d+) s/.exec(message)?.[1]);
    };

    it("bans others for at most ten minutes, by a kick from the room and by removal from the voice", async () => {
        const url = await serveAsync({});
        const alice = await enterAsync(url, "mine", "Alice");
        const voice = await enterVoiceAsync(url, alice, alice.roomId);
        const [bob, carol] = [await enterAsync(url, "mine", "Bob"), await enterAsync(url, "mine", "Carol")];
        await enterVoiceAsync(url, carol, carol.roomId);
        expect(await askAsync(alice, "kick", { id: bob.id, seconds: 86_400 })).toBeUndefined();
        expect(await askAsync(voice, "moderate", { action: "remove", id: carol.id, seconds: 86_400 })).toBeUndefined();
        for (const { identity } of [bob, carol]) {
            const seconds = await secondsOf(joinAsync(url, "room", { name: "mine", identity }));
            expect(seconds).toBeGreaterThan(0);
            expect(seconds).toBeLessThanOrEqual(600);
        }
    });

    it("is limited to bans of ten minutes, unlike an account", async () => {
        const url = await serveAsync({ authorize: ({ credential }) => ({ id: credential, name: credential }) });
        const alice = await joinAsync(url, "room", { name: "mine", identity: "alice" });
        await joinAsync(url, "room", { name: "mine", identity: "bob" });
        expect(await askAsync(alice, "kick", { id: "bob", seconds: 86_400 })).toBeUndefined();
        expect(await secondsOf(joinAsync(url, "room", { name: "mine", identity: "bob" }))).toBeGreaterThan(600);
    });
});

it("the number of rooms per user is limited, not counting listed rooms and rooms of other members", async () => {
    const url = await serveAsync({ limits: { roomsPerUser: 2 }, rooms: ["lobby"] });
    const { identity } = await guestAsync(url, "Mallory");
    const makeAsync = async (name: string): Promise<string> => await refusalAsync(joinAsync(url, "room", { name, identity }));
    const first = await joinAsync(url, "room", { name: "one", identity });
    expect(await makeAsync("two")).toBe("joined");
    expect(await makeAsync("three")).toBe("notAllowed");
    expect(await Promise.all(["four", "five"].map(makeAsync))).toEqual(["notAllowed", "notAllowed"]);
    expect(await makeAsync("lobby")).toBe("joined");
    const bob = await enterAsync(url, "bob's", "Bob");
    expect(await makeAsync("bob's")).toBe("joined");
    await first.room.leave();
    // The room closes shortly after its last member has left.
    for (let answer = "", tries = 0; answer !== "joined"; tries += 1) {
        answer = await makeAsync(`another ${tries}`);
        expect(tries).toBeLessThan(200);
    }
    await bob.room.leave();
});
