import { Crowd, type CrowdKind, type CrowdMove } from "./crowd.js";
import { delaysAsync } from "./delay.js";
import { bareFirstSoundAsync, firstSoundAsync, humAsync, listenAsync } from "./firstSound.js";
import { frameTimesAsync } from "./frames.js";
import { Loopback } from "./loopback.js";
import { scenarioAsync } from "./scenario.js";
import { SceneMover } from "./sceneMover.js";

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

/** Interface of the page to the bench. */
class Bench {
    public readonly listenAsync = listenAsync;
    public readonly bareFirstSoundAsync = bareFirstSoundAsync;
    public readonly humAsync = humAsync;
    public readonly firstSoundAsync = firstSoundAsync;
    public readonly delaysAsync = delaysAsync;
    public readonly scenarioAsync = scenarioAsync;
    public readonly sceneMover = new SceneMover();
    public crowd: Crowd | null = null;
    /** Frames of the crowd so far. */
    public frames = 0;
    private _moving: CrowdMove | null = null;
    private _since = 0;
    private _remote = new MediaStream();

    /** Sets up the call that the crowd hears. */
    public async connectAsync(): Promise<void> {
        this._remote = await remoteStreamAsync();
    }

    public async frameTimesAsync(kind: CrowdKind, move: CrowdMove, frames: number): Promise<number[]> {
        return frameTimesAsync(kind, move, this._remote, frames);
    }

    /** Makes a crowd, and does in every frame what is done for the sake of its voices. */
    public async crowdAsync(kind: CrowdKind): Promise<void> {
        const crowd = await Crowd.CreateAsync(kind, this._remote);
        this.crowd = crowd;
        const frame = (): void => {
            this.frames++;
            if (this._moving) {
                crowd.move(this._moving, (performance.now() - this._since) / 1_000);
            }
            crowd.update();
            requestAnimationFrame(frame);
        };
        requestAnimationFrame(frame);
    }

    /** Has everything compiled that runs in each frame: what is interpreted allocates numbers. */
    public warmUp(): void {
        for (let i = 0; i < 5_000; i++) {
            this.crowd?.move("walking", i / 60);
            this.crowd?.update();
        }
    }

    /** Lets the crowd move from now on, beginning where it stood at first. */
    public move(move: CrowdMove | null): void {
        this._moving = move;
        this._since = performance.now();
    }
}

Object.assign(globalThis, { bench: new Bench() });
