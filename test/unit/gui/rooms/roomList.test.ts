import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { BehaviorSubject } from "rxjs";
import { RtcError } from "../../../../src/index.js";
import type { IRoomInfo, IRoomService, IRoomSummary, RtcErrorCode } from "../../../../src/index.js";
import { RoomList } from "../../../../src/gui/rooms/roomList.js";
import { FakeListedRoomSource } from "../../../../src/testing/fakeRoomSource.js";
import { FakeDocument } from "../../../fakes/fakeDocument.js";
import { settleAsync } from "../../../fakes/settle.js";

const kitchen: IRoomSummary = {
    id: "k",
    name: "kitchen",
    memberCount: 2,
    maxMembers: 4,
    locked: false,
    hasPassword: true,
    policy: "everyone",
    description: "",
};

/** Room service with one listed room, which refuses each request with the same error. */
class RefusingService extends FakeListedRoomSource {
    public readonly room$ = new BehaviorSubject<IRoomInfo | null>(null);
    public refusal: RtcErrorCode = "unknown";
    private readonly _refuseAsync = (): Promise<never> => Promise.reject(new RtcError(this.refusal, "No."));
    public readonly joinAsync = this._refuseAsync;
    public readonly joinByIdAsync = this._refuseAsync;
    public readonly setPasswordAsync = this._refuseAsync;
    public readonly setLockedAsync = this._refuseAsync;
    public readonly listAsync = async (): Promise<unknown> => ({ rooms: [kitchen] });
}

describe("The room list", () => {
    let document: FakeDocument;
    let uninstall: () => void;
    let engine: NullEngine;
    let service: RefusingService;
    let list: RoomList;

    /** Accessible names of the fields that are marked as invalid. */
    const marked = (): readonly (string | null)[] =>
        document.all("input").flatMap(({ ariaInvalid, ariaLabel }) => (ariaInvalid === "true" ? [ariaLabel] : []));
    /** Text of the error message in the list. */
    const message = (): string =>
        document
            .all("p")
            .filter(({ role }) => role === "alert")
            .map(({ textContent }) => textContent)
            .join("");
    const pressAsync = async (name: string): Promise<void> => {
        document.button(name).click();
        await settleAsync();
    };

    beforeEach(async () => {
        document = new FakeDocument();
        uninstall = document.install();
        engine = new NullEngine();
        service = new RefusingService();
        const close = (): unknown => Promise.reject(new Error("the app's own mistake"));
        list = new RoomList(service as unknown as IRoomService, { close });
        await settleAsync();
    });

    afterEach(() => {
        list.dispose();
        engine.dispose();
        uninstall();
    });

    it.each<[RtcErrorCode, readonly string[]]>([
        ["invalidRoomName", ["Name"]],
        ["passwordWrong", ["Password (optional)"]],
        ["invalidArgument", ["Maximum members (16)"]],
        ["serverUnreachable", []],
        ["notAllowed", []],
        ["serverBusy", []],
        ["unknown", []],
    ])("marks the field that an error of a new room is about: %s, %j", async (code, wanted) => {
        service.refusal = code;
        await pressAsync("Open a new room");
        document.field("Name").enter("attic");
        await pressAsync("Open it");
        expect(message()).not.toBe("");
        expect(marked()).toEqual(wanted);
        for (const name of wanted) {
            document.field(name).enter("other");
            expect(marked()).toEqual([]);
            expect(message()).toBe("");
        }
    });

    it("marks the name of a new room if it is taken", async () => {
        await pressAsync("Open a new room");
        document.field("Name").enter("kitchen");
        await pressAsync("Open it");
        expect(message()).toContain("This room name is taken");
        expect(marked()).toEqual(["Name"]);
    });

    it.each<[RtcErrorCode, readonly string[]]>([
        ["passwordWrong", ["Password of kitchen"]],
        ["roomFull", []],
        ["serverUnreachable", []],
    ])("marks the password only if an error of joining is about it: %s, %j", async (code, wanted) => {
        service.refusal = code;
        await pressAsync("Join kitchen, 2 of 4, with a password");
        document.field("Password of kitchen").enter("soup");
        await pressAsync("Enter kitchen");
        expect(message()).not.toBe("");
        expect(marked()).toEqual(wanted);
    });

    it.each<[RtcErrorCode, readonly string[]]>([
        ["invalidArgument", ["New password"]],
        ["serverUnreachable", []],
    ])("marks the owner's new password only if an error is about it: %s, %j", async (code, wanted) => {
        service.refusal = code;
        service.room$.next({ ...kitchen, owner: service.self.id, private: false, passwordRevision: 0, properties: {} });
        service.enter("kitchen");
        await pressAsync("Lock");
        expect(message()).not.toBe("");
        expect(marked()).toEqual([]);
        await pressAsync("Set");
        expect(marked()).toEqual(wanted);
        for (const name of wanted) {
            document.field(name).enter("soup");
            expect(marked()).toEqual([]);
            expect(message()).toBe("");
        }
    });

    it("reports an error of the app's function that closes it", async () => {
        const errors: RtcError[] = [];
        list.error$.subscribe((error) => errors.push(error));
        await pressAsync("Close the rooms");
        expect(errors).toMatchObject([{ code: "unknown", message: expect.stringContaining("close") as string }]);
    });
});
