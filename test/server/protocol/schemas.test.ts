import {
    asked,
    grantRequest,
    guestRequest,
    roomAsks,
    roomClientMessages,
    roomJoinRequest,
    roomListRequest,
    rtcAsks,
    rtcClientMessages,
    rtcJoinRequest,
} from "../../../protocol/schemas";
import { ProtocolError, parse } from "../../../server/src/protocolError";
import type { Schema } from "../../../protocol/schemas";

const { lock, kick, describe: describeRoom, properties, password, invite } = roomAsks;
const { renew, block, moderate, send } = rtcAsks;
const privateOrPolicy = "`private` must be a boolean, and `policy` one of everyone, friends, invited.";
const moderation =
    "`moderate` requires an `action` (mute, muteAll, inviteToUnmute, remove), a member's `id` (except for muteAll), and `seconds` (0 to 86400) for remove.";
const sending = "`send` requires `{ to?, data }`: another member's id, and a string or bytes.";

describe("a client message that does not match its schema", () => {
    it.each<[string, Schema<unknown>, unknown, string]>([
        [
            "a guest's name",
            guestRequest,
            { name: "x".repeat(41) },
            "invalidRequest: A name must have 1 to 40 characters without control characters, at least one of them visible.",
        ],
        ["a guest's key", guestRequest, { name: "Me", key: "k".repeat(39) }, "invalidRequest: `key` must be 40 letters and digits."],
        [
            "the characters of a guest's key",
            guestRequest,
            { name: "Me", key: " ".repeat(40) },
            "invalidRequest: `key` must be 40 letters and digits.",
        ],
        [
            "a body that is not an object",
            guestRequest,
            5,
            "invalidRequest: A name must have 1 to 40 characters without control characters, at least one of them visible.",
        ],
        ["a grant's room", grantRequest, { room: "" }, "invalidRequest: `room` must be a room's id of 1 to 128 characters."],
        ["a page's size", roomListRequest, { limit: 101 }, "invalidRequest: `limit` must be a whole number from 1 to 100."],
        ["a page's cursor", roomListRequest, { cursor: "?" }, "invalidRequest: `cursor` must be the `next` value of the previous page."],
        ["a join's options", roomJoinRequest, [], "invalidRequest: Join options must be an object."],
        [
            "a join by name and id",
            roomJoinRequest,
            { name: "a", id: "b" },
            "invalidRequest: Set only one of `name`, `id` and `invitation`.",
        ],
        [
            "a room's name",
            roomJoinRequest,
            {},
            "invalidRoomName: A room's name must have 1 to 64 characters without control characters, at least one of them visible.",
        ],
        ["a private room", roomJoinRequest, { name: "a", private: 1 }, `invalidRequest: ${privateOrPolicy}`],
        ["a policy", roomJoinRequest, { name: "a", policy: "none" }, `invalidRequest: ${privateOrPolicy}`],
        ["a room's id", roomJoinRequest, { id: 5 }, "roomNotFound: No room with this id exists (any more)."],
        ["an invitation", roomJoinRequest, { invitation: "x".repeat(2049) }, "tokenInvalid: The invitation token is missing or invalid."],
        [
            "a member's attributes",
            roomClientMessages.attributes,
            5,
            "invalidRequest: Attributes must be an object of at most 2 KiB as JSON, those from the sign-in included.",
        ],
        [
            "a room's message",
            roomClientMessages.message,
            { topic: "" },
            "invalidRequest: A message must have a topic of 1 to 64 characters. Topic and data together may have at most 2 KiB as JSON.",
        ],
        ["a lock", lock, {}, "invalidRequest: `lock` requires `{ locked: boolean }`."],
        ["the seconds of a ban", kick, { id: "bob" }, "invalidRequest: `seconds` must be a whole number from 0 to 86400."],
        ["the member to kick", kick, { seconds: 0 }, "invalidRequest: `id` must be a member's id."],
        [
            "a description",
            describeRoom,
            {},
            "invalidRequest: A description must have at most 280 characters, without control characters except line breaks.",
        ],
        [
            "a property's key",
            properties,
            { changes: { "": 1 } },
            "invalidRequest: Properties must be an object of at most 8 KiB as JSON, whose keys have 1 to 64 characters.",
        ],
        ["a password", password, {}, "invalidRequest: A password must have 1 to 128 characters."],
        ["the seconds of an invitation", invite, {}, "invalidRequest: `seconds` must be a whole number from 1 to 604800."],
        ["the invited user", invite, { seconds: 1, userId: "" }, "invalidRequest: `userId` must be a user's id."],
        ["a grant", rtcJoinRequest, { room: "a" }, "tokenInvalid: The grant token is missing or invalid."],
        ["the room that a grant is for", rtcJoinRequest, { token: "a" }, "tokenInvalid: This grant is for another room."],
        [
            "blocked users",
            rtcJoinRequest,
            { token: "a", room: "a", blocks: [1] },
            "invalidRequest: `blocks` must be a list of at most 1000 ids.",
        ],
        ["a newer grant", renew, {}, "tokenInvalid: The grant token is missing or invalid."],
        ["a mute", rtcClientMessages.mute, null, "invalidRequest: `mute` requires `{ muted: boolean }`."],
        [
            "an interest",
            rtcClientMessages.interest,
            { to: "a", interest: "hot" },
            "invalidRequest: `interest` requires `{ to, interest }`.",
        ],
        ["a state", rtcClientMessages.state, [], "invalidRequest: `state` requires `{ publishing?: boolean, capturing?: boolean }`."],
        ["a block", block, { id: "a" }, "invalidRequest: `block` requires `{ id, blocked }`: another user's id, and a boolean."],
        ["a moderation", moderate, { action: "remove", id: "a" }, `invalidRequest: ${moderation}`],
        ["a message", send, { data: 5 }, `invalidRequest: ${sending}`],
        ["a large message", send, { data: "é".repeat(32_769) }, "tooLarge: A message may have at most 65536 bytes; this one has 65538."],
    ])("is rejected with its own error message: %s", (_what, schema, value, message) => {
        let refusal: unknown;
        try {
            parse(schema, value);
        } catch (error) {
            refusal = error;
        }
        expect(refusal).toBeInstanceOf(ProtocolError);
        expect(refusal).toMatchObject({ message });
    });
});

