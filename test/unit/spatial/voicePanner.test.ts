import type { AbstractSoundSource } from "@babylonjs/core/AudioV2/abstractAudio/abstractSoundSource.js";
import { Quaternion, Vector3 } from "@babylonjs/core/Maths/math.vector.js";
import type { AudioHost } from "../../../src/audio/audioHost.js";
import { resolveSpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";
import type { ISpatialVoiceOptions } from "../../../src/spatial/spatialVoiceOptions.js";
import { VoiceListener } from "../../../src/spatial/voiceListener.js";
import { VoicePanner } from "../../../src/spatial/voicePanner.js";

/** An audio parameter that counts the writes to it. */
class FakeParam {
    public automationRate: AutomationRate | undefined = "a-rate";
    public writes = 0;
    public glides = 0;
    private _value = 0;

    public get value(): number {
        return this._value;
    }
    public set value(value: number) {
        this.writes++;
        this._value = value;
    }

    public setValueCurveAtTime(values: readonly number[]): void {
        this.writes++;
        this.glides++;
        this._value = values.at(-1) ?? NaN;
    }

    public setTargetAtTime(value: number): void {
        this.writes++;
        this.glides++;
        // An exponential approach never reaches its target exactly.
        this._value += 0.9 * (value - this._value);
    }

    public cancelScheduledValues(): void {
        // No values are scheduled.
    }
}

type Axis = "X" | "Y" | "Z";
type Params<Name extends string> = Record<`${Name}${Axis}`, FakeParam>;

function params<Name extends string>(...names: readonly Name[]): Params<Name> {
    const keys = names.flatMap((name) => (["X", "Y", "Z"] as const).map((axis) => `${name}${axis}` as const));
    return Object.fromEntries(keys.map((key) => [key, new FakeParam()])) as Params<Name>;
}

const written = (of: Record<string, FakeParam>): number => Object.values(of).reduce((sum, { writes }) => sum + writes, 0);
const pointOf = (of: Params<"position">): number[] => [of.positionX.value, of.positionY.value, of.positionZ.value];

const framesPerSecond = 60;

/** An audio engine whose WebAudio parameters count their writes. A test renders each frame. */
class FakeSound {
    public readonly ear = params("position", "forward", "up");
    public readonly context = { state: "running", currentTime: 0, listener: this.ear };
    public readonly babylon = {
        position: Vector3.Zero(),
        rotationQuaternion: Quaternion.Identity(),
        isAttached: false,
        update: jest.fn(),
        _lastPosition: Vector3.Zero(),
        _lastRotationQuaternion: Quaternion.Identity(),
    };
    public readonly host = { context: this.context, engine: { listener: this.babylon } } as unknown as AudioHost;
    public readonly voices: FakeVoice[] = [];
    private _listener: VoiceListener | null = null;
    private _frame = 0;

    public get listener(): VoiceListener {
        if (!this._listener) {
            this._listener = VoiceListener.For(this.host);
            this._listener.hold();
        }
        return this._listener;
    }

    public add(options: Partial<ISpatialVoiceOptions> = {}, leftHanded = false): FakeVoice {
        const voice = new FakeVoice(this, resolveSpatialVoiceOptions(options), leftHanded);
        this.voices.push(voice);
        return voice;
    }

    /** Renders a frame of the scene. */
    public frame(): void {
        this.context.currentTime += 1 / framesPerSecond;
        this.listener.move(this.babylon.position, this.babylon.rotationQuaternion, this, ++this._frame);
        this.voices.forEach((voice) => voice.frame());
    }

    public frames(count: number, each: (index: number) => void = () => undefined): void {
        for (let i = 0; i < count; i++) {
            each(i);
            this.frame();
        }
    }
}

class FakeVoice {
    public readonly panner = params("position", "orientation");
    public readonly place = { position: { x: 0, y: 0, z: 4 }, facing: { x: 0, y: 0, z: 1 } };
    public readonly setter = jest.fn();
    public readonly spatial: { position: Vector3; orientation: Vector3 };
    private readonly _voice: VoicePanner;
    private readonly _leftHanded: boolean;
    private _last = "";

    public constructor(sound: FakeSound, options: ISpatialVoiceOptions, leftHanded: boolean) {
        const position = Vector3.Zero();
        const { setter } = this;
        this.spatial = {
            get position() {
                return position;
            },
            set position(value) {
                setter(value.asArray());
            },
            orientation: new Vector3(1, 0, 0),
        };
        const source = { spatial: this.spatial, _subGraph: { getSubNode: () => ({ node: this.panner }) } };
        this._leftHanded = leftHanded;
        // The listener is created first, as in the library.
        expect(sound.listener).toBeDefined();
        this._voice = new VoicePanner(sound.host, source as unknown as AbstractSoundSource, options);
        this._last = JSON.stringify(this.place);
        this._voice.place(this.place, leftHanded, false);
    }

    /** Starts to be heard, from its current position. */
    public begin(): void {
        this._voice.place(this.place, this._leftHanded, false);
    }

    public frame(): void {
        const now = JSON.stringify(this.place);
        this._voice.follow(this.place, this._leftHanded, now !== this._last);
        this._last = now;
    }
}

/** Moves a voice around the listener, 3° per frame. */
const run = (voice: FakeVoice, frame: number): void => {
    voice.place.position.x = 4 * Math.sin((3 * frame * Math.PI) / 180);
    voice.place.position.z = 4 * Math.cos((3 * frame * Math.PI) / 180);
};

let sound: FakeSound;
beforeEach(() => (sound = new FakeSound()));

describe("The listener of two scenes on one engine", () => {
    it("is that of the scene rendered last, and of the other scene once the last one stops rendering", () => {
        const [first, second] = [new Vector3(1, 0, 0), new Vector3(2, 0, 0)];
        const scenes = [{}, {}] as const;
        const move = (scene: 0 | 1, frame: number): void => {
            sound.babylon.position = scene === 0 ? first : second;
            sound.listener.move(sound.babylon.position, sound.babylon.rotationQuaternion, scenes[scene], frame);
        };
        const heard: number[] = [];
        for (let frame = 1; frame <= 20; frame++) {
            sound.context.currentTime += 1 / framesPerSecond;
            move(0, frame);
            if (frame <= 10) {
                move(1, frame);
            }
            heard.push(sound.ear.positionX.value);
        }
        expect(heard.slice(1, 10).every((x) => x === 2)).toBe(true);
        expect(heard.at(-1)).toBe(1);
    });
});

describe("A moving voice", () => {
    it("is written at most 30 times per second", () => {
        const voice = sound.add();
        let frames = 0;
        // Ten seconds at 60 frames per second.
        for (let i = 0; i < 600; i++) {
            const before = voice.panner.positionX.writes;
            run(voice, i + 1);
            sound.frame();
            frames += voice.panner.positionX.writes > before ? 1 : 0;
        }
        expect(frames).toBeGreaterThan(290);
        expect(frames).toBeLessThanOrEqual(10 * 30 + 1);
    });

    it("takes turns with other voices, so that no frame writes all of them", () => {
        const voices = Array.from({ length: 32 }, () => sound.add());
        sound.frames(10, (i) => voices.forEach((voice) => run(voice, i)));
        for (let i = 10; i < 70; i++) {
            const before = voices.map(({ panner }) => written(panner));
            voices.forEach((voice) => run(voice, i));
            sound.frame();
            const count = voices.filter(({ panner }, index) => written(panner) !== before[index]).length;
            expect(count).toBeGreaterThan(8);
            expect(count).toBeLessThan(24);
        }
    });

    it("is not written for inaudible moves, and is written once with its exact position when it rests", () => {
        const voice = sound.add();
        sound.frame();
        const before = written(voice.panner);
        sound.frames(20, (i) => (voice.place.position.z = 4 + 0.0015 * (i + 1)));
        expect(written(voice.panner)).toBe(before);
        sound.frames(4);
        expect(pointOf(voice.panner)).toEqual([0, 0, 4.03]);
        sound.frames(100);
        expect(written(voice.panner)).toBe(before + 1);
    });

    it("is written once more after it becomes audible again, if the listener has moved meanwhile", () => {
        const voice = sound.add();
        sound.frames(30);
        voice.begin();
        sound.frames(30);
        const before = written(voice.panner);
        // The voice is not heard meanwhile, so it does not follow.
        sound.voices.length = 0;
        sound.babylon.position.x = 3;
        sound.frames(30);
        sound.voices.push(voice);
        voice.begin();
        expect(written(voice.panner)).toBe(before);
        sound.frames(30);
        expect(written(voice.panner)).toBe(before + 1);
        expect(pointOf(voice.panner)[0]).toBeCloseTo(0, 6);
        sound.frames(300);
        expect(written(voice.panner)).toBe(before + 1);
    });

    it("is not ramped with HRTF while its level stays, since the browser blends by itself", () => {
        const voice = sound.add();
        sound.frames(120, (i) => run(voice, i));
        expect(written(voice.panner)).toBeGreaterThan(100);
        expect(Object.values(voice.panner).every(({ glides }) => glides === 0)).toBe(true);
    });

    it("is ramped where the browser does not blend: with equal power, and when the level changes", () => {
        const plain = sound.add({ panningModel: "equalpower" });
        const near = sound.add();
        sound.frames(60, (i) => {
            run(plain, i);
            near.place.position.z = 4 - 0.05 * i;
        });
        expect(plain.panner.positionX.glides).toBeGreaterThan(20);
        expect(near.panner.positionZ.glides).toBeGreaterThan(5);
    });

    it.each([
        ["HRTF", false],
        ["HRTF", true],
        ["equalpower", false],
    ] as const)("keeps its position beside a listener that moves along at 15 m/s (%s, left-handed: %p)", (panningModel, leftHanded) => {
        const voice = sound.add({ panningModel }, leftHanded);
        voice.place.position.x = 0.8;
        voice.place.position.z = 0;
        sound.frames(10);
        const beside: number[] = [];
        sound.frames(120, () => {
            sound.babylon.position.z += 15 / framesPerSecond;
            voice.place.position.z += 15 / framesPerSecond;
            beside.push(voice.panner.positionZ.value - sound.ear.positionZ.value);
        });
        expect(sound.ear.positionZ.value).toBeGreaterThan(29);
        expect(sound.ear.positionZ.glides).toBeLessThan(65);
        expect(Math.max(...beside.map(Math.abs))).toBeLessThan(0.01);
    });

    it("ends at its exact position after its level has changed", () => {
        const voice = sound.add();
        sound.frames(60, (i) => (voice.place.position.z = 4 - 0.05 * i));
        const { glides } = voice.panner.positionZ;
        expect(glides).toBeGreaterThan(5);
        sound.frames(10);
        expect(pointOf(voice.panner)).toEqual([0, 0, voice.place.position.z]);
        const before = written(voice.panner);
        sound.frames(100);
        expect(written(voice.panner)).toBe(before);
    });

    it("exposes its exact position to tools in each frame", () => {
        const voice = sound.add();
        sound.frames(5, (i) => {
            voice.place.position.z = 4 + 0.001 * i;
        });
        expect(voice.spatial.position.z).toBe(4.004);
    });

    it("is mirrored through WebAudio's listener in the same frame in which the listener turns", () => {
        const voices = Array.from({ length: 8 }, () => sound.add({}, true));
        sound.frames(10);
        const q = (degrees: number): Quaternion => Quaternion.FromEulerAngles(0, (degrees * Math.PI) / 180, 0);
        for (let i = 1; i <= 20; i++) {
            const before = sound.ear.forwardX.writes;
            const voicesBefore = voices.map(({ panner }) => written(panner));
            sound.babylon.rotationQuaternion = q(2 * i);
            sound.frame();
            const turned = sound.ear.forwardX.writes > before;
            expect(voices.map(({ panner }, index) => written(panner) > (voicesBefore[index] ?? 0))).toEqual(voices.map(() => turned));
        }
        sound.frames(6);
        // The voice is 4 m away along +z. Mirrored through the listener, which is turned by 40°, it is at 180° + 2 · 40°.
        const angle = ((180 + 80) * Math.PI) / 180;
        expect(voices[0]?.panner.positionX.value).toBeCloseTo(4 * Math.sin(angle), 5);
        expect(voices[0]?.panner.positionZ.value).toBeCloseTo(4 * Math.cos(angle), 5);
    });

    it("is written on each audible move while the context is suspended", () => {
        const voice = sound.add();
        sound.context.state = "suspended";
        sound.frames(10, (i) => run(voice, i + 1));
        expect(voice.panner.positionX.writes).toBe(11);
    });
});

describe("The listener", () => {
    it("marks its pose as written in Babylon's listener, so that Babylon does not write it again", () => {
        sound.babylon.position.set(1, 2, 3);
        sound.frame();
        expect(sound.babylon._lastPosition.asArray()).toEqual([1, 2, 3]);
        expect(pointOf(sound.ear)).toEqual([1, 2, 3]);
        expect(sound.babylon.update).not.toHaveBeenCalled();
    });

    it("is not written while it stands still, and for moves of a millimetre only when it rests", () => {
        sound.frames(3);
        const before = written(sound.ear);
        sound.frames(10);
        sound.frames(8, (i) => (sound.babylon.position.x = 0.001 * (i + 1)));
        expect(written(sound.ear)).toBe(before);
        sound.frames(4);
        expect(written(sound.ear)).toBe(before + 1);
        expect(sound.ear.positionX.value).toBe(0.008);
    });

    it("is left to the app that attaches it, after the pending pose is written", () => {
        sound.frames(3);
        sound.frames(8, (i) => (sound.babylon.position.x = 0.001 * (i + 1)));
        sound.babylon.isAttached = true;
        sound.frame();
        expect(sound.ear.positionX.value).toBe(0.008);
        const before = written(sound.ear);
        sound.frames(5, (i) => (sound.babylon.position.x = i));
        expect(written(sound.ear)).toBe(before);
        expect(sound.listener.position.x).toBe(4);
        sound.babylon.isAttached = false;
        sound.frame();
        expect(sound.ear.positionX.value).toBe(4);
    });

    it("is written again after other code has moved it through Babylon", () => {
        sound.frames(3);
        sound.ear.positionX.value = 9;
        sound.babylon._lastPosition.x = 9;
        sound.frame();
        expect(sound.ear.positionX.value).toBe(0);
    });

    it("keeps its last pose when the camera's position is NaN", () => {
        sound.frames(3);
        sound.babylon.position.x = NaN;
        sound.frames(3);
        expect(sound.ear.positionX.value).toBe(0);
    });

    it("uses k-rate while there are voices, and then restores the rates that no other code has changed", () => {
        sound.ear.upX.automationRate = "k-rate";
        sound.ear.upY.automationRate = "k-rate";
        const { listener } = sound;
        const voice = sound.add();
        listener.hold();
        expect(new Set(Object.values(sound.ear).map(({ automationRate }) => automationRate))).toEqual(new Set(["k-rate"]));
        expect(new Set(Object.values(voice.panner).map(({ automationRate }) => automationRate))).toEqual(new Set(["k-rate"]));
        listener.release();
        expect(sound.ear.positionX.automationRate).toBe("k-rate");
        sound.ear.upY.automationRate = "a-rate";
        sound.babylon.position.x = 0.001;
        sound.frame();
        listener.release();
        expect(sound.ear.positionX.automationRate).toBe("a-rate");
        expect(sound.ear.upX.automationRate).toBe("k-rate");
        expect(sound.ear.upY.automationRate).toBe("a-rate");
        expect(sound.ear.positionX.value).toBe(0.001);
    });
});

describe("An engine without a known panner or k-rate", () => {
    it("moves voice and listener through Babylon's setters, and logs this once", async () => {
        await jest.isolateModulesAsync(async () => {
            const { Logger: Log } = await import("@babylonjs/core/Misc/logger.js");
            const said = jest.spyOn(Log, "Warn").mockImplementation(() => undefined);
            const { VoiceListener: Listener } = await import("../../../src/spatial/voiceListener.js");
            const { VoicePanner: Panner } = await import("../../../src/spatial/voicePanner.js");
            Object.values(sound.ear).forEach((param) => (param.automationRate = undefined));
            const listener = Listener.For(sound.host);
            listener.hold();
            const voice = new FakeVoice(new FakeSound(), resolveSpatialVoiceOptions({}), false);
            const source = { spatial: voice.spatial, _subGraph: { getSubNode: () => ({ node: voice.panner }) } };
            const panners = [0, 1].map(
                () => new Panner(sound.host, source as unknown as AbstractSoundSource, resolveSpatialVoiceOptions({})),
            );
            voice.place.position.x = 0.001;
            listener.move(sound.babylon.position, sound.babylon.rotationQuaternion, sound, 1);
            panners[0]?.follow(voice.place, false, true);
            expect(sound.babylon.update).toHaveBeenCalledTimes(1);
            expect(voice.setter).toHaveBeenLastCalledWith([0.001, 0, 4]);
            expect(written(sound.ear)).toBe(0);
            expect(said).toHaveBeenCalledTimes(1);
        });
    });
});
