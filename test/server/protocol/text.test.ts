import { toName } from "../../../protocol/text.js";

describe("a name", () => {
    it.each([
        ["zero-width spaces", "\u200B\u200B"],
        ["a Hangul filler", "\u3164"],
        ["a halfwidth Hangul filler", "\uFFA0"],
        ["a joiner and a selector", "\u200D\uFE0F"],
        ["a soft hyphen", "\u00AD"],
        ["tag characters", "\u{E0041}\u{E007F}"],
        ["blank Braille", "\u2800\u2800"],
        ["a null notehead", "\u{1D159}"],
        ["spaces of any width", "\u2003\u3000\u00A0"],
        ["marks without a letter", "\u0301\u0301"],
        ["a private-use character", "\uE000"],
        ["an empty string", ""],
    ])("cannot be %s alone", (_what, value) => {
        expect(toName(value, 64)).toBeUndefined();
    });

    it.each([
        ["a lone surrogate", "a\uD83D"],
        ["a control character", "a\u0007"],
        ["a line feed", "a\nb"],
        ["a right-to-left override", "a\u202Eb"],
        ["more than 64 characters", "x".repeat(65)],
        ["700 invisible characters", `x${"\u200B".repeat(700)}`],
    ])("cannot contain %s", (_what, value) => {
        expect(toName(value, 64)).toBeUndefined();
    });

    it.each([[undefined], [null], [5], [{}]])("cannot be %p", (value) => {
        expect(toName(value, 64)).toBeUndefined();
    });

    it.each([
        ["admin\u200B", "admin"],
        ["\uFEFFad\u00ADmin\u2060", "admin"],
        ["ad\u034Fmin\u3164", "admin"],
        ["admin\uFE0F", "admin"],
        ["admin1\uFE0F", "admin1"],
        ["admin\u{E0041}\u{E007F}", "admin"],
        ["admin\u2800", "admin"],
        ["ad  min", "ad min"],
        ["ad\u00A0\u2003min", "ad min"],
        ["ad\u2800min", "ad min"],
        ["Jose\u0301", "Jos\u00E9"],
        ["\u{1F600}\uFE0F", "\u{1F600}"],
        ["\u{1F600}\u200D\u{1F600}", "\u{1F600}\u{1F600}"],
        ["x".repeat(64) + "\u200B", "x".repeat(64)],
    ])("%j becomes %j", (value, name) => {
        expect(toName(value, 64)).toBe(name);
        expect(toName(name, 64)).toBe(name);
    });

    it.each([
        ["a family", "\u{1F469}\u200D\u{1F469}\u200D\u{1F467} home"],
        ["a heart", "\u2764\uFE0F"],
        ["a keycap", "1\uFE0F\u20E3"],
        ["a flag made of tag characters", "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}"],
        ["a skin tone", "\u{1F44B}\u{1F3FD}"],
        ["Japanese", "部屋"],
        ["Arabic", "غرفة"],
        ["Hindi", "नमस्ते"],
        ["punctuation", "<b>&amp;../?#%"],
        ["one digit", "7"],
    ])("keeps %s as it is", (_what, value) => {
        expect(toName(value, 64)).toBe(value);
    });

    it("stays distinct from names with look-alike letters or other capitals", () => {
        expect(new Set(["admin", "Admin", "аdmin"].map((value) => toName(value, 64))).size).toBe(3);
    });
});
