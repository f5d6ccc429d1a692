import { FakeTrack } from "../../fakes/fakeMedia.js";
import { FakeRemoteTrack } from "../../fakes/fakeVoiceSession.js";
import { FakeVoiceTransport } from "../../fakes/fakeVoiceTransport.js";
import { describeVoiceTransport } from "./describeVoiceTransport.js";

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
