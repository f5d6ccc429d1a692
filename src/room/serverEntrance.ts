import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import type { IEnterReply, IEnterRequest } from "../../protocol/wire.js";
import { mayLackEndpoint, postAsync } from "../interop/serverApi.js";
import { TakenSeat } from "../interop/serverRoom.js";
import { holdVoice } from "../interop/voiceEntry.js";
import type { ServerIdentity } from "./serverIdentity.js";

/** Grant that is backed by a seat instead of a token. */
export interface IEntranceGrant {
    /** Empty: the seat stands for it. */
    readonly token: string;
    readonly iceServers: RTCIceServer[];
    /** End of the grant, in milliseconds since the epoch by the server's clock. */
    readonly expiresAt: number;
    /** Remaining validity when the grant is handed over, in milliseconds. Absent from an older server. */
    readonly expiresInMs?: number;
}

/** The same, before it is handed over. */
type HeldGrant = { -readonly [Key in keyof IEntranceGrant]: IEntranceGrant[Key] };

/** Requests entry into a room, and into its RTC room if that is wanted, in one request. */
export class ServerEntrance {
    /** The id of the room into whose RTC room a way is held, so that it can be entered beside the room; null = none any longer. Replays. */
    public readonly held$: Observable<string | null>;
    private readonly _heldRoom = new BehaviorSubject<string | null>(null);
    private readonly _server: string;
    private readonly _identity: ServerIdentity;
    private readonly _voice: boolean;
    /** `end`: of the grant, in milliseconds by `performance.now()`; null = the server did not say. */
    private _held: { readonly room: string; readonly grant: HeldGrant; readonly end: number | null; readonly seat: TakenSeat } | null =
        null;

    /**
     * @param server - the server's address, without a slash at the end
     * @param identity - who enters
     * @param what - `voice`: the RTC room, too
     */
    public constructor(server: string, identity: ServerIdentity, what: "room" | "voice") {
        this._server = server;
        this._identity = identity;
        this._voice = what === "voice";
        this.held$ = this._heldRoom.asObservable();
    }

    /**
     * Asks for seats, and opens their sockets.
     * @param join - which room
     * @param create - whether to make it where there is none
     * @param signal - cancels
     * @returns the seat in the room; null if the server has to be asked step by step, as one of version 0.1 has. Rejects with an `RtcError`.
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
        // The room's socket opens first: the RTC room waits for it.
        if (voice) {
            this._heldRoom.next(room);
        }
        return taken;
    }

    /**
     * @param room - a room's id
     * @returns the grant for its RTC room, once, as long as the server holds the way in; null otherwise
     */
    public takeGrant(room: string): IEntranceGrant | null {
        const held = this._held;
        if (held?.room !== room) {
            return null;
        }
        this._held = null;
        if (held.end !== null) {
            // The transport finds the seat by this very object.
            held.grant.expiresInMs = held.end - performance.now();
        }
        return held.seat.isOver ? null : held.grant;
    }

    /** Gives back what was not used. */
    public drop(): void {
        this._held?.seat.close();
        this._held = null;
        this._heldRoom.next(null);
    }
}
