import { VoiceBehavior } from "babylon-rtc";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { AudioListener, Object3D, PositionalAudio } from "three";
import { insidesOf } from "./insides.js";

/**
 * Implementation of the voices: this library, Babylon's `spatial.attach` as in its documentation, or three.js' `PositionalAudio`. For
 * comparison: only the sources, without position (`sources`), or no sound (`none`).
 */
export type CrowdKind = "ours" | "babylon" | "three" | "sources" | "none";

/**
 * Movement of the crowd: none, all rotating around the camera, or each walking around the camera at about 1.5 m/s, alternately coming closer and
 * moving away.
 */
export type CrowdMove = "still" | "turning" | "walking";

const size = 32;

/** Walking speed along a circle around the camera, and also towards or away from the camera, in metres per second. Together, they make 1.5 m/s. */
const walkingSpeed = 1.5 * Math.SQRT1_2;

/** 32 HRTF voices around a camera. The scene renders nothing, so that only sound is measured. */
export class Crowd {
    private readonly _context: AudioContext;
    private readonly _put: (index: number, x: number, z: number) => void;
    private readonly _update: () => void;

    private constructor(context: AudioContext, put: (index: number, x: number, z: number) => void, update: () => void) {
        this._context = context;
        this._put = put;
        this._update = update;
    }

    /** @param stream - source of all voices: a remote stream, so that it has the cost of a call */
    public static async CreateAsync(kind: CrowdKind, stream: MediaStream): Promise<Crowd> {
        return kind === "three" ? threeCrowd(stream) : await babylonCrowdAsync(kind, stream);
    }

    /** @internal */
    public static Of(context: AudioContext, put: (index: number, x: number, z: number) => void, update: () => void): Crowd {
        return new Crowd(context, put, update);
    }

    /** Seconds of sound that the audio thread has rendered. */
    public get soundSeconds(): number {
        return this._context.currentTime;
    }

    /**
     * Places all voices.
     * @param nearest - distance of the nearest voice, in metres; the others stand up to 15.5 m farther
     * @param turn - rotation of the whole crowd around the camera, in radians
     */
    public place(nearest: number, turn: number): void {
        for (let i = 0; i < size; i++) {
            this._placeOne(i, nearest + i / 2, turn + (2 * Math.PI * i) / size);
        }
    }

    /**
     * Places all voices for a moment of a movement. No voice comes nearer than 2 m.
     * @param move - kind of movement
     * @param seconds - time since the movement started
     */
    public move(move: CrowdMove, seconds: number): void {
        if (move !== "walking") {
            this.place(2, move === "turning" ? 0.6 * seconds : 0);
            return;
        }
        const way = walkingSpeed * seconds;
        for (let i = 0; i < size; i++) {
            const distance = 2 + i / 2;
            this._placeOne(i, distance + Math.abs(((way + i) % 4) - 2), way / distance + (2 * Math.PI * i) / size);
        }
    }

    /** Runs the per-frame work of the voices. */
    public update(): void {
        this._update();
    }

    private _placeOne(index: number, distance: number, angle: number): void {
        this._put(index, distance * Math.sin(angle), distance * Math.cos(angle));
    }
}

async function babylonCrowdAsync(kind: CrowdKind, stream: MediaStream): Promise<Crowd> {
    const scene = new Scene(new NullEngine());
    const camera = new FreeCamera("camera", Vector3.Zero(), scene);
    const audio = await CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: kind === "babylon" });
    const { _audioContext: context, mainOut } = insidesOf(audio);
    if (kind === "babylon") {
        audio.listener.attach(camera);
    }
    const nodes = Array.from({ length: size }, (_, i) => new TransformNode(`avatar ${i}`, scene));
    const put = (index: number, x: number, z: number): void => {
        const node = nodes[index];
        node?.position.set(x, 0, z);
        node?.computeWorldMatrix(true);
    };
    const crowd = Crowd.Of(context, put, () => scene.onAfterRenderObservable.notifyObservers(scene));
    crowd.place(2, 0);
    scene.render();
    for (const node of nodes) {
        if (kind === "ours") {
            const voice = new VoiceBehavior(stream, { audioEngine: audio });
            node.addBehavior(voice);
            await voice.readyAsync;
        } else if (kind === "sources") {
            new MediaStreamAudioSourceNode(context, { mediaStream: stream }).connect(mainOut._inNode);
        } else if (kind === "babylon") {
            const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
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

function threeCrowd(stream: MediaStream): Crowd {
    const listener = new AudioListener();
    const sounds: PositionalAudio[] = [];
    const nodes = Array.from({ length: size }, () => {
        const node = new Object3D();
        const sound = new PositionalAudio(listener);
        sound.setMediaStreamSource(stream);
        sound.setDistanceModel("inverse");
        sound.setRefDistance(1);
        sound.setMaxDistance(40);
        node.add(sound);
        sounds.push(sound);
        return node;
    });
    const put = (index: number, x: number, z: number): void => {
        const node = nodes[index];
        node?.position.set(x, 0, z);
        // Only the avatar's own matrix, as for the other kinds.
        node?.updateWorldMatrix(false, false);
    };
    const update = (): void => {
        listener.updateMatrixWorld(true);
        sounds.forEach((sound) => sound.updateMatrixWorld(true));
    };
    return Crowd.Of(listener.context, put, update);
}
