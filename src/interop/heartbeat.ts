/** How often the other end is asked whether it is still there, in milliseconds. */
const askEveryMs = 4_000;

/** So long may the answer take until the connection counts as gone, in milliseconds (PICO's figure). A browser alone takes minutes to notice. */
export const silenceMs = 12_000;

/**
 * Notices that the other end of a connection is silent: its network is gone, and nobody closed the socket. A page in the background, whose
 * timers are slowed down, is no silence: what counts is how long an answer is due.
 */
export class Heartbeat {
    private readonly _timer: ReturnType<typeof setInterval>;
    private _askedAt: number | null = null;

    /**
     * Begins at once; whoever makes it stops it.
     * @param ask - asks the other end, and calls back when it answers
     * @param onSilence - called once, after 12 to 16 s without a sign of life
     */
    public constructor(ask: (answered: () => void) => void, onSilence: () => void) {
        this._timer = setInterval(() => {
            const now = performance.now();
            if (this._askedAt === null) {
                this._askedAt = now;
                ask(() => (this._askedAt = null));
            } else if (now - this._askedAt >= silenceMs) {
                this.stop();
                onSilence();
            }
        }, askEveryMs);
    }

    /** Ends it. Harmless if called twice. */
    public stop(): void {
        clearInterval(this._timer);
    }
}
