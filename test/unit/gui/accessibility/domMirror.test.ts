import { Rectangle } from "@babylonjs/gui/2D/controls/rectangle.js";
import { DomMirror } from "../../../../src/gui/accessibility/domMirror.js";
import type { MirrorGroup } from "../../../../src/gui/accessibility/domMirror.js";
import type {
    IAdjustable,
    IChoosable,
    IPressable,
    IReadable,
    ISwitchable,
    ITypable,
    Operable,
} from "../../../../src/gui/accessibility/operable.js";
import { FakeDocument } from "../../../fakes/fakeDocument.js";

const button = (id: string): IPressable => ({
    kind: "button",
    id,
    name: id,
    control: new Rectangle(id),
    focused: false,
    pressed: null,
    expanded: null,
    press: () => undefined,
});
const note = (id: string): IReadable => ({ kind: "note", id, name: id, control: new Rectangle(id) });

describe("The keyboard focus in a group of the mirror", () => {
    const [one, two, three, words] = [button("one"), button("two"), button("three"), note("words")];
    let document: FakeDocument;
    let uninstall: () => void;
    let group: MirrorGroup;

    const focused = (): string => document.activeElement.textContent;

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
        group = new DomMirror({ label: "Voice chat" }).group("Members");
        group.show([one, two, words, three]);
        group.focus("two");
    });

    afterEach(() => uninstall());

    it.each([
        ["stays on a control that remains", [two, three], "two"],
        ["stays on a control that changes its place", [three, two, one], "two"],
        ["moves to the next control if its control is removed", [one, words, three], "three"],
        ["moves to the previous control if there is no next one", [one, words], "one"],
        ["is left to the caller if no control remains", [words], ""],
    ])("%s", (_, remaining, wanted) => {
        group.show(remaining);
        expect(focused()).toBe(wanted);
        expect(group.hasFocus).toBe(wanted !== "");
    });

    it("frames the control that it moves to, and no longer the removed one", () => {
        group.show([one, three]);
        expect([one, two, three].map((each) => each.focused)).toEqual([false, false, true]);
    });

    it("is not taken from elsewhere", () => {
        document.body.focus();
        group.show([one]);
        expect(document.activeElement).toBe(document.body);
    });
});

describe("Keys pressed on a mirrored control", () => {
    const base = { id: "control", name: "control", control: new Rectangle("control"), focused: false };
    const slider: IAdjustable = { ...base, kind: "slider", min: 0, max: 1, step: 0.1, value: 0, valueText: "0", adjust: () => undefined };
    const toggle: ISwitchable = { ...base, kind: "switch", on: false, toggle: () => undefined };
    const choice: IChoosable = { ...base, kind: "choice", options: [], value: "", choose: () => undefined };
    const field: ITypable = {
        ...base,
        kind: "field",
        secret: false,
        maxLength: 9,
        value: "",
        fault: "",
        takeFocus: null,
        write: () => undefined,
        submit: () => undefined,
    };
    const moving = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
    const pressing = [" ", "Enter"];
    const keys = [...moving, ...pressing, "w", "Tab", "Escape"];
    let document: FakeDocument;
    let uninstall: () => void;

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
    });

    afterEach(() => uninstall());

    it.each<[Operable["kind"], Operable, readonly string[]]>([
        ["slider", slider, moving],
        ["button", button("control"), pressing],
        ["switch", toggle, pressing],
        ["choice", choice, [...moving, ...pressing, "w"]],
        ["field", field, keys],
    ])("do not control the game as well if a %s uses them, and otherwise do", (_kind, operable, used) => {
        const group = new DomMirror({ label: "Voice chat" }).group("Settings");
        group.show([operable]);
        group.focus("control");
        const stopped = (type: string): string[] =>
            keys.filter((key) => {
                const event = Object.assign(new Event(type), { key });
                const stop = jest.spyOn(event, "stopPropagation");
                document.activeElement.dispatchEvent(event);
                return stop.mock.calls.length > 0;
            });
        expect(stopped("keydown")).toEqual(used);
        // A key that was pressed in the game before is released in the game.
        expect(stopped("keyup")).toEqual([]);
    });
});
