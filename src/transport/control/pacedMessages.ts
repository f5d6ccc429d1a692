import { Subject, concat, defer } from "rxjs";
import type { Observable } from "rxjs";
import type { IRtcAsks, IRtcServerMessages } from "../../../protocol/wire.js";
import { RtcError, throwIfAborted } from "../../errors/rtcError.js";
import type { IMessageOptions, IVoiceMessage, IVoiceMessages } from "../voiceMessages.js";

/** Limits for unanswered messages: number, and total length. Further messages are queued, so that their timeout does not run yet. */
const maxUnanswered = 128;
const maxUnansweredBytes = 128 * 1024;

/** Limit for messages kept before the first subscription, in bytes. A member who sees us join may send a message before our join has completed. */
const maxEarlyBytes = 1024 * 1024;

type Send = IRtcAsks["send"];

/** Asks the server to deliver a message; resolves with its answer. */
export type AskToSend = (value: Send[0]) => Promise<Send[1]>;

interface IWaiting {
    readonly value: Send[0];
    readonly resolve: (sent: Send[1]) => void;
    readonly reject: (error: unknown) => void;
    /** Removes the abort listener. Called when the message can no longer be cancelled. */
    readonly sending: () => void;
}

/** Messages through the server, with backpressure: the server delays its answers to a client that sends faster than the receivers can read. */
export class PacedMessages implements IVoiceMessages {
    public readonly received$: Observable<IVoiceMessage>;
    private readonly _received = new Subject<IVoiceMessage>();
    private readonly _askAsync: AskToSend;
    private readonly _waiting: IWaiting[] = [];
    private _early: IVoiceMessage[] | null = [];
    private _earlyBytes = 0;
    private _unanswered = 0;
    private _unansweredBytes = 0;
    private _ended = false;

    /** @param askAsync - asks the server to deliver a message */
    public constructor(askAsync: AskToSend) {
        this._askAsync = askAsync;
        this.received$ = defer(() => {
            const early = this._early ?? [];
            this._early = null;
            return concat(early, this._received);
        });
    }

    /** {@inheritDoc IVoiceMessages.sendAsync} */
    public async sendAsync(data: string | Uint8Array, { to, signal }: IMessageOptions = {}): Promise<Send[1]> {
        throwIfAborted(signal);
        if (this._ended) {
            throw gone();
        }
        const value = to === undefined ? { data } : { to, data };
        return await new Promise<Send[1]>((resolve, reject) => {
            const waiting: IWaiting = {
                value,
                resolve,
                reject,
                sending: () => signal?.removeEventListener("abort", abort),
            };
            const abort = (): void => {
                this._waiting.splice(this._waiting.indexOf(waiting), 1);
                reject(new RtcError("aborted", "The message was cancelled before it was sent.", { cause: signal?.reason }));
            };
            signal?.addEventListener("abort", abort, { once: true });
            this._waiting.push(waiting);
            this._sendOn();
        });
    }

    /** Handles a message that the server delivers to us. */
    public hear({ id, from, direct, data }: IRtcServerMessages["message"]): void {
        // The received bytes are a view of the whole WebSocket frame, so the receiver gets its own copy.
        const message: IVoiceMessage = { id, from, direct, data: typeof data === "string" ? data : new Uint8Array(data) };
        if (!this._early) {
            this._received.next(message);
        } else if (this._earlyBytes + data.length <= maxEarlyBytes) {
            this._earlyBytes += data.length;
            this._early.push(message);
        }
    }

    /** Stops sending and receiving. Queued messages are rejected with `aborted`. */
    public end(): void {
        this._ended = true;
        for (const { sending, reject } of this._waiting.splice(0)) {
            sending();
            reject(gone());
        }
        this._received.complete();
    }

    private _sendOn(): void {
        for (let next = this._waiting[0]; next !== undefined && this._fits(next); next = this._waiting[0]) {
            this._waiting.shift();
            next.sending();
            void this._sendNowAsync(next);
        }
    }

    private _fits({ value: { data } }: IWaiting): boolean {
        const room = this._unanswered < maxUnanswered && this._unansweredBytes + data.length <= maxUnansweredBytes;
        return room || this._unanswered === 0;
    }

    private async _sendNowAsync({ value, resolve, reject }: IWaiting): Promise<void> {
        this._unanswered += 1;
        this._unansweredBytes += value.data.length;
        try {
            resolve(await this._askAsync(value));
        } catch (error) {
            reject(error);
        }
        this._unanswered -= 1;
        this._unansweredBytes -= value.data.length;
        this._sendOn();
    }
}

function gone(): RtcError {
    return new RtcError("aborted", "The connection to the RTC room ended before the message was sent.");
}
