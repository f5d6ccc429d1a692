import { frameWorker } from "./frameWorker.js";
import type { IFrameStage, IFrameTransformOptions } from "./frameWorker.js";

/** Timeout for starting the worker, in milliseconds. */
const startTimeoutMs = 3_000;

/** Stage for both directions of one link. Its ports are transferred to the worker. */
export interface ILinkStage {
    readonly name: IFrameStage["name"];
    readonly send: MessagePort;
    readonly receive: MessagePort;
}

/**
 * Transforms of encoded frames: one worker per page, which runs while links are attached. A sender or receiver accepts only one transform, and this is the
 * only place that sets it. Each processing step is a stage of that transform.
 */
export class FrameTransforms {
    private static _page: FrameTransforms | null = null;

    private readonly _url: string;
    private _holders = 0;
    private _links = 0;
    private _worker: Worker | null = null;

    private constructor(url: string) {
        this._url = url;
    }

    /**
     * Starts a worker as a test of whether the browser supports transforms and the page's Content-Security-Policy allows them (`worker-src blob:`).
     * @returns the page's transforms, which the caller releases; null if they are not available. Never rejects.
     */
    public static async AcquireAsync(): Promise<FrameTransforms | null> {
        if (typeof RTCRtpScriptTransform === "undefined") {
            return null;
        }
        if (!FrameTransforms._page) {
            const url = URL.createObjectURL(new Blob([`(${frameWorker.toString()})(self)`], { type: "text/javascript" }));
            if (await startsAsync(url)) {
                FrameTransforms._offer(url);
            } else {
                URL.revokeObjectURL(url);
            }
        }
        const page = FrameTransforms._page;
        if (page) {
            page._holders += 1;
        }
        return page;
    }

    /** Makes the page's transforms, unless another session has made them in the meantime. */
    private static _offer(url: string): void {
        if (FrameTransforms._page) {
            URL.revokeObjectURL(url);
        } else {
            FrameTransforms._page = new FrameTransforms(url);
        }
    }

    /**
     * Passes a link's frames through stages from now on; throws if the browser cannot set a transform. Must be called as soon as the connection has
     * its sender, before the negotiation: in Chromium 156, a transform that is set later, even in a `track` event, never runs.
     * @param sender - sends our voice on the link
     * @param receiver - receives the other end's voice; undefined = only the sender gets a transform
     * @param stages - in the order in which the sender applies them
     * @returns a function that detaches the link; must be called once, before the connection is closed
     */
    public attach(sender: RTCRtpSender, receiver: RTCRtpReceiver | undefined, stages: readonly ILinkStage[]): () => void {
        this._worker ??= new Worker(this._url);
        this._links += 1;
        try {
            transform(sender, this._worker, { side: "send", stages: stages.map(({ name, send }) => ({ name, port: send })) });
            if (receiver) {
                transform(receiver, this._worker, {
                    side: "receive",
                    stages: stages.map(({ name, receive }) => ({ name, port: receive })),
                });
            }
        } catch (error) {
            this._detach();
            throw error;
        }
        return () => this._detach();
    }

    private _detach(): void {
        this._links -= 1;
        if (this._links === 0) {
            this._worker?.terminate();
            this._worker = null;
        }
    }

    /** Releases the transforms. All links of the session must be detached before. */
    public release(): void {
        this._holders -= 1;
        if (this._holders === 0) {
            FrameTransforms._page = null;
            URL.revokeObjectURL(this._url);
        }
    }
}

function transform(end: RTCRtpSender | RTCRtpReceiver, worker: Worker, options: IFrameTransformOptions): void {
    end.transform = new RTCRtpScriptTransform(
        worker,
        options,
        options.stages.map(({ port }) => port),
    );
}

async function startsAsync(url: string): Promise<boolean> {
    let worker: Worker | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
        const started = new Worker(url);
        worker = started;
        return await new Promise<boolean>((resolve) => {
            timer = setTimeout(() => resolve(false), startTimeoutMs);
            started.onmessage = () => resolve(true);
            started.onerror = () => resolve(false);
        });
    } catch {
        return false;
    } finally {
        clearTimeout(timer);
        worker?.terminate();
    }
}
