import { RtpSender } from "../../../../src/transport/mesh/rtpSender.js";
import { FakeTrack } from "../../../fakes/fakeMedia.js";
import { FakeSender } from "../../../fakes/fakeMediaConnection.js";

describe("RtpSender", () => {
    const first = new FakeTrack("first");
    const second = new FakeTrack("second");
    let sender: FakeSender;
    let failures: number;
    let voice: RtpSender;

    beforeEach(() => {
        sender = new FakeSender(first);
        failures = 0;
        voice = new RtpSender(sender as unknown as RTCRtpSender, () => failures++);
    });

    it("does nothing if the track is already being sent", async () => {
        const set = jest.spyOn(sender, "setParameters");
        await voice.sendAsync(first);
        expect(sender.replaced).toEqual([]);
        expect(set).not.toHaveBeenCalled();
    });

    it("stops sending by deactivating the encoding, and keeps the track for resuming", async () => {
        await voice.sendAsync(null);
        expect(sender).toMatchObject({ active: false, track: first, replaced: [] });
        await voice.sendAsync(first);
        expect(sender).toMatchObject({ active: true, track: first, replaced: [] });
    });

    it("replaces the track when it resumes with another track", async () => {
        await voice.sendAsync(null);
        await voice.sendAsync(second);
        expect(sender).toMatchObject({ active: true, track: second, replaced: [second] });
    });

    it("applies the last of several concurrent requests", async () => {
        await Promise.all([
            voice.sendAsync(null),
            voice.sendAsync(second),
            voice.sendAsync(null),
            voice.sendAsync(first),
            voice.sendAsync(null),
        ]);
        expect(sender.active).toBe(false);
        await Promise.all([voice.sendAsync(first), voice.sendAsync(null), voice.sendAsync(second)]);
        expect(sender).toMatchObject({ active: true, track: second });
        expect(failures).toBe(0);
    });

    it("settles pending requests on close, since a browser may leave them pending forever", async () => {
        const changing = voice.changeAsync(() => new Promise(() => undefined));
        const sending = voice.sendAsync(second);
        voice.close();
        await Promise.all([changing, sending]);
        expect(sender.replaced).toEqual([]);
    });

    it("removes the track if there is no encoding", async () => {
        sender.bare = true;
        await voice.sendAsync(null);
        expect(sender.track).toBeNull();
        sender.bare = false;
        await voice.sendAsync(first);
        expect(sender).toMatchObject({ active: true, track: first });
    });

    it.each([
        ["to another track", second],
        ["to no track", null],
    ] as const)("reports a failed change %s", async (_what, track) => {
        sender.failure = new Error("closed");
        await voice.sendAsync(track);
        expect(failures).toBe(1);
    });
});
