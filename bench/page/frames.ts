import { Crowd, type CrowdKind, type CrowdMove } from "./crowd.js";

/** Waits for the browser's next frame, with the native `requestAnimationFrame`. */
type NextFrame = () => Promise<void>;

/**
 * Main-thread time of the voices per frame, in milliseconds. Our voices work in the scene's `onAfterRenderObservable`, three.js' in
 * `updateMatrixWorld`, Babylon's in `requestAnimationFrame` callbacks, one per source and one for the listener. Babylon's callbacks are collected and
 * run together with the other work, so that one pair of clock readings measures each frame.
 */
export async function frameTimesAsync(kind: CrowdKind, move: CrowdMove, stream: MediaStream, frames: number): Promise<number[]> {
    const native = globalThis.requestAnimationFrame.bind(globalThis);
    const nextFrame: NextFrame = () => new Promise((resolve) => native(() => resolve()));
    let callbacks: FrameRequestCallback[] = [];
    globalThis.requestAnimationFrame = (callback) => callbacks.push(callback);
    const crowd = await Crowd.CreateAsync(kind, stream);
    const times: number[] = [];
    const warmUp = 240;
    for (let frame = -warmUp; frame < frames; frame++) {
        await nextFrame();
        crowd.move(move, (frame + warmUp) / 60);
        const due = callbacks;
        callbacks = [];
        const begin = performance.now();
        due.forEach((callback) => callback(begin));
        crowd.update();
        const end = performance.now();
        if (frame >= 0) {
            times.push(end - begin);
        }
    }
    globalThis.requestAnimationFrame = native;
    return times;
}
