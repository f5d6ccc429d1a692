import type { INotice } from "../../../../src/gui/notices/notice.js";
import { PassingNotices } from "../../../../src/gui/notices/passingNotices.js";

const notice = (kind: string): INotice => ({ kind, title: kind, advice: "", passing: true });

describe("PassingNotices", () => {
    let passing: PassingNotices;
    let kinds: readonly string[];

    beforeEach(() => {
        jest.useFakeTimers();
        passing = new PassingNotices(1_000);
        passing.notices$.subscribe((notices) => (kinds = notices.map(({ kind }) => kind)));
    });

    afterEach(() => {
        passing.dispose();
        expect(jest.getTimerCount()).toBe(0);
        jest.useRealTimers();
    });

    it("removes each notice after its own time", () => {
        passing.add(notice("a"));
        jest.advanceTimersByTime(600);
        passing.add(notice("b"));
        expect(kinds).toEqual(["a", "b"]);
        jest.advanceTimersByTime(400);
        expect(kinds).toEqual(["b"]);
        jest.advanceTimersByTime(600);
        expect(kinds).toEqual([]);
    });

    it("keeps one notice of each kind, and restarts its time when it is added again", () => {
        passing.add(notice("a"));
        jest.advanceTimersByTime(600);
        passing.add(notice("a"));
        expect(kinds).toEqual(["a"]);
        jest.advanceTimersByTime(600);
        expect(kinds).toEqual(["a"]);
        jest.advanceTimersByTime(400);
        expect(kinds).toEqual([]);
    });

    it("removes a dismissed notice", () => {
        passing.add(notice("a"));
        passing.dismiss("a");
        expect(kinds).toEqual([]);
    });
});
