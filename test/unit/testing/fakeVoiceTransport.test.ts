import { FakeTrack } from "../../fakes/fakeMedia.js";
import { FakeRemoteTrack } from "../../../src/testing/fakeVoiceSession.js";
import type { FakeVoiceSession } from "../../../src/testing/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../../src/testing/fakeVoiceTransport.js";
import { describeVoiceTransport } from "../transport/describeVoiceTransport.js";

describeVoiceTransport("FakeVoiceTransport", async () => {
    const transport = new FakeVoiceTransport();
    return {
        transport,
        patienceMs: 100,
        grantAsync: async (user, privileges, room = "lobby") =>
            transport.server.grant({ ...privileges, user, room, name: user.toUpperCase() }),
        track: () => new FakeTrack(),
        arrivesAsync: async (track, what) => {
            const arriving = track instanceof FakeRemoteTrack && track.flowing !== null ? "sound" : "silence";
            if (arriving !== what) {
                throw new Error(`Not so: what arrives is ${what}.`);
            }
        },
        releaseAsync: async () => undefined,
    };
});

describe("A remote track of the fake", () => {
    it("ends when one of the two members blocks the other, and is replaced after the unblock", async () => {
        const transport = new FakeVoiceTransport();
        const joinAsync = (user: string): Promise<FakeVoiceSession> =>
            transport.joinAsync(transport.server.grant({ user }), new AbortController().signal);
        const [alice, bob] = await Promise.all([joinAsync("alice"), joinAsync("bob")]);
        const microphone = new FakeTrack();
        await alice.publishAsync(microphone);
        const trackAtBob = (): unknown => bob.remotes$.value.get("alice")?.track;
        const before = trackAtBob();
        expect(before).toMatchObject({ published: microphone, flowing: microphone, readyState: "live" });
        await bob.blockAsync("alice", true);
        expect(before).toMatchObject({ published: microphone, flowing: null, readyState: "ended" });
        await bob.blockAsync("alice", false);
        expect(before).toMatchObject({ flowing: null });
        expect(trackAtBob()).toMatchObject({ flowing: microphone, readyState: "live" });
    });

    it("carries no sound while a moderator has muted its sender", async () => {
        const transport = new FakeVoiceTransport();
        const joinAsync = (user: string): Promise<FakeVoiceSession> =>
            transport.joinAsync(transport.server.grant({ user }), new AbortController().signal);
        const [alice, bob] = await Promise.all([joinAsync("alice"), joinAsync("bob")]);
        const microphone = new FakeTrack();
        await alice.publishAsync(microphone);
        const track = bob.remotes$.value.get("alice")?.track;
        transport.server.room("lobby").mute("alice", "moderator");
        expect(track).toMatchObject({ flowing: null });
        transport.server.room("lobby").mute("alice", "no");
        expect(track).toMatchObject({ flowing: microphone });
    });
});
