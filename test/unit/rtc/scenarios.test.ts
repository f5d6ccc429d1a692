import { microphoneFor, voiceProfiles, voiceScenarios, voiceSettings } from "../../../src/rtc/scenarios.js";
import type { VoiceProfile, VoiceScenario } from "../../../src/rtc/scenarios.js";
import { resolveOpusSettings } from "../../../src/transport/opusSettings.js";
import { fakeStream, FakeTrack, installFakeMedia } from "../../fakes/fakeMedia.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("voiceSettings", () => {
    it("by default is what voice in a game wants, and what a transport does by itself", () => {
        expect(voiceSettings()).toEqual({
            capture: { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, channelCount: 1 },
            opus: resolveOpusSettings(),
            jitterTargetMs: null,
        });
        expect(voiceSettings()).toEqual(voiceSettings("gameStreaming", "game"));
    });

    it("scenario: music, high-quality communication, communication, media, game streaming pick capture processing and codec settings", () => {
        expect(voiceScenarios).toEqual(["music", "highQualityCommunication", "communication", "media", "gameStreaming"]);
        const settings = voiceScenarios.map((scenario) => voiceSettings(scenario));
        expect(new Set(settings.map((each) => JSON.stringify(each))).size).toBe(5);
        const [music, , , media] = settings;
        expect(Object.values(music?.capture ?? {})).toEqual([false, false, false, 1]);
        expect(media?.capture).toMatchObject({ echoCancellation: "all", noiseSuppression: false });
    });

    it("room: profile: communication, live broadcasting, game, cloud game, low latency trade delay against quality", () => {
        expect(voiceProfiles).toEqual(["communication", "liveBroadcasting", "game", "cloudGame", "lowLatency"]);
        const of = (profile: VoiceProfile): unknown[] => {
            const { opus, jitterTargetMs } = voiceSettings("gameStreaming", profile);
            return [opus.frameMs, jitterTargetMs];
        };
        expect(of("liveBroadcasting")).toEqual([40, 200]);
        expect(of("game")).toEqual([20, null]);
        expect(of("lowLatency")).toEqual([10, 0]);
    });

    it("is possible to code in every combination", () => {
        for (const scenario of voiceScenarios) {
            for (const profile of voiceProfiles) {
                expect(() => resolveOpusSettings(voiceSettings(scenario, profile).opus)).not.toThrow();
            }
        }
    });

    it("refuses names that there are not, with invalidArgument", () => {
        expect(thrownBy(() => voiceSettings("karaoke" as VoiceScenario))).toMatchObject({ code: "invalidArgument" });
        expect(thrownBy(() => voiceSettings("music", "toString" as VoiceProfile))).toMatchObject({ code: "invalidArgument" });
    });

    it("cannot be changed by whoever gets it", () => {
        expect(() => Object.assign(voiceSettings().capture, { echoCancellation: false })).toThrow(TypeError);
    });
});

describe("microphoneFor", () => {
    installFakeMedia();
    const { capture } = voiceSettings("music");

    it("lets the app's constraints go over the scenario's", () => {
        expect(microphoneFor(capture, { echoCancellation: true, deviceId: "x" })).toEqual({
            ...capture,
            echoCancellation: true,
            deviceId: "x",
        });
        expect(microphoneFor(capture, undefined)).toEqual(capture);
    });

    it("leaves the app's own stream alone", () => {
        const stream = fakeStream(new FakeTrack("mine"));
        expect(microphoneFor(capture, stream)).toBe(stream);
    });
});
