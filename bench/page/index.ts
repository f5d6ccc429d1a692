import { BareCall } from "../../test/e2e/page/bareCall.js";
import { Crowd, type CrowdKind } from "./crowd.js";
import { delaysAsync } from "./delay.js";
import { firstSoundAsync, humAsync } from "./firstSound.js";
import { frameTimesAsync } from "./frames.js";
import { Loopback } from "./loopback.js";

/** A remote stream, from the browser's fake microphone. */
async function remoteStreamAsync(): Promise<MediaStream> {
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const [track] = (await navigator.mediaDevices.getUserMedia({ audio: plain })).getAudioTracks();
    if (!track) {
        throw new Error("there is no microphone");
    }
    const { stream } = await Loopback.ConnectAsync(track);
    // Chromium gives WebAudio nothing of a remote stream that no element plays.
    const sink = new Audio();
    sink.muted = true;
    sink.srcObject = stream;
    await sink.play();
    return stream;
}

const bench = {
    listenAsync: (port: number, id: string) => BareCall.ListenAsync(port, id, 440).then(() => undefined),
    callAsync: (port: number, id: string, other: string) => BareCall.CallAsync(port, id, 650, other),
    humAsync,
    firstSoundAsync,
    delaysAsync,
    remote: null as MediaStream | null,
    crowd: null as Crowd | null,
    /** Sets up the call that the crowd hears. */
    async connectAsync(): Promise<void> {
        this.remote = await remoteStreamAsync();
    },
    async frameTimesAsync(kind: CrowdKind, moving: "still" | "moving", frames: number): Promise<number[]> {
        return frameTimesAsync(kind, moving, this.remote ?? new MediaStream(), frames);
    },
    /** Makes a crowd and renders its scene in every frame. */
    async crowdAsync(kind: CrowdKind): Promise<void> {
        const crowd = await Crowd.CreateAsync(kind, this.remote ?? new MediaStream());
        this.crowd = crowd;
        const frame = (): void => {
            crowd.scene.render();
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    },
};

declare global {
    /** What the bench reaches from outside. */
    // eslint-disable-next-line no-var -- the only way to declare a global
    var bench: typeof import("./index.js").benchOfPage;
}

export { bench as benchOfPage };
globalThis.bench = bench;
