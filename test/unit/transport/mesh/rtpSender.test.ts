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

    it("does nothing while it sends what it should", async () => {
        const set = jest.spyOn(sender, "setParameters");
        await voice.sendAsync(first);
        expect(sender.replaced).toEqual([]);
        expect(set).not.toHaveBeenCalled();
    });

    it("sends nothing by an inactive encoding, and keeps its track for the way back", async () => {
        await voice.sendAsync(null);
        expect(sender).toMatchObject({ active: false, track: first, replaced: [] });
        await voice.sendAsync(first);
        expect(sender).toMatchObject({ active: true, track: first, replaced: [] });
    });

    it("puts another track in place before it sends again", async () => {
        await voice.sendAsync(null);
        await voice.sendAsync(second);
        expect(sender).toMatchObject({ active: true, track: second, replaced: [second] });
    });

    it("sends in the end what it was told last, however fast that came", async () => {
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

    it("waits for nothing any more once its link is over, as a browser then leaves changes pending for ever", async () => {
        const changing = voice.changeAsync(() => new Promise(() => undefined));
        const sending = voice.sendAsync(second);
        voice.close();
        await Promise.all([changing, sending]);
        expect(sender.replaced).toEqual([]);
    });

    it("takes the track away where there is no encoding", async () => {
        sender.bare = true;
        await voice.sendAsync(null);
        expect(sender.track).toBeNull();
        sender.bare = false;
        await voice.sendAsync(first);
        expect(sender).toMatchObject({ active: true, track: first });
    });

    it.each([
        ["to another track", second],
        ["to nothing", null],
    ] as const)("tells when it cannot change %s", async (_what, track) => {
        sender.failure = new Error("closed");
        await voice.sendAsync(track);
        expect(failures).toBe(1);
    });
});
