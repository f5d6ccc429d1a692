import { VoiceBehavior } from "babylon-rtc";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { insidesOf } from "./insides.js";

/** Who makes the voices: this library, Babylon's own attachment as its documentation shows it, or nobody. */
export type CrowdKind = "ours" | "babylon" | "none";

const size = 32;

/** Thirty-two HRTF voices round a camera, in a scene that draws nothing, so that what is measured is sound. */
export class Crowd {
    public readonly scene: Scene;
    public readonly audio: AudioEngineV2;
    private readonly _nodes: readonly TransformNode[];

    private constructor(scene: Scene, audio: AudioEngineV2, nodes: readonly TransformNode[]) {
        this.scene = scene;
        this.audio = audio;
        this._nodes = nodes;
    }

    /** @param stream - what every one of them says: a remote stream, so that it takes the way of a call */
    public static async CreateAsync(kind: CrowdKind, stream: MediaStream): Promise<Crowd> {
        const scene = new Scene(new NullEngine());
        const camera = new FreeCamera("camera", Vector3.Zero(), scene);
        const audio = await CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: kind === "babylon" });
        if (kind === "babylon") {
            audio.listener.attach(camera);
        }
        const nodes = Array.from({ length: size }, (_, i) => new TransformNode(`avatar ${i}`, scene));
        const crowd = new Crowd(scene, audio, nodes);
        crowd.place(2, 0);
        scene.render();
        for (const node of nodes) {
            if (kind === "ours") {
                const voice = new VoiceBehavior(stream, { audioEngine: audio });
                node.addBehavior(voice);
                await voice.readyAsync;
            } else if (kind === "babylon") {
                const source = new MediaStreamAudioSourceNode(insidesOf(audio)._audioContext, { mediaStream: stream });
                const sound = await audio.createSoundSourceAsync(node.name, source, {
                    spatialEnabled: true,
                    spatialPanningModel: "HRTF",
                    spatialDistanceModel: "inverse",
                    spatialMinDistance: 1,
                    spatialMaxDistance: 40,
                    spatialRolloffFactor: 1,
                });
                sound.spatial.attach(node);
            }
        }
        return crowd;
    }

    /** Seconds of sound that the audio thread has made. */
    public get soundSeconds(): number {
        return insidesOf(this.audio)._audioContext.currentTime;
    }

    /**
     * Puts everybody somewhere.
     * @param nearest - distance of the nearest, in metres; the others stand up to 16 m farther
     * @param turn - how far the whole crowd has walked round the camera, in radians
     */
    public place(nearest: number, turn: number): void {
        this._nodes.forEach((node, i) => {
            const angle = turn + (2 * Math.PI * i) / size;
            const distance = nearest + i / 2;
            node.position.set(distance * Math.sin(angle), 0, distance * Math.cos(angle));
            node.computeWorldMatrix(true);
        });
    }
}
