import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { VoiceBehavior } from "babylon-rtc";
import { Ears } from "./ears.js";
import { ToneSource } from "./toneSource.js";
import { World } from "./world.js";

/** Level of one tone straight ahead and straight behind, relative to its source: through a plain PannerNode, and as a voice of this library. */
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
 * Measures sines of amplitude 1 at all candidate frequencies, through plain PannerNodes straight ahead of and straight behind WebAudio's default
 * listener. All tones play at the same time, in the engine's own context: in an `OfflineAudioContext`, Chromium (156) sometimes never finishes
 * rendering HRTF.
 */
async function plainAsync(engine: AudioEngineV2, ears: Ears): Promise<Omit<IBand, "voiceAhead" | "voiceBehind">[]> {
    const { _audioContext: context, mainOut } = engine as unknown as {
        readonly _audioContext: AudioContext;
        readonly mainOut: { readonly _inNode: AudioNode };
    };
    const tones = candidates.map((hz) => {
        const panner = new PannerNode(context, {
            panningModel: "HRTF",
            distanceModel: "inverse",
            refDistance: 1,
            maxDistance: 40,
            rolloffFactor: 1,
        });
        const oscillator = new OscillatorNode(context, { frequency: hz });
        oscillator.connect(panner).connect(mainOut._inNode);
        oscillator.start();
        return { hz, panner, oscillator };
    });
    const atAsync = async (z: number): Promise<number[]> => {
        tones.forEach(({ panner }) => (panner.positionZ.value = z));
        // Two measurements, so that the last window starts after the move.
        await ears.steadyToneAsync(candidates[0] ?? NaN);
        await ears.steadyToneAsync(candidates[0] ?? NaN);
        return tones.map(({ hz }) => ears.tone(hz).left);
    };
    // A panner is silent until the browser has loaded its HRTF data.
    await ears.untilAsync({ ear: "left", above: 1e-3 });
    // Repeat until two rounds agree: on a busy machine, a move may reach the audio thread after the measured windows.
    let levels: number[][] = [];
    let agree = false;
    for (let round = 0; round < 6 && !agree; round++) {
        const before = levels.flat();
        levels = [await atAsync(-metres), await atAsync(metres)];
        agree = levels.flat().every((level, index) => Math.abs(level / (before[index] ?? NaN) - 1) < 0.01);
    }
    if (!agree) {
        throw new Error(`The plain panners do not settle: ${JSON.stringify(levels)}`);
    }
    const [ahead = [], behind = []] = levels;
    tones.forEach(({ oscillator, panner }) => {
        oscillator.stop();
        panner.disconnect();
    });
    return tones.map(({ hz }, index) => ({ hz, plainAhead: ahead[index] ?? NaN, plainBehind: behind[index] ?? NaN }));
}

/** Compares voices ahead and behind with a plain PannerNode, at the two frequencies where the PannerNode's levels ahead and behind differ most. */
export async function frontBackAsync(rightHanded: boolean): Promise<IBand[]> {
    const world = await World.CreateAsync({ rightHanded });
    const ears = new Ears(world.audio);
    const bands = await plainAsync(world.audio, ears);
    const contrast = ({ plainAhead, plainBehind }: (typeof bands)[number]): number => Math.abs(Math.log(plainAhead / plainBehind));
    bands.sort((a, b) => contrast(b) - contrast(a));

    const amplitude = 0.5;
    // Maximum of six: on a busy machine, samples are lost between the two audio contexts, which lowers the level but never raises it.
    const levelAsync = async (hz: number): Promise<number> => {
        let level = 0;
        for (let count = 0; count < 6; count++) {
            level = Math.max(level, (await ears.steadyToneAsync(hz)).left / amplitude);
        }
        return level;
    };
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
        const voiceAhead = await levelAsync(band.hz);
        avatar.position.set(0, 0, -metres * ahead);
        await world.framesAsync(3);
        await ears.steadyToneAsync(band.hz);
        const voiceBehind = await levelAsync(band.hz);
        results.push({ ...band, voiceAhead, voiceBehind });
        avatar.removeBehavior(voice);
        await tone.disposeAsync();
    }
    world.dispose();
    return results;
}
