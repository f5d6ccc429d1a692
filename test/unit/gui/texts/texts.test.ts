import { defaultTexts, resolveTexts } from "../../../../src/gui/texts/texts.js";

describe("The controls' texts", () => {
    it("say for every error what happened and what to do", () => {
        // That each code has an entry is the compiler's word.
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
