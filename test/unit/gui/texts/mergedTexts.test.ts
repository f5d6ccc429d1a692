import type { RtcError } from "../../../../src/index.js";
import { mergedTexts } from "../../../../src/gui/texts/mergedTexts.js";
import { defaultTexts, resolveTexts } from "../../../../src/gui/texts/texts.js";
import type { GuiTextChanges } from "../../../../src/gui/texts/texts.js";
import { thrownBy } from "../../../fakes/thrownBy.js";

const fail = (): never => {
    throw new Error("the app's own mistake");
};

describe("The app's texts", () => {
    it.each<[string, object]>([
        ["texts.panel.label", { panel: { label: 7 } }],
        ["texts.panel.count", { panel: { count: "here" } }],
        ["texts.roster.you", { roster: { you: null } }],
        ["texts.errors.unknown", { errors: { unknown: "Oh" } }],
        ["texts.errors.unknown.title", { errors: { unknown: { title: 7 } } }],
        ["texts.settings.wayMeans.open", { settings: { wayMeans: { open: "always" } } }],
    ])("%s of the wrong type is rejected by name", (name, changes) => {
        expect(thrownBy(() => resolveTexts(changes as GuiTextChanges))).toMatchObject({
            code: "invalidArgument",
            message: expect.stringContaining(name) as string,
        });
    });

    it.each<[string, () => unknown]>([
        ["throws", fail],
        ["returns nothing", () => undefined],
        ["returns a promise", async () => "Hallo"],
    ])("a function that %s is reported once by name, and replaced by the default", async (_, count) => {
        const errors: RtcError[] = [];
        const { panel } = resolveTexts({ panel: { count: count as () => string } }, (error) => errors.push(error));
        expect([panel.count(3), panel.count(4)]).toEqual([defaultTexts.panel.count(3), defaultTexts.panel.count(4)]);
        await Promise.resolve();
        expect(errors).toMatchObject([{ code: "invalidArgument", message: expect.stringContaining("texts.panel.count") as string }]);
    });

    it("keep the defaults for missing texts, and drop unknown texts", () => {
        const tell = jest.fn();
        expect(mergedTexts("texts", { a: { b: "b", c: "c" } }, { a: { b: "B", c: undefined }, d: 5 }, tell)).toEqual({
            a: { b: "B", c: "c" },
        });
    });
});
