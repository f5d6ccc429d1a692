/** Types for the measured part of three.js. The types of three.js itself depend on a physics engine. */
declare module "three" {
    export class Object3D {
        public readonly position: { set(x: number, y: number, z: number): void };
        public add(child: Object3D): void;
        public updateMatrixWorld(force?: boolean): void;
        public updateWorldMatrix(parents: boolean, children: boolean): void;
    }
    export class AudioListener extends Object3D {
        public readonly context: AudioContext;
    }
    export class PositionalAudio extends Object3D {
        public constructor(listener: AudioListener);
        public setMediaStreamSource(stream: MediaStream): void;
        public setDistanceModel(model: DistanceModelType): void;
        public setRefDistance(metres: number): void;
        public setMaxDistance(metres: number): void;
    }
}
