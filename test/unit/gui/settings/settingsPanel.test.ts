import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import type { RtcError } from "../../../../src/index.js";
import { SettingsPanel } from "../../../../src/gui/settings/settingsPanel.js";
import { FakeDocument } from "../../../fakes/fakeDocument.js";
import { FakeGuiSource } from "../../../fakes/fakeGuiSource.js";
import { settleAsync } from "../../../fakes/settle.js";

describe("SettingsPanel", () => {
    let document: FakeDocument;
    let uninstall: () => void;
    let engine: NullEngine;

    beforeEach(() => {
        document = new FakeDocument();
        uninstall = document.install();
        engine = new NullEngine();
    });

    afterEach(() => {
        engine.dispose();
        uninstall();
    });

    it("reports an error of the app's function that closes it", async () => {
        const errors: RtcError[] = [];
        const close = (): unknown => Promise.reject(new Error("the app's own mistake"));
        const panel = new SettingsPanel(new FakeGuiSource(), { storage: null, close });
        panel.error$.subscribe((error) => errors.push(error));
        await settleAsync();
        document.button("Close the settings").click();
        await settleAsync();
        expect(errors).toMatchObject([{ code: "unknown", message: expect.stringContaining("close") as string }]);
        panel.dispose();
    });
});
