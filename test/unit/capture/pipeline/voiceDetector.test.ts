import { runInThisContext } from "node:vm";
import { voiceDetectorSource } from "../../../../src/capture/pipeline/voiceDetector.js";
import type { IVoiceDetector, IVoiceDetectorOptions } from "../../../../src/capture/pipeline/voiceDetector.js";

type Detector = new (sampleRate: number, options: IVoiceDetectorOptions) => IVoiceDetector;

// The class is evaluated from its source text, as on the audio thread.
const VoiceDetector = runInThisContext(`(() => { ${voiceDetectorSource}; return VoiceDetector; })()`) as Detector;
const block = 128;

/** Feeds samples to a detector, and records when the detector opened and closed, in milliseconds. */
class Trial {
    public readonly turns: number[] = [];
    private readonly _detector: IVoiceDetector;
    private readonly _rate: number;
    private _sample = 0;
    private _seed = 1;

    constructor(rate: number, options: Partial<IVoiceDetectorOptions> = {}) {
        this._rate = rate;
        this._detector = new VoiceDetector(rate, { thresholdDb: -50, attackMs: 15, hangoverMs: 300, ...options });
    }

    get open(): boolean {
        return this._detector.open;
    }

    get ms(): number {
        return (1_000 * this._sample) / this._rate;
    }

    tone(ms: number, amplitude: number, hz = 300): this {
        return this._hear(ms, (i) => amplitude * Math.sin((2 * Math.PI * hz * i) / this._rate));
    }

    noise(ms: number, amplitude: number): this {
        return this._hear(ms, () => amplitude * (2 * this._random() - 1));
    }

    silence(ms: number): this {
        return this._hear(ms, () => 0);
    }

    private _hear(ms: number, wave: (i: number) => number): this {
        const end = this._sample + (ms * this._rate) / 1_000;
        while (this._sample < end) {
            const was = this.open;
            this._detector.hear(Float32Array.from({ length: block }, (_, i) => wave(this._sample + i)));
            this._sample += block;
            if (this.open !== was) {
                this.turns.push(this.ms);
            }
        }
        return this;
    }

    private _random(): number {
        this._seed = (this._seed * 16_807) % 2_147_483_647;
        return this._seed / 2_147_483_647;
    }
}

describe.each([44_100, 48_000])("VoiceDetector at %d Hz", (rate) => {
    it("opens within 25 ms of speech, so that a pre-roll of 40 ms keeps the first syllable whole", () => {
        const trial = new Trial(rate).silence(500);
        const begin = trial.ms;
        trial.tone(200, 0.1);
        expect(trial.open).toBe(true);
        expect((trial.turns[0] ?? NaN) - begin).toBeLessThan(25);
    });

    it("closes after the hangover, and not between words", () => {
        const trial = new Trial(rate).silence(200).tone(200, 0.1).silence(200).tone(200, 0.1);
        const end = trial.ms;
        trial.silence(1_000);
        expect(trial.turns).toHaveLength(2);
        expect((trial.turns[1] ?? NaN) - end).toBeGreaterThan(280);
        expect((trial.turns[1] ?? NaN) - end).toBeLessThan(330);
    });

    it("ignores the click of a key", () => {
        expect(new Trial(rate).silence(500).noise(4, 0.5).silence(500).turns).toEqual([]);
    });

    it("ignores sound below the threshold", () => {
        expect(new Trial(rate).silence(500).tone(500, 0.002).turns).toEqual([]);
        expect(new Trial(rate, { thresholdDb: -70 }).silence(500).tone(500, 0.002).turns).toHaveLength(1);
    });

    it("ignores the noise of a fan after some seconds, and opens for speech above the noise", () => {
        const trial = new Trial(rate).silence(500).noise(12_000, 0.02);
        expect(trial.open).toBe(false);
        trial.turns.length = 0;
        trial.tone(300, 0.2);
        expect(trial.open).toBe(true);
        trial.noise(2_000, 0.02);
        expect(trial.open).toBe(false);
    });

    it("ignores rumble", () => {
        expect(new Trial(rate).silence(500).tone(1_000, 0.01, 15).turns).toEqual([]);
    });

    it("stays open through a long sentence", () => {
        const trial = new Trial(rate).silence(300);
        for (let word = 0; word < 20; word++) {
            trial.tone(350, 0.1, 150 + 10 * word).noise(120, 0.001);
        }
        expect(trial.turns).toHaveLength(1);
    });
});
