import type { CDPSession, Page } from "playwright-core";

/** Counts of objects that a page holds on to. */
export interface ICensus {
    readonly peerConnections: number;
    /** Of these, those that are not closed: Chromium 156 keeps for good what is closed while it is about to tell of a new state. */
    readonly openPeerConnections: number;
    readonly audioNodes: number;
    readonly liveTracks: number;
    readonly sockets: number;
    /** Of these, those that are not closing or closed: a socket whose other end is gone is closing for a while. */
    readonly openSockets: number;
    readonly timers: number;
    readonly mediaElements: number;
    readonly heapBytes: number;
}

/** Counts timers and tracks; must run in the page before anything else does. */
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

/** Counts the living, after a forced garbage collection. */
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
     * Takes the census while the audio engine pauses: Chromium lets go of no media stream node of a running context, connected or not
     * (seen in 156: `HasPendingActivity` is true for as long as the context runs), so only then does it show what the page itself holds.
     */
    public async takeAsync(): Promise<ICensus> {
        await this._page.evaluate(() => globalThis.lab.person?.world.audio.pauseAsync());
        // Twice: what finalizers let go of in the first round goes in the second.
        await this._cdp.send("HeapProfiler.collectGarbage");
        await this._cdp.send("HeapProfiler.collectGarbage");
        const heap = await this._cdp.send("Runtime.getHeapUsage");
        const timers = await this._page.evaluate(() => (globalThis as unknown as { countTimers(): number }).countTimers());
        const census = { ...(await this._countAsync()), timers, heapBytes: heap.usedSize };
        await this._page.evaluate(() => globalThis.lab.person?.world.audio.resumeAsync());
        return census;
    }

    /** Counts all kinds in one query of the heap, since each is an `EventTarget`. */
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
