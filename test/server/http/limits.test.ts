import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { createRtcServer } from "babylon-rtc-server";
import type { IRtcServer, IRtcServerOptions } from "babylon-rtc-server";
import { postAsync as clientPostAsync } from "../../../src/interop/serverApi.js";
import { askAsync, enterAsync, grantAsync, guestAsync, openAsync, postAsync, quieten, refusalAsync, joinAsync } from "../clients";
import type { IEnterReply } from "../../../protocol/wire.js";

jest.setTimeout(60_000);

const secret = "a secret of at least thirty-two bytes";
let server: IRtcServer | null = null;
let address = "a";

async function serveAsync(options: IRtcServerOptions): Promise<string> {
    server = await createRtcServer({ port: 0, secret, log: () => undefined, addressOf: () => address, ...options });
    return server.url;
}

beforeAll(quieten);
beforeEach(() => (address = "a"));
afterEach(async () => {
    await server?.closeAsync();
    server = null;
});

describe("a school behind one address", () => {
    it("gets 240 guests in at once with the default limits", async () => {
        const url = await serveAsync({ maxMembers: 240 });
        const answers = await Promise.all(
            Array.from({ length: 240 }, async (_, index) =>
                postAsync(`${url}/enter`, { join: { name: `class ${index % 12}` }, guest: { name: "Pupil" }, create: true, voice: true }),
            ),
        );
        expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    });

    it("gets everybody in despite rejections with 429, because our client retries", async () => {
        const url = await serveAsync({ maxMembers: 60, limits: { requests: { perSecond: 20, burst: 20 } } });
        const { fetch } = globalThis;
        let refused = 0;
        globalThis.fetch = async (...request) => {
            const response = await fetch(...request);
            refused += response.status === 429 ? 1 : 0;
            return response;
        };
        try {
            const entries = await Promise.all(
                Array.from({ length: 60 }, async () =>
                    clientPostAsync<IEnterReply>(url, "/enter", { join: { name: "class" }, guest: { name: "Pupil" }, create: true }),
                ),
            );
            expect(new Set(entries.map(({ guest }) => guest?.user.id)).size).toBe(60);
        } finally {
            globalThis.fetch = fetch;
        }
        expect(refused).toBeGreaterThan(0);
    });

    it("keeps present members connected during a flood from the same address", async () => {
        const url = await serveAsync({ limits: { requests: { perSecond: 0.001, burst: 5 } } });
        const alice = await enterAsync(url, "lobby", "Alice");
        for (let round = 0; round < 10; round += 1) {
            await postAsync(`${url}/guest`, { name: "Mallory" });
        }
        expect(await postAsync(`${url}/guest`, { name: "Mallory" })).toMatchObject({ status: 429 });
        await expect(grantAsync(url, alice.identity, alice.roomId)).resolves.toMatchObject({ token: expect.any(String) as string });
    });
});

it("requests of one user are rate-limited with Retry-After, without limiting others in the same network", async () => {
    const url = await serveAsync({ limits: { userRequests: { perSecond: 0.5, burst: 3 } } });
    const [mallory, bob] = [await guestAsync(url, "Mallory"), await guestAsync(url, "Bob")];
    const listAsync = async ({ identity }: { identity: string }) => postAsync(`${url}/rooms`, {}, { Authorization: `Bearer ${identity}` });
    for (let round = 0; round < 3; round += 1) {
        expect(await listAsync(mallory)).toMatchObject({ status: 200 });
    }
    const refused = await listAsync(mallory);
    expect(refused).toMatchObject({ status: 429, body: { error: { code: "rateLimited" } } });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(await listAsync(bob)).toMatchObject({ status: 200 });
});

it("requests from IPv6 addresses are rate-limited by /64 network", async () => {
    const url = await serveAsync({ limits: { requests: { perSecond: 0.001, burst: 3 } } });
    for (let round = 0; round < 3; round += 1) {
        address = `2001:db8::${round}`;
        await guestAsync(url, "Mallory");
    }
    address = "2001:db8::ffff:1";
    expect(await postAsync(`${url}/guest`, { name: "Mallory" })).toMatchObject({ status: 429 });
    address = "2001:db8:0:1::1";
    await guestAsync(url, "Alice");
});

describe("the limit of idle connections per network", () => {
    /** Opens an HTTP connection on which nothing is sent. */
    const connectAsync = async (url: string): Promise<Socket> => {
        const socket = connect({ port: Number(new URL(url).port), host: "127.0.0.1" }).on("error", () => undefined);
        await once(socket, "connect");
        return socket;
    };
    const connectAllAsync = async (url: string, count: number): Promise<Socket[]> => {
        const sockets: Socket[] = [];
        while (sockets.length < count) {
            sockets.push(...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => connectAsync(url)))));
        }
        return sockets;
    };
    const getAsync = async (socket: Socket): Promise<void> => {
        socket.write("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        expect(String((await once(socket, "data"))[0])).toContain("200 OK");
    };

    it("closes the connection that has been idle longest, and none that is used or is a WebSocket", async () => {
        const url = (await serveAsync({})).replace("localhost", "127.0.0.1");
        const alice = await enterAsync(url, "lobby", "Alice");
        const [used, first, second] = [await connectAsync(url), await connectAsync(url), await connectAsync(url)];
        await getAsync(used);
        const closed = once(first, "close");
        const others = await connectAllAsync(url, 1998);
        await closed;
        await getAsync(used);
        expect([used, second, ...others].filter(({ destroyed }) => destroyed)).toEqual([]);
        await expect(askAsync(alice, "lock", { locked: true })).resolves.toBeUndefined();
        [used, second, ...others].forEach((socket) => socket.destroy());
    });
});

it("limits the WebSockets per network, of rooms and signalling alike", async () => {
    const url = await serveAsync({ limits: { upgrades: { perSecond: 0.001, burst: 3 } } });
    const alice = await enterAsync(url, "lobby", "Alice");
    const socketsAt = `${url.replace("http", "ws")}/signal/peerjs?key=peerjs&id=x&token=y`;
    await expect(openAsync(socketsAt)).rejects.toThrow("refused 401");
    await expect(openAsync(socketsAt)).rejects.toThrow("refused 401");
    await expect(openAsync(socketsAt)).rejects.toThrow("refused 429");
    const { identity } = await guestAsync(url, "Bob");
    expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity }))).not.toBe("joined");
    address = "b";
    expect(await refusalAsync(joinAsync(url, "room", { name: "lobby", identity }))).toBe("joined");
    await alice.room.leave();
});
