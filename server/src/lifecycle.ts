import { ProtocolError } from "./protocolError.js";

/** Maximum `Retry-After` while the server drains, in seconds. Short, because behind a load balancer the retry reaches another process. */
const maxRetrySeconds = 10;
/** Expected time for a new process to replace one that stops, in seconds. */
const restartSeconds = 2;

/** Phase of a server: running (accepts new members), draining (serves present members only) or stopping (serves nobody). */
export type ServerPhase =
    | { readonly phase: "running" }
    /** `endsAt`: latest time at which the server stops, in milliseconds by the monotonic clock. */
    | { readonly phase: "draining"; readonly endsAt: number }
    | { readonly phase: "stopping" };

/** Lifecycle of one server. Phases never go backwards. */
export class Lifecycle {
    private _now: ServerPhase = { phase: "running" };
    private readonly _stopped = new AbortController();
    private readonly _ticks: () => number;

    /**
     * @param ticks - monotonic clock, in milliseconds
     */
    public constructor(ticks: () => number) {
        this._ticks = ticks;
    }

    /** Present phase. */
    public get phase(): ServerPhase["phase"] {
        return this._now.phase;
    }

    /** True while the server is closing and accepts nobody. */
    public get stopping(): boolean {
        return this._now.phase === "stopping";
    }

    /** Signal that aborts when the server starts closing. */
    public get stopped(): AbortSignal {
        return this._stopped.signal;
    }

    /**
     * Stops accepting new members. No-op once the server is closing.
     * @param seconds - longest time until the server closes
     */
    public drain(seconds: number): void {
        if (!this.stopping) {
            this._now = { phase: "draining", endsAt: this._ticks() + seconds * 1000 };
        }
    }

    /** Stops accepting anybody. */
    public stop(): void {
        this._now = { phase: "stopping" };
        this._stopped.abort();
    }

    /** Throws `serverStopping` if new members are not accepted. */
    public requireOpen(): void {
        if (this._now.phase !== "running") {
            throw ProtocolError.Stopping(this.retrySeconds);
        }
    }

    /** Value of `Retry-After` for requests that are refused now, in seconds. */
    public get retrySeconds(): number {
        const left = this._now.phase === "draining" ? Math.ceil((this._now.endsAt - this._ticks()) / 1000) : 0;
        return Math.min(Math.max(left, 0) + restartSeconds, maxRetrySeconds);
    }
}
