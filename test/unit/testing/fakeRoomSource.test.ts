import { RtcError } from "../../../src/errors/rtcError.js";
import type { RoomStatus } from "../../../src/room/room.js";
import { FakeListedRoomSource, FakeRoomSource, fakeMember } from "../../../src/testing/fakeRoomSource.js";
import { describeRoomSource } from "../room/roomSourceContract.js";

describeRoomSource("FakeRoomSource", () => {
    const source = new FakeRoomSource();
    return { source, enter: (room) => source.enter(room), leave: () => source.leave() };
});

describeRoomSource("FakeListedRoomSource", () => {
    const source = new FakeListedRoomSource();
    source.list(source.self);
    return { source, enter: (room) => source.enter(room), leave: () => source.leave() };
});

describe("A fake room source", () => {
    it("emits the status that its methods set", () => {
        const rooms = new FakeRoomSource(fakeMember("u1", "Ada", { team: "red" }));
        const statuses: RoomStatus[] = [];
        rooms.status$.subscribe((status) => statuses.push(status));
        const error = new RtcError("serverUnreachable", "Gone.");
        rooms.process();
        rooms.enter("arena");
        rooms.fail(error);
        rooms.fail();
        expect(statuses).toEqual([
            { state: "idle" },
            { state: "processing" },
            { state: "inRoom", room: { id: "arena", name: "arena" }, self: { id: "u1", name: "Ada", attributes: { team: "red" } } },
            { state: "notAvailable", error },
            { state: "notAvailable" },
        ]);
    });

    it("lists members by their ids, in the order of joining", () => {
        const rooms = new FakeListedRoomSource();
        rooms.enter();
        rooms.list("ada", fakeMember("bob", "Bob"));
        let names: string[] = [];
        rooms.members$.subscribe((members) => (names = [...members.values()].map(({ name }) => name)));
        expect(names).toEqual(["ada", "Bob"]);
    });
});
