/* global AudioWorkletProcessor, registerProcessor, sampleRate */

/** Silent. A message triggers a burst of 1 kHz for 20 ms. Posts the wall clock in milliseconds when the burst starts. */
class Burst extends AudioWorkletProcessor {
    constructor() {
        super();
        this._wanted = false;
        this._done = Infinity;
        this.port.onmessage = () => (this._wanted = true);
    }

    process(_inputs, [[channel]]) {
        if (this._wanted) {
            this._wanted = false;
            this._done = 0;
            this.port.postMessage(Date.now());
        }
        for (let i = 0; i < channel.length; i++) {
            channel[i] = this._done < 0.02 * sampleRate ? 0.8 * Math.sin((2 * Math.PI * 1_000 * this._done++) / sampleRate) : 0;
        }
        return true;
    }
}

registerProcessor("burst", Burst);
