import { RtcError } from "../index.js";
import type { IVoiceGrant } from "../index.js";
import { FakeRtcRoom } from "./fakeVoiceSession.js";
import type { IFakeClaims, IFakeGatekeeper } from "./fakeVoiceSession.js";

/** Signature part of every token of the fake server. */
const signature = "signed";

/** In-memory server, which issues grants and holds the RTC rooms. */
export class FakeVoiceServer implements IFakeGatekeeper {
    public readonly hasTracks: boolean;
    private readonly _rooms = new Map<string, FakeRtcRoom>();

    /** @param options - `tracks`: whether remote voices have a track. Without tracks, no Web Audio is needed. Default: true. */
    public constructor({ tracks = true }: { readonly tracks?: boolean } = {}) {
        this.hasTracks = tracks;
    }

    /**
     * Returns the RTC room of a room.
     * @param id - the room's id
     * @returns the RTC room, created on first use
     */
    public room(id: string): FakeRtcRoom {
        let room = this._rooms.get(id);
        if (!room) {
            room = new FakeRtcRoom();
            this._rooms.set(id, room);
        }
        return room;
    }

    /**
     * Issues a grant.
     * @param claims - claims of the grant. Default: room `lobby`, user `me`, the user's id as name, all privileges, no expiry.
     * @returns the grant
     */
    public grant(claims: Partial<IFakeClaims> = {}): IVoiceGrant {
        const user = claims.user ?? "me";
        const all: IFakeClaims = { room: "lobby", user, name: user, publish: true, subscribe: true, expiresAt: null, ...claims };
        const token = [{ alg: "fake" }, all].map(encoded).concat(signature).join(".");
        return all.expiresAt === null ? { token } : { token, expiresAt: all.expiresAt };
    }

    /**
     * Verifies a token.
     * @param token - token of a grant
     * @returns the claims of the token; throws `tokenInvalid` or `tokenExpired`
     */
    public verify(token: string): IFakeClaims {
        const [, payload = "", end] = token.split(".");
        if (end !== signature) {
            throw new RtcError("tokenInvalid", "This token was not issued by this FakeVoiceServer. Use its `grant`.");
        }
        const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0)))) as IFakeClaims;
        if (claims.expiresAt !== null && claims.expiresAt <= Date.now()) {
            throw new RtcError("tokenExpired", "This token expired.");
        }
        return claims;
    }
}

function encoded(value: unknown): string {
    return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}
