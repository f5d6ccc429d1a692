import { byOtherClock, holds } from "../../tokens/privileges.js";
import { randomId } from "../../util/random.js";
import { Schedule } from "../../util/schedule.js";
import type { Client } from "@colyseus/core";
import type { IRtcPeer, Privilege, ProtocolErrorCode } from "../../../../protocol/wire.js";
import type { ISettings } from "../../config/settings.js";
import type { IGrant } from "../../tokens/grants.js";
import type { IPrivileges } from "../../tokens/privileges.js";
import type { IStay } from "../guardedRoom.js";
import type { ILivePeer, IMeetingPlace, SignallingPass } from "./peerDirectory.js";

/** Notice before the end of a grant, or a third of its time if that is less. */
const noticeMs = 30_000;
/** Up to so much of that time earlier, so that not everybody who came together renews in the same moment. */
const noticeSpread = 0.3;
/** An end that is noticed so late came while this process stood still, or by a clock that leapt: nobody could renew. */
const lateMs = 5_000;
/** Time to renew then, and up to so much more, each another. */
const respiteMs = 10_000;
const respiteSpreadMs = 20_000;

/** Callbacks of a peer to its RTC room. */
interface IPeerOwner {
    /** Its `info` is another one now; `before`: the one before, unless only privileges or readiness changed. */
    readonly changed: (before?: IRtcPeer) => void;
    /** Its member asked for a change, and it is as they wish already. */
    readonly unchanged: () => void;
    /** Its grant ends soon. */
    readonly expiring: () => void;
    /** A message of its was refused. */
    readonly refused: (error: Error) => void;
    /** It must go. */
    readonly putOut: (code: ProtocolErrorCode, sentence: string) => void;
}

/** Parts of a peer. */
export interface IRtcPeerParts {
    /** The RTC room. */
    readonly room: IMeetingPlace;
    /** Its control socket. */
    readonly client: Client;
    /** Its rights. */
    readonly grant: IGrant;
    /** Its id in signalling, with what goes with it. */
    readonly pass: SignallingPass;
    /** The how-manieth connection to the RTC room it is. */
    readonly order: number;
    readonly settings: ISettings;
    /** Told of changes and of the grant's end. */
    readonly owner: IPeerOwner;
    /** State of the user that outlives a connection: a moderator's mute, and privileges by the app. */
    readonly standing: { readonly muted: boolean; readonly privileges: IPrivileges | null };
    /** True if its signalling socket stands already. */
    readonly ready: boolean;
    /** True if its end can take data out of voice packets; as it says itself, since nobody else is harmed by a lie. */
    readonly ridesData: boolean;
    /** Secrets of the stays of the same user that it takes the place of. */
    readonly secretsBefore: readonly string[];
}

/** One stay in an RTC room: a grant in force, a fresh id in signalling, and what the others see of it. */
export class RtcPeer implements ILivePeer, IStay {
    /** The RTC room. */
    public readonly room: IMeetingPlace;
    /** Its control socket, or the last one. */
    public client: Client;
    /** True while its control socket is lost and its place is kept. */
    public away = false;
    /** Its id in signalling, with what goes with it. */
    public readonly pass: SignallingPass;
    /** {@inheritDoc IStay.secret} */
    public readonly secret = randomId();
    /** {@inheritDoc IStay.secretsBefore} */
    public readonly secretsBefore: readonly string[];
    /** {@inheritDoc IStay.isKnown} */
    public isKnown = false;
    /** {@inheritDoc ILivePeer.order} */
    public readonly order: number;

    private _ready: boolean;
    private _muted: IRtcPeer["muted"] = "no";
    private _state: Pick<IRtcPeer, "publishing" | "capturing"> = { publishing: true, capturing: true };
    /** Privileges of the grant in force, its notice and its end, by `performance.now()`: the wall clock may jump meanwhile. */
    private _granted: IPrivileges = { privileges: [] };
    private _noticeAt = 0;
    private _endAt = 0;
    /** True if the grant in force has been given time beyond its end. */
    private _hasRespite = false;
    private _overruled: IPrivileges | null = null;
    private readonly _schedule: Schedule;
    private _grant: IGrant;
    private readonly _ridesData: boolean;
    private readonly _settings: ISettings;
    private readonly _owner: IPeerOwner;

    /** @param parts - what it is made of */
    public constructor({ room, client, grant, pass, order, settings, owner, standing, ready, ridesData, secretsBefore }: IRtcPeerParts) {
        this.room = room;
        this.client = client;
        this.pass = pass;
        this.secretsBefore = secretsBefore;
        this._grant = grant;
        this.order = order;
        this._ridesData = ridesData;
        this._settings = settings;
        this._owner = owner;
        this._schedule = new Schedule(settings.ticks);
        this._muted = standing.muted ? "moderator" : "no";
        this._overruled = standing.privileges;
        this._ready = ready;
        this._accept(grant);
    }

    /** The user's id. */
    public get id(): string {
        return this._grant.user.id;
    }

    /** The grant in force. */
    public get grant(): IGrant {
        return this._grant;
    }

