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
        ["what no event is for", {}, { maxMembers: 3 }, []],
        ["the owner", {}, { owner: "b" }, [{ type: "ownerChanged", owner: "b", before: "a" }]],
        ["a lock", {}, { locked: true }, [{ type: "locked" }]],
        ["no lock any more", { locked: true }, { locked: false }, [{ type: "unlocked" }]],
        ["a password", {}, { hasPassword: true, passwordRevision: 1 }, [{ type: "passwordChanged", hasPassword: true }]],
        [
            "another password",
            { hasPassword: true, passwordRevision: 1 },
            { hasPassword: true, passwordRevision: 2 },
            [{ type: "passwordChanged", hasPassword: true }],
        ],
        ["the description", {}, { description: "x" }, [{ type: "descriptionChanged", description: "x" }]],
        [
            "a property that came, one that went, one that changed inside",
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
    ])("tells of %s", (_what, before, after, events) => {
        expect(roomChanges({ ...room, ...before }, { ...room, ...after })).toEqual(events);
    });
});

describe("afterMessage", () => {
    const welcome = { type: "welcome" as const, payload: { room, self: "a", members: [person("a"), person("b")] } };
    const inside = (): IRoomState => afterMessage({ room: null, members: noMembers }, welcome).state;

    it("knows room and members from the welcome on, and tells of nobody", () => {
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
    ])("tells of a member who is gone (%s) as %s", (reason, told) => {
        const { state, events } = afterMessage(inside(), { type: "memberLeft", payload: { id: "b", reason } });
        expect(events).toEqual([{ type: "memberLeft", member: person("b"), reason: told }]);
        expect([...state.members.keys()]).toEqual(["a"]);
    });

    it("tells who came, and what somebody was like before they changed", () => {
        expect(afterMessage(inside(), { type: "memberJoined", payload: person("c") }).events).toEqual([
            { type: "memberJoined", member: person("c") },
        ]);
        expect(afterMessage(inside(), { type: "memberChanged", payload: person("b", { x: 1 }) }).events).toEqual([
            { type: "memberChanged", member: person("b", { x: 1 }), before: person("b") },
        ]);
        expect(afterMessage(inside(), { type: "memberLeft", payload: { id: "nobody", reason: "left" } }).events).toEqual([]);
    });

    it("tells of a refused message as an error, with what the server said", () => {
        const before = inside();
        const { state, events } = afterMessage(before, { type: "refused", payload: { code: "invalidRequest", message: "Too long." } });
        expect(state).toBe(before);
        expect(events).toMatchObject([
            { type: "error", action: "send", error: { code: "invalidArgument", message: expect.stringContaining("Too long.") as string } },
        ]);
    });

    it("does not change what it was given", () => {
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
])("a connection that ends with %s is left for the reason %s", (code, reason) => {
    expect(leaveReasonOf(new RtcError(code, "x"))).toBe(reason);
});
