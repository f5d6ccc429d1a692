import type { RtcError } from "../../../../src/index.js";
import { mergedTexts } from "../../../../src/gui/texts/mergedTexts.js";
import { defaultTexts, resolveTexts } from "../../../../src/gui/texts/texts.js";
import type { GuiTextChanges } from "../../../../src/gui/texts/texts.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

const fail = (): never => {
    throw new Error("the app's own mistake");
};

describe("texts of the app", () => {
    it.each<[string, object]>([
        ["texts.panel.label", { panel: { label: 7 } }],
        ["texts.panel.count", { panel: { count: "here" } }],
        ["texts.roster.you", { roster: { you: null } }],
        ["texts.errors.unknown", { errors: { unknown: "Oh" } }],
        ["texts.errors.unknown.title", { errors: { unknown: { title: 7 } } }],
        ["texts.settings.wayMeans.open", { settings: { wayMeans: { open: "always" } } }],
    ])("%s of another kind than ours is refused by its name", (name, changes) => {
        expect(thrownBy(() => resolveTexts(changes as GuiTextChanges))).toMatchObject({
            code: "invalidArgument",
            message: expect.stringContaining(name) as string,
        });
    });

    it.each<[string, () => unknown]>([
        ["throws", fail],
        ["gives nothing", () => undefined],
        ["gives a promise", async () => "Hallo"],
    ])("a function that %s is told once, by its name, and ours stands in for it", async (_, count) => {
        const errors: RtcError[] = [];
        const { panel } = resolveTexts({ panel: { count: count as () => string } }, (error) => errors.push(error));
        expect([panel.count(3), panel.count(4)]).toEqual([defaultTexts.panel.count(3), defaultTexts.panel.count(4)]);
        await Promise.resolve();
        expect(errors).toMatchObject([{ code: "invalidArgument", message: expect.stringContaining("texts.panel.count") as string }]);
    });

    it("keeps what the app does not say, and what we do not know out", () => {
        const tell = jest.fn();
        expect(mergedTexts("texts", { a: { b: "b", c: "c" } }, { a: { b: "B", c: undefined }, d: 5 }, tell)).toEqual({
            a: { b: "B", c: "c" },
        });
    });
});
