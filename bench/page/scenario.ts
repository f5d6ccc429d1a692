import { voiceSettings } from "babylon-rtc";
import type { VoiceProfile, VoiceScenario } from "babylon-rtc";
import { withOpusSettings } from "../../src/transport/mesh/opusSdp.js";
import { delaysAsync } from "./delay.js";
import type { IDelay } from "./delay.js";
import { Loopback } from "./loopback.js";
import type { ILoopbackOptions, ISent } from "./loopback.js";

/** Measured cost of one scenario and profile. */
export interface IScenarioFigures {
    /** Send rates during continuous speech. */
    readonly speech: ISent;
    /** Send rates during silence. */
    readonly silence: ISent;
    readonly delays: readonly IDelay[];
}

/** Time for the encoder to settle, in milliseconds. */
const settlingMs = 1_000;

/**
 * Measures a real call of this page to itself.
 * @param scenario - encoder settings
 * @param profile - packet and jitter buffer settings
 * @param bursts - number of bursts for the delay measurement
 * @param seconds - duration of each bitrate measurement
 */
export async function scenarioAsync(
    scenario: VoiceScenario,
    profile: VoiceProfile,
    bursts: number,
    seconds: number,
): Promise<IScenarioFigures> {
    const { opus, jitterTargetMs } = voiceSettings(scenario, profile);
    const options: ILoopbackOptions = { sdpTransform: (sdp) => withOpusSettings(sdp, opus), jitterTargetMs };
    const context = new AudioContext();
    const mouth = new MediaStreamAudioDestinationNode(context, { channelCount: 1, channelCountMode: "explicit" });
    const voice = speechLike(context, mouth);
    const [track] = mouth.stream.getAudioTracks();
    if (!track) {
        throw new Error("this browser cannot send audio from WebAudio");
    }
    const call = await Loopback.ConnectAsync(track, options);
    const measureAsync = async (): Promise<ISent> => {
        await new Promise((resolve) => setTimeout(resolve, settlingMs));
        return await call.sentAsync(seconds);
    };
    const speech = await measureAsync();
    voice.gain.value = 0;
    const silence = await measureAsync();
    call.close();
    await context.close();
    return { speech, silence, delays: await delaysAsync("equalpower", bursts, options) };
}

/**
 * Speech-like signal: a sawtooth around 140 Hz through two formants, four syllables per second, plus noise. It is as hard to encode as speech, and
 * the same in every run.
 * @returns the volume control of the signal
 */
function speechLike(context: AudioContext, mouth: AudioNode): GainNode {
    const voice = new GainNode(context, { gain: 0.5 });
    const buzz = new OscillatorNode(context, { type: "sawtooth", frequency: 140 });
    const breath = new AudioBufferSourceNode(context, { buffer: noise(context), loop: true });
    const syllables = new OscillatorNode(context, { frequency: 4 });
    const pitch = new OscillatorNode(context, { frequency: 0.7 });
    const mouthful = new GainNode(context, { gain: 0.5 });
    syllables.connect(new GainNode(context, { gain: 0.4 })).connect(mouthful.gain);
    pitch.connect(new GainNode(context, { gain: 25 })).connect(buzz.frequency);
    for (const frequency of [600, 1_800]) {
        buzz.connect(new BiquadFilterNode(context, { type: "bandpass", frequency, Q: 2 })).connect(mouthful);
    }
    breath.connect(new GainNode(context, { gain: 0.05 })).connect(mouthful);
    mouthful.connect(voice).connect(mouth);
    [buzz, breath, syllables, pitch].forEach((source) => source.start());
    return voice;
}

function noise(context: AudioContext): AudioBuffer {
    const buffer = new AudioBuffer({ length: context.sampleRate, sampleRate: context.sampleRate });
    const samples = buffer.getChannelData(0);
    let state = 1;
    for (let i = 0; i < samples.length; i++) {
        // Park-Miller generator: the same sequence in every run.
        state = (state * 48_271) % 2_147_483_647;
        samples[i] = (2 * state) / 2_147_483_647 - 1;
    }
    return buffer;
}
