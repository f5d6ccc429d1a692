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
    it("is what the welcome says, in its order, whatever it was before", () => {
        const list = membersAfter(two, welcome("zoe", "alice"));
        expect([...list.keys()]).toEqual(["zoe", "alice"]);
        expect(list.get("zoe")).toEqual({ id: "zoe", name: "ZOE", attributes: {} });
    });

    it("takes newcomers in at the end", () => {
        expect([...membersAfter(two, { type: "memberJoined", payload: info("carol") }).keys()]).toEqual(["alice", "bob", "carol"]);
    });

    it("puts a change in place: a new object for that member, the same ones for the others", () => {
        const list = membersAfter(two, { type: "memberChanged", payload: info("alice", { team: "red" }) });
        expect([...list.keys()]).toEqual(["alice", "bob"]);
        expect(list.get("alice")?.attributes).toEqual({ team: "red" });
        expect(list.get("alice")).not.toBe(two.get("alice"));
        expect(list.get("bob")).toBe(two.get("bob"));
    });

    it("lets go of who left", () => {
        expect([...membersAfter(two, { type: "memberLeft", payload: { id: "alice", reason: "dropped" } }).keys()]).toEqual(["bob"]);
    });

    it.each<Message>([
        { type: "memberLeft", payload: { id: "nobody", reason: "left" } },
        { type: "message", payload: { from: "bob", topic: "pose", data: 1 } },
        { type: "refused", payload: { code: "rateLimited", message: "" } },
        { type: "closed", payload: { code: "removed", message: "" } },
    ])("is the same object after what does not concern it: $type", (message) => {
        expect(membersAfter(two, message)).toBe(two);
    });

    it("holds members that nobody can change, and no object of the message's own", () => {
        const payload = info("carol", { team: "red" });
        const carol = membersAfter(two, { type: "memberJoined", payload }).get("carol");
        payload.attributes.team = "blue";
        expect(carol?.attributes).toEqual({ team: "red" });
        expect(Object.isFrozen(carol) && Object.isFrozen(carol?.attributes)).toBe(true);
    });

    it("never changes a list that it gave out", () => {
        membersAfter(two, { type: "memberLeft", payload: { id: "alice", reason: "left" } });
        membersAfter(two, { type: "memberJoined", payload: info("carol") });
        expect([...two.keys()]).toEqual(["alice", "bob"]);
        expect(noMembers.size).toBe(0);
    });
});
