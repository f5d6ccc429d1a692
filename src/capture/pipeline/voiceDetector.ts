/** Options of the voice activity detector. */
export interface IVoiceDetectorOptions {
    /** Level below which nothing counts as speech, in dBFS; 6 dB lower once speech has begun. */
    readonly thresholdDb: number;
    /** Duration of loud audio that counts as speech, in milliseconds. A keyboard click is shorter. */
    readonly attackMs: number;
    /** Duration of quiet audio after which speech is over, in milliseconds. */
    readonly hangoverMs: number;
}

/** Interface of the class `VoiceDetector` that `voiceDetectorSource` defines. */
export interface IVoiceDetector {
    /** True while speech is detected. */
    readonly open: boolean;
    /** Processes the next samples: mono, −1 to 1. */
    hear(samples: Float32Array): void;
}

/**
 * Source text of the class that distinguishes speech from noise. The class runs on the audio thread, where nothing can be imported. It is written
 * as text because a bundler may insert references into a class or function, and these do not exist on the audio thread.
 *
 * Speech is audio that is 10 dB above the noise floor and above the threshold. Once speech has begun, 6 dB above the noise floor and 6 dB below
 * the threshold are enough. In pauses the noise floor falls within 0.1 s; otherwise it rises by 5 dB a second. So the noise of a fan that starts
 * counts as noise after some seconds.
 */
export const voiceDetectorSource = `
class VoiceDetector {
    constructor(sampleRate, { thresholdDb, attackMs, hangoverMs }) {
        this.open = false;
        this.rate = sampleRate;
        this.threshold = Math.pow(10, thresholdDb / 10);
        this.attackMs = attackMs;
        this.hangoverMs = hangoverMs;
        this.floor = 1e-7;
        this.smooth = 0;
        this.loudMs = 0;
        this.quietMs = 0;
        this.last = 0;
        this.high = 0;
        // A first-order high-pass at 150 Hz: rumble is no speech.
        this.keep = 1 / (1 + (2 * Math.PI * 150) / sampleRate);
    }
    hear(samples) {
        let sum = 0;
        for (let i = 0; i < samples.length; i++) {
            this.high = this.keep * (this.high + samples[i] - this.last);
            this.last = samples[i];
            sum += this.high * this.high;
        }
        const power = sum / samples.length;
        const ms = (1000 * samples.length) / this.rate;
        this.smooth += (power - this.smooth) * Math.min(1, ms / 50);
        this.floor =
            this.smooth < this.floor
                ? Math.max(1e-9, this.floor + (this.smooth - this.floor) * Math.min(1, ms / 100))
                : Math.min(this.smooth, this.floor * Math.pow(10, ms / 2000));
        const loud = power > (this.open ? Math.max(this.threshold / 4, this.floor * 4) : Math.max(this.threshold, this.floor * 10));
        // A low voice pauses between its own pulses: such gaps count half.
        this.loudMs = loud ? this.loudMs + ms : Math.max(0, this.loudMs - ms / 2);
        this.quietMs = loud ? 0 : this.quietMs + ms;
        if (this.open) {
            this.open = this.quietMs < this.hangoverMs;
            this.loudMs = 0;
        } else {
            this.open = this.loudMs >= this.attackMs;
        }
    }
}`;
