import { loadWorkletAsync } from "./worklet.js";

/**
 * Changes one frame in place.
 * @param channels - 128 samples, −1 to 1, for each channel
 * @param sampleRate - of the frame, in hertz: the audio context's
 * @param state - one object, empty at first, for whatever must be kept from frame to frame
 */
export type FrameFunction = (channels: Float32Array[], sampleRate: number, state: Record<string, unknown>) => void;

/** A function over frames that runs on the audio thread. */
export interface IFrameWorklet {
    readonly node: AudioWorkletNode;
    /** Stops it on the audio thread. */
    readonly end: () => void;
}

let modules = 0;

/** Makes the worklet of `frameProcessor`. Rejects with `unsupported` where worklets cannot be loaded. */
export async function frameWorkletAsync(context: AudioContext, process: FrameFunction, channelCount: 1 | 2): Promise<IFrameWorklet> {
    const name = `babylon-rtc-frames-${++modules}`;
    await loadWorkletAsync(context, workletSource(name, process));
    const node = new AudioWorkletNode(context, name, {
        channelCount,
        channelCountMode: "explicit",
        outputChannelCount: [channelCount],
    });
    return { node, end: () => node.port.postMessage("end") };
}

function workletSource(name: string, process: FrameFunction): string {
    const text = process.toString();
    // A method in shorthand (`change(frame) {…}`) is an expression only inside of an object.
    const change = /^(?:function\b|\(|[\w$]+\s*=>)/.test(text) ? `(${text})` : `Object.values({ ${text} })[0]`;
    return `
        const change = ${change};
        registerProcessor(${JSON.stringify(name)}, class extends AudioWorkletProcessor {
            state = {};
            live = true;
            constructor() {
                super();
                this.port.onmessage = () => { this.live = false; };
            }
            process([input], [output]) {
                if (input.length > 0) {
                    const copy = () => output.forEach((channel, i) => channel.set(input[Math.min(i, input.length - 1)]));
                    copy();
                    try {
                        change(output, sampleRate, this.state);
                    } catch {
                        copy();
                    }
                }
                return this.live;
            }
        });`;
}
