import { VoiceBehavior } from "babylon-rtc";
import { World } from "../../test/pages/lab/world.js";
import { insidesOf } from "./insides.js";
import { Loopback } from "./loopback.js";
import type { ILoopbackOptions } from "./loopback.js";

/** Delays of one burst, in milliseconds. */
export interface IDelay {
    /** From the sender's worklet to the raw remote stream in the receiver's worklet. Clock resolution: 1 ms. */
    readonly raw: number;
    /** Extra delay of the spatialised voice. One worklet records both signals, so the value is exact to one sample. */
    readonly added: number;
}

interface IRecording {
    readonly at: number;
    readonly raw: Float32Array;
    readonly voice: Float32Array;
}

/** Start of a burst: the first sample above one fifth of its peak. Relative to the peak, because the two paths differ in loudness. */
function onset(samples: Float32Array): number {
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    return samples.findIndex((sample) => Math.abs(sample) > 0.2 * peak);
}

const nextMessage = <T>(port: MessagePort): Promise<T> =>
    new Promise((resolve) => (port.onmessage = ({ data }: MessageEvent<T>) => resolve(data)));

/**
 * Sends bursts through a call and records them twice in the same audio context: from the raw remote stream, and from the output of a
 * Babylon engine that plays the same stream as a voice 2 m in front of the listener.
 */
export async function delaysAsync(panningModel: "HRTF" | "equalpower", bursts: number, options: ILoopbackOptions = {}): Promise<IDelay[]> {
    const sender = new AudioContext();
    await sender.audioWorklet.addModule(new URL("./worklets/burst.js", import.meta.url));
    const burst = new AudioWorkletNode(sender, "burst", { numberOfInputs: 0, outputChannelCount: [1] });
    const mouth = new MediaStreamAudioDestinationNode(sender, { channelCount: 1, channelCountMode: "explicit" });
    burst.connect(mouth);
    const [track] = mouth.stream.getAudioTracks();
    if (!track) {
        throw new Error("this browser cannot send audio from WebAudio");
    }
    const call = await Loopback.ConnectAsync(track, options);

    const world = await World.CreateAsync({ canvas: true });
    const { _audioContext: context, mainOut } = insidesOf(world.audio);
    await context.audioWorklet.addModule(new URL("./worklets/onset.js", import.meta.url));
    const ears = new AudioWorkletNode(context, "onset", { numberOfInputs: 2, numberOfOutputs: 0 });
    new MediaStreamAudioSourceNode(context, { mediaStream: call.stream }).connect(ears, 0, 0);
    mainOut._inNode.connect(ears, 0, 1);
    const avatar = world.avatar("speaker");
    avatar.position.set(0, 0, 2);
    const voice = new VoiceBehavior(call.stream, { audioEngine: world.audio, panningModel });
    avatar.addBehavior(voice);
    await voice.readyAsync;

    const delays: IDelay[] = [];
    // The first three bursts are not counted, because the jitter buffer is still filling.
    for (let i = -3; i < bursts; i++) {
        const sent = nextMessage<number>(burst.port);
        const heard = nextMessage<IRecording>(ears.port);
        ears.port.postMessage("listen");
        burst.port.postMessage("burst");
        const [begin, { at, raw, voice: ours }] = await Promise.all([sent, heard]);
        const ms = 1_000 / context.sampleRate;
        if (i >= 0) {
            delays.push({ raw: at - begin + onset(raw) * ms, added: (onset(ours) - onset(raw)) * ms });
        }
        // Wait for the end of the burst. The wait varies, so that successive bursts start at different places within a packet.
        await new Promise((resolve) => setTimeout(resolve, 150 + 37 * (i & 3)));
    }
    call.close();
    world.dispose();
    await sender.close();
    return delays;
}
