import { maxMessageBytes } from "../../protocol/limits.js";
import { EMPTY, Subject, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import type { IMessageOptions, IVoiceDataMessage, IVoiceMessage, IVoiceRtpData } from "../transport/voiceMessages.js";
import type { IVoiceSession } from "../transport/voiceTransport.js";

/** Maximum size of data in a voice packet, in bytes. */
const maxRtpDataBytes = 255;

/** Options of data in voice packets. */
export interface IRtpDataOptions {
    /** Number of further packets that repeat the data against packet loss, 0 to 10. The receiver gets the data once. Default: 2. */
    readonly repeat?: number | undefined;
}

/** @deprecated Use `IRtpDataOptions`. */
export type IRidingOptions = IRtpDataOptions;

/** Messages between the members of the RTC room. */
export class RtcMessages {
    /** Messages of the other members, in order. Hot. Continues from one RTC room to the next. */
    public readonly received$: Observable<IVoiceMessage>;
    /** Data from voice packets of the other members, emitted when the sound of the packet is played. Hot. Continues from one RTC room to the next. */
    public readonly receivedWithVoice$: Observable<IVoiceDataMessage>;
    private readonly _received = new Subject<IVoiceMessage>();
    private _session: IVoiceSession | null = null;

    /** @param session$ - current session; null outside. Stays subscribed for good, so it must have the same owner as this object. */
    public constructor(session$: Observable<IVoiceSession | null>) {
        this.received$ = this._received.asObservable();
        this.receivedWithVoice$ = session$.pipe(switchMap((session) => rtpDataOf(session)?.received$ ?? EMPTY));
        session$.subscribe((session) => (this._session = session));
        session$.pipe(switchMap((session) => session?.messages?.received$ ?? EMPTY)).subscribe((message) => this._received.next(message));
    }

    /**
     * Sends a message through the server. Messages arrive in the order of the calls, and none is lost while both ends stay connected. Messages that
     * cannot be sent yet wait in a queue here (the server accepts about 1000 per second, or 1 MiB, and fewer while a receiver is slow).
     * @param data - text or bytes, at most 65,536 bytes (text in UTF-8); bytes are copied
     * @param options - `to`: the receiver (default: all other members); `signal`: removes the message from the queue
     * @returns the id of the message, when it was delivered; ids increase within the RTC room. Rejects with an `RtcError`: `messageTooLarge` and
     * `invalidArgument` before anything is sent, `memberNotFound` if `to` is not present or either side has blocked the other, `roomNotFound` outside
     * of an RTC room, `aborted` if `signal` fires or the session ends meanwhile, `serverUnreachable` if the server does not answer, `unsupported` if
     * the transport has no messages
     */
    public async sendAsync(data: string | Uint8Array | ArrayBuffer, options: IMessageOptions = {}): Promise<{ readonly id: number }> {
        requireOptions(options);
        const message = checked(data);
        const session = this._session;
        if (options.to !== undefined && (typeof options.to !== "string" || options.to === "" || options.to === session?.selfId)) {
            throw new RtcError("invalidArgument", "`to` is the id of another member.");
        }
        if (!session) {
            throw outside();
        }
        if (!session.messages) {
            throw new RtcError("unsupported", "This transport carries no messages.");
        }
        return await session.messages.sendAsync(message, options);
    }

    /**
     * Sends data in voice packets directly to all members who receive our voice and support this: the data is appended to the next packets, and
     * removed at the other end. A packet is sent every 20 ms, or with DTX every 200 ms or more while the microphone is silent or muted. Data waits at
     * most 2 s for a packet, in a queue of 64 entries; further data is dropped. Lost packets lose their data; `sendAsync` loses nothing.
     * @param data - 1 to 255 bytes, which are copied
     * @param options - number of repetitions
     * @returns ids of the members that the data is sent to: those for whom `canSendWithVoice` is true. Throws an `RtcError`: `invalidArgument`,
     * `roomNotFound` outside of an RTC room, `unsupported` if the option `dataInRtp` is not set or the browser lacks support
     */
    public sendWithVoice(data: Uint8Array | ArrayBuffer, options: IRtpDataOptions = {}): ReadonlySet<string> {
        requireOptions(options);
        const { repeat = 2 } = options;
        if (!(data instanceof Uint8Array || data instanceof ArrayBuffer) || data.byteLength < 1 || data.byteLength > maxRtpDataBytes) {
            throw new RtcError("invalidArgument", `Data with the voice has 1 to ${maxRtpDataBytes} bytes, as a Uint8Array or ArrayBuffer.`);
        }
        if (!Number.isInteger(repeat) || repeat < 0 || repeat > 10) {
            throw new RtcError("invalidArgument", "`repeat` is a whole number from 0 to 10.");
        }
        if (!this._session) {
            throw outside();
        }
        const rtpData = rtpDataOf(this._session);
        if (!rtpData) {
            throw new RtcError(
                "unsupported",
                "Data with the voice is off or not supported: set the option `dataInRtp`; the browser needs RTCRtpScriptTransform and blob: workers.",
            );
        }
        return rtpData.send(own(data), 1 + repeat);
    }

    /**
     * Checks whether data in voice packets reaches a member now.
     * @param memberId - id of a remote member
     * @returns true if both ends support it, the link is connected, and our voice is sent to the member
     */
    public canSendWithVoice(memberId: string): boolean {
        return rtpDataOf(this._session)?.reaches(memberId) === true;
    }

    /**
     * @param memberId - id of a remote member
     * @deprecated Use `canSendWithVoice`.
     */
    public ridesWith(memberId: string): boolean {
        return this.canSendWithVoice(memberId);
    }
}

/** A transport of an app may still use the deprecated name. */
function rtpDataOf(session: IVoiceSession | null): IVoiceRtpData | undefined {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the old name works, too
    return session?.rtpData ?? session?.riding;
}

function outside(): RtcError {
    return new RtcError("roomNotFound", "You are not in an RTC room. Join one, and send when `connection$` is connected.");
}

function own(data: Uint8Array | ArrayBuffer): Uint8Array {
    return new Uint8Array(data instanceof Uint8Array ? data : data.slice(0));
}

function checked(data: string | Uint8Array | ArrayBuffer): string | Uint8Array {
    if (typeof data !== "string" && !(data instanceof Uint8Array) && !(data instanceof ArrayBuffer)) {
        throw new RtcError("invalidArgument", "A message is a text, a Uint8Array or an ArrayBuffer.");
    }
    const bytes = sizeOf(data);
    if (bytes > maxMessageBytes) {
        throw new RtcError("messageTooLarge", `A message has at most 65,536 bytes, not ${bytes}. Send it in parts.`);
    }
    return typeof data === "string" ? data : own(data);
}

function sizeOf(data: string | Uint8Array | ArrayBuffer): number {
    // A character takes at least one byte, so a text with too many characters is not encoded.
    return typeof data !== "string" ? data.byteLength : data.length > maxMessageBytes ? data.length : new TextEncoder().encode(data).length;
}
