import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { TargetCamera } from "@babylonjs/core/Cameras/targetCamera.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { SpatialVoice } from "../../src/spatial/spatialVoice.js";
import { AudioScene, Settle } from "./audioScene.js";

const heard = (world: AudioScene, at: number): Float32Array =>
    Float32Array.from([0, 1].flatMap((ear) => [...world.rendered.getChannelData(ear).slice(at * 44100, (at + 0.05) * 44100)]));

/**
 * Renders an app that has its own sound. Without a voice, Babylon's listener is attached to the camera. With a voice, the library moves the listener;
 * the voice is inaudible, since it is either silenced, or plays digital silence.
 */
async function renderAppAsync(
    rightHanded: boolean,
    panningModel: "HRTF" | "equalpower",
    withVoice: false | "silenced" | "playing",
): Promise<AudioScene> {
    const world = await AudioScene.CreateAsync({ rightHanded, speak: (context) => new ConstantSourceNode(context, { offset: 0 }) });
    const tone = new OscillatorNode(world.context, { frequency: 3000 });
    tone.start();
    await world.audioEngine.createSoundSourceAsync("the app's own", tone, {
        spatialEnabled: true,
        spatialAutoUpdate: false,
        spatialPanningModel: panningModel,
        spatialDistanceModel: "inverse",
        spatialPosition: new Vector3(1, 0.5, 4),
    });
    if (withVoice) {
        const voice = new SpatialVoice(world.scene, world.track, { audioEngine: world.audioEngine, panningModel });
        voice.node = new TransformNode("avatar", world.scene);
        voice.audible = withVoice === "playing";
        await voice.readyAsync;
    } else {
        world.audioEngine.listener.attach(world.camera);
        world.scene.onAfterRenderObservable.add(() => world.audioEngine.listener.update());
    }
    world.camera.position.set(2, 1, -1);
    await world.renderAsync({ 0.5: () => world.camera.rotation.set(0.3, 1.2, 0) });
    return world;
}

describe.each([
    ["left-handed", false],
    ["right-handed", true],
] as const)("in a %s scene", (_name, rightHanded) => {
    test.each(["equalpower", "HRTF"] as const)(
        "an app's own sound (%s) is rendered exactly as with Babylon's own listener",
        async (panningModel) => {
            const babylon = await renderAppAsync(rightHanded, panningModel, false);
            for (const voice of ["silenced", "playing"] as const) {
                const ours = await renderAppAsync(rightHanded, panningModel, voice);
                for (const at of [Settle, 0.5 + Settle]) {
                    expect(heard(ours, at)).toEqual(heard(babylon, at));
                }
                expect(heard(ours, Settle)).not.toEqual(heard(ours, 0.5 + Settle));
                ours.dispose();
            }
            babylon.dispose();
        },
    );

    test("a listener that the app has attached is not moved, and voices are heard from it", async () => {
        const world = await AudioScene.CreateAsync({ rightHanded });
        const ear = new TargetCamera("ear", new Vector3(10, 0, 0), world.scene);
        world.audioEngine.listener.attach(ear);
        world.audioEngine.listener.update();
        const { position } = world.audioEngine.listener;
        const update = jest.spyOn(world.audioEngine.listener, "update");
        const voice = new SpatialVoice(world.scene, world.track, {
            audioEngine: world.audioEngine,
            panningModel: "HRTF",
            distanceModel: "linear",
            maxDistance: 10,
        });
        const avatar = new TransformNode("avatar", world.scene);
        avatar.position.x = 50;
        voice.node = avatar;
        await voice.readyAsync;
        await world.renderAsync({ 0.3: () => (avatar.position.x = 12), 0.5: () => world.camera.position.set(0, 0, 3) });
        expect(update).not.toHaveBeenCalled();
        expect(world.audioEngine.listener.position).toBe(position);
        expect(position.x).toBe(10);
        // The avatar is 2 m from the attached listener. From the camera, 12 m away, it would be out of earshot.
        expect(voice.inEarshot).toBe(true);
        expect(world.earsAt(0.6).right).toBeGreaterThan(0.1);
        world.audioEngine.listener.detach();
        world.scene.render();
        expect(world.audioEngine.listener.position.z).toBe(3);
        world.dispose();
    });
});
