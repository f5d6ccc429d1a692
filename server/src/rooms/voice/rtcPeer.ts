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

/** Time from the notice to the end of a grant, in milliseconds. A third of the grant's remaining validity if that is less. */
const noticeMs = 30_000;
/** Largest random extension of that time, as a fraction of it, so that members who joined together do not all renew at once. */
const noticeSpread = 0.3;
/** Delay of the timer for the grant's end, in milliseconds, above which the process counts as suspended, so that clients could not renew in time. */
const lateMs = 5_000;
/** Extra time to renew after a suspension, and its largest random extension, in milliseconds. */
const respiteMs = 10_000;
const respiteSpreadMs = 20_000;

/** Callbacks of a peer to its RTC room. */
interface IPeerOwner {
    /** The peer's `info` has changed. `before`: the previous `info`; absent if a privilege has ended or only `ready` has changed. */
    readonly changed: (before?: IRtcPeer) => void;
    /** The member requested a change that made no difference. */
    readonly unchanged: () => void;
    /** The peer's grant ends soon. */
    readonly expiring: () => void;
    /** A signalling message of the peer was refused. */
    readonly refused: (error: Error) => void;
    /** The peer must be removed. */
    readonly putOut: (code: ProtocolErrorCode, sentence: string) => void;
}

/** Constructor arguments of a peer. */
export interface IRtcPeerParts {
    /** RTC room of the peer. */
    readonly room: IMeetingPlace;
    /** Client in the RTC room. */
    readonly client: Client;
    /** Grant in force. */
    readonly grant: IGrant;
    /** Access to signalling: peer id, secret and rate limits. */
    readonly pass: SignallingPass;
    /** Position of this connection in the join order. */
    readonly order: number;
    readonly settings: ISettings;
    /** Callbacks for changes and for the end of the grant. */
    readonly owner: IPeerOwner;
    /** State of the user that outlasts a connection: a moderator's mute, and privileges set by the app. */
    readonly standing: { readonly muted: boolean; readonly privileges: IPrivileges | null };
    /** True if the signalling socket is already open. */
    readonly ready: boolean;
    /** True if the client can extract data from voice packets. The client's own claim is trusted, because a false one harms no other member. */
    readonly dataInRtp: boolean;
    /** Secrets of the user's stays that this one replaced. */
    readonly secretsBefore: readonly string[];
}

/** One stay in an RTC room: a grant in force, a peer id in signalling, and the state that other members see. */
export class RtcPeer implements ILivePeer, IStay {
    /** RTC room of the peer. */
    public readonly room: IMeetingPlace;
    /** Present client in the RTC room; while the user is absent, the last one. */
    public client: Client;
    /** True while the user is absent: during the grace period after the connection to the RTC room closed. */
    public away = false;
    /** Access to signalling: peer id, secret and rate limits. */
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
    /** Privileges, time of notice, and end of the grant in force. Times are by `settings.ticks`, because the wall clock may jump. */
    private _granted: IPrivileges = { privileges: [] };
    private _noticeAt = 0;
    private _endAt = 0;
    /** True if the extra time to renew the grant in force has been given. */
    private _hasRespite = false;
    private _overruled: IPrivileges | null = null;
    private readonly _schedule: Schedule;
    private _grant: IGrant;
    private readonly _dataInRtp: boolean;
    private readonly _settings: ISettings;
    private readonly _owner: IPeerOwner;

    /** @param parts - arguments */
    public constructor({ room, client, grant, pass, order, settings, owner, standing, ready, dataInRtp, secretsBefore }: IRtcPeerParts) {
        this.room = room;
        this.client = client;
        this.pass = pass;
        this.secretsBefore = secretsBefore;
        this._grant = grant;
        this.order = order;
        this._dataInRtp = dataInRtp;
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

    /** Entry of the peer in every member's list. */
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
            dataInRtp: this._dataInRtp,
            ...(this.away && { reconnecting: true as const }),
        };
    }

    /**
     * @param privilege - privilege to check
     * @returns true if the member has the privilege now
     */
    public may(privilege: Privilege): boolean {
        return holds(this._overruled ?? this._granted, privilege, this._settings.ticks());
    }

    /** End of the grant in force, as sent to the client. */
    public get end(): { readonly expiresAt: number; readonly expiresInMs: number } {
        return { expiresAt: this._grant.expiresAt, expiresInMs: Math.round(this._endAt - this._settings.ticks()) };
    }

    /**
     * Called by signalling when the peer's socket has opened or closed.
     * @param ready - true = open
     */
    public setReady(ready: boolean): void {
        if (this._ready !== ready) {
            this._ready = ready;
            this._owner.changed();
        }
    }

    /**
     * Sets the member's own mute. No effect while a moderator mutes the member.
     * @param muted - `self` = mute, `no` = unmute
     */
    public muteSelf(muted: "no" | "self"): void {
        this._say(() => {
            if (this._muted !== "moderator") {
                this._muted = muted;
            }
        });
    }

    /** Mutes the member on behalf of a moderator. The member cannot unmute themselves. */
    public muteByModerator(): void {
        this._change(() => (this._muted = "moderator"));
    }

    /** Lifts a moderator's mute, if there is one. The member stays muted (`self`), and can unmute themselves. */
    public inviteToUnmute(): void {
        if (this._muted === "moderator") {
            this._change(() => (this._muted = "self"));
        }
    }

    /**
     * Sets the state that the member reports.
     * @param state - `publishing`: the member publishes a voice; `capturing`: the microphone is on
     */
    public setState(state: Pick<IRtcPeer, "publishing" | "capturing">): void {
        this._say(() => (this._state = state));
    }

    /**
     * Replaces the grant in force.
     * @param grant - newer grant for the same room and user, already verified
     */
    public renew(grant: IGrant): void {
        this._change(() => this._accept(grant));
    }

    /**
     * Changes the member's name. If it differs, all members are told.
     * @param name - the new name
     */
    public rename(name: string): void {
        this._change(() => (this._grant = renamed(this._grant, name)));
    }

    /**
     * Overrides the privileges of the grant on behalf of the app.
     * @param privileges - privileges of the member; null = those of the grant in force
     */
    public overrule(privileges: IPrivileges | null): void {
        this._change(() => {
            this._overruled = privileges;
            this._plan();
        });
    }

    /**
     * Called by signalling when a message of the peer was refused.
     * @param error - reason
     */
    public refuse(error: Error): void {
        this._owner.refused(error);
    }

    /**
     * Removes the peer from the RTC room.
     * @param code - reason
     * @param sentence - reason, as a sentence
     */
    public putOut(code: ProtocolErrorCode, sentence: string): void {
        this._owner.putOut(code, sentence);
    }

    /** Stops the timer for the ends of privileges and of the grant. Afterwards, the closing of the signalling socket is not reported. */
    public dispose(): void {
        this._schedule.dispose();
        this._ready = false;
    }

    /** Applies a change, and reports it if `info` differs. */
    private _change(doIt: () => void): boolean {
        const before = this.info;
        doIt();
        const changed = JSON.stringify(this.info) !== JSON.stringify(before);
        if (changed) {
            this._owner.changed(before);
        }
        return changed;
    }

    /** Applies a change that the member requested. The member gets an answer even if nothing changed. */
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

    /** Replaces the schedule: ends of privileges, notice of the grant's end, and the end itself. */
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
 * @param name - new name of the user; undefined = unchanged
 * @returns the grant with that name
 */
export function renamed(grant: IGrant, name: string | undefined): IGrant {
    return name === undefined ? grant : { ...grant, user: { ...grant.user, name } };
}
