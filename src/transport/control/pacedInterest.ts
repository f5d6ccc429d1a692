import type { VoiceInterest } from "../voiceTransport.js";

/** Token bucket: burst size, in requests. The server accepts a burst of 300 messages of all kinds, and 100 per second (`RtcRoom`). */
const atOnce = 200;
/** Token bucket: refill rate, in requests per second. */
const perSecond = 60;
/** Interval for sending queued requests, in milliseconds. */
const periodMs = 100;

/** Rate limit for interest requests, below the rate limit of the server. Per member, a newer request replaces a queued one. */
export class PacedInterest {
    private readonly _send: (to: string, interest: VoiceInterest) => void;
    private readonly _waiting = new Map<string, VoiceInterest>();
    private _allowed = atOnce;
    private _countedAt = performance.now();
    private _timer: ReturnType<typeof setTimeout> | undefined;

    /** @param send - sends one request */
    public constructor(send: (to: string, interest: VoiceInterest) => void) {
        this._send = send;
    }

    /**
     * Sends a request for a member's voice, or queues it.
     * @param to - the member's id
     * @param interest - our interest in the voice
     */
    public ask(to: string, interest: VoiceInterest): void {
        this._waiting.set(to, interest);
        this._sendSome();
    }

    /** Drops the queued requests. Idempotent. */
    public close(): void {
        this._waiting.clear();
        clearTimeout(this._timer);
        this._timer = undefined;
    }

    private _sendSome(): void {
        const now = performance.now();
        this._allowed = Math.min(atOnce, this._allowed + ((now - this._countedAt) * perSecond) / 1_000);
        this._countedAt = now;
        for (const [to, interest] of this._waiting) {
            if (this._allowed < 1) {
                break;
            }
            this._allowed -= 1;
            this._waiting.delete(to);
            this._send(to, interest);
        }
        if (this._waiting.size > 0) {
            this._timer ??= setTimeout(() => {
                this._timer = undefined;
                this._sendSome();
            }, periodMs);
        }
    }
}
