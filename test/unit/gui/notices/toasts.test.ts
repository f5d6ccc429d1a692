import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { RtcError } from "../../../../src/index.js";
import { GuiContext, inContext } from "../../../../src/gui/guiContext.js";
import { Toasts } from "../../../../src/gui/notices/toasts.js";
import { VoiceBar } from "../../../../src/gui/panel/voiceBar.js";
import { FakeDocument } from "../../../fakes/fakeDocument.js";
import { FakeGuiSource } from "../../../fakes/fakeGuiSource.js";
import { settleAsync } from "../../../fakes/settle.js";

describe("Toasts", () => {
    let document: FakeDocument;
    let uninstall: () => void;
    let engine: NullEngine;
    let source: FakeGuiSource;
    let toasts: Toasts;
    let bar: VoiceBar;

    const focused = (): string => document.activeElement.textContent;

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
        engine = new NullEngine();
        source = new FakeGuiSource();
        source.room.enter();
        const context = new GuiContext({});
        toasts = new Toasts(source, inContext(context, {}));
        bar = new VoiceBar(source, inContext(context, {}));
    });

    afterEach(() => {
        toasts.dispose();
        bar.dispose();
        engine.dispose();
        uninstall();
    });

    it("move the keyboard focus to the next toast when the focused one is closed, and from the last one to the other controls", () => {
        source.error$.next(new RtcError("linkFailed", "No path."));
        source.error$.next(new RtcError("deviceUnplugged", "Unplugged."));
        const first = document.button("Dismiss: A device was unplugged");
        first.focus();
        first.click();
        expect(focused()).toBe("Dismiss: A member cannot be heard");
        document.activeElement.click();
        expect(focused()).toBe("Mute");
    });

    it("leave the keyboard focus where it is when a toast without it is closed", () => {
        source.error$.next(new RtcError("linkFailed", "No path."));
        document.button("Deafen").focus();
        document.button("Dismiss: A member cannot be heard").click();
        expect(focused()).toBe("Deafen");
    });

    it("offer to come back only if the room source can join rooms, or the app passes a function that does", () => {
        const comeBack = "Come back: Out of the room";
        const captions = (): string[] => document.all("button").map(({ textContent }) => textContent);
        source.room.leave();
        expect(document.alert).toContain("Out of the room");
        expect(captions()).not.toContain(comeBack);
        const rejoinAsync = jest.fn(async () => undefined);
        const others = new Toasts(source, { rejoinAsync });
        document.button(comeBack).click();
        others.dispose();
        expect(rejoinAsync).toHaveBeenCalledTimes(1);
    });

    it("report any error of starting the sound, also of an app's own RTC behavior", async () => {
        source.startAsync = () => Promise.reject(new TypeError("The engine is gone."));
        source.audio$.next("blocked");
        document.button("Hear everybody: The sound is off").click();
        await settleAsync();
        expect(document.alert).toContain("Something went wrong. Please try again.");
    });
});
