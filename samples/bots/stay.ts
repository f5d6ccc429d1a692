import { Mesh } from "./botMesh.js";
import type {
    IAsked,
    IGrantReply,
    IGrantRequest,
    IRoomClientMessages,
    IRoomJoinRequest,
    IRoomServerMessages,
    IRtcAsks,
    IRtcClientMessages,
    IRtcJoinRequest,
    IRtcPeer,
    IRtcServerMessages,
} from "babylon-rtc-server/wire";
import { enterRoomAsync, postAsync } from "./server.js";
import type { IOpenRoom } from "./server.js";
import { Signalling } from "./botSignalling.js";
import type { IVoiceFrame } from "./speaker.js";
import type { IPose } from "./spots.js";

/** Options of one session in a room. */
export interface IStayOptions {
    /** URL of the server, without a trailing slash. */
    readonly server: string;
    /** Name of the room. */
    readonly room: string;
    /** Identity of the bot: token of a guest. */
    readonly identity: string;
    /** Attributes of the member. */
    readonly attributes: Record<string, unknown>;
    /** Returns the bot's current pose. */
    readonly pose: () => IPose;
    /** Receives the Opus packets of the other members. Default: none; the bot then asks the other members to send no packets. */
    readonly onPacket?: ((memberId: string, payload: Uint8Array, timestamp: number) => void) | undefined;
    readonly log: (line: string) => void;
    /** Cancels joining. */
    readonly signal: AbortSignal;
    /** The room, the RTC room or signalling was lost. Called at most once, only after joining, with the server's reason if it sent one. */
    readonly onLost: (reason: string) => void;
}

type RtcMessages = IRtcClientMessages & { renew: IAsked<IRtcAsks["renew"][0]> };
type RtcRoom = IOpenRoom<IRtcServerMessages["welcome"], RtcMessages>;

const poseIntervalMs = 1_000;
/** Longest delay that `setTimeout` supports, in milliseconds. */
const longestMs = 2 ** 31 - 1;

/** One session in a room: the room, its RTC room, signalling, and a call with each member. Unlike a browser, it sends a request for each. */
export class Stay {
    private readonly _options: IStayOptions;
    private readonly _leaving = new AbortController();
    private readonly _rooms: { leaveAsync(): Promise<void> }[] = [];
    private _mesh: Mesh | null = null;
    private _signalling: Signalling | null = null;
    private _poseTimer: ReturnType<typeof setInterval> | undefined;
    private _asks = 0;
    private _renewTimer: ReturnType<typeof setTimeout> | undefined;
    private _entered = false;
    private _closing: Promise<void> | null = null;

    private constructor(options: IStayOptions) {
        this._options = options;
    }

    /**
     * Joins the room, its RTC room and signalling.
     * @param options - server, room, identity and callbacks
     * @returns the session, which the caller closes. Rejects with an `Error`, and then nothing is left open.
     */
    public static async EnterAsync(options: IStayOptions): Promise<Stay> {
        const stay = new Stay(options);
        try {
            await stay._enterAsync(AbortSignal.any([options.signal, stay._leaving.signal]));
            return stay;
        } catch (error) {
            await stay.closeAsync();
            throw error;
        }
    }

    /** Ids of the members with a connected audio path. */
    public get connected(): readonly string[] {
        return this._mesh?.connected ?? [];
    }

    /** Sends one frame to all members whose interest is `on` and who may subscribe. */
    public send(frame: IVoiceFrame): void {
        this._mesh?.send(frame);
    }

    /** Hangs up, leaves and closes everything. Never rejects. */
    public closeAsync(): Promise<void> {
        this._closing ??= this._closeAsync();
        return this._closing;
    }

    private async _enterAsync(signal: AbortSignal): Promise<void> {
        const { server, identity } = this._options;
        const room = await this._enterRoomAsync(signal);
        const request: IGrantRequest = { room: room.id };
        const grant = await postAsync<IGrantReply>(`${server}/token`, request, signal, identity);
        const end = endOf(grant);
        const rtc = await this._enterRtcAsync(room.id, grant, signal);
        const { secret } = rtc.welcome;
        this._signalling = await Signalling.OpenAsync({
            url: `${server}/signal`,
            peerId: rtc.welcome.self,
            secret,
            signal,
            onSignal: (message) => this._mesh?.onSignal(message),
            onLost: this._onLost,
        });
        signal.throwIfAborted();
        this._renewLater(room.id, end, rtc, signal);
        this._entered = true;
        this._mesh?.setOnline();
    }

