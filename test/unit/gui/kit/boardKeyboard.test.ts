import { withoutLast } from "../../../../src/gui/kit/boardKeyboard.js";

describe("The backspace key of the board's keyboard", () => {
    it.each([
        ["a letter", "Den2", "Den"],
        ["an emoji of two code units", "Den😀", "Den"],
        ["a combined emoji", "Den👩‍👩‍👧", "Den"],
        ["a flag", "🇫🇷🇩🇪", "🇫🇷"],
        ["a letter with a combining accent", "Cafe\u0301", "Caf"],
        ["nothing of an empty text", "", ""],
    ])("removes %s", (_, before, after) => {
        expect(withoutLast(before)).toBe(after);
    });

    it("removes a whole code point in browsers without Intl.Segmenter", () => {
        const { Segmenter } = Intl;
        Object.assign(Intl, { Segmenter: undefined });
        try {
            expect(withoutLast("Den😀")).toBe("Den");
            expect(withoutLast("")).toBe("");
        } finally {
            Object.assign(Intl, { Segmenter });
        }
    });
});
