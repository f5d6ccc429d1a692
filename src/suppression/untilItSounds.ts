/** Longer is not waited, in milliseconds: a page's first network may take half a second to be compiled. */
const mostMs = 3_000;
/** Time between two looks, in milliseconds. */
const lookMs = 10;

/**
 * Waits until a node passes sound on: RNNoise's gives silence until the audio thread has compiled its network, and does not tell when.
 * @param context - the node's; where it does not run nothing is waited for
 * @param node - passes sound on, once it is ready
 * @returns a promise that resolves then, or after three seconds. Never rejects.
 */
export async function untilItSoundsAsync(context: BaseAudioContext, node: AudioNode): Promise<void> {
    if (context.state !== "running") {
        return;
    }
    const analyser = new AnalyserNode(context, { fftSize: 2_048 });
    const tone = new OscillatorNode(context, { frequency: 300, type: "sawtooth" });
    const samples = new Float32Array(analyser.fftSize);
    tone.connect(node).connect(analyser);
    tone.start();
    const end = performance.now() + mostMs;
    do {
        await new Promise((resolve) => setTimeout(resolve, lookMs));
        analyser.getFloatTimeDomainData(samples);
    } while (samples.every((sample) => sample === 0) && performance.now() < end);
    tone.stop();
    tone.disconnect();
    node.disconnect(analyser);
}
