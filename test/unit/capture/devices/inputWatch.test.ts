import { NEVER, of } from "rxjs";
import { inputFaults$ } from "../../../../src/capture/devices/inputWatch.js";
import type { IWatchedInput } from "../../../../src/capture/devices/inputWatch.js";
import { FakeTrack, installFakeMedia } from "../../../fakes/fakeMedia.js";
import { FakeMicrophone, deviceInfo, mediaError } from "../../../fakes/fakeMicrophone.js";
import { settleAsync } from "../../../fakes/settle.js";

installFakeMedia();

describe("inputFaults$", () => {
    it("checks if the live track was lost after the remembered device could not be opened", async () => {
        const media = new FakeMicrophone();
        media.listed = [deviceInfo("audioinput", "usb")];
        const track = new FakeTrack("built in", { deviceId: "built in" });
        const input: jest.Mocked<IWatchedInput> = {
            context: { media, host: NEVER, wanted: () => ({ id: "old", label: "usb" }), isMuted: () => false },
            state: { state: "live", track },
            state$: NEVER,
            lost$: NEVER,
            opened: null,
            isGiven: false,
            isAbandoned: false,
            startAsync: jest.fn(),
            swapAsync: jest.fn(() => Promise.reject(mediaError("NotReadableError"))),
            checkLost: jest.fn(),
            fail: jest.fn(),
        } as never;
        const codes: string[] = [];
        const subscription = inputFaults$(input, of(track)).subscribe(({ code }) => codes.push(code));
        await settleAsync();
        subscription.unsubscribe();
        expect(input.swapAsync.mock.calls).toMatchObject([[{ id: "usb", label: "usb" }]]);
        expect(input.checkLost.mock.calls).toHaveLength(1);
        expect(codes).toEqual(["microphoneBusy"]);
    });
});
