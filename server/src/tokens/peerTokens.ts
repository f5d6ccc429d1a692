import { createHmac } from "node:crypto";
import { sameSecret } from "../util/random.js";

/** A peer id as this server makes them, and the signature. */
const form = /^([0-9a-f]{40})\.([0-9a-f]{64})$/;

/**
 * Signs which peer id a user's connection to an RTC room has. After a restart of the server the client shows it and gets the same id in signalling again,
 * so that its calls, which go on, are still calls with that peer. A token holds for its user alone and as long as the secret; it lets nobody in.
 */
export class PeerTokens {
    private readonly _key: Uint8Array;

    /** @param key - the secret */
    public constructor(key: Uint8Array) {
        this._key = key;
    }

    /**
     * @param user - the user's id
     * @param peerId - the id of their connection in signalling
     * @returns the token
     */
    public sign(user: string, peerId: string): string {
        return `${peerId}.${this._signature(user, peerId)}`;
    }

    /**
     * @param token - what a client sent
     * @param user - the id of the user whom its grant is for
     * @returns the peer id that it was signed for; null if it was not signed by this secret for that user
     */
    public read(token: string | undefined, user: string): string | null {
        const [, peerId, signature] = form.exec(token ?? "") ?? [];
        return peerId !== undefined && signature !== undefined && sameSecret(signature, this._signature(user, peerId)) ? peerId : null;
    }

    /** Of a text that no JWT begins like, since those are signed with the same secret. */
    private _signature(user: string, peerId: string): string {
        return createHmac("sha256", this._key)
            .update(JSON.stringify(["babylon-rtc:peer", user, peerId]))
            .digest("hex");
    }
}
