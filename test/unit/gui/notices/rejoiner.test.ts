import { firstValueFrom } from "rxjs";
import type { IRoomSource } from "../../../../src/index.js";
import { Rejoiner } from "../../../../src/gui/notices/rejoiner.js";
import { FakeRoomSource } from "../../../../src/testing/fakeRoomSource.js";

/** Room source that also joins rooms by name. */
class FakeService extends FakeRoomSource {
    public readonly joined: string[] = [];
    public joinAsync = async (name: string): Promise<void> => {
        this.joined.push(name);
    };
}

async function errorOf(room: IRoomSource, rejoinAsync?: () => Promise<void>): Promise<unknown> {
    const rejoiner = new Rejoiner(room, rejoinAsync);
    await rejoiner.rejoinAsync();
    const error = await firstValueFrom(rejoiner.error$);
    rejoiner.dispose();
    return error;
}

describe("Rejoiner", () => {
    it("joins the last room by name", async () => {
        const room = new FakeService();
        room.enter("kitchen");
        expect(await errorOf(room)).toBeNull();
        expect(room.joined).toEqual(["kitchen"]);
    });

    it("says that there was no room yet, if rooms can be joined", async () => {
        const room = new FakeService();
        expect(await errorOf(room)).toMatchObject({ code: "roomNotFound", message: expect.stringContaining("Join one first") as string });
        expect(room.joined).toEqual([]);
    });

    it("says that only the app can enter, if rooms cannot be joined", async () => {
        const room = new FakeRoomSource();
        room.enter();
        expect(await errorOf(room)).toMatchObject({ code: "unsupported", message: expect.stringContaining("rejoinAsync") as string });
    });

    it.each([
        ["no room can be joined by name", new FakeRoomSource(), undefined, [false, false]],
        ["rooms can be joined by name", new FakeService(), undefined, [false, true]],
        ["the app joins the room", new FakeRoomSource(), async () => undefined, [true, true]],
    ])("knows whether it can rejoin before and after the first room, if %s", (_what, room, rejoinAsync, expected) => {
        const rejoiner = new Rejoiner(room, rejoinAsync);
        const can: boolean[] = [];
        rejoiner.canRejoin$.subscribe((each) => can.push(each));
        room.enter();
        rejoiner.dispose();
        expect(can).toEqual(expected);
    });

    it("calls the app's function instead, even before the first room", async () => {
        const rejoinAsync = jest.fn(async () => undefined);
        expect(await errorOf(new FakeService(), rejoinAsync)).toBeNull();
        expect(rejoinAsync).toHaveBeenCalledTimes(1);
    });
});
