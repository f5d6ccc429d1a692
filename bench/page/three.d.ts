/** As much of three.js as is measured; its own types bring a physics engine with them. */
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
