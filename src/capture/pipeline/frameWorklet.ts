import type { FrameFunction, IAudioProcessor } from "./audioProcessor.js";
import { loadWorkletAsync } from "./worklet.js";

let modules = 0;

/** Creates the processor of `frameProcessor` in an `AudioWorklet`. Rejects with `unsupported` where worklets cannot be loaded. */
export async function frameWorkletAsync(context: AudioContext, process: FrameFunction, channelCount: 1 | 2): Promise<IAudioProcessor> {
    const name = `babylon-rtc-frames-${++modules}`;
    await loadWorkletAsync(context, workletSource(name, process));
    const node = new AudioWorkletNode(context, name, {
        channelCount,
        channelCountMode: "explicit",
        outputChannelCount: [channelCount],
    });
    return { input: node, output: node, dispose: () => node.port.postMessage("end") };
}

function workletSource(name: string, process: FrameFunction): string {
    const text = process.toString();
    // A shorthand method (`change(frame) {…}`) is a valid expression only inside an object literal.
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
