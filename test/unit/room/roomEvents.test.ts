import type { IRoomInfo as IServerRoomInfo, LeaveReason } from "../../../protocol/wire.js";
import { noMembers } from "../../../src/room/memberList.js";
import { afterMessage, leaveReasonOf, roomChanges } from "../../../src/room/roomEvents.js";
import type { IRoomState } from "../../../src/room/roomEvents.js";
import { RtcError } from "../../../src/errors/rtcError.js";
import type { RtcErrorCode } from "../../../src/errors/rtcError.js";

const room: IServerRoomInfo = {
    id: "r",
    name: "lobby",
    maxMembers: 16,
    owner: "a",
    locked: false,
    private: false,
    policy: "everyone",
    hasPassword: false,
    passwordRevision: 0,
    description: "",
    properties: {},
};
const person = (id: string, attributes = {}): { id: string; name: string; attributes: Record<string, unknown> } => ({
    id,
    name: id,
    attributes,
});

describe("roomChanges", () => {
    it.each<[string, Partial<IServerRoomInfo>, Partial<IServerRoomInfo>, unknown[]]>([
        ["nothing", {}, {}, []],
        ["a change without an event", {}, { maxMembers: 3 }, []],
        ["the owner", {}, { owner: "b" }, [{ type: "ownerChanged", owner: "b", before: "a" }]],
        ["a lock", {}, { locked: true }, [{ type: "locked" }]],
        ["an unlock", { locked: true }, { locked: false }, [{ type: "unlocked" }]],
        ["a password", {}, { hasPassword: true, passwordRevision: 1 }, [{ type: "passwordChanged", hasPassword: true }]],
        [
            "another password",
            { hasPassword: true, passwordRevision: 1 },
            { hasPassword: true, passwordRevision: 2 },
            [{ type: "passwordChanged", hasPassword: true }],
        ],
        ["the description", {}, { description: "x" }, [{ type: "descriptionChanged", description: "x" }]],
        [
            "an added, a removed and a changed property",
            { properties: { gone: 1, deep: { a: [1] }, same: { b: 1 } } },
            { properties: { deep: { a: [2] }, same: { b: 1 }, come: false } },
            [
                {
                    type: "propertiesChanged",
                    properties: { deep: { a: [2] }, same: { b: 1 }, come: false },
                    changed: ["gone", "deep", "come"],
                },
            ],
        ],
        [
            "several things at once",
            {},
            { owner: "b", locked: true, description: "x" },
            [{ type: "ownerChanged", owner: "b", before: "a" }, { type: "locked" }, { type: "descriptionChanged", description: "x" }],
        ],
    ])("emits the events of %s", (_what, before, after, events) => {
        expect(roomChanges({ ...room, ...before }, { ...room, ...after })).toEqual(events);
    });
});

describe("afterMessage", () => {
    const welcome = { type: "welcome" as const, payload: { room, self: "a", members: [person("a"), person("b")] } };
    const inside = (): IRoomState => afterMessage({ room: null, members: noMembers }, welcome).state;

    it("takes room and members from the welcome, without events", () => {
        const { state, events } = afterMessage({ room: null, members: noMembers }, welcome);
        expect(state.room).toEqual(room);
        expect([...state.members.keys()]).toEqual(["a", "b"]);
        expect(events).toEqual([]);
        expect(Object.isFrozen(state.room) && Object.isFrozen(state.room?.properties)).toBe(true);
    });

    it.each<[LeaveReason, string]>([
        ["left", "quit"],
        ["dropped", "dropped"],
        ["removed", "kicked"],
        ["duplicateIdentity", "elsewhere"],
    ])("reports the server's reason %s of a departure as %s", (reason, told) => {
        const { state, events } = afterMessage(inside(), { type: "memberLeft", payload: { id: "b", reason } });
        expect(events).toEqual([{ type: "memberLeft", member: person("b"), reason: told }]);
        expect([...state.members.keys()]).toEqual(["a"]);
    });

    it("emits joined members, and the previous state of changed members", () => {
        expect(afterMessage(inside(), { type: "memberJoined", payload: person("c") }).events).toEqual([
            { type: "memberJoined", member: person("c") },
        ]);
        expect(afterMessage(inside(), { type: "memberChanged", payload: person("b", { x: 1 }) }).events).toEqual([
            { type: "memberChanged", member: person("b", { x: 1 }), before: person("b") },
        ]);
        expect(afterMessage(inside(), { type: "memberLeft", payload: { id: "nobody", reason: "left" } }).events).toEqual([]);
    });

    it("reports a rejected message as an error with the server's message", () => {
        const before = inside();
        const { state, events } = afterMessage(before, { type: "refused", payload: { code: "invalidRequest", message: "Too long." } });
        expect(state).toBe(before);
        expect(events).toMatchObject([
            { type: "error", action: "send", error: { code: "invalidArgument", message: expect.stringContaining("Too long.") as string } },
        ]);
    });

    it("does not modify its inputs", () => {
        const before = inside();
        afterMessage(before, { type: "roomChanged", payload: { ...room, locked: true } });
        afterMessage(before, { type: "memberLeft", payload: { id: "b", reason: "left" } });
        expect(before.room?.locked).toBe(false);
        expect(before.members.size).toBe(2);
    });
});

it.each<[RtcErrorCode, string]>([
    ["removed", "kicked"],
    ["banned", "kicked"],
    ["duplicateIdentity", "elsewhere"],
    ["roomClosed", "roomClosed"],
    ["serverUnreachable", "lost"],
    ["unknown", "lost"],
])("leaveReasonOf maps a connection that ends with %s to the reason %s", (code, reason) => {
    expect(leaveReasonOf(new RtcError(code, "x"))).toBe(reason);
});
