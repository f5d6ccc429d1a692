import { scrollBarSize, scrolledHeight } from "../../../../src/gui/kit/scroller.js";

describe("What scrolls", () => {
    it("is never lower than its bar is wide, for which Babylon would log an error in every frame", () => {
        expect(scrolledHeight(300)).toBe(300);
        for (const height of [-20, 0, 1, scrollBarSize]) {
            expect(scrolledHeight(height)).toBeGreaterThan(scrollBarSize);
        }
    });
});
