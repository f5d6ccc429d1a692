import type { IVoiceEntry } from "../../protocol/wire.js";
import { TakenSeat } from "./serverRoom.js";

/** Way into an RTC room that the server holds for some seconds, with the seat taken. */
export interface IHeldVoice {
    readonly seat: TakenSeat;
    /** Our own id in signalling. */
    readonly peerId: string;
    /** Proves to signalling that it is ours. */
    readonly secret: string;
}

/** By grant. Nobody but our own transport knows of them. */
const held = new WeakMap<object, IHeldVoice>();

/**
 * Takes the seat, and lets whoever gets the grant find it.
 * @param server - the server's address
 * @param entry - what the server holds
 * @param grant - what will be handed to the transport
 * @returns the seat; the caller closes it if the grant is not used
 */
export function holdVoice(server: string, { seat, self, secret }: IVoiceEntry, grant: object): TakenSeat {
    const taken = new TakenSeat(server, seat);
    held.set(grant, { seat: taken, peerId: self, secret });
    return taken;
}

/**
 * @param grant - what the transport was handed
 * @returns the way into its RTC room, once; whoever gets it closes the seat. Null if there is none.
 */
export function heldVoiceOf(grant: object): IHeldVoice | null {
    const voice = held.get(grant) ?? null;
    held.delete(grant);
    return voice;
}
