import { fitted, isolated } from "../../../../src/gui/kit/surface.js";
import { defaultTheme } from "../../../../src/gui/kit/theme.js";

/** Canvas context that measures ten pixels per UTF-16 code unit. Isolate characters have no width. */
const ruler = { font: "", measureText: (words: string) => ({ width: 10 * words.replace(/[\u2068\u2069]/g, "").length }) };
const you = (name: string): string => `${name} (you)`;
const arabic = "محمد عبد الرحمن";

describe("A name on a line", () => {
    const page = globalThis as { document?: unknown };

    beforeAll(() => {
        page.document = { createElement: () => ({ getContext: () => ruler }) };
    });

    afterAll(() => {
        delete page.document;
    });

    it("is isolated if it is written from right to left", () => {
        expect(isolated("Alice")).toBe("Alice");
        expect(isolated(arabic)).toBe(`\u2068${arabic}\u2069`);
    });

    it("is not shortened if it fits", () => {
        expect(fitted("Alice", 110, defaultTheme, {}, you)).toBe("Alice (you)");
    });

    it("is shortened with an ellipsis before its suffix, no more than necessary", () => {
        expect(fitted("Alice", 100, defaultTheme, {}, you)).toBe("Ali… (you)");
        expect(fitted("Geheimes Kämmerlein", 140, defaultTheme)).toBe("Geheimes Kämm…");
        expect(fitted(arabic, 140, defaultTheme, {}, you)).toBe(`\u2068${arabic.slice(0, 7)}…\u2069 (you)`);
    });

    it("is not cut after a space or within a character", () => {
        expect(fitted("Anna Bo", 60, defaultTheme)).toBe("Anna…");
        expect(fitted("😀😀😀", 50, defaultTheme)).toBe("😀😀…");
    });

    it("is only an ellipsis if there is no room", () => {
        expect(fitted("Alice", 0, defaultTheme)).toBe("…");
    });
});
