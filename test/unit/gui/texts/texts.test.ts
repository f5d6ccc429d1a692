import { defaultTexts, resolveTexts } from "../../../../src/gui/texts/texts.js";

describe("The controls' texts", () => {
    it("say for every error what happened and what to do", () => {
        // The compiler checks that each code has an entry.
        for (const { title, advice } of Object.values(defaultTexts.errors)) {
            expect(title).not.toBe("");
            expect(title).not.toMatch(/[.!]$/);
            expect(advice).toMatch(/\.$/);
        }
    });

    it("can be replaced one by one; the others stay", () => {
        const texts = resolveTexts({ bar: { mute: "Stumm" }, errors: { roomFull: { title: "Voll", advice: "Warten." } } });
        expect(texts.bar.mute).toBe("Stumm");
        expect(texts.bar.deafen).toBe(defaultTexts.bar.deafen);
        expect(texts.errors.roomFull.title).toBe("Voll");
        expect(texts.errors.roomNotFound).toBe(defaultTexts.errors.roomNotFound);
        expect(texts.roster).toEqual(defaultTexts.roster);
    });
});
