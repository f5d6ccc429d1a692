import { VoiceBehavior } from "babylon-rtc";
import { Ears, onsetAsync } from "./ears.js";
import { ToneSource } from "./toneSource.js";
import { World } from "./world.js";

/** Level of one tone, plain and ours, straight ahead and straight behind. */
export interface IBand {
    readonly hz: number;
    readonly plainAhead: number;
    readonly plainBehind: number;
    readonly voiceAhead: number;
    readonly voiceBehind: number;
}

const metres = 2;
const candidates = [1_000, 1_500, 2_000, 3_000, 4_000, 5_000, 6_000, 7_000, 8_000, 9_000, 10_000, 11_000, 12_000];

/**
 * Waits for the browser's HRTF data: until then, a panner of a live context is silent. One of an offline context that is the first
 * to ask for them keeps a fresh Chromium from ever ending its rendering, about once in ten launches.
 */
async function loadHrtfAsync(context: AudioContext): Promise<void> {
    const oscillator = new OscillatorNode(context);
    const analyser = new AnalyserNode(context, { fftSize: 8_192 });
    oscillator.connect(new PannerNode(context, { panningModel: "HRTF" })).connect(analyser);
    oscillator.start();
    await onsetAsync(analyser);
    oscillator.stop();
    oscillator.disconnect();
}

/** What a plain PannerNode makes of a sine of amplitude 1 that stands at (0, 0, z), the listener being WebAudio's default one. */
async function plainAsync(hz: number, z: number, sampleRate: number): Promise<number> {
    const context = new OfflineAudioContext({ numberOfChannels: 2, length: sampleRate, sampleRate });
    const panner = new PannerNode(context, {
        panningModel: "HRTF",
        distanceModel: "inverse",
        refDistance: 1,
        maxDistance: 40,
        rolloffFactor: 1,
        positionZ: z,
    });
    const oscillator = new OscillatorNode(context, { frequency: hz });
    oscillator.connect(panner).connect(context.destination);
    oscillator.start();
    const samples = (await context.startRendering()).getChannelData(0);
    // The second half: the first samples still lack the kernel's tail.
    let sum = 0;
    for (let i = sampleRate / 2; i < sampleRate; i++) {
        sum += (samples[i] ?? 0) ** 2;
    }
    return Math.sqrt((4 * sum) / sampleRate);
}

/** Compares voices ahead and behind with a plain PannerNode, in the two bands that tell the two apart best. */
export async function frontBackAsync(rightHanded: boolean): Promise<IBand[]> {
    const world = await World.CreateAsync({ rightHanded });
    const ears = new Ears(world.audio);
    const context = (world.audio as unknown as { readonly _audioContext: AudioContext })._audioContext;
    const { sampleRate } = context;
    await loadHrtfAsync(context);
    const bands: { hz: number; plainAhead: number; plainBehind: number }[] = [];
    for (const hz of candidates) {
        bands.push({ hz, plainAhead: await plainAsync(hz, -metres, sampleRate), plainBehind: await plainAsync(hz, metres, sampleRate) });
    }
    const contrast = ({ plainAhead, plainBehind }: (typeof bands)[number]): number => Math.abs(Math.log(plainAhead / plainBehind));
    bands.sort((a, b) => contrast(b) - contrast(a));

    const amplitude = 0.5;
    const ahead = rightHanded ? -1 : 1;
    const results: IBand[] = [];
    for (const band of bands.slice(0, 2)) {
        const tone = new ToneSource(band.hz, amplitude);
        const avatar = world.avatar("speaker");
        avatar.position.set(0, 0, metres * ahead);
        const voice = new VoiceBehavior(tone.stream, { audioEngine: world.audio });
        avatar.addBehavior(voice);
        await voice.readyAsync;
        await ears.untilAsync({ ear: "left", hz: band.hz, above: 1e-3 });
        const voiceAhead = (await ears.steadyToneAsync(band.hz)).left / amplitude;
        avatar.position.set(0, 0, -metres * ahead);
        await world.framesAsync(3);
        await ears.steadyToneAsync(band.hz);
        const voiceBehind = (await ears.steadyToneAsync(band.hz)).left / amplitude;
        results.push({ ...band, voiceAhead, voiceBehind });
        avatar.removeBehavior(voice);
        await tone.disposeAsync();
    }
    world.dispose();
    return results;
}
