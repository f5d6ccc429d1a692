import { Logger } from "@babylonjs/core/Misc/logger.js";
import { RtcError } from "babylon-rtc";
import { DomMirror } from "../../../src/gui/accessibility/domMirror.js";
import { GuiContext, contextOf, inContext } from "../../../src/gui/guiContext.js";
import { defaultTexts } from "../../../src/gui/texts/texts.js";
import { defaultTheme } from "../../../src/gui/kit/theme.js";
import type { IRosterOptions } from "../../../src/gui/roster/roster.js";

/** The part of a DOM element that a mirror without controls needs. */
class FakeElement {
    public readonly style = {};
    public readonly children: FakeElement[] = [];
    public ariaLabel = "";
    private _parent: FakeElement | null = null;
    public append(...elements: readonly FakeElement[]): void {
        for (const element of elements) {
            element._parent = this;
            this.children.push(element);
        }
    }
    public remove(): void {
        this._parent?.children.splice(this._parent.children.indexOf(this), 1);
        this._parent = null;
    }
}

describe("GuiContext", () => {
    let body: FakeElement;

    beforeEach(() => {
        body = new FakeElement();
        Object.assign(globalThis, { document: { createElement: () => new FakeElement(), body } });
    });

    afterEach(() => {
        Reflect.deleteProperty(globalThis, "document");
    });

    it("resolves theme and texts, and creates a mirror with the panel's label", () => {
        const { theme, texts, mirror } = contextOf({ theme: { ink: "red" }, texts: { panel: { label: "Stimmen" } } });
        expect(theme).toEqual({ ...defaultTheme, ink: "red" });
        expect(texts).toEqual({ ...defaultTexts, panel: { ...defaultTexts.panel, label: "Stimmen" } });
        expect(body.children).toEqual([mirror.element]);
        expect(mirror.element.ariaLabel).toBe("Stimmen");
    });

    it("is shared by a control and its parts, whatever their other options are", () => {
        const whole = contextOf({});
        const options: IRosterOptions = inContext(whole, { width: 300 });
        expect(contextOf(options)).toBe(whole);
        expect(contextOf({ ...options })).toBe(whole);
        expect(Object.keys(options)).toEqual(["width"]);
        expect(body.children).toHaveLength(1);
    });

    it("emits errors of the app's functions; without a subscriber, logs them with their cause", () => {
        const context = new GuiContext({});
        const logged = jest.spyOn(Logger, "Error").mockImplementation(() => undefined);
        const error = new RtcError("unknown", "The option buttons (map) of the controls failed.", { cause: new Error("no map") });
        context.tell(error);
        expect(logged.mock.calls).toEqual([[["babylon-rtc: The option buttons (map) of the controls failed.", error]]]);
        const emitted: RtcError[] = [];
        context.error$.subscribe((each) => emitted.push(each));
        context.tell(error);
        expect(emitted).toEqual([error]);
        expect(logged).toHaveBeenCalledTimes(1);
        logged.mockRestore();
    });

    it("removes its own mirror when the last group is released", () => {
        const context = new GuiContext({});
        const [first, second] = [context.group("first"), context.group("second")];
        context.release(first);
        context.release(first);
        expect(body.children).toHaveLength(1);
        context.release(second);
        expect(body.children).toEqual([]);
    });

    it("keeps the app's mirror, and creates its own in a given parent", () => {
        const parent = new FakeElement();
        const { mirror } = new GuiContext({}, parent as never);
        expect(parent.children).toEqual([mirror.element]);
        const theirs = new DomMirror({ label: "The app's" });
        const context = new GuiContext({ mirror: theirs });
        expect(context.mirror).toBe(theirs);
        context.release(context.group("all"));
        expect(body.children).toEqual([theirs.element]);
    });
});