    private async _enterRoomAsync(signal: AbortSignal): Promise<{ readonly id: string }> {
        const { server, room: name, identity, attributes, pose } = this._options;
        let opened: Pick<IOpenRoom<unknown, IRoomClientMessages>, "send"> | null = null;
        const tellPose = (): void => opened?.send("message", { topic: "pose", data: pose() });
        const options: IRoomJoinRequest = { name, identity, attributes };
        const room = await enterRoomAsync<IRoomServerMessages, IRoomClientMessages>({
            server,
            type: "room",
            options,
            signal,
            on: { memberJoined: tellPose },
            onLost: this._onLost,
        });
        opened = room;
        this._rooms.push(room);
        tellPose();
        this._poseTimer = setInterval(tellPose, poseIntervalMs);
        return room.welcome.room;
    }

    private async _enterRtcAsync(room: string, grant: IGrantReply, signal: AbortSignal): Promise<RtcRoom> {
        const { server, onPacket, log } = this._options;
        let opened: RtcRoom | null = null;
        const spare = (id: string): void => {
            // The bot would not use the packets, so the other members need not send them.
            if (!onPacket) {
                opened?.send("interest", { to: id, interest: "warm" });
            }
        };
        const options: IRtcJoinRequest = { room, token: grant.token };
        const rtc = await enterRoomAsync<IRtcServerMessages, RtcMessages>({
            server,
            type: "rtc",
            options,
            signal,
            on: {
                welcome: (welcome) => {
                    this._mesh = new Mesh({
                        self: selfIn(welcome)?.id ?? "",
                        iceServers: grant.iceServers,
                        send: (type, peerId, payload) => this._signalling?.send(type, peerId, payload),
                        onPacket: onPacket ?? (() => undefined),
                        log,
                    });
                    welcome.peers.forEach((peer) => this._mesh?.setPeer(peer));
                },
                peerJoined: (peer) => {
                    this._mesh?.setPeer(peer);
                    spare(peer.id);
                },
                peerChanged: (peer) => this._mesh?.setPeer(peer),
                peerLeft: (peer) => this._mesh?.removePeer(peer),
                interest: (interest) => this._mesh?.setInterest(interest),
                answer: ({ refused }) => refused && log(`could not renew its grant: ${refused.code}: ${refused.message}`),
                refused: ({ code, message }) => log(`was refused by the server: ${code}: ${message}`),
            },
            onLost: this._onLost,
        });
        opened = rtc;
        this._rooms.push(rtc);
        this._mesh?.others.forEach(spare);
        return rtc;
    }

    /**
     * Renews the grant at 80 % of its remaining lifetime, and again at 80 % of the rest after each failure. If all attempts fail, the grant expires, the
     * server closes the connection, and the bot rejoins.
     * @param end - expiry of the grant, in milliseconds by `performance.now()`
     */
    private _renewLater(room: string, end: number, rtc: RtcRoom, signal: AbortSignal): void {
        const delay = Math.min(Math.max(1_000, (end - performance.now()) * 0.8), longestMs);
        this._renewTimer = setTimeout(() => {
            const request: IGrantRequest = { room };
            postAsync<IGrantReply>(`${this._options.server}/token`, request, signal, this._options.identity).then(
                (grant) => {
                    if (!signal.aborted) {
                        rtc.send("renew", { ask: ++this._asks, value: { token: grant.token } });
                        this._renewLater(room, endOf(grant), rtc, signal);
                    }
                },
                (error: unknown) => {
                    if (!signal.aborted) {
                        this._options.log(`could not renew its grant: ${String(error)}`);
                        this._renewLater(room, end, rtc, signal);
                    }
                },
            );
        }, delay);
    }

    private readonly _onLost = (reason: string): void => {
        if (!this._leaving.signal.aborted) {
            // A pending join fails with this reason. After joining, `onLost` is called.
            this._leaving.abort(new Error(reason));
            if (this._entered) {
                this._options.onLost(reason);
            }
        }
    };

    private async _closeAsync(): Promise<void> {
        this._leaving.abort(new Error("The bot is leaving."));
        clearInterval(this._poseTimer);
        clearTimeout(this._renewTimer);
        await Promise.all([this._mesh?.closeAsync(), this._signalling?.closeAsync(), ...this._rooms.map((room) => room.leaveAsync())]);
    }
}

/** Expiry of a grant that was received just now, in milliseconds by `performance.now()`. */
function endOf({ expiresInMs, expiresAt }: IGrantReply): number {
    return performance.now() + (expiresInMs ?? expiresAt - Date.now());
}

/** The bot's own entry in the list of peers. */
function selfIn({ self, peers }: IRtcServerMessages["welcome"]): IRtcPeer | undefined {
    return peers.find(({ peerId }) => peerId === self);
}
