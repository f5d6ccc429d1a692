import { FreeCamera } from "@babylonjs/core/Cameras/freeCamera.js";
import { Engine } from "@babylonjs/core/Engines/engine.js";
import { NullEngine } from "@babylonjs/core/Engines/nullEngine.js";
import { Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import { TransformNode } from "@babylonjs/core/Meshes/transformNode.js";
import { Scene } from "@babylonjs/core/scene.js";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";

/** Settings of a world. */
export interface IWorldOptions {
    readonly rightHanded?: boolean | undefined;
    /**
     * Renders to a canvas, for tests with keys or a headset. Default: false, because rendering without a GPU uses most of a core per page. The frame
     * rate is the same without a canvas.
     */
    readonly canvas?: boolean | undefined;
    /** Sample rate of the audio context, in hertz. Default: the browser's choice. */
    readonly sampleRate?: number | undefined;
    /**
     * Frames per second. If set, a timer starts the frames instead of `requestAnimationFrame`, which would make the browser composite. Default:
     * `requestAnimationFrame`.
     */
    readonly framesPerSecond?: number | undefined;
}

/** A running scene with nodes as avatars, and a camera at the origin that looks along +Z (−Z in a right-handed scene). */
export class World {
    public readonly engine: Engine;
    public scene: Scene;
    public camera: FreeCamera;
    public readonly audio: AudioEngineV2;
    public readonly avatars = new Map<string, TransformNode>();

    private constructor({ rightHanded = false, canvas = false, framesPerSecond }: IWorldOptions, audio: AudioEngineV2) {
        this.engine = canvas ? new Engine(smallCanvas()) : new NullEngine();
        this.audio = audio;
        [this.scene, this.camera] = openScene(this.engine, rightHanded);
        if (framesPerSecond !== undefined) {
            this.engine.customAnimationFrameRequester = {
                requestAnimationFrame: (run: () => void) => setTimeout(run, 1_000 / framesPerSecond),
            };
        }
        this.engine.runRenderLoop(() => this.scene.render());
    }

    public static async CreateAsync(options: IWorldOptions = {}): Promise<World> {
        const { sampleRate } = options;
        const context = sampleRate === undefined ? {} : { audioContext: new AudioContext({ sampleRate }) };
        return new World(
            options,
            await CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1, ...context }),
        );
    }

    /** Avatar node with this name. Created if it does not exist. */
    public avatar(name: string): TransformNode {
        let node = this.avatars.get(name);
        if (!node) {
            node = new TransformNode(name, this.scene);
            this.avatars.set(name, node);
        }
        return node;
    }

    /** Switches to a new scene with avatars at the same places. The caller disposes the previous scene. */
    public change(): void {
        const places = [...this.avatars].map(([name, { position }]) => [name, position.clone()] as const);
        [this.scene, this.camera] = openScene(this.engine, this.scene.useRightHandedSystem);
        this.avatars.clear();
        places.forEach(([name, position]) => this.avatar(name).position.copyFrom(position));
    }

    /** Waits for a number of frames. */
    public async framesAsync(count: number): Promise<void> {
        for (let i = 0; i < count; i++) {
            await new Promise<void>((resolve) => this.scene.onAfterRenderObservable.addOnce(() => resolve()));
        }
    }

    public dispose(): void {
        this.engine.stopRenderLoop();
        this.scene.dispose();
        this.engine.dispose();
        this.audio.dispose();
    }
}

function openScene(engine: Engine, rightHanded: boolean): [Scene, FreeCamera] {
    const scene = new Scene(engine);
    scene.useRightHandedSystem = rightHanded;
    const camera = new FreeCamera("camera", Vector3.Zero(), scene);
    camera.setTarget(new Vector3(0, 0, rightHanded ? -1 : 1));
    return [scene, camera];
}

function smallCanvas(): HTMLCanvasElement {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 32;
    document.body.append(canvas);
    return canvas;
}
