import { RtcError } from "../../src/errors/rtcError.js";
import type { IVoiceGrant, MutedState, VoiceDepartureReason } from "../../src/transport/voiceTransport.js";
import type { FakeVoiceSession } from "./fakeVoiceSession.js";

/** What a grant of the fake server says. */
export interface IFakeClaims {
    readonly room: string;
    readonly user: string;
    readonly name: string;
    readonly publish: boolean;
    readonly subscribe: boolean;
    /** Milliseconds since the epoch. */
    readonly expiresAt: number | null;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** An RTC room in memory: who is in it, in join order, and who is muted. */
export class FakeRtcRoom {
    /** By member id, in join order. */
    public readonly sessions = new Map<string, FakeVoiceSession>();
    private readonly _muted = new Map<string, MutedState>();
    private readonly _blocks = new Set<string>();

    /** Takes somebody in; the same user's earlier session is put out. */
    enter(session: FakeVoiceSession): void {
        this.sessions.get(session.selfId)?.lose(new RtcError("duplicateIdentity", "You have entered from elsewhere."));
        this.sessions.set(session.selfId, session);
        this.tell();
    }

    leave(session: FakeVoiceSession, reason: VoiceDepartureReason): void {
        const { selfId: id } = session;
        if (this.sessions.get(id) === session) {
            this.sessions.delete(id);
            this.sessions.forEach((other) => other.departures$.next({ id, reason }));
            this._muted.delete(session.selfId);
            this.tell();
        }
    }

    mutedOf(id: string): MutedState {
        return this._muted.get(id) ?? "no";
    }

    /** Mutes somebody by their own will, or a moderator's, which goes before it. */
    mute(id: string, muted: MutedState): void {
        this._muted.set(id, muted);
        this.tell();
    }

    /** Whether nothing passes between two users, by either's wish. */
    areApart(one: string, other: string): boolean {
        return this._blocks.has(`${one} ${other}`) || this._blocks.has(`${other} ${one}`);
    }

    block(by: string, whom: string, blocked: boolean): void {
        const pair = `${by} ${whom}`;
        if (blocked) {
            this._blocks.add(pair);
        } else {
            this._blocks.delete(pair);
        }
        this.tell();
    }

    /** Everybody hears who is there. */
    tell(): void {
        this.sessions.forEach((session) => session.hear());
    }
}

/** The server's part: grants that nobody else could have signed, and the rooms that they are for. */
export class FakeVoiceServer {
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
