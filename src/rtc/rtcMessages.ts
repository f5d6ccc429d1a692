import { maxMessageBytes } from "../../protocol/limits.js";
import { EMPTY, Subject, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { requireOptions } from "../errors/checkOptions.js";
import { RtcError } from "../errors/rtcError.js";
import type { IMessageOptions, IVoiceDataMessage, IVoiceMessage } from "../transport/voiceMessages.js";
import type { IVoiceSession } from "../transport/voiceTransport.js";

/** The most bytes that ride with the voice at once. */
const maxRidingBytes = 255;

/** Options of data in voice packets. */
export interface IRidingOptions {
    /** In how many further packets the data is sent again, in case some get lost, 0 to 10. It arrives once all the same. Default: 2. */
    readonly repeat?: number | undefined;
}

/** Messages between the members of the RTC room. */
export class RtcMessages {
    /** Messages of the others, in order. Hot; goes on from one RTC room to the next. */
    public readonly received$: Observable<IVoiceMessage>;
    /** Data that rode with somebody's voice, when the sound that it came with is played. Hot; goes on from one RTC room to the next. */
    public readonly receivedWithVoice$: Observable<IVoiceDataMessage>;
    private readonly _received = new Subject<IVoiceMessage>();
    private _session: IVoiceSession | null = null;

    /** @param session$ - the session in force; lives no longer than its owner */
    public constructor(session$: Observable<IVoiceSession | null>) {
        this.received$ = this._received.asObservable();
        this.receivedWithVoice$ = session$.pipe(switchMap((session) => session?.riding?.received$ ?? EMPTY));
        session$.subscribe((session) => (this._session = session));
        session$.pipe(switchMap((session) => session?.messages?.received$ ?? EMPTY)).subscribe((message) => this._received.next(message));
    }

    /**
     * Sends a message by way of the server. Messages arrive in the order of the calls, none is lost while both ends stay connected; many at
     * once wait for each other here (the server takes some 1000 a second, or 1 MiB, and fewer while somebody reads slowly).
     * @param data - text or bytes, at most 65,536 bytes (UTF-8 where it is text); bytes are copied
     * @param options - `to`: whom it is for (default: everybody else); `signal`: takes it back while it waits
     * @returns its id, when it was delivered; ids grow within the RTC room. Rejects with an `RtcError`: `messageTooLarge` and
     * `invalidArgument` before anything is sent, `memberNotFound` if `to` is not there or is blocked, `roomNotFound` outside of an RTC room,
     * `aborted` if that ends meanwhile, `unsupported` if the transport has no messages
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
     * Sends data along with our voice, from end to end, to everybody whom both reach: it is appended to the next packets and taken out at the
     * other end. A packet goes every 20 ms, muted or not, but every 200 ms or more while the microphone hears nothing (DTX): data waits for
     * the next one, 2 s at most, and one after the other. Packets may be lost, and data with them; `sendAsync` loses nothing.
     * @param data - 1 to 255 bytes, which are copied
     * @param options - how often it is repeated
     * @returns the ids of the members to whom it goes: those for whom `ridesWith` holds. Throws an `RtcError`: `invalidArgument`,
     * `roomNotFound` outside of an RTC room, `unsupported` if the option `ridesData` is not set or this browser cannot
     */
    public sendWithVoice(data: Uint8Array | ArrayBuffer, options: IRidingOptions = {}): ReadonlySet<string> {
        requireOptions(options);
        const { repeat = 2 } = options;
        if (!(data instanceof Uint8Array || data instanceof ArrayBuffer) || data.byteLength < 1 || data.byteLength > maxRidingBytes) {
            throw new RtcError("invalidArgument", `With the voice ride 1 to ${maxRidingBytes} bytes, as a Uint8Array or ArrayBuffer.`);
        }
        if (!Number.isInteger(repeat) || repeat < 0 || repeat > 10) {
            throw new RtcError("invalidArgument", "`repeat` is a whole number from 0 to 10.");
        }
        if (!this._session) {
            throw outside();
        }
        const { riding } = this._session;
        if (!riding) {
            throw new RtcError(
                "unsupported",
                "No data rides with the voice here: set the option `ridesData`; the browser needs RTCRtpScriptTransform and workers of blob: addresses.",
            );
        }
        return riding.send(own(data), 1 + repeat);
    }

    /**
     * @param memberId - of a remote member
     * @returns whether data reaches them with our voice as things are now: both ends can, their link stands, and our voice flows there
     */
    public ridesWith(memberId: string): boolean {
        return this._session?.riding?.reaches(memberId) === true;
    }
}

function outside(): RtcError {
    return new RtcError("roomNotFound", "You are in no RTC room. Join one, and send when `connection$` says connected.");
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
    // A character takes a byte at least, so a huge text need not be encoded.
    return typeof data !== "string" ? data.byteLength : data.length > maxMessageBytes ? data.length : new TextEncoder().encode(data).length;
}
