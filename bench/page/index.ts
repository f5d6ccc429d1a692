import { Crowd, type CrowdKind, type CrowdMove } from "./crowd.js";
import { delaysAsync } from "./delay.js";
import { bareFirstSoundAsync, firstSoundAsync, humAsync, listenAsync } from "./firstSound.js";
import { frameTimesAsync } from "./frames.js";
import { joinTimelineAsync } from "./joinTimeline.js";
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
    // Chromium passes a remote stream to WebAudio only if a media element plays the stream.
    const sink = new Audio();
    sink.muted = true;
    sink.srcObject = stream;
    await sink.play();
    return stream;
}

/** API of the page for the bench, exposed as `globalThis.bench`. */
class Bench {
    public readonly listenAsync = listenAsync;
    public readonly bareFirstSoundAsync = bareFirstSoundAsync;
    public readonly humAsync = humAsync;
    public readonly firstSoundAsync = firstSoundAsync;
    public readonly joinTimelineAsync = joinTimelineAsync;
    public readonly delaysAsync = delaysAsync;
    public readonly scenarioAsync = scenarioAsync;
    public readonly sceneMover = new SceneMover();
    public crowd: Crowd | null = null;
    /** Frames of the crowd so far. */
    public frames = 0;
    private _moving: CrowdMove | null = null;
    private _since = 0;
    private _remote = new MediaStream();

    /** Sets up the call whose remote stream is the source of the crowd. */
    public async connectAsync(): Promise<void> {
        this._remote = await remoteStreamAsync();
    }

    public async frameTimesAsync(kind: CrowdKind, move: CrowdMove, frames: number): Promise<number[]> {
        return frameTimesAsync(kind, move, this._remote, frames);
    }

    /** Creates a crowd and runs its work in every frame. */
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

    /** Runs the per-frame code until it is compiled, because interpreted code allocates heap memory for numbers. */
    public warmUp(): void {
        for (let i = 0; i < 5_000; i++) {
            this.crowd?.move("walking", i / 60);
            this.crowd?.update();
        }
    }

    /** Starts a movement of the crowd from its beginning. Null stops the crowd where it is. */
    public move(move: CrowdMove | null): void {
        this._moving = move;
        this._since = performance.now();
    }
}

Object.assign(globalThis, { bench: new Bench() });
