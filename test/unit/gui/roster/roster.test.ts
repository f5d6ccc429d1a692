import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Roster } from "../../../../src/gui/roster/roster.js";
import { fakeMember } from "../../../../src/testing/fakeRoomSource.js";
import { FakeDocument } from "../../../fakes/fakeDocument.js";
import { FakeGuiSource } from "../../../fakes/fakeGuiSource.js";

describe("Roster", () => {
    let document: FakeDocument;
    let uninstall: () => void;
    let engine: NullEngine;
    let roster: Roster;

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
        engine = new NullEngine();
    });

    afterEach(() => {
        roster.dispose();
        engine.dispose();
        uninstall();
    });

    it.each([
        ["noPath", ["No connection to Bob. It is retried automatically; another network may help."]],
        ["connected", []],
    ])("mirrors the advice of a member's details: link %s", (link, wanted) => {
        const source = new FakeGuiSource();
        const bob = fakeMember("bob", "Bob");
        source.room.list("me", bob);
        source.room.enter();
        source.voices$.next(new Map([["bob", { member: bob, muted: false, silenced: false, volume: 1, link }]]));
        roster = new Roster(source);
        const advice = (): readonly string[] =>
            document.all("p").flatMap(({ role, textContent }) => (role === null && textContent !== "" ? [textContent] : []));
        expect(advice()).toEqual([]);
        document.button("More about Bob").click();
        expect(advice()).toEqual(wanted);
    });
});