    /** Its entry in everybody's list. */
    public get info(): IRtcPeer {
        const { user } = this._grant;
        return {
            id: user.id,
            name: user.name,
            peerId: this.pass.peerId,
            order: this.order,
            ready: this._ready,
            mayPublish: this.may("publish"),
            maySubscribe: this.may("subscribe"),
            muted: this._muted,
            ...this._state,
            ridesData: this._ridesData,
            ...(this.away && { reconnecting: true as const }),
        };
    }

    /**
     * @param privilege - one thing
     * @returns whether the member may do it now
     */
    public may(privilege: Privilege): boolean {
        return holds(this._overruled ?? this._granted, privilege, this._settings.ticks());
    }

    /** End of the grant in force, as its client is told. */
    public get end(): { readonly expiresAt: number; readonly expiresInMs: number } {
        return { expiresAt: this._grant.expiresAt, expiresInMs: Math.round(this._endAt - this._settings.ticks()) };
    }

    /**
     * Told by signalling when its socket stands, and when it is gone.
     * @param ready - which of the two
     */
    public setReady(ready: boolean): void {
        if (this._ready !== ready) {
            this._ready = ready;
            this._owner.changed();
        }
    }

    /**
     * The member's own wish; a moderator's word stands above it.
     * @param muted - what they want
     */
    public muteSelf(muted: "no" | "self"): void {
        this._say(() => {
            if (this._muted !== "moderator") {
                this._muted = muted;
            }
        });
    }

    /** A moderator's word: the member cannot unmute. */
    public muteByModerator(): void {
        this._change(() => (this._muted = "moderator"));
    }

    /** Takes a moderator's mute back. The member stays muted; their own will decides now. */
    public inviteToUnmute(): void {
        if (this._muted === "moderator") {
            this._change(() => (this._muted = "self"));
        }
    }

    /**
     * State that the member tells of themselves.
     * @param state - whether they offer a voice, and whether their microphone is on
     */
    public setState(state: Pick<IRtcPeer, "publishing" | "capturing">): void {
        this._say(() => (this._state = state));
    }

    /**
     * Puts a newer grant in place of the one in force.
     * @param grant - for the same room and user; the caller has checked it
     */
    public renew(grant: IGrant): void {
        this._change(() => this._accept(grant));
    }

    /**
     * The others are told, if it is another one.
     * @param name - what the member is called from now on
     */
    public rename(name: string): void {
        this._change(() => (this._grant = renamed(this._grant, name)));
    }

    /**
     * Puts the app's word above the grants'.
     * @param privileges - what the member may do; null = what the grant in force says
     */
    public overrule(privileges: IPrivileges | null): void {
        this._change(() => {
            this._overruled = privileges;
            this._plan();
        });
    }

    /**
     * Told by signalling when a message of its was refused.
     * @param error - why
     */
    public refuse(error: Error): void {
        this._owner.refused(error);
    }

    /**
     * Puts it out of the RTC room.
     * @param code - why
     * @param sentence - why, as a sentence
     */
    public putOut(code: ProtocolErrorCode, sentence: string): void {
        this._owner.putOut(code, sentence);
    }

    /** Ends its timer; from now on it tells nobody anything. */
    public dispose(): void {
        this._schedule.dispose();
        this._ready = false;
    }

    /** Does something, and tells if it shows. */
    private _change(doIt: () => void): boolean {
        const before = this.info;
        doIt();
        const changed = JSON.stringify(this.info) !== JSON.stringify(before);
        if (changed) {
            this._owner.changed(before);
        }
        return changed;
    }

    /** A change that the member asked for. Whoever asks waits for an answer, even if nothing changed; the others do not. */
    private _say(doIt: () => void): void {
        if (!this._change(doIt)) {
            this._owner.unchanged();
        }
    }

    private _accept(grant: IGrant): void {
        const now = this._settings.ticks();
        const left = grant.expiresAt - this._settings.now();
        this._grant = grant;
        this._granted = byOtherClock(grant, now - this._settings.now());
        this._endAt = now + left;
        this._noticeAt = this._endAt - Math.min(noticeMs, left / 3) * (1 + Math.random() * noticeSpread);
        this._hasRespite = false;
        this._plan();
    }

    private _onEnd(): void {
        const now = this._settings.ticks();
        if (this._hasRespite || now - this._endAt < lateMs) {
            this.putOut("tokenExpired", "The grant has ended and was not renewed.");
            return;
        }
        this._hasRespite = true;
        this._endAt = now + respiteMs + Math.random() * respiteSpreadMs;
        this._plan();
        this._owner.expiring();
    }

    /** Ends of privileges, the notice that the grant ends, and its end. */
    private _plan(): void {
        const now = this._settings.ticks();
        const ends = Object.values((this._overruled ?? this._granted).ends ?? {}).filter((at) => at > now);
        const notice = this._noticeAt > now ? [{ at: this._noticeAt, run: () => this._owner.expiring() }] : [];
        const end = { at: this._endAt, run: () => this._onEnd() };
        this._schedule.set([...ends.map((at) => ({ at, run: () => this._owner.changed() })), ...notice, end]);
    }
}

/**
 * @param grant - a grant
 * @param name - the name that its user has by now; undefined = the one that it says
 * @returns the grant with that name
 */
export function renamed(grant: IGrant, name: string | undefined): IGrant {
    return name === undefined ? grant : { ...grant, user: { ...grant.user, name } };
}
