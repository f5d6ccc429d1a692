import type { IMemberInfo, IRoomInfo, IRoomServerMessages } from "../../../protocol/wire.js";
import type { MessageOf } from "../../../src/interop/serverRoom.js";
import { noMembers, membersAfter } from "../../../src/room/memberList.js";

type Message = MessageOf<IRoomServerMessages>;

const info = (id: string, attributes: Record<string, unknown> = {}): IMemberInfo => ({ id, name: id.toUpperCase(), attributes });
const roomInfo = (id: string, name: string): IRoomInfo => ({
    id,
    name,
    maxMembers: 16,
    owner: "",
    locked: false,
    private: false,
    policy: "everyone",
    hasPassword: false,
    passwordRevision: 0,
    description: "",
    properties: {},
});
const welcome = (...ids: string[]): Message => ({
    type: "welcome",
    payload: { room: roomInfo("r", "lobby"), self: ids.at(-1) ?? "", members: ids.map((id) => info(id)) },
});
const two = membersAfter(noMembers, welcome("alice", "bob"));

describe("the member list", () => {
    it("is replaced by the welcome's members, in their order", () => {
        const list = membersAfter(two, welcome("zoe", "alice"));
        expect([...list.keys()]).toEqual(["zoe", "alice"]);
        expect(list.get("zoe")).toEqual({ id: "zoe", name: "ZOE", attributes: {} });
    });

    it("appends new members", () => {
        expect([...membersAfter(two, { type: "memberJoined", payload: info("carol") }).keys()]).toEqual(["alice", "bob", "carol"]);
    });

    it("replaces a changed member in place, and keeps the objects of the others", () => {
        const list = membersAfter(two, { type: "memberChanged", payload: info("alice", { team: "red" }) });
        expect([...list.keys()]).toEqual(["alice", "bob"]);
        expect(list.get("alice")?.attributes).toEqual({ team: "red" });
        expect(list.get("alice")).not.toBe(two.get("alice"));
        expect(list.get("bob")).toBe(two.get("bob"));
    });

    it("removes a member who leaves", () => {
        expect([...membersAfter(two, { type: "memberLeft", payload: { id: "alice", reason: "dropped" } }).keys()]).toEqual(["bob"]);
    });

    it.each<Message>([
        { type: "memberLeft", payload: { id: "nobody", reason: "left" } },
        { type: "message", payload: { from: "bob", topic: "pose", data: 1 } },
        { type: "refused", payload: { code: "rateLimited", message: "" } },
        { type: "closed", payload: { code: "removed", message: "" } },
    ])("stays the same object after a message without changes: $type", (message) => {
        expect(membersAfter(two, message)).toBe(two);
    });

    it("holds frozen copies of the message's members", () => {
        const payload = info("carol", { team: "red" });
        const carol = membersAfter(two, { type: "memberJoined", payload }).get("carol");
        payload.attributes.team = "blue";
        expect(carol?.attributes).toEqual({ team: "red" });
        expect(Object.isFrozen(carol) && Object.isFrozen(carol?.attributes)).toBe(true);
    });

    it("never changes an earlier list", () => {
        membersAfter(two, { type: "memberLeft", payload: { id: "alice", reason: "left" } });
        membersAfter(two, { type: "memberJoined", payload: info("carol") });
        expect([...two.keys()]).toEqual(["alice", "bob"]);
        expect(noMembers.size).toBe(0);
    });
});