describe("a client message", () => {
    it("is parsed without unknown properties", () => {
        expect(parse(lock, JSON.parse('{"locked":true,"owner":"me","__proto__":{"id":1}}'))).toEqual({ locked: true });
        expect(parse(moderate, { action: "muteAll", id: "bob", seconds: 5 })).toEqual({ action: "muteAll" });
    });

    it("can name any user by an id of 128 characters, emoji included, as a sign-in can", () => {
        const id = "\u{1F600}".repeat(128);
        expect(parse(block, { id, blocked: true })).toEqual({ id, blocked: true });
        expect(parse(moderate, { action: "mute", id })).toEqual({ action: "mute", id });
        expect(parse(invite, { seconds: 1, userId: id })).toMatchObject({ userId: id });
        expect(parse(rtcClientMessages.enter, { blocks: [id] })).toMatchObject({ blocks: [id] });
        for (const invalid of ["", `${id}x`, "x".repeat(129), "x".repeat(1e6)]) {
            expect(() => parse(block, { id: invalid, blocked: true })).toThrow(ProtocolError);
        }
    });

    it("to a room has at most 2 KiB, topic and data together", () => {
        const message = (length: number): object => ({ topic: "pose", data: "x".repeat(length) });
        const most = 2048 - JSON.stringify(message(0)).length;
        expect(parse(roomClientMessages.message, message(most))).toEqual(message(most));
        expect(() => parse(roomClientMessages.message, message(most + 1))).toThrow(ProtocolError);
    });

    it("is parsed without properties that are undefined, which MessagePack can contain", () => {
        expect(parse(rtcClientMessages.state, { publishing: undefined, capturing: true })).toEqual({ capturing: true });
        expect(parse(send, { to: undefined, data: "x" })).toEqual({ data: "x" });
    });

    it("is not read beyond the expected properties and lengths", () => {
        let looked = 0;
        const watched = <T extends object>(target: T): T =>
            new Proxy(target, {
                get: (of, key, receiver) => ((looked += 1), Reflect.get(of, key, receiver) as unknown),
                ownKeys: (of) => ((looked += 1e6), Reflect.ownKeys(of)),
            });
        const huge = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`key ${index}`, index]));
        expect(parse(lock, watched({ ...huge, locked: true }))).toEqual({ locked: true });
        expect(() => parse(rtcJoinRequest, { token: "a", room: "a", blocks: watched(Array.from({ length: 1e5 }, () => "bob")) })).toThrow();
        expect(() => parse(properties, { changes: { list: watched(Array.from({ length: 1e6 }, () => 1)) } })).toThrow();
        expect(looked).toBeLessThan(100_000);
    });

    it("is rejected if it is nested too deeply", () => {
        let deep: unknown = 1;
        for (let depth = 0; depth < 5000; depth += 1) {
            deep = [deep];
        }
        for (const [schema, value] of [
            [roomClientMessages.attributes, { deep }],
            [roomClientMessages.message, { topic: "x", data: deep }],
            [properties, { changes: { deep } }],
            [roomJoinRequest, { name: "a", attributes: { deep } }],
        ] as const) {
            expect(() => parse(schema as Schema<unknown>, value)).toThrow(ProtocolError);
        }
    });
});

describe("a BigInt of 130 KB, which MessagePack can hold", () => {
    const huge = BigInt(`0x${"7f".repeat(130_000)}`);
    const elapsedMs = (run: () => unknown): number => {
        const begin = performance.now();
        try {
            run();
        } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
        }
        return performance.now() - begin;
    };
    const schemas: readonly [string, Schema<unknown>, readonly string[]][] = [
        ...Object.entries<Schema<unknown>>(rtcAsks).map(([type, schema]): [string, Schema<unknown>, readonly string[]] => [
            type,
            schema,
            ["token", "id", "blocked", "action", "seconds", "to", "data"],
        ]),
        ...Object.entries<Schema<unknown>>(roomAsks).map(([type, schema]): [string, Schema<unknown>, readonly string[]] => [
            type,
            schema,
            ["locked", "id", "seconds", "description", "changes", "password", "userId"],
        ]),
        ...Object.entries<Schema<unknown>>({ ...rtcClientMessages, ...roomClientMessages }).map(
            ([type, schema]): [string, Schema<unknown>, readonly string[]] => [
                type,
                schema,
                ["muted", "to", "interest", "publishing", "capturing", "topic", "data", "any"],
            ],
        ),
        ["asked", asked, ["ask", "value"]],
    ];

    it.each(schemas)("is rejected by %s without being converted to text", (_type, schema, names) => {
        const writingMs = elapsedMs(() => String(huge));
        for (const value of [huge, ...names.map((name) => ({ [name]: huge })), { action: "mute", id: huge }, { ask: 1, value: huge }]) {
            // Other load on the machine only adds time, so the fastest of three runs counts.
            const [first, second, third] = [1, 2, 3].map(() => elapsedMs(() => parse(schema, value)));
            expect(Math.min(first ?? NaN, second ?? NaN, third ?? NaN)).toBeLessThan(writingMs / 4);
        }
    });
});
