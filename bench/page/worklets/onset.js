/* global AudioWorkletProcessor, registerProcessor, sampleRate */

const threshold = 0.02;

/**
 * Records its two inputs, the raw stream and the voice. After a message it waits until either input exceeds the threshold, records both for
 * 150 ms, and posts the recordings with their start time (wall clock, in milliseconds).
 */
class Onset extends AudioWorkletProcessor {
    constructor() {
        super();
        this._armed = false;
        this._recording = null;
        this.port.onmessage = () => (this._armed = true);
    }

    process([raw, voice]) {
        const heard = [raw, voice].some((input) => input[0]?.some((sample) => Math.abs(sample) > threshold));
        if (this._armed && heard) {
            this._armed = false;
            const length = Math.round(0.15 * sampleRate);
            this._recording = { at: Date.now(), raw: new Float32Array(length), voice: new Float32Array(length), filled: 0 };
        }
        const recording = this._recording;
        if (recording) {
            const size = Math.min(128, recording.raw.length - recording.filled);
            for (const [input, target] of [
                [raw, recording.raw],
                [voice, recording.voice],
            ]) {
                if (input[0]) {
                    target.set(input[0].subarray(0, size), recording.filled);
                }
            }
            recording.filled += size;
            if (recording.filled === recording.raw.length) {
                this._recording = null;
                this.port.postMessage({ at: recording.at, raw: recording.raw, voice: recording.voice });
            }
        }
        return true;
    }
}

registerProcessor("onset", Onset);
