import type { Observable } from "rxjs";

/** Message of one member to everybody, or to us alone. */
export interface IVoiceMessage {
    /** Grows within the RTC room, in the order in which messages are delivered. */
    readonly id: number;
    /** The sender's member id, as the server knows it. */
    readonly from: string;
    /** True if it is for us alone. */
    readonly direct: boolean;
    /** Text, or bytes that are the receiver's own. */
    readonly data: string | Uint8Array;
}

/** Options of sending. */
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
    /** Messages of the others. Those before the first subscription are kept for it. Completes with the session. */
    readonly received$: Observable<IVoiceMessage>;
}

/** Data that arrived with somebody's voice. */
export interface IVoiceDataMessage {
    /** The member at the other end of the link that it came by. */
    readonly from: string;
    /** 1 to 255 bytes, the receiver's own. */
    readonly data: Uint8Array;
}

/** Data that rides with the voice, from one end of a link to the other, by no server. */
export interface IVoiceRiding {
    /**
     * Sends data along with our voice to everybody whom it reaches.
     * @param data - 1 to 255 bytes
     * @param times - in how many packets, so that a lost one does not matter; it arrives once all the same
     * @returns to whom it goes
     */
    send(data: Uint8Array, times: number): ReadonlySet<string>;
    /** Received data, emitted when the sound that it came with is played. Hot; completes with the session. */
    readonly received$: Observable<IVoiceDataMessage>;
    /**
     * @param memberId - of a remote member
     * @returns whether data reaches them with our voice as things are now
     */
    reaches(memberId: string): boolean;
}
