import { RtcError } from "../../src/errors/rtcError.js";
import type { IVoiceGrant } from "../../src/transport/voiceTransport.js";
import { FakeRtcRoom } from "./fakeVoiceSession.js";
import type { IFakeClaims, IFakeGatekeeper } from "./fakeVoiceSession.js";

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The server's part: grants that nobody else could have signed, and the rooms that they are for. */
export class FakeVoiceServer implements IFakeGatekeeper {
    private readonly _rooms = new Map<string, FakeRtcRoom>();

    room(id: string): FakeRtcRoom {
        let room = this._rooms.get(id);
        if (!room) {
            room = new FakeRtcRoom();
            this._rooms.set(id, room);
        }
        return room;
    }

    grant(claims: Partial<IFakeClaims> = {}): IVoiceGrant {
        const user = claims.user ?? "me";
        const all: IFakeClaims = { room: "lobby", user, name: user, publish: true, subscribe: true, expiresAt: null, ...claims };
        const token = `${encode({ alg: "fake" })}.${encode(all)}.signed`;
        return all.expiresAt === null ? { token } : { token, expiresAt: all.expiresAt };
    }

    /** Throws as a server would refuse. */
    verify(token: string): IFakeClaims {
        const [, payload = "", signature] = token.split(".");
        if (signature !== "signed") {
            throw new RtcError("tokenInvalid", "This token was not signed here.");
        }
        const claims = JSON.parse(Buffer.from(payload, "base64url").toString()) as IFakeClaims;
        if (claims.expiresAt !== null && claims.expiresAt <= Date.now()) {
            throw new RtcError("tokenExpired", "This token has ended.");
        }
        return claims;
    }
}
