import { MemberVoices } from "../../src/rtc/remote/memberVoices.js";
import { VoicePreferences } from "../../src/rtc/remote/voicePreferences.js";
import { remoteVoice } from "../fakes/remoteVoice.js";
import { AudioScene } from "./audioScene.js";

describe("A member whose track changes", () => {
    let world: AudioScene;
    let voices: MemberVoices;
    /** Level of the tracks that are opened from now on. */
    let offset: number;
    const tell = (track: MediaStreamTrack | null): void => {
        voices.update(new Map([["bob", remoteVoice("bob", { track })]]), null);
    };

    beforeEach(async () => {
        jest.useFakeTimers({ doNotFake: ["setImmediate", "queueMicrotask", "nextTick", "performance", "Date"] });
        offset = 1;
        world = await AudioScene.CreateAsync({ speak: (context) => new ConstantSourceNode(context, { offset }) });
        voices = new MemberVoices({
            scene: world.scene,
            audioEngine: world.audioEngine,
            spatial: { panningModel: "equalpower" },
            avatars: new Map(),
            preferences: new VoicePreferences(null, true),
            onError: (error) => {
                throw error;
            },
        });
        tell(world.track);
        await voices.voiceOf("bob")?.spatial?.readyAsync;
    });

    afterEach(() => {
        world.dispose();
        jest.useRealTimers();
    });

    it("keeps the same sound, which continues from one track to the other", async () => {
        const spatial = voices.voiceOf("bob")?.spatial;
        const other = { kind: "audio" } as MediaStreamTrack;
        offset = 0.999;
        await world.renderAsync({ 0.5: () => tell(other) });
        expect(voices.voiceOf("bob")?.spatial).toBe(spatial);
        expect(voices.voiceOf("bob")?.track).toBe(other);
        expect(world.earsAt(0.4).left).toBeCloseTo(Math.SQRT1_2, 5);
        expect(world.earsAt(0.9).left).toBeCloseTo(0.999 * Math.SQRT1_2, 5);
        expect(world.steepest(0.2, 1)).toBeLessThan(0.001);
        expect(world.openTracks).toBe(1);
    });

    it("has no sound without a track, and gets a new sound with the next track", async () => {
        const spatial = voices.voiceOf("bob")?.spatial;
        tell(null);
        expect(voices.voiceOf("bob")?.spatial).toBeNull();
        expect(world.openTracks).toBe(0);
        tell(world.track);
        await voices.voiceOf("bob")?.spatial?.readyAsync;
        expect(voices.voiceOf("bob")?.spatial).not.toBe(spatial);
        expect(world.openTracks).toBe(1);
    });
});
