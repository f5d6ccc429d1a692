import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { MemberVoice } from "../../src/rtc/remote/memberVoice.js";
import { VoicePreferences } from "../../src/rtc/remote/voicePreferences.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { AudioScene, Settle } from "./audioScene.js";

describe("MemberVoice", () => {
    let world: AudioScene;
    let avatar: TransformNode;
    let voice: SpatialVoice;
    let bob: MemberVoice;

    beforeEach(async () => {
        world = await AudioScene.CreateAsync();
        avatar = new TransformNode("avatar", world.scene);
        avatar.position.x = -2;
        voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel: "equalpower" });
        bob = new MemberVoice({ id: "bob", name: "Bob", attributes: {} }, new VoicePreferences(null, true), () => undefined);
        bob.play(voice, () => undefined);
    });

    afterEach(() => world.dispose());

    test.each([
        ["detaching", () => avatar.removeBehavior(bob)],
        ["disposing its node", () => avatar.dispose()],
    ])("%s leaves the voice playing at its last position", async (_how, end) => {
        avatar.addBehavior(bob);
        await voice.readyAsync;
        await world.renderAsync({ 0.5: end });
        expect(voice.node).toBeNull();
        expect(bob.isWaiting).toBe(true);
        expect(world.earsAt(0.5 + Settle).left).toBeCloseTo(1 / 2, 3);
        expect(world.openTracks).toBe(1);
    });

    test("detaching from an earlier node does not detach the voice from its present node", () => {
        avatar.addBehavior(bob);
        const other = new TransformNode("other", world.scene);
        other.addBehavior(bob);
        avatar.removeBehavior(bob);
        expect(voice.node).toBe(other);
        avatar.dispose();
        expect(voice.node).toBe(other);
    });

    test("accepts options on the behavior of its node, like a VoiceBehavior", () => {
        bob.place(avatar);
        const found = avatar.getBehaviorByName("Voice") as MemberVoice;
        found.setOptions({ maxDistance: 5 });
        expect(found.options).toMatchObject({ maxDistance: 5, panningModel: "equalpower" });
        expect(() => found.setOptions({ maxDistance: -1 })).toThrow("maxDistance");
        bob.hush();
        expect(bob.options).toBeNull();
    });

    test("moves from avatar to avatar, and is detached with its sound", () => {
        bob.place(avatar);
        expect(avatar.getBehaviorByName("Voice")).toBe(bob);
        const other = new TransformNode("other", world.scene);
        bob.place(other);
        expect([avatar.getBehaviorByName("Voice"), other.getBehaviorByName("Voice")]).toEqual([null, bob]);
        bob.hush();
        expect(other.getBehaviorByName("Voice")).toBeNull();
        expect(bob.spatial).toBeNull();
        expect(world.openTracks).toBe(0);
    });
});
