import { ProtocolError } from "./protocolError.js";

/** Longest wait that is told while the server drains, in seconds: behind a load balancer another process takes newcomers at once. */
const maxRetrySeconds = 10;
/** Time after which a process that stops is likely to have a successor, in seconds. */
const restartSeconds = 2;

/** Phase of a server: it takes everybody, only who is inside already, or nobody. */
export type ServerPhase =
    | { readonly phase: "running" }
    /** `endsAt`: when it goes on to stop, whoever is inside, by the clock of durations. */
    | { readonly phase: "draining"; readonly endsAt: number }
    | { readonly phase: "stopping" };

/** Phase of one server, which goes forward only. */
export class Lifecycle {
    private _now: ServerPhase = { phase: "running" };
    private readonly _stopped = new AbortController();
    private readonly _ticks: () => number;

    /**
     * @param ticks - the clock of durations, in milliseconds
     */
    public constructor(ticks: () => number) {
        this._ticks = ticks;
    }

    /** The present phase. */
    public get phase(): ServerPhase["phase"] {
        return this._now.phase;
    }

    /** True while the server is closing, so that nobody at all may come in. */
    public get stopping(): boolean {
        return this._now.phase === "stopping";
    }

    /** Aborted once the server is closing. */
    public get stopped(): AbortSignal {
        return this._stopped.signal;
    }

    /**
     * Takes nobody new from now on. Changes nothing once the server is closing.
     * @param seconds - time until it closes at the latest
     */
    public drain(seconds: number): void {
        if (!this.stopping) {
            this._now = { phase: "draining", endsAt: this._ticks() + seconds * 1000 };
        }
    }

    /** Takes nobody at all from now on. */
    public stop(): void {
        this._now = { phase: "stopping" };
        this._stopped.abort();
    }

    /** Throws `serverStopping` if nobody new may come in. */
    public requireOpen(): void {
        if (this._now.phase !== "running") {
            throw ProtocolError.Stopping(this.retrySeconds);
        }
    }

    /** `Retry-After` for whoever comes now, in seconds. */
    public get retrySeconds(): number {
        const left = this._now.phase === "draining" ? Math.ceil((this._now.endsAt - this._ticks()) / 1000) : 0;
        return Math.min(Math.max(left, 0) + restartSeconds, maxRetrySeconds);
    }
}
