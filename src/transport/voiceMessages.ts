import type { Observable } from "rxjs";

/** What one member said to everybody, or to us alone. */
export interface IVoiceMessage {
    /** Grows within the RTC room, in the order in which messages are delivered. */
    readonly id: number;
    /** The sender's member id, as the server knows it. */
    readonly from: string;
    /** Whether it is for us alone. */
    readonly direct: boolean;
    /** Text, or bytes that are the receiver's own. */
    readonly data: string | Uint8Array;
}

/** How a message is sent. */
export interface IMessageOptions {
    /** The member whom it is for. Default: everybody else in the RTC room. */
    readonly to?: string | undefined;
    /** Takes the message back (`aborted`) while it waits for those before it. */
    readonly signal?: AbortSignal | undefined;
}

/** Messages between the members of an RTC room. */
export interface IVoiceMessages {
    /**
     * Sends a message. Messages arrive in the order in which they were sent; many at once wait for each other.
     * @param data - at most 65,536 bytes (UTF-8 where it is text); must not be changed until it is sent
     * @param options - whom it is for
     * @returns its id, when it was delivered; rejects with an `RtcError`
     */
    sendAsync(data: string | Uint8Array, options?: IMessageOptions): Promise<{ readonly id: number }>;
    /** What the others say. What came before the first subscription is kept for it. Completes with the session. */
    readonly received$: Observable<IVoiceMessage>;
}
