import { RtcError } from "../index.js";
import type { IVoiceGrant } from "../index.js";
import { FakeRtcRoom } from "./fakeVoiceSession.js";
import type { IFakeClaims, IFakeGatekeeper } from "./fakeVoiceSession.js";

/** The end of every token of the fake server. */
const signature = "signed";

/** A server in memory: its grants, and the RTC rooms that they are for. */
export class FakeVoiceServer implements IFakeGatekeeper {
    public readonly hasTracks: boolean;
    private readonly _rooms = new Map<string, FakeRtcRoom>();

    /** @param options - `tracks`: whether remote voices have a track; without one, nothing asks for Web Audio to play it. Default: true. */
    public constructor({ tracks = true }: { readonly tracks?: boolean } = {}) {
        this.hasTracks = tracks;
    }

    /**
     * @param id - a room's id
     * @returns its RTC room, which is made for the first who asks
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
     * @param claims - what it says. Default: the room `lobby`, the user `me`, whose name is the id, with all privileges, without an end.
     * @returns the grant
     */
    public grant(claims: Partial<IFakeClaims> = {}): IVoiceGrant {
        const user = claims.user ?? "me";
        const all: IFakeClaims = { room: "lobby", user, name: user, publish: true, subscribe: true, expiresAt: null, ...claims };
        const token = [{ alg: "fake" }, all].map(encoded).concat(signature).join(".");
        return all.expiresAt === null ? { token } : { token, expiresAt: all.expiresAt };
    }

    /**
     * Looks at a token as a server does.
     * @param token - of a grant
     * @returns what it says; throws `tokenInvalid` or `tokenExpired`
     */
    public verify(token: string): IFakeClaims {
        const [, payload = "", end] = token.split(".");
        if (end !== signature) {
            throw new RtcError("tokenInvalid", "This token was not issued by this FakeVoiceServer. Use its `grant`.");
        }
        const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (char) => char.charCodeAt(0)))) as IFakeClaims;
        if (claims.expiresAt !== null && claims.expiresAt <= Date.now()) {
            throw new RtcError("tokenExpired", "This token has ended.");
        }
        return claims;
    }
}

function encoded(value: unknown): string {
    return btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))));
}
