import { randomId } from "../util/random.js";
import { TokenBucket } from "../util/tokenBucket.js";
import type { Client } from "@colyseus/core";
import type { IRtcPeer, ProtocolErrorCode } from "../protocol.js";
import type { ISettings } from "../settings.js";
import type { IGrant } from "../tokens/grants.js";
import type { ILivePeer } from "./peerDirectory.js";

/** So many signalling messages above the rate, at once, end the connection. */
const MAX_DROPPED = 2000;
/** `setTimeout` cannot wait longer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** What a peer tells its RTC room. */
interface IPeerOwner {
    /** Its `info` is another one now. */
    readonly changed: () => void;
    /** It must go. */
    readonly putOut: (code: ProtocolErrorCode, sentence: string) => void;
}

/** One connection to an RTC room: a grant in force, a fresh id in signalling, and what the others see of it. */
export class RtcPeer implements ILivePeer {
    /** Minted for this connection; letters and digits. */
    public readonly peerId = randomId();
    /** Minted for this connection; known to its client and to us. */
    public readonly secret = randomId();
    /** What it may still send in signalling. */
    public readonly allowance: TokenBucket;
    /** How much of what is too much is dropped before it is put out. */
    public readonly patience: TokenBucket;

    private _ready = false;
    private _muted: IRtcPeer["muted"] = "no";
    private _state: Pick<IRtcPeer, "publishing" | "capturing"> = { publishing: true, capturing: true };
    private _expiry: NodeJS.Timeout | undefined;

    /**
     * @param room - the RTC room
     * @param client - its control socket
     * @param _grant - what it may
     * @param _order - the how-manieth connection to the RTC room it is
     * @param _settings - the server's
     * @param _owner - told of changes and of the grant's end
     */
    public constructor(
        public readonly room: object,
        public readonly client: Client,
        private _grant: IGrant,
        private readonly _order: number,
        private readonly _settings: ISettings,
        private readonly _owner: IPeerOwner,
    ) {
        this.allowance = new TokenBucket(_settings.signallingRate, _settings.now);
        this.patience = new TokenBucket({ perSecond: _settings.signallingRate.perSecond, burst: MAX_DROPPED }, _settings.now);
        this._watchExpiry();
    }

    /** The user's id. */
    public get id(): string {
        return this._grant.user.id;
    }

    /** The grant in force. */
    public get grant(): IGrant {
        return this._grant;
    }

    /** What everybody in the RTC room sees of it. */
    public get info(): IRtcPeer {
        const { user, privileges } = this._grant;
        return {
            id: user.id,
            name: user.name,
            peerId: this.peerId,
            order: this._order,
            ready: this._ready,
            mayPublish: privileges.includes("publish"),
            maySubscribe: privileges.includes("subscribe"),
            muted: this._muted,
            ...this._state,
            ridesData: false,
        };
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
        if (this._muted !== "moderator" && this._muted !== muted) {
            this._muted = muted;
        }
        // Told even if nothing changed: whoever asked waits for an answer.
        this._owner.changed();
    }

    /**
     * What the member says of themselves.
     * @param state - whether they offer a voice, and whether their microphone is on
     */
    public setState(state: Pick<IRtcPeer, "publishing" | "capturing">): void {
        this._state = state;
        // Told even if nothing changed: whoever asked waits for an answer.
        this._owner.changed();
    }

    /**
     * Puts a newer grant in place of the one in force.
     * @param grant - for the same room and user; the caller has checked it
     */
    public renew(grant: IGrant): void {
        const before = JSON.stringify(this.info);
        this._grant = grant;
        this._watchExpiry();
        if (JSON.stringify(this.info) !== before) {
            this._owner.changed();
        }
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
        clearTimeout(this._expiry);
        this._ready = false;
    }

    private _watchExpiry(): void {
        clearTimeout(this._expiry);
        const left = this._grant.expiresAt - this._settings.now();
        this._expiry = setTimeout(
            () => {
                if (this._grant.expiresAt > this._settings.now()) {
                    this._watchExpiry();
                } else {
                    this.putOut("tokenExpired", "The grant has ended and was not renewed.");
                }
            },
            Math.min(Math.max(left, 0), MAX_TIMEOUT_MS),
        );
        this._expiry.unref();
    }
}
