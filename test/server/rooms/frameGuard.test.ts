import { Protocol } from "@colyseus/core";
import { WebSocket } from "ws";
import { enterAsync, guestAsync, postAsync, quieten } from "../clients";
import { startServerAsync } from "../harness";
import { guardFrames, isReadableFrame } from "../../../server/src/rooms/frameGuard";

jest.setTimeout(30_000);

const text = (type: string): number[] => [0xa0 + type.length, ...Buffer.from(type)];

describe("a frame", () => {
    it.each<[string, readonly number[]]>([
        ["of a message", [Protocol.ROOM_DATA, ...text("mute"), 0x80]],
        ["of a binary message", [Protocol.ROOM_DATA_BYTES, ...text("mute"), 1, 2]],
        ["with a longer type", [Protocol.ROOM_DATA, 0xd9, 40, ...Buffer.alloc(40, "a")]],
        ["whose type is a number", [Protocol.ROOM_DATA, 7]],
        ["that completes the handshake", [Protocol.JOIN_ROOM]],
        ["that is a ping", [Protocol.PING]],
        ["without content", []],
    ])("%s is accepted", (_, bytes) => expect(isReadableFrame(Uint8Array.from(bytes))).toBe(true));

    it.each<[string, readonly number[]]>([
        ["whose type is not UTF-8", [Protocol.ROOM_DATA, 0xa4, 0xff, 0xff, 0xff, 0xff]],
        ["of a binary message whose type is not UTF-8", [Protocol.ROOM_DATA_BYTES, 0xa1, 0xf8]],
        ["with bits in the code that Colyseus ignores", [Protocol.ROOM_DATA | 0x80, 0xa1, 0xf8]],
        ["whose type is longer than the frame", [Protocol.ROOM_DATA, 0xa9, 0x61]],
        ["whose type is too long", [Protocol.ROOM_DATA, 0xd9, 65, ...Buffer.alloc(65, "a")]],
        ["whose type has a length of two bytes", [Protocol.ROOM_DATA, 0xda, 1, 0, 0x61]],
        ["whose type has a length of four bytes", [Protocol.ROOM_DATA, 0xdb, 1, 0, 0, 0, 0x61]],
        ["with control characters in its type", [Protocol.ROOM_DATA, ...text("a\nb")]],
        ["of a request type of Colyseus", [Protocol.ROOM_REQUEST, 1, 0xa1, 0xff]],
    ])("%s is rejected", (_, bytes) => expect(isReadableFrame(Uint8Array.from(bytes))).toBe(false));
});

it("guardFrames throws for an unsupported version of Colyseus", () => {
    expect(() => guardFrames({}, () => true)).toThrow("Install the version that babylon-rtc-server requires");
});

it("a client that keeps sending malformed frames is disconnected, and nothing is logged", async () => {
    quieten();
    const server = await startServerAsync();
    try {
        const { url } = server;
        const alice = await enterAsync(url, "frames", "Alice");
        const { identity } = await guestAsync(url, "Mallory");
        const seat = (await postAsync(`${url}/matchmake/joinOrCreate/room`, { name: "frames", identity })).body;
        const socket = new WebSocket(
            `${url.replace("http", "ws")}/${String(seat.processId)}/${String(seat.roomId)}?sessionId=${String(seat.sessionId)}`,
        );
        const closed = new Promise<number>((resolve) => socket.once("close", resolve));
        await new Promise((resolve) => socket.once("message", resolve));
        const before = server.output();
        for (let index = 0; index < 2000; index += 1) {
            socket.send(Uint8Array.from([Protocol.ROOM_DATA, 0xbf, ...Buffer.alloc(31, 0xff)]));
        }
        expect(await closed).toBe(4100);
        await alice.inbox.firstAsync("memberLeft");
        expect(server.output()).toBe(before);
        await alice.room.leave();
    } finally {
        expect(await server.closeAsync()).toBe(0);
    }
});
