import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import type { IEnterReply, IEnterRequest } from "../../protocol/wire.js";
import { mayLackEndpoint, postAsync } from "../interop/serverApi.js";
import { TakenSeat } from "../interop/serverRoom.js";
import { holdVoice } from "../interop/voiceEntry.js";
import type { ServerIdentity } from "./serverIdentity.js";

/** Grant that is backed by a seat instead of a token. */
export interface IEntranceGrant {
    /** Empty: the seat replaces the token. */
    readonly token: string;
    readonly iceServers: RTCIceServer[];
    /** Expiry time of the grant, in milliseconds since the epoch by the server's clock. */
    readonly expiresAt: number;
    /** Remaining validity when `takeGrant` returns the grant, in milliseconds. Absent with an older server. */
    readonly expiresInMs?: number;
}

/** Writable form of the grant, until `takeGrant` returns it. */
type HeldGrant = { -readonly [Key in keyof IEntranceGrant]: IEntranceGrant[Key] };

/** Enters a room, and optionally its RTC room, with one request to the server. */
export class ServerEntrance {
    /** Id of the room whose RTC room has a reserved seat, so that both can be entered at the same time; null = no seat. Replays. */
    public readonly held$: Observable<string | null>;
    private readonly _heldRoom = new BehaviorSubject<string | null>(null);
    private readonly _server: string;
    private readonly _identity: ServerIdentity;
    private readonly _voice: boolean;
    /** The reserved seat in an RTC room. `end`: expiry time of the grant, in milliseconds by `performance.now()`; null = unknown (older server). */
    private _held: { readonly room: string; readonly grant: HeldGrant; readonly end: number | null; readonly seat: TakenSeat } | null =
        null;

    /**
     * @param server - the server's address, without a slash at the end
     * @param identity - identity of the local user
     * @param what - `room`: the room only; `voice`: the room and its RTC room
     */
    public constructor(server: string, identity: ServerIdentity, what: "room" | "voice") {
        this._server = server;
        this._identity = identity;
        this._voice = what === "voice";
        this.held$ = this._heldRoom.asObservable();
    }

    /**
     * Requests seats, and opens their sockets.
     * @param join - the room
     * @param create - true = create the room if it does not exist
     * @param signal - cancels
     * @returns the seat in the room; null if the server may lack this endpoint (version 0.1), so that the caller must enter in separate requests.
     * Rejects with an `RtcError`.
     */
    public async takeSeatAsync(join: IEnterRequest["join"], create: boolean, signal: AbortSignal): Promise<TakenSeat | null> {
        this.drop();
        let reply: IEnterReply;
        try {
            reply = await this._identity.introduceAsync(({ identity, guest }: { identity?: string; guest?: IEnterRequest["guest"] }) =>
                postAsync<IEnterReply>(
                    this._server,
                    "/enter",
                    {
                        join: { ...join, ...(identity !== undefined && { identity }) },
                        ...(guest && { guest }),
                        create,
                        voice: this._voice,
                    } satisfies IEnterRequest,
                    { signal, type: "text/plain" },
                ),
            );
        } catch (error) {
            if (mayLackEndpoint(error)) {
                return null;
            }
            throw error;
        }
        const { room, seat, voice } = reply;
        if (voice) {
            const { iceServers, expiresAt, expiresInMs } = voice;
            const end = expiresInMs === undefined ? null : performance.now() + expiresInMs;
            const grant: HeldGrant = { token: "", iceServers, expiresAt };
            this._held = { room, grant, end, seat: holdVoice(this._server, voice, grant) };
        }
        const taken = new TakenSeat(this._server, seat);
        // Emitted last, when both sockets are opening: a subscriber enters the RTC room at once, and the server completes that only after the room.
        if (voice) {
            this._heldRoom.next(room);
        }
        return taken;
    }

    /**
     * Takes the grant for an RTC room. A grant can be taken once.
     * @param room - the room's id
     * @returns the grant; null if there is none, or if the connection of its seat has closed
     */
    public takeGrant(room: string): IEntranceGrant | null {
        const held = this._held;
        if (held?.room !== room) {
            return null;
        }
        this._held = null;
        if (held.end !== null) {
            // The object is changed, not copied, because the transport looks up the seat by the grant object.
            held.grant.expiresInMs = held.end - performance.now();
        }
        return held.seat.isOver ? null : held.grant;
    }

    /** Closes the seat in an RTC room if it was not used. */
    public drop(): void {
        this._held?.seat.close();
        this._held = null;
        this._heldRoom.next(null);
    }
}
