import { appendFileSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import type { CDPSession, Page } from "playwright-core";
import { Census } from "../../e2e/harness/census";
import type { Host } from "../../network/harness/network";
import type { ServerProcess } from "../../network/harness/serverProcess";
import { only } from "./judge";
import type { Figures } from "./judge";

/** Counts from `Performance.getMetrics` that show leaks in a page, with their names in the figures. */
const pageMetrics = {
    Nodes: "nodes",
    JSEventListeners: "listeners",
    AudioHandlers: "audio handlers",
    AudioWorkletProcessors: "worklet processors",
    RTCPeerConnections: "peer connections",
    WorkerGlobalScopes: "workers",
    Documents: "documents",
} as const;

/** Resources held at a quiet point. */
export interface IHeld {
    /** Counts that must not grow. */
    readonly counts: Figures;
    /** Informational figures: sizes, and counts of objects that the browser itself keeps for a while or forever. */
    readonly told: Figures;
}

/** Measures the resources of a stayer's page, and the threads of its process. */
export class PageProbe {
    private readonly _name: string;
    private readonly _page: Page;
    private readonly _cdp: CDPSession;
    private readonly _census: Census;
    private readonly _pid: number;

    private constructor(name: string, page: Page, cdp: CDPSession, census: Census, pid: number) {
        this._name = name;
        this._page = page;
        this._cdp = cdp;
        this._census = census;
        this._pid = pid;
    }

    /**
     * @param name - prefix of the figures' names
     * @param page - page that ran `watchTimersAndTracks` before all other scripts
     * @param host - host of the page's browser, on which no other page is open yet
     */
    static async OfAsync(name: string, page: Page, host: Host): Promise<PageProbe> {
        const cdp = await page.context().newCDPSession(page);
        await cdp.send("Performance.enable");
        // The only other renderer, if any, is a spare one with fewer threads.
        const [pid] = host
            .processes()
            .filter((each) => readFileSync(`/proc/${each}/cmdline`, "utf8").includes("--type=renderer"))
            .toSorted((a, b) => threadsOf(b) - threadsOf(a));
        if (pid === undefined) {
            throw new Error(`${name} has no process.`);
        }
        return new PageProbe(name, page, cdp, await Census.OfAsync(page), pid);
    }

    /** Figures during events, after a garbage collection. */
    async lookAsync(): Promise<Figures> {
        await this._cdp.send("HeapProfiler.collectGarbage");
        const { metrics } = await this._cdp.send("Performance.getMetrics");
        const timers = await this._page.evaluate(() => (globalThis as unknown as { countTimers(): number }).countTimers());
        const of = (wanted: string): number => metrics.find(({ name }) => name === wanted)?.value ?? NaN;
        return this._named({
            "heap MiB": of("JSHeapUsedSize") / 1_048_576,
            threads: threadsOf(this._pid),
            timers,
            ...Object.fromEntries(Object.entries(pageMetrics).map(([metric, name]) => [name, of(metric)])),
        });
    }

    /** Resources held at a quiet point. The census pauses audio first, so that Chromium releases what it keeps. */
    async countAsync(): Promise<IHeld> {
        const looked = await this.lookAsync();
        const { heapBytes, ...census } = await this._census.takeAsync();
        const counts = this._named({
            "open peer connections": census.openPeerConnections,
            "audio nodes": census.audioNodes,
            "live tracks": census.liveTracks,
            "open sockets": census.openSockets,
            sockets: census.sockets,
            timers: census.timers,
            "media elements": census.mediaElements,
        });
        const told = this._named({ "peer connections": census.peerConnections, "heap MiB": heapBytes / 1_048_576 });
        const isJudged = (name: string): boolean =>
            ["threads", "nodes", "documents", "workers"].some((each) => name === `${this._name} ${each}`);
        return { counts: { ...only(looked, isJudged), ...counts }, told: { ...only(looked, (name) => !isJudged(name)), ...told } };
    }

    /** Writes a heap snapshot for DevTools. */
    async keepHeapAsync(path: string): Promise<void> {
        writeFileSync(path, "");
        this._cdp.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => appendFileSync(path, chunk));
        await this._cdp.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    }

    private _named(figures: Figures): Figures {
        return Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${this._name} ${name}`, value]));
    }
}

/** Resources of the server process, after a garbage collection. All null while no server is running. */
export async function lookAtServerAsync(server: ServerProcess): Promise<Figures> {
    const { pid } = server;
    const answer = (await server.askAsync("resources")) as Readonly<Record<string, number>> | null;
    const of = (name: string): number | null => answer?.[name] ?? null;
    const descriptors = answer && pid !== null ? descriptorsOf(pid) : null;
    return {
        "server heap MiB": of("heapMiB"),
        "server RSS MiB": of("rssMiB"),
        "server timers": of("timers"),
        "server handles": of("active"),
        "server rooms": of("rooms"),
        "server clients": of("clients"),
        "server sockets": descriptors?.filter((target) => target.startsWith("socket:")).length ?? null,
        "server other descriptors": descriptors?.filter((target) => !target.startsWith("socket:")).length ?? null,
        "server threads": answer && pid !== null ? threadsOf(pid) : null,
    };
}

/** @returns true for a count, false for a size; sizes always vary */
export function isCount(name: string): boolean {
    return !name.endsWith(" MiB");
}

/** Number of threads of a process, without thread pools, whose size depends on the load. 0 after the process has exited. */
function threadsOf(pid: number): number {
    return listed(`/proc/${pid}/task`).filter((id) => !readOr(`/proc/${pid}/task/${id}/comm`).startsWith("ThreadPool")).length;
}

/** Targets of a process' open file descriptors. */
function descriptorsOf(pid: number): readonly string[] {
    return listed(`/proc/${pid}/fd`).flatMap((id) => {
        try {
            return [readlinkSync(`/proc/${pid}/fd/${id}`)];
        } catch {
            // The descriptor has been closed meanwhile.
            return [];
        }
    });
}

function listed(folder: string): readonly string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

function readOr(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}
