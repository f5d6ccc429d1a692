import { AudioHost } from "../../../src/audio/audioHost.js";
import { PeerJsTransport } from "../../../src/transport/serverTransport.js";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { voiceTransportContract } from "../../unit/transport/voiceTransportContract.js";
import type { IContractRoom } from "../../unit/transport/voiceTransportContract.js";
import { ToneSource } from "./toneSource.js";

/** What the test outside lends the page: grants signed with the server's secret. */
interface ILender {
    issueGrantAsync(room: string, user: string, publish: boolean, subscribe: boolean): Promise<{ token: string; expiresAt: number }>;
}

let rooms = 0;

/** Tries one of them on the real mesh, in a room of its own; rejects if it does not hold. */
export async function tryContractAsync(name: string, server: string): Promise<void> {
    const check = voiceTransportContract.find((each) => each.name === name);
    const engine = await CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1 });
    const host = AudioHost.For(engine);
    const tones: ToneSource[] = [];
    const roomId = `contract ${rooms++}`;
    const room: IContractRoom = {
        transport: new PeerJsTransport({ server, iceServers: [], silentTrack: () => host.createSilentTrack() }),
        patienceMs: 5_000,
        grantAsync: (user, { publish = true, subscribe = true } = {}, other = roomId) =>
            (globalThis as unknown as ILender).issueGrantAsync(other, user, publish, subscribe),
        track: () => {
            const tone = new ToneSource(440 + 100 * tones.length);
            tones.push(tone);
            return tone.stream.getAudioTracks()[0] ?? fail("a tone has no track");
        },
        arrivesAsync: (track, what) => arrivesAsync(host, track, what === "sound"),
        releaseAsync: async () => {
            await Promise.all(tones.splice(0).map((tone) => tone.disposeAsync()));
        },
    };
    try {
        await (check ?? fail(`no check is called ${name}`)).run(room);
    } finally {
        engine.dispose();
    }
}

async function arrivesAsync(host: AudioHost, track: MediaStreamTrack, sound: boolean): Promise<void> {
    const source = host.openTrack(host.context, track);
    const analyser = new AnalyserNode(host.context, { fftSize: 2_048 });
    source.node.connect(analyser);
    const samples = new Float32Array(2_048);
    const end = performance.now() + 5_000;
    // Ten windows in a row, so that neither a gap nor a tail decides.
    for (let agreed = 0; agreed < 10;) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        analyser.getFloatTimeDomainData(samples);
        agreed = samples.some((sample) => Math.abs(sample) > 0.01) === sound ? agreed + 1 : 0;
        if (performance.now() > end) {
            source.dispose();
            throw new Error(`waited in vain for ${sound ? "sound" : "silence"}`);
        }
    }
    source.dispose();
}

function fail(what: string): never {
    throw new Error(what);
}
