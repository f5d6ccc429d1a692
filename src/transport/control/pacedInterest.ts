import type { VoiceInterest } from "../voiceTransport.js";

/** Requests that go at once. The server takes 300 messages of every kind at once, and 100 a second (`RtcRoom`). */
const atOnce = 200;
/** Requests a second after that. */
const perSecond = 60;
/** Interval in which waiting requests go, in milliseconds. */
const periodMs = 100;

/** Tells the server whose voices are wanted, no faster than it takes it. Of a member who waits, the newest request counts. */
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
     * Asks for a voice, or not any more.
     * @param to - the member's id
     * @param interest - how much of it is wanted
     */
    public ask(to: string, interest: VoiceInterest): void {
        this._waiting.set(to, interest);
        this._sendSome();
    }

    /** Forgets what waits. Harmless if called twice. */
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
