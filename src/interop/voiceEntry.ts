import type { IVoiceEntry } from "../../protocol/wire.js";
import { TakenSeat } from "./serverRoom.js";

/** Seat in an RTC room that the server holds for some seconds, and our credentials for signalling. */
export interface IHeldVoice {
    readonly seat: TakenSeat;
    /** Our own peer id in signalling. */
    readonly peerId: string;
    /** Proves to signalling that the peer id is ours. */
    readonly secret: string;
    /** Peer ids of members whom we will probably call. */
    readonly callees: readonly string[];
}

/** Held seats by grant. Only our own transport uses them. */
const held = new WeakMap<object, IHeldVoice>();

/**
 * Connects to the RTC room with the reserved seat, and stores the connection for the transport that gets the grant.
 * @param server - the server's address
 * @param entry - seat and credentials from the server
 * @param grant - the grant that will be passed to the transport
 * @returns the seat; the caller closes it if the grant is not used
 */
export function holdVoice(server: string, { seat, self, secret, callees = [] }: IVoiceEntry, grant: object): TakenSeat {
    const taken = new TakenSeat(server, seat);
    held.set(grant, { seat: taken, peerId: self, secret, callees });
    return taken;
}

/**
 * Gets the held seat of a grant, and removes it from the store.
 * @param grant - the grant that was passed to the transport
 * @returns the seat and credentials, which the caller then owns and closes; null if there are none, or if they were already taken
 */
export function heldVoiceOf(grant: object): IHeldVoice | null {
    const voice = held.get(grant) ?? null;
    held.delete(grant);
    return voice;
}
