import { Subject, concat, defer } from "rxjs";
import type { Observable } from "rxjs";
import type { IRtcAsks, IRtcServerMessages } from "../../../protocol/wire.js";
import { RtcError, throwIfAborted } from "../../errors/rtcError.js";
import type { IMessageOptions, IVoiceMessage, IVoiceMessages } from "../voiceMessages.js";

/** Most messages without an answer; the rest waits here, since the timeout of an answer begins with sending. */
const maxUnanswered = 128;
const maxUnansweredBytes = 128 * 1024;

/** Most messages that are kept before the first subscription: the first word of somebody who saw us come may be here before the join is through. */
const maxEarlyBytes = 1024 * 1024;

type Send = IRtcAsks["send"];

/** Asks the server to pass a message on; resolves with its answer. */
export type AskToSend = (value: Send[0]) => Promise<Send[1]>;

interface IWaiting {
    readonly value: Send[0];
    readonly resolve: (sent: Send[1]) => void;
    readonly reject: (error: unknown) => void;
    /** It can no longer be taken back. */
    readonly sending: () => void;
}

/** Messages by way of the server, as fast as it answers: its late answers hold up whoever sends faster than the others can read. */
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

    /** @param askAsync - asks the server to pass a message on */
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
                reject(new RtcError("aborted", "The message was taken back before it was sent.", { cause: signal?.reason }));
            };
            signal?.addEventListener("abort", abort, { once: true });
            this._waiting.push(waiting);
            this._sendOn();
        });
    }

    /** Called with what the server passes on to us. */
    public hear({ id, from, direct, data }: IRtcServerMessages["message"]): void {
        // The received bytes are a view of the whole frame; the receiver gets a copy of its own.
        const message: IVoiceMessage = { id, from, direct, data: typeof data === "string" ? data : new Uint8Array(data) };
        if (!this._early) {
            this._received.next(message);
        } else if (this._earlyBytes + data.length <= maxEarlyBytes) {
            this._earlyBytes += data.length;
            this._early.push(message);
        }
    }

    /** Nothing is sent or received any longer; what waits is rejected with `aborted`. */
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
    return new RtcError("aborted", "The connection to the RTC room has ended, so the message was not sent.");
}
