import type { Observable } from "rxjs";

/** Message from one member, either to all members or only to us. */
export interface IVoiceMessage {
    /** Message id. Ids increase within the RTC room, in the order of delivery. */
    readonly id: number;
    /** Member id of the sender, verified by the server. */
    readonly from: string;
    /** True if the message was sent only to us. */
    readonly direct: boolean;
    /** Text, or bytes that belong to the receiver. */
    readonly data: string | Uint8Array;
}

/** Options for sending a message. */
export interface IMessageOptions {
    /** Member id of the receiver. Default: all other members of the RTC room. */
    readonly to?: string | undefined;
    /** Cancels the message while it waits in the send queue; sending then rejects with `aborted`. */
    readonly signal?: AbortSignal | undefined;
}

/** Messages between the members of an RTC room. */
export interface IVoiceMessages {
    /**
     * Sends a message. Messages arrive in the order in which they were sent. If many are sent at once, they wait in a queue. A message to all members
     * does not reach a member who reads too slowly.
     * @param data - at most 65,536 bytes (text counts as UTF-8); must not be changed until the message is sent
     * @param options - receiver, and a signal that cancels
     * @returns the message id, once the server has passed the message on; rejects with an `RtcError`
     */
    sendAsync(data: string | Uint8Array, options?: IMessageOptions): Promise<{ readonly id: number }>;
    /** Messages of the other members. The first subscriber also gets earlier ones, up to 1 MiB in total. Completes with the session. */
    readonly received$: Observable<IVoiceMessage>;
}

/** Data that arrived with a member's voice. */
export interface IVoiceDataMessage {
    /** Member id of the sender. */
    readonly from: string;
    /** 1 to 255 bytes that belong to the receiver. */
    readonly data: Uint8Array;
}

/** Data that is sent along with the voice, from one end of a link to the other, without a server. */
export interface IVoiceRtpData {
    /**
     * Sends data along with our voice to all members that `reaches` returns true for. Data that cannot be sent within 2 s is dropped, and so is data
     * that exceeds a queue of 64.
     * @param data - 1 to 255 bytes
     * @param times - number of packets that carry the data, as protection against packet loss; a receiver still gets the data only once
     * @returns member ids of the receivers
     */
    send(data: Uint8Array, times: number): ReadonlySet<string>;
    /** Received data, emitted when the audio of the same packet is played. Hot; completes with the session. */
    readonly received$: Observable<IVoiceDataMessage>;
    /**
     * @param memberId - id of a remote member
     * @returns true if data that is sent with our voice now would reach the member
     */
    reaches(memberId: string): boolean;
}

/** @deprecated Use `IVoiceRtpData`. */
export type IVoiceRiding = IVoiceRtpData;
