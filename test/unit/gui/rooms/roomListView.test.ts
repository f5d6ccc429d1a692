import { RtcError } from "../../../../src/index.js";
import type { IRoomInfo, IRoomSummary } from "../../../../src/index.js";
import type { IListedRooms } from "../../../../src/gui/rooms/roomListModel.js";
import { isTaken, paneView, roomListView, roomWish } from "../../../../src/gui/rooms/roomListView.js";
import { defaultTexts } from "../../../../src/gui/texts/texts.js";

const kitchen: IRoomSummary = {
    id: "k",
    name: "kitchen",
    memberCount: 2,
    maxMembers: 4,
    locked: false,
    hasPassword: false,
    policy: "everyone",
    description: "",
};
const lobby: IRoomInfo = { ...kitchen, id: "l", name: "lobby", owner: "a", private: false, passwordRevision: 0, properties: {} };

describe("The list of rooms", () => {
    it("shows the current room first with current data, and the others in the server's order", () => {
        const listed = [{ ...kitchen, id: "b" }, { ...kitchen, id: "l", memberCount: 9 }, kitchen];
        const views = roomListView({ rooms: listed, present: lobby, members: 3 }, defaultTexts);
        expect(views.map(({ id, isHere }) => [id, isHere])).toEqual([
            ["l", true],
            ["b", false],
            ["k", false],
        ]);
        expect(views[0]?.line).toBe("3 of 4");
    });

    it("shows a private room to its members", () => {
        const views = roomListView({ rooms: [], present: { ...lobby, private: true }, members: 1 }, defaultTexts);
        expect(views.map(({ id }) => id)).toEqual(["l"]);
    });

    it.each<[Partial<IRoomSummary>, string]>([
        [{}, "2 of 4"],
        [{ description: "Soup" }, "2 of 4, Soup"],
        [{ hasPassword: true }, "2 of 4, with a password"],
        [{ locked: true, policy: "friends" }, "2 of 4, locked, for friends"],
        [{ memberCount: 4, policy: "invited" }, "4 of 4, full, by invitation"],
    ])("shows for %j: %s", (change, facts) => {
        const [view] = roomListView({ rooms: [{ ...kitchen, ...change }], present: null, members: 0 }, defaultTexts);
        expect(view?.facts).toBe(facts);
    });
});

describe("The message of the room list", () => {
    const ready: IListedRooms = { state: "ready", rooms: [], hasMore: false, error: null };
    const failed: IListedRooms = { ...ready, state: "failed", error: new RtcError("serverUnreachable", "No answer.") };
    const at = (directory: IListedRooms, rooms: number, isIn = false, lost = false): readonly [string, string] | null => {
        const view = paneView({ directory, rooms, isIn, lost: lost ? defaultTexts.errors.roomNotFound : null }, defaultTexts);
        return view && [view.title, view.action];
    };

    it.each([
        ["absent if there are rooms", at(ready, 2), null],
        ["that there are no rooms", at(ready, 0), ["No rooms to join yet", "create"]],
        ["that there is no other room than the current one", at(ready, 1, true), ["No rooms to join yet", "create"]],
        ["that rooms are loading", at({ ...ready, state: "loading" }, 0), ["Loading rooms…", "refresh"]],
        ["the error if loading fails", at(failed, 0), [defaultTexts.errors.serverUnreachable.title, "refresh"]],
        ["the error below the rooms loaded before", at(failed, 3), [defaultTexts.errors.serverUnreachable.title, "refresh"]],
        ["that the requested room does not exist", at(ready, 3, false, true), ["There is no such room", "refresh"]],
    ])("is %s", (_, view, wanted) => {
        expect(view).toEqual(wanted);
    });
});

describe("The form for a new room", () => {
    const draft = { name: "attic", description: "", password: "", most: "", private: false };

    it("leaves out empty fields", () => {
        expect(roomWish(draft)).toEqual({ create: true });
        expect(roomWish({ ...draft, description: " Dust ", password: " p ", most: " 4 ", private: true })).toEqual({
            create: true,
            private: true,
            description: "Dust",
            password: " p ",
            maxMembers: 4,
        });
    });

    it("passes an invalid number on as NaN", () => {
        expect(roomWish({ ...draft, most: "many" }).maxMembers).toBeNaN();
    });

    it("detects that the name is taken, unless the new room is private", () => {
        expect(isTaken({ ...draft, name: " kitchen " }, [kitchen])).toBe(true);
        expect(isTaken(draft, [kitchen])).toBe(false);
        expect(isTaken({ ...draft, name: "kitchen", private: true }, [kitchen])).toBe(false);
    });
});
