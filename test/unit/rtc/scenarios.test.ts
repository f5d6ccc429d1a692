import { microphoneFor, voiceProfiles, voiceScenarios, voiceSettings } from "../../../src/rtc/scenarios.js";
import type { VoiceProfile, VoiceScenario } from "../../../src/rtc/scenarios.js";
import { resolveOpusSettings } from "../../../src/transport/opusSettings.js";
import { fakeStream, FakeTrack, installFakeMedia } from "../../fakes/fakeMedia.js";
import { thrownBy } from "../../fakes/thrownBy.js";

describe("voiceSettings", () => {
    it("returns the settings of gameStreaming and game by default, with the transport's default codec settings", () => {
        expect(voiceSettings()).toEqual({
            capture: { echoCancellation: "all", noiseSuppression: true, autoGainControl: true, channelCount: 1 },
            opus: resolveOpusSettings(),
            jitterTargetMs: null,
        });
        expect(voiceSettings()).toEqual(voiceSettings("gameStreaming", "game"));
    });

    it("scenario: music, high-quality communication and the others set capture processing and codec settings", () => {
        expect(voiceScenarios).toEqual(["music", "highQualityCommunication", "communication", "media", "gameStreaming"]);
        const settings = voiceScenarios.map((scenario) => voiceSettings(scenario));
        expect(new Set(settings.map((each) => JSON.stringify(each))).size).toBe(5);
        const [music, , , media] = settings;
        expect(Object.values(music?.capture ?? {})).toEqual([false, false, false, 1]);
        expect(media?.capture).toMatchObject({ echoCancellation: "all", noiseSuppression: false });
    });

    it("room: profile: sets frame length and jitter target, from live broadcasting to low latency", () => {
        expect(voiceProfiles).toEqual(["communication", "liveBroadcasting", "game", "cloudGame", "lowLatency"]);
        const of = (profile: VoiceProfile): unknown[] => {
            const { opus, jitterTargetMs } = voiceSettings("gameStreaming", profile);
            return [opus.frameMs, jitterTargetMs];
        };
        expect(of("liveBroadcasting")).toEqual([40, 200]);
        expect(of("game")).toEqual([20, null]);
        expect(of("lowLatency")).toEqual([10, 0]);
    });

    it("returns valid Opus settings for every combination of scenario and profile", () => {
        for (const scenario of voiceScenarios) {
            for (const profile of voiceProfiles) {
                expect(() => resolveOpusSettings(voiceSettings(scenario, profile).opus)).not.toThrow();
            }
        }
    });

    it("rejects unknown names with invalidArgument", () => {
        expect(thrownBy(() => voiceSettings("karaoke" as VoiceScenario))).toMatchObject({ code: "invalidArgument" });
        expect(thrownBy(() => voiceSettings("music", "toString" as VoiceProfile))).toMatchObject({ code: "invalidArgument" });
    });

    it("returns frozen settings", () => {
        expect(() => Object.assign(voiceSettings().capture, { echoCancellation: false })).toThrow(TypeError);
    });
});

describe("microphoneFor", () => {
    installFakeMedia();
    const { capture } = voiceSettings("music");

    it("overrides the scenario's constraints with the app's constraints", () => {
        expect(microphoneFor(capture, { echoCancellation: true, deviceId: "x" })).toEqual({
            ...capture,
            echoCancellation: true,
            deviceId: "x",
        });
        expect(microphoneFor(capture, undefined)).toEqual(capture);
    });

    it("returns the app's own stream unchanged", () => {
        const stream = fakeStream(new FakeTrack("mine"));
        expect(microphoneFor(capture, stream)).toBe(stream);
    });
});
