import { writeFileSync } from "node:fs";
import type { Page } from "playwright-core";

declare global {
    var ears: {
        /**
         * Spectral magnitude of a pitch in the mono mix of both channels. The window of the analyser makes it smaller than the tone's amplitude, but
         * proportional to it. If several nodes are connected to the output, the greatest magnitude among them.
         */
        amplitude(hz: number): number;
        /** Spectral magnitude of a pitch in each channel; also the greatest among the nodes. */
        sides(hz: number): { readonly left: number; readonly right: number };
    };
}

/**
 * Measures all nodes that are connected to the output of an audio context, and exposes the result as `ears.amplitude(hz)` and `ears.sides(hz)`.
 * Runs in a page before the page's own scripts and does not depend on them.
 */
export function listenAtOutput(): void {
    const both: AnalyserNode[] = [];
    const left: AnalyserNode[] = [];
    const right: AnalyserNode[] = [];
    const connect = (AudioNode.prototype as { connect(to: AudioNode | AudioParam, ...rest: number[]): unknown }).connect;
    function connectAndListen(this: AudioNode, to: AudioNode | AudioParam, ...rest: number[]): unknown {
        if (to instanceof AudioDestinationNode && !(this.context instanceof OfflineAudioContext)) {
            const analyser = (): AnalyserNode => new AnalyserNode(this.context, { fftSize: 8_192, smoothingTimeConstant: 0 });
            // A mono signal would otherwise reach only the splitter's first output.
            const stereo = new GainNode(this.context, { channelCount: 2, channelCountMode: "explicit" });
            const splitter = new ChannelSplitterNode(this.context, { numberOfOutputs: 2 });
            connect.call(this, stereo);
            connect.call(stereo, splitter);
            for (const [list, source, output] of [
                [both, this, 0],
                [left, splitter, 0],
                [right, splitter, 1],
            ] as const) {
                // prettier-ignore
                const listener = analyser();
                connect.call(source, listener, output);
                list.push(listener);
            }
        }
        return connect.call(this, to, ...rest);
    }
    Object.assign(AudioNode.prototype, { connect: connectAndListen });
    const amplitudeIn = (analysers: readonly AnalyserNode[], hz: number): number =>
        analysers.reduce((most, analyser) => {
            const decibels = new Float32Array(analyser.frequencyBinCount);
            analyser.getFloatFrequencyData(decibels);
            return Math.max(most, 10 ** ((decibels[Math.round((hz * analyser.fftSize) / analyser.context.sampleRate)] ?? -Infinity) / 20));
        }, 0);
    Object.assign(globalThis, {
        ears: {
            amplitude: (hz: number) => amplitudeIn(both, hz),
            sides: (hz: number) => ({ left: amplitudeIn(left, hz), right: amplitudeIn(right, hz) }),
        },
    });
}

/** Greatest spectral magnitudes at a page's output, by pitch in Hz. */
export type Heard = Readonly<Record<number, number>>;

/**
 * Measures until five readings of the first pitch were above 0.01, and for one more second.
 * @param hz - the pitch to wait for, followed by other pitches to measure
 * @returns the greatest magnitudes; rejects with them if the first pitch is not heard within 20 s
 */
export async function untilHeardAsync(page: Page, hz: readonly [number, ...number[]]): Promise<Heard> {
    return await page.evaluate(async (pitches) => {
        const most: Record<number, number> = {};
        let end = performance.now() + 20_000;
        let times = 0;
        while (performance.now() < end) {
            for (const pitch of pitches) {
                most[pitch] = Math.max(most[pitch] ?? 0, globalThis.ears.amplitude(pitch));
            }
            if (globalThis.ears.amplitude(pitches[0]) > 0.01 && ++times === 5) {
                end = performance.now() + 1_000;
            }
            await new Promise((resolve) => setTimeout(resolve, 30));
        }
        if (times < 5) {
            throw new Error(`${pitches[0]} Hz is not heard: ${JSON.stringify(most)}`);
        }
        return most;
    }, hz);
}

/** Writes a WAV file of 4 s with two "syllables" per second at one pitch. (Noise suppression would remove a steady tone.) */
export function writeVoice(path: string, hz: number): void {
    const rate = 48_000;
    const length = 4 * rate;
    const file = Buffer.alloc(44 + 2 * length);
    file.write("RIFF\0\0\0\0WAVEfmt ", "latin1");
    file.writeUInt32LE(file.length - 8, 4);
    file.writeUInt32LE(16, 16);
    // PCM, mono, 16 bits.
    file.writeUInt16LE(1, 20);
    file.writeUInt16LE(1, 22);
    file.writeUInt32LE(rate, 24);
    file.writeUInt32LE(2 * rate, 28);
    file.writeUInt16LE(2, 32);
    file.writeUInt16LE(16, 34);
    file.write("data", 36);
    file.writeUInt32LE(2 * length, 40);
    for (let i = 0; i < length; i++) {
        const phase = ((2 * i) / rate) % 1;
        const envelope = phase < 0.5 ? Math.sin(2 * Math.PI * phase) : 0;
        file.writeInt16LE(Math.round(16_000 * envelope * Math.sin((2 * Math.PI * hz * i) / rate)), 44 + 2 * i);
    }
    writeFileSync(path, file);
}
