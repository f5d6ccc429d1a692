/** Poll interval, and timeout, for the playout of the packet that carried the data, in milliseconds. */
const lookMs = 5;
const maxHoldMs = 500;

/** Clock rate of the RTP timestamps of Opus, in Hz (RFC 7587, section 4.1). */
const timeStampHz = 48_000;

interface IHeld {
    readonly bytes: Uint8Array;
    readonly isPlayed: () => boolean;
}

/** Holds received data until its packet leaves the jitter buffer and is played, 500 ms at most. */
export class PlayoutQueue {
    private readonly _then: (bytes: Uint8Array) => void;
    private readonly _held: IHeld[] = [];
    private _timer: ReturnType<typeof setInterval> | undefined;

    /** @param then - called with the data when its packet is played; in the order in which the data was added */
    public constructor(then: (bytes: Uint8Array) => void) {
        this._then = then;
    }

    /**
     * Adds received data.
     * @param receiver - reports the RTP timestamp that is being played
     * @param rtpTimestamp - RTP timestamp of the data's packet; null = unknown, then the data does not wait for playout
     * @param bytes - the data
     */
    public add(receiver: Pick<RTCRtpReceiver, "getSynchronizationSources">, rtpTimestamp: number | null, bytes: Uint8Array): void {
        const end = performance.now() + maxHoldMs;
        const isPlayed = (): boolean => {
            const playing = receiver.getSynchronizationSources()[0]?.rtpTimestamp;
            return rtpTimestamp === null || playing === undefined || !isAhead(rtpTimestamp, playing) || performance.now() >= end;
        };
        this._held.push({ bytes, isPlayed });
        this._look();
        if (this._held.length > 0) {
            this._timer ??= setInterval(this._look, lookMs);
        }
    }

    /** Drops the held data, and stops the timer. */
    public dispose(): void {
        this._held.length = 0;
        this._look();
    }

    private readonly _look = (): void => {
        for (let first = this._held[0]; first?.isPlayed() === true; first = this._held[0]) {
            this._held.shift();
            this._then(first.bytes);
        }
        if (this._held.length === 0) {
            clearInterval(this._timer);
            this._timer = undefined;
        }
    };
}

/** True if an RTP timestamp has not been played yet. Timestamps wrap around at 32 bits. A timestamp further ahead than the timeout counts as played. */
function isAhead(rtpTimestamp: number, playing: number): boolean {
    const ahead = (rtpTimestamp - playing) | 0;
    return ahead > 0 && ahead <= (timeStampHz * maxHoldMs) / 1000;
}
