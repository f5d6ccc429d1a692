import { VoiceLink } from "./botLink.js";
import type { ILinkOwner } from "./botLink.js";
import type { IRtcPeer, IRtcServerMessages } from "babylon-rtc-server/wire";
import type { ISignal } from "./botSignalling.js";
import type { IVoiceFrame } from "./speaker.js";

/** Delay before each retry of a failed call, in milliseconds. After the last retry, the next call is made when any peer joins or changes. */
const redialMs: readonly number[] = [300, 1_000, 2_000, 4_000, 8_000];
/** Maximum number of queued signals from peers that the RTC room has not announced yet; the two sockets deliver in no common order. */
const maxEarly = 64;

/** Options of the mesh. */
export interface IMeshOptions {
    /** Member id of the bot. */
    readonly self: string;
    readonly iceServers: readonly RTCIceServer[];
    /** Sends a signalling message to a peer. */
    readonly send: (type: ISignal["type"], peerId: string, payload: object) => void;
    /** An Opus packet from that member has arrived. */
    readonly onPacket: (memberId: string, payload: Uint8Array, timestamp: number) => void;
    readonly log: (line: string) => void;
}

interface IPath {
    peer: IRtcPeer;
    link: VoiceLink | null;
    redials: number;
    timer: ReturnType<typeof setTimeout> | undefined;
    /** Interest of the remote member in the bot's voice. */
    interest: IRtcServerMessages["interest"]["interest"];
}

/** The calls of one bot with all other peers in the RTC room. Of two peers, the one that joined later calls the other. */
export class Mesh {
    private readonly _options: IMeshOptions;
    private readonly _paths = new Map<string, IPath>();
    private readonly _closing = new Set<Promise<void>>();
    private _early: ISignal[] = [];
    private _self: IRtcPeer | null = null;
    private _online = false;
    private _closed = false;

    /** @param options - member id, ICE servers and callbacks */
    public constructor(options: IMeshOptions) {
        this._options = options;
    }

    /** Ids of all other members, connected or not. */
    public get others(): readonly string[] {
        return [...this._paths.keys()];
    }

    /** Ids of the members with a connected audio path. */
    public get connected(): readonly string[] {
        return [...this._paths].filter(([, { link }]) => link?.connected === true).map(([id]) => id);
    }

    /** Adds or updates a peer. The bot's own entry decides who calls whom, and whether the bot may send. */
    public setPeer(peer: IRtcPeer): void {
        if (this._closed) {
            return;
        }
        if (peer.id === this._options.self) {
            this._self = peer;
        } else {
            const before = this._paths.get(peer.id);
            if (before && before.peer.peerId !== peer.peerId) {
                this.removePeer(before.peer);
            }
            const path = this._paths.get(peer.id) ?? { peer, link: null, redials: 0, timer: undefined, interest: "on" };
            // When a peer becomes ready again, the count of retries starts anew.
            path.redials = peer.ready && !path.peer.ready ? 0 : path.redials;
            path.peer = peer;
            this._paths.set(peer.id, path);
        }
        this._catchUp();
    }

    /** Removes a peer. Ignored if the member has rejoined with another peer id. */
    public removePeer({ id, peerId }: Pick<IRtcPeer, "id" | "peerId">): void {
        const path = this._paths.get(id);
        if (path?.peer.peerId === peerId) {
            this._paths.delete(id);
            clearTimeout(path.timer);
            this._close(path.link);
        }
    }

    /** Must be called when the bot's signalling socket is open. */
    public setOnline(): void {
        this._online = true;
        this._catchUp();
    }

    /** Sets the interest of a member in the bot's voice. */
    public setInterest({ from, interest }: IRtcServerMessages["interest"]): void {
        const path = this._paths.get(from);
        if (path) {
            path.interest = interest;
        }
    }

    /** Handles a signal from another peer. Signals from peers that the RTC room has not announced yet are queued. */
    public onSignal(signal: ISignal): void {
        const path = [...this._paths.values()].find(({ peer }) => peer.peerId === signal.src);
        if (!path || !this._self) {
            this._early = [...this._early, signal].slice(-maxEarly);
        } else if (signal.type !== "OFFER") {
            if (path.link?.connectionId === signal.payload.connectionId) {
                path.link.onSignal(signal);
            }
        } else if (path.peer.order > this._self.order && signal.payload.type === "media") {
            this._close(path.link);
            path.link = VoiceLink.Answer(signal, this._options.iceServers, this._ownerOf(path.peer));
        }
    }

    /** Sends one frame to all members whose interest is `on` and who may subscribe. No-op if the bot is muted or may not publish. */
    public send(frame: IVoiceFrame): void {
        if (this._self?.mayPublish !== true || this._self.muted !== "no") {
            return;
        }
        for (const { peer, link, interest } of this._paths.values()) {
            if (peer.maySubscribe && interest === "on") {
                link?.send(frame);
            }
        }
    }

    /** Hangs up all calls; no new ones are made. Never rejects. */
    public async closeAsync(): Promise<void> {
        this._closed = true;
        for (const { peer } of [...this._paths.values()]) {
            this.removePeer(peer);
        }
        await Promise.all(this._closing);
    }

    private _catchUp(): void {
        const early = this._early;
        this._early = [];
        for (const signal of early) {
            this.onSignal(signal);
        }
        for (const path of this._paths.values()) {
            this._callIfOurs(path);
        }
    }

    private _callIfOurs(path: IPath): void {
        const { peer } = path;
        if (this._online && this._self && peer.ready && this._self.order > peer.order && !path.link && path.timer === undefined) {
            path.link = VoiceLink.Call(this._options.iceServers, this._ownerOf(peer));
        }
    }

    private _ownerOf({ id, peerId, name }: IRtcPeer): ILinkOwner {
        const mine = (): IPath | undefined => {
            const path = this._paths.get(id);
            return path?.peer.peerId === peerId ? path : undefined;
        };
        return {
            send: (type, payload) => this._options.send(type, peerId, payload),
            onPacket: (payload, timestamp) => this._options.onPacket(id, payload, timestamp),
            onConnected: () => {
                const path = mine();
                if (path) {
                    path.redials = 0;
                }
            },
            onEnded: (reason) => {
                this._options.log(`has ended the call with ${name}: ${reason}`);
                const path = mine();
                if (path) {
                    this._onEnded(path);
                }
            },
        };
    }

    private _onEnded(path: IPath): void {
        this._close(path.link);
        path.link = null;
        const delay = redialMs[path.redials++];
        if (delay !== undefined) {
            path.timer = setTimeout(() => {
                path.timer = undefined;
                this._callIfOurs(path);
            }, delay);
        }
    }

    private _close(link: VoiceLink | null): void {
        if (link) {
            const closing: Promise<void> = link.closeAsync().finally(() => this._closing.delete(closing));
            this._closing.add(closing);
        }
    }
}
