import { Crowd, type CrowdKind, type CrowdMove } from "./crowd.js";

/** @returns the next frame of the browser, by the real `requestAnimationFrame` */
type NextFrame = () => Promise<void>;

/**
 * Milliseconds of the main thread that voices take in each frame. Ours work in the scene's `onAfterRenderObservable`, three.js' in
 * `updateMatrixWorld`, Babylon's in callbacks of `requestAnimationFrame`, one per source and one for the listener: those are collected here
 * and run in one go, so that each is timed by one pair of clock readings.
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
