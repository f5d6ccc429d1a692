import { createHmac } from "node:crypto";
import { sameSecret } from "../util/random.js";

/** Form of a token: peer id as this server mints it, a dot, signature. */
const form = /^([0-9a-f]{40})\.([0-9a-f]{64})$/;

/**
 * Signs the peer id of a user's connection to an RTC room. After a restart of the server, the client sends the token and gets the same peer id again,
 * so that its running calls still belong to that peer. A token is valid only for its user and as long as the secret is the same. It grants no access
 * by itself.
 */
export class PeerTokens {
    private readonly _key: Uint8Array;

    /** @param key - secret that signs tokens */
    public constructor(key: Uint8Array) {
        this._key = key;
    }

    /**
     * Signs a peer id.
     * @param user - the user's id
     * @param peerId - peer id of the user's connection in signalling
     * @returns the token
     */
    public sign(user: string, peerId: string): string {
        return `${peerId}.${this._signature(user, peerId)}`;
    }

    /**
     * Verifies a token.
     * @param token - token that a client sent
     * @param user - id of the user of the client's grant
     * @returns the signed peer id; null if the token was not signed with this secret for that user
     */
    public read(token: string | undefined, user: string): string | null {
        const [, peerId, signature] = form.exec(token ?? "") ?? [];
        return peerId !== undefined && signature !== undefined && sameSecret(signature, this._signature(user, peerId)) ? peerId : null;
    }

    /** Signature of user and peer id. The prefix keeps these signatures distinct from JWTs, which use the same secret. */
    private _signature(user: string, peerId: string): string {
        return createHmac("sha256", this._key)
            .update(JSON.stringify(["babylon-rtc:peer", user, peerId]))
            .digest("hex");
    }
}
