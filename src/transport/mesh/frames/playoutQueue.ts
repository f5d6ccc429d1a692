/** Poll interval for the playout of the sound that data came with, and its timeout, in milliseconds. */
const lookMs = 5;
const maxHoldMs = 500;

/** The rate of the time stamps of Opus, in Hz (RFC 7587, section 4.1). */
const timeStampHz = 48_000;

interface IHeld {
    readonly bytes: Uint8Array;
    readonly isPlayed: () => boolean;
}

/** Packets wait in the jitter buffer until they are played; so does, here, the data that came with them. */
export class PlayoutQueue {
    private readonly _then: (bytes: Uint8Array) => void;
    private readonly _held: IHeld[] = [];
    private _timer: ReturnType<typeof setInterval> | undefined;

    /** @param then - gets the data when its sound is played, in the order in which it was added */
    public constructor(then: (bytes: Uint8Array) => void) {
        this._then = then;
    }

    /**
     * @param receiver - says which sound is played
     * @param rtpTimestamp - of the sound that the data came with; null = unknown, so it is not waited for
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

    /** Drops what is held, and ends the timer. */
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

/** True if a time stamp is yet to be played; they wrap round at 32 bits. One beyond the timeout counts as played. */
function isAhead(rtpTimestamp: number, playing: number): boolean {
    const ahead = (rtpTimestamp - playing) | 0;
    return ahead > 0 && ahead <= (timeStampHz * maxHoldMs) / 1000;
}
