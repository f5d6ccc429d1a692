import type { CDPSession, Page } from "playwright-core";

/** Counts of the objects that a page keeps alive. */
export interface ICensus {
    readonly peerConnections: number;
    /** Peer connections that are not closed. Chromium 156 never frees a connection that was closed while one of its state events was pending. */
    readonly openPeerConnections: number;
    readonly audioNodes: number;
    readonly liveTracks: number;
    readonly sockets: number;
    /** Sockets that are not closing or closed. A socket stays in the closing state for a while after the other side is gone. */
    readonly openSockets: number;
    readonly timers: number;
    readonly mediaElements: number;
    readonly heapBytes: number;
}

/** Counts timers. Must run in the page before any other script. */
export function watchTimersAndTracks(): void {
    const timers = new Set<unknown>();
    const { setTimeout: set, clearTimeout: clear, setInterval: setRepeating, clearInterval: clearRepeating } = globalThis;
    Object.assign(globalThis, {
        setTimeout: (run: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): unknown => {
            const id: unknown = set(
                (...given: unknown[]) => {
                    timers.delete(id);
                    run(...given);
                },
                ms,
                ...args,
            );
            timers.add(id);
            return id;
        },
        clearTimeout: (id: number) => {
            timers.delete(id);
            clear(id);
        },
        setInterval: (run: () => void, ms?: number, ...args: unknown[]): unknown => {
            const id: unknown = setRepeating(run, ms, ...args);
            timers.add(id);
            return id;
        },
        clearInterval: (id: number) => {
            timers.delete(id);
            clearRepeating(id);
        },
        countTimers: () => timers.size,
    });
}

/** Counts live objects after a forced garbage collection. */
export class Census {
    private readonly _page: Page;
    private readonly _cdp: CDPSession;

    private constructor(page: Page, cdp: CDPSession) {
        this._page = page;
        this._cdp = cdp;
    }

    public static async OfAsync(page: Page): Promise<Census> {
        return new Census(page, await page.context().newCDPSession(page));
    }

    /**
     * Takes the census while the audio engine is paused, then resumes the engine. Chromium frees no media stream node of a running context, not even
     * a disconnected one (in version 156, `HasPendingActivity` is true as long as the context runs). With a paused engine, the census contains only
     * what the page itself keeps alive.
     */
    public async takeAsync(): Promise<ICensus> {
        await this._page.evaluate(() => globalThis.lab.person?.world.audio.pauseAsync());
        // Twice, since the second collection frees the objects that finalizers released in the first one.
        await this._cdp.send("HeapProfiler.collectGarbage");
        await this._cdp.send("HeapProfiler.collectGarbage");
        const heap = await this._cdp.send("Runtime.getHeapUsage");
        const timers = await this._page.evaluate(() => (globalThis as unknown as { countTimers(): number }).countTimers());
        const census = { ...(await this._countAsync()), timers, heapBytes: heap.usedSize };
        await this._page.evaluate(() => globalThis.lab.person?.world.audio.resumeAsync());
        return census;
    }

    /** Counts all kinds of objects with a single heap query for their common base class, `EventTarget`. */
    private async _countAsync(): Promise<Omit<ICensus, "timers" | "heapBytes">> {
        const { result } = await this._cdp.send("Runtime.evaluate", { expression: "EventTarget.prototype" });
        const { objects } = await this._cdp.send("Runtime.queryObjects", { prototypeObjectId: result.objectId ?? "" });
        const answer = await this._cdp.send("Runtime.callFunctionOn", {
            objectId: objects.objectId ?? "",
            functionDeclaration: `function () {
                // The prototypes of subclasses are found as well; they alone have a constructor of their own.
                const targets = this.filter((each) => !Object.hasOwn(each, "constructor"));
                const count = (type, filter = () => true) => targets.filter((each) => each instanceof type && filter(each)).length;
                return {
                    peerConnections: count(RTCPeerConnection),
                    openPeerConnections: count(RTCPeerConnection, ({ signalingState }) => signalingState !== "closed"),
                    audioNodes: count(AudioNode),
                    liveTracks: count(MediaStreamTrack, ({ readyState }) => readyState === "live"),
                    sockets: count(WebSocket),
                    openSockets: count(WebSocket, ({ readyState }) => readyState <= WebSocket.OPEN),
                    mediaElements: count(HTMLMediaElement),
                };
            }`,
            returnByValue: true,
        });
        await this._cdp.send("Runtime.releaseObject", { objectId: objects.objectId ?? "" });
        await this._cdp.send("Runtime.releaseObject", { objectId: result.objectId ?? "" });
        return answer.result.value as Omit<ICensus, "timers" | "heapBytes">;
    }
}
