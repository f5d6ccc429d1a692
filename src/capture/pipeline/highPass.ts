import type { AudioProcessorFactory } from "./audioProcessor.js";

/** In decibels, as WebAudio counts a high-pass's Q: Butterworth, without a bump at the edge. */
const butterworthQ = 20 * Math.log10(Math.SQRT1_2);

/**
 * @param hz - below it sound fades by 12 dB per octave; it is 3 dB softer there
 * @returns a processor that takes rumble away
 */
export function highPass(hz: number): AudioProcessorFactory {
    return (context) => {
        const node = new BiquadFilterNode(context, { type: "highpass", frequency: hz, Q: butterworthQ });
        return { input: node, output: node };
    };
}
