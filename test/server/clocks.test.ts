import { createRtcServer, issueGrantAsync } from "babylon-rtc-server";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import { ServerEntrance } from "../../src/room/serverEntrance.js";
import { ServerIdentity } from "../../src/room/serverIdentity.js";
import { ServerRoomService } from "../../src/room/serverRoomService.js";
import { endOfGrant, grantFromAsync, serverGrants } from "../../src/rtc/connection/grantSource.js";
import { askAsync, enterBothAsync, grantAsync, joinAsync, quieten, refusalAsync } from "./clients";

const secret = "a secret of at least thirty-two bytes";
const hour = 3_600_000;
const { now: realNow } = Date;

let server: IRtcServer;
/** Error of the wall clock, in milliseconds. */
let offset: number;

const shifted = (): number => realNow() + offset;

async function serveAsync(options: IRtcServerOptions = {}): Promise<string> {
    server = await createRtcServer({ port: 0, secret, ...options });
    return server.url;
}

beforeAll(quieten);
beforeEach(() => {
    offset = 0;
});
afterEach(async () => {
    jest.restoreAllMocks();
    quieten();
    await server.closeAsync();
});

describe.each([25, 48, -48])("a device whose clock differs by %i h", (hours) => {
    it("joins as one guest, and gets all its grants", async () => {
        // The server has already captured the correct clock; from here on `Date.now` is the client's.
        const url = await serveAsync();
        offset = hours * hour;
        jest.spyOn(Date, "now").mockImplementation(shifted);
        const user = { name: "Alice" };
        const identity = new ServerIdentity(url, user);
        const entrance = new ServerEntrance(url, identity, "voice");
        const rooms = new ServerRoomService(url, user, identity, entrance);
        try {
            await rooms.joinAsync("clocks");
            let room = "";
            rooms.room$.subscribe((info) => (room = info?.id ?? room));
            const request = { room, user: { id: "", name: "", attributes: {} } };
            const grants = serverGrants(url, identity, entrance);
            // The grant that comes with the room, then two renewals.
            for (let round = 0; round < 3; round++) {
                const grant = await grantFromAsync(grants, request, new AbortController().signal);
                const left = (endOfGrant(grant) ?? NaN) - performance.now();
                expect(left).toBeGreaterThan(1_700_000);
                expect(left).toBeLessThanOrEqual(1_801_000);
                offset -= 2 * hours * hour;
            }
        } finally {
            await rooms.disposeAsync();
        }
    });
});

describe.each([48, -48])("a server whose clock jumps by %i h", (hours) => {
    /** Starts a server whose clock jumps when `offset` changes. */
    async function serveByClockAsync(options: IRtcServerOptions = {}): Promise<string> {
        jest.spyOn(Date, "now").mockImplementation(shifted);
        return await serveAsync(options);
    }

    it("sends the expiry notice of a grant in time, and accepts a renewal", async () => {
        const url = await serveByClockAsync();
        const options = { room: "clocks", user: { id: "bob", name: "Bob" }, secret };
        const { token } = await issueGrantAsync({ ...options, ttlSeconds: 3 });
        const bob = await joinAsync(url, "rtc", { room: "clocks", token });
        await bob.inbox.firstAsync("welcome");
        offset = hours * hour;
        const { expiresInMs } = await bob.inbox.firstAsync<{ expiresInMs: number }>("expiring");
        expect(expiresInMs).toBeLessThanOrEqual(1_700);
        const next = await issueGrantAsync({ ...options, ttlSeconds: 60 });
        expect(await askAsync(bob, "renew", { token: next.token })).toMatchObject({ expiresAt: next.expiresAt });
        expect(bob.inbox.count("closed")).toBe(0);
        await bob.room.leave();
    });

    it("disconnects a member when the grant expires", async () => {
        const url = await serveByClockAsync();
        const { token } = await issueGrantAsync({ room: "clocks", user: { id: "bob", name: "Bob" }, secret, ttlSeconds: 1 });
        const bob = await joinAsync(url, "rtc", { room: "clocks", token });
        await bob.inbox.firstAsync("welcome");
        offset = hours * hour;
        expect(await bob.inbox.firstAsync("closed")).toMatchObject({ code: "tokenExpired" });
    });

    it("keeps a ban for its duration, and answers other users", async () => {
        const url = await serveByClockAsync({
            authorize: ({ credential }) => ({ id: credential, name: credential }),
            limits: { requests: { perSecond: 50, burst: 5 } },
        });
        const alice = await joinAsync(url, "room", { name: "clocks", identity: "alice" });
        await joinAsync(url, "room", { name: "clocks", identity: "bob" });
        expect(await askAsync(alice, "kick", { id: "bob", seconds: 60 })).toBeUndefined();
        offset = hours * hour;
        expect(await refusalAsync(joinAsync(url, "room", { name: "clocks", identity: "bob" }))).toBe("banned");
        await expect(grantAsync(url, "alice", alice.room.roomId)).resolves.toMatchObject({ expiresInMs: expect.any(Number) as number });
        const health = (await (await fetch(`${url}/health`)).json()) as { uptimeSeconds: number };
        expect(health.uptimeSeconds).toBeGreaterThanOrEqual(0);
        expect(health.uptimeSeconds).toBeLessThan(3_600);
    });

    it("keeps a privilege for its number of seconds", async () => {
        const url = await serveByClockAsync({ grantTtlSeconds: 3_600 });
        const { voice, member } = await enterBothAsync(url, "clocks", "Alice");
        await server.setPrivilegesAsync({ room: member.roomId, user: member.id, privileges: { publish: 2, subscribe: 60 } });
        offset = hours * hour;
        voice.room.send("mute", { muted: true });
        await voice.inbox.firstAsync<{ muted: string; mayPublish: boolean }>(
            "peerChanged",
            (peer) => peer.muted === "self" && peer.mayPublish,
        );
        await voice.inbox.firstAsync<{ maySubscribe: boolean; mayPublish: boolean }>(
            "peerChanged",
            (peer) => peer.maySubscribe && !peer.mayPublish,
        );
    });
});
