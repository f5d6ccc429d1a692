import { EMPTY, Subject, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import { RtcError } from "../rtcError.js";
import type { IMessageOptions, IVoiceMessage } from "../transport/voiceMessages.js";
import type { IVoiceSession } from "../transport/voiceTransport.js";

/** The most bytes of a message. */
const maxBytes = 65_536;

/** Messages between the members of the RTC room. */
export class RtcMessages {
    /** What the others say, in order. Hot; goes on from one RTC room to the next. */
    public readonly received$: Observable<IVoiceMessage>;
    private readonly _received = new Subject<IVoiceMessage>();
    private _session: IVoiceSession | null = null;

    /** @param session$ - the session in force; lives no longer than its owner */
    public constructor(session$: Observable<IVoiceSession | null>) {
        this.received$ = this._received.asObservable();
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
        const own = checked(data);
        const session = this._session;
        if (options.to !== undefined && (typeof options.to !== "string" || options.to === "" || options.to === session?.selfId)) {
            throw new RtcError("invalidArgument", "`to` is the id of another member.");
        }
        if (!session) {
            throw new RtcError("roomNotFound", "You are in no RTC room. Join one, and send when `connection$` says connected.");
        }
        if (!session.messages) {
            throw new RtcError("unsupported", "This transport carries no messages.");
        }
        return await session.messages.sendAsync(own, options);
    }
}

function checked(data: string | Uint8Array | ArrayBuffer): string | Uint8Array {
    if (typeof data !== "string" && !(data instanceof Uint8Array) && !(data instanceof ArrayBuffer)) {
        throw new RtcError("invalidArgument", "A message is a text, a Uint8Array or an ArrayBuffer.");
    }
    const bytes = sizeOf(data);
    if (bytes > maxBytes) {
        throw new RtcError("messageTooLarge", `A message has at most 65,536 bytes, not ${bytes}. Send it in parts.`);
    }
    return typeof data === "string" ? data : new Uint8Array(data instanceof Uint8Array ? data : data.slice(0));
}

function sizeOf(data: string | Uint8Array | ArrayBuffer): number {
    // A character takes a byte at least, so a huge text need not be encoded.
    return typeof data !== "string" ? data.byteLength : data.length > maxBytes ? data.length : new TextEncoder().encode(data).length;
}
