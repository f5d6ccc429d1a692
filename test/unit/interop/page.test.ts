import { gestures$, pageReturns$ } from "../../../src/interop/page.js";
import { unseenFrames$ } from "../../../src/interop/unseenFrames.js";
import { FakePage } from "../../fakes/fakePage.js";

let page: FakePage;
let told: number;

beforeEach(() => {
    page = new FakePage();
    told = 0;
});

test("pageReturns$ emits when the page is visible, focused, shown or resumed, not when it is hidden", () => {
    const life = pageReturns$(page).subscribe(() => told++);
    page.hide();
    expect(told).toBe(0);
    page.show();
    page.window.dispatchEvent(new Event("focus"));
    page.window.dispatchEvent(new Event("pageshow"));
    page.document.dispatchEvent(new Event("resume"));
    expect(told).toBe(4);
    life.unsubscribe();
    page.show();
    expect(told).toBe(4);
});

test("gestures$ emits clicks, keys and touches, but no pointer moves", () => {
    gestures$(page).subscribe(() => told++);
    ["click", "keydown", "pointerup", "touchend", "pointermove"].forEach((type) => page.window.dispatchEvent(new Event(type)));
    expect(told).toBe(4);
});

describe("unseenFrames$", () => {
    let frame: number;
    let anew: number;
    const scene = { getFrameId: () => frame, incrementRenderId: () => anew++ };

    beforeEach(() => {
        frame = anew = 0;
        jest.useFakeTimers();
    });

    afterEach(() => jest.useRealTimers());

    test("emits once a second while the page is hidden, and stops its timer on unsubscription", () => {
        const life = unseenFrames$(scene, page).subscribe(() => told++);
        page.hide();
        jest.advanceTimersByTime(3_000);
        expect([told, anew]).toEqual([3, 3]);
        life.unsubscribe();
        expect(jest.getTimerCount()).toBe(0);
    });

    test("emits once a second in a visible page while the app's render loop is stopped", () => {
        const life = unseenFrames$(scene, page).subscribe(() => told++);
        for (let i = 0; i < 30; i++) {
            frame++;
            jest.advanceTimersByTime(100);
        }
        expect([told, anew]).toEqual([0, 0]);
        // No frame is rendered from here on, as after `engine.stopRenderLoop()`.
        jest.advanceTimersByTime(3_000);
        expect([told, anew]).toEqual([3, 3]);
        frame++;
        jest.advanceTimersByTime(1_000);
        expect([told, anew]).toEqual([3, 3]);
        life.unsubscribe();
    });

    test("emits nothing while a hidden page's scene is rendered, as in a headset", () => {
        page.hide();
        const life = unseenFrames$(scene, page).subscribe(() => told++);
        for (let i = 0; i < 3; i++) {
            frame++;
            jest.advanceTimersByTime(1_000);
        }
        expect([told, anew]).toEqual([0, 0]);
        jest.advanceTimersByTime(1_000);
        expect([told, anew]).toEqual([1, 1]);
        life.unsubscribe();
    });

    test("completes outside of browsers", () => {
        unseenFrames$(scene, null).subscribe({ complete: () => told++ });
        expect(told).toBe(1);
    });
});
