import type { AudioEngineV2 } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
import { CreateAudioEngineAsync } from "@babylonjs/core/AudioV2/webAudio/webAudioEngine.js";
import { AudioHost } from "../../../src/audio/audioHost.js";
import { ControlSession } from "../../../src/transport/control/controlSession.js";
import { Mesh } from "../../../src/transport/mesh/mesh.js";
import { defaultOpusSettings } from "../../../src/transport/opusSettings.js";
import { DefaultRetryPolicy } from "../../../src/transport/retryPolicy.js";
import { PeerJsTransport } from "../../../src/transport/serverTransport.js";
import { mediaPlaneContract } from "../../unit/transport/mediaPlaneContract.js";
import type { IPlaneContractRoom } from "../../unit/transport/mediaPlaneContract.js";
import { voiceTransportContract } from "../../unit/transport/voiceTransportContract.js";
import type { IContractRoom } from "../../unit/transport/voiceTransportContract.js";
import { ToneSource } from "./toneSource.js";

/** Function that the test exposes to the page: issues grants signed with the server's secret. */
interface ILender {
    issueGrantAsync(room: string, user: string, publish: boolean, subscribe: boolean): Promise<{ token: string; expiresAt: number }>;
}

let rooms = 0;

/** Resources for both contract suites: an audio engine, tone sources, and level measurement. */
class Studio {
    public readonly host: AudioHost;
    private readonly _engine: AudioEngineV2;
    private readonly _tones: ToneSource[] = [];

    private constructor(engine: AudioEngineV2) {
        this._engine = engine;
        this.host = AudioHost.For(engine);
    }

    static async OpenAsync(): Promise<Studio> {
        return new Studio(await CreateAudioEngineAsync({ disableDefaultUI: true, listenerAutoUpdate: false, volume: 1 }));
    }

    track(): MediaStreamTrack {
        const tone = new ToneSource(440 + 100 * this._tones.length);
        this._tones.push(tone);
        return tone.stream.getAudioTracks()[0] ?? fail("a tone has no track");
    }

    async hearsAsync(track: MediaStreamTrack, what: "sound" | "silence"): Promise<void> {
        await arrivesAsync(this.host, track, what === "sound");
    }

    async releaseAsync(): Promise<void> {
        await Promise.all(this._tones.splice(0).map((tone) => tone.disposeAsync()));
    }

    close(): void {
        this._engine.dispose();
    }
}

const lender = globalThis as unknown as ILender;

/** Runs one check of the voice transport contract on the real mesh, in a separate room. Rejects if the check fails. */
export async function tryContractAsync(name: string, server: string): Promise<void> {
    const check = voiceTransportContract.find((each) => each.name === name) ?? fail(`no check is called ${name}`);
    const studio = await Studio.OpenAsync();
    const roomId = `contract ${rooms++}`;
    const room: IContractRoom = {
        transport: new PeerJsTransport({ server, iceServers: [], silentTrack: () => studio.host.createSilentTrack() }),
        patienceMs: 5_000,
        grantAsync: (user, { publish = true, subscribe = true } = {}, other = roomId) =>
            lender.issueGrantAsync(other, user, publish, subscribe),
        track: () => studio.track(),
        arrivesAsync: (track, what) => studio.hearsAsync(track, what),
        releaseAsync: () => studio.releaseAsync(),
    };
    try {
        await check.run(room);
    } finally {
        studio.close();
    }
}

/** Runs one check of the media plane contract on the real mesh, with peers registered in a real RTC room. Rejects if the check fails. */
export async function tryPlaneContractAsync(name: string, server: string): Promise<void> {
    const check = mediaPlaneContract.find((each) => each.name === name) ?? fail(`no check is called ${name}`);
    const studio = await Studio.OpenAsync();
    const controls: ControlSession[] = [];
    const roomId = `planes ${rooms++}`;
    const room: IPlaneContractRoom = {
        patienceMs: 5_000,
        seatAsync: async (id) => {
            const { token } = await lender.issueGrantAsync(roomId, id, true, true);
            const { signal } = new AbortController();
            const control = await ControlSession.JoinAsync({ server, token, blocks: [], dataInRtp: false, signal });
            controls.push(control);
            const { peerId, order } = control.self;
            return {
                plane: await Mesh.CreateAsync(
                    {
                        silentTrack: () => studio.host.createSilentTrack(),
                        iceServers: [],
                        opus: defaultOpusSettings,
                        jitterTargetMs: null,
                        retryPolicy: new DefaultRetryPolicy(),
                    },
                    false,
                ),
                opening: { server, peerId, secret: control.secret, iceServers: [] },
                order,
            };
        },
        track: () => studio.track(),
        arrivesAsync: (track, what) => studio.hearsAsync(track, what),
        releaseAsync: async () => {
            await Promise.all(controls.map((control) => control.leaveAsync()));
            await studio.releaseAsync();
        },
    };
    try {
        await check.run(room);
    } finally {
        studio.close();
    }
}

async function arrivesAsync(host: AudioHost, track: MediaStreamTrack, sound: boolean): Promise<void> {
    const source = host.openTrack(host.context, track);
    const analyser = new AnalyserNode(host.context, { fftSize: 2_048 });
    source.node.connect(analyser);
    const samples = new Float32Array(2_048);
    const end = performance.now() + 5_000;
    // Ten consecutive windows must agree, so that a short gap or a decaying tail does not count.
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
