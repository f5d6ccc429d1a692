import { scrollBarSize, scrolledHeight, scroller } from "../../../../src/gui/kit/scroller.js";
import { defaultTheme } from "../../../../src/gui/kit/theme.js";

describe("A scroller", () => {
    it("is always higher than its bar is wide, since Babylon otherwise logs an error in every frame", () => {
        expect(scrolledHeight(300)).toBe(300);
        for (const height of [-20, 0, 1, scrollBarSize]) {
            expect(scrolledHeight(height)).toBeGreaterThan(scrollBarSize);
        }
    });

    it("has a height in pixels before it is fitted, since Babylon warns about percentages in a stack", () => {
        expect(scroller("list", 300, defaultTheme)._height.isPercentage).toBe(false);
    });
});
