import { AsyncSubject, BehaviorSubject, Subject, distinctUntilChanged } from "rxjs";
import type { Observable } from "rxjs";
import type { IRtcAsks, IRtcClientMessages, IRtcJoinRequest, IRtcPeer, IRtcServerMessages } from "../../../protocol/wire.js";
import { memberLeft } from "../../errors/leaveReasons.js";
import { RtcError, throwIfAborted } from "../../errors/rtcError.js";
import { AwaitedMembers } from "../../interop/awaitedMembers.js";
import { jwtClaims } from "../../interop/jwtClaims.js";
import { errorFromServer } from "../../interop/serverError.js";
import { openServerRoomAsync } from "../../interop/serverRoom.js";
import type { IServerRoom, MessageOf, TakenSeat } from "../../interop/serverRoom.js";
import type { IOwnVoiceState, IVoiceDeparture, ModerationAction, VoiceInterest, VoiceNotice } from "../voiceTransport.js";
import { PacedInterest } from "./pacedInterest.js";
import { PacedMessages } from "./pacedMessages.js";

type ServerMessage = MessageOf<IRtcServerMessages>;
type ControlRoom = IServerRoom<IRtcClientMessages, IRtcAsks>;
type Welcome = IRtcServerMessages["welcome"];

/** All members of the RTC room by member id, in join order, including the local member. */
export type PeerList = ReadonlyMap<string, IRtcPeer>;

/** State of an RTC room as reported by its server. Every change makes a new object. */
export interface IControlState {
    /** All members, including the local member. */
    readonly peers: PeerList;
    /** Member ids that are blocked, by either side. */
    readonly blocked: ReadonlySet<string>;
    /** Interest of the other members in our voice, by member id; `on` for missing members. */
    readonly wanted: ReadonlyMap<string, VoiceInterest>;
}

/** Peer list before the welcome. */
export const noPeers: PeerList = new Map();

/** Request to enter an RTC room. */
export interface IControlRequest {
    readonly server: string;
    /** Token of the grant; ignored if there is a seat. */
    readonly token: string;
    /** Reserved seat in the RTC room. Default: a seat is requested with the token. */
    readonly seat?: TakenSeat | undefined;
    /** Ids of users to block. */
    readonly blocks: readonly string[];
    /** True if this client can extract data from voice packets. Sent to the other members. */
    readonly dataInRtp: boolean;
    readonly signal: AbortSignal;
}

/** Connection to an RTC room that has no message handler yet. */
interface IOpened {
    readonly room: ControlRoom;
    readonly self: IRtcPeer;
    readonly welcome: Welcome;
    /** Sets the handler for the messages received so far and all later messages. */
    readonly begin: (taker: ITaker) => void;
}

/** Handler for the messages and state changes of a connection. */
interface ITaker {
    readonly onMessage: (message: ServerMessage) => void;
    readonly onAway: () => void;
    readonly onLost: (error: RtcError) => void;
}

const nobody: IControlState = { peers: noPeers, blocked: new Set(), wanted: new Map() };

/** Connection to the RTC room: members, privileges, mutes and messages. It carries no audio. */
export class ControlSession {
    /** Messages between members. */
    public readonly messages: PacedMessages;
    /** State of the RTC room. Replays; completes when the connection ends. */
    public readonly state$: Observable<IControlState>;
    /** True while the connection is reconnecting; the last known state is kept meanwhile. Replays; completes when the connection ends. */
    public readonly away$: Observable<boolean>;
    /**
     * Emits when the server no longer keeps our place: after a restart, after the grace period, or at once if there is none. If there is a
     * subscriber, the session does not end: `away$` stays true until `reenterAsync` or `leaveAsync`. The subscriber must enforce a timeout. Hot.
     */
    public readonly displaced$: Observable<RtcError>;
    /** Error with which the connection was lost permanently. Replays; completes without a value when we leave. */
    public readonly lost$: Observable<RtcError>;
    /** Departures with their reason, emitted just before `state$` drops the member. Hot. */
    public readonly departures$: Observable<IVoiceDeparture>;
    /** Notices that are sent only to us. Hot. */
    public readonly notices$: Observable<VoiceNotice>;
    /** Refusals by the server. Also `serverStopping` when the server stops, at most once until the next `reenterAsync`. Hot. */
    public readonly refusals$: Observable<RtcError>;
    private readonly _state = new BehaviorSubject(nobody);
    private readonly _away = new BehaviorSubject(false);
    private readonly _displaced = new Subject<RtcError>();
    private readonly _lost = new AsyncSubject<RtcError>();
    private readonly _departures = new Subject<IVoiceDeparture>();
    private readonly _notices = new Subject<VoiceNotice>();
    private readonly _refusals = new Subject<RtcError>();
    /** Interest sent so far, by member id. Every change makes a new map. */
    private _interest: ReadonlyMap<string, VoiceInterest> = new Map();
    /** Members who have not rejoined yet after a restart of the server. Their privileges, mutes and blocks from before the restart stay in force. */
    private readonly _awaited = new AwaitedMembers<IRtcPeer>(
        (peer) => ({ ...peer, ready: false, reconnecting: true }),
        (id) => this._giveUp(id),
    );
    /** Blocked member ids as last reported by the server. */
    private _blockedNow: ReadonlySet<string> = nobody.blocked;
    private _room: ControlRoom;
    private _self: IRtcPeer;
    private _secret: string;
    /** Token for getting the same peer id again after a restart of the server; undefined = the server does not issue such tokens. */
    private _peerToken: string | undefined;
    private readonly _asked: PacedInterest;
    /** Our own state as last sent. It is sent again after a reconnect, because the message may have been lost. */
    private _muted: boolean | null = null;
    private _ownState: IOwnVoiceState | null = null;
    private _isStopping = false;
    private _ended = false;

    private constructor({ room, self, welcome }: IOpened) {
        this._room = room;
        this._self = self;
        this._secret = welcome.secret;
        this._asked = new PacedInterest((to, interest) => this._room.send("interest", { to, interest }));
        this.state$ = this._state.asObservable();
        this.away$ = this._away.pipe(distinctUntilChanged());
        this.displaced$ = this._displaced.asObservable();
        this.lost$ = this._lost.asObservable();
        this.departures$ = this._departures.asObservable();
        this.notices$ = this._notices.asObservable();
        this.refusals$ = this._refusals.asObservable();
        this.messages = new PacedMessages((message) => this._room.askAsync("send", message));
    }

    /**
     * Enters an RTC room.
     * @param request - the RTC room, and the user's credentials
     * @returns the connection. The caller must call `leaveAsync`. On failure it rejects with an `RtcError` and releases everything.
     */
    public static async JoinAsync(request: IControlRequest): Promise<ControlSession> {
        const opened = await openAsync(request, undefined);
        const session = new ControlSession(opened);
        session._take(opened);
        return session;
    }

    /** Our own entry in the list of members, as of the time of entering. */
    public get self(): IRtcPeer {
        return this._self;
    }

    /** Secret that proves to the signalling server that the peer id is ours. */
    public get secret(): string {
        return this._secret;
    }

    /** Current state of the RTC room; the last known one after the connection has ended. */
    public get state(): IControlState {
        return this._state.value;
    }

    /** Interest sent so far, by member id; `on` for missing members. Every change makes a new map. */
    public get interest(): ReadonlyMap<string, VoiceInterest> {
        return this._interest;
    }

    /** Sends our mute state to all members. */
    public setMuted(muted: boolean): void {
        this._muted = muted;
        this._room.send("mute", { muted });
    }

    /** Sends to all members whether we publish and capture. */
    public setState(state: IOwnVoiceState): void {
        this._ownState = state;
        this._room.send("state", state);
    }

    /** Tells the other members our interest in their voices, where it has changed. Members who are not in the map keep their previous interest. */
    public setInterest(interest: ReadonlyMap<string, VoiceInterest>): void {
        for (const [to, wanted] of interest) {
            if ((this._interest.get(to) ?? "on") !== wanted) {
                this._interest = new Map(this._interest).set(to, wanted);
                this._asked.ask(to, wanted);
            }
        }
    }

    /**
     * Enters the RTC room again after `displaced$`. If the server has restarted, members who have not rejoined yet stay in the list
     * for 20 s as reconnecting, with the privileges, mutes and blocks from before the restart.
     * @param request - the RTC room, and the credentials of the same user
     * @returns a promise that resolves when we are in the RTC room. On failure it rejects with an `RtcError` and changes nothing.
     */
    public async reenterAsync(request: IControlRequest): Promise<void> {
        const opened = await openAsync(request, this._peerToken);
        if (this._ended || request.signal.aborted || opened.self.id !== this._self.id) {
            await opened.room.leaveAsync();
            throwIfAborted(request.signal);
            throw this._ended
                ? new RtcError("aborted", "The RTC room was left.")
                : new RtcError("tokenInvalid", "The new grant is for another user. Leave the room, and join it as that user.");
        }
        void this._room.leaveAsync();
        this._room = opened.room;
        this._self = opened.self;
        this._secret = opened.welcome.secret;
        // A stop of the restarted server is reported as well.
        this._isStopping = false;
        this._take(opened);
    }

    /** Checks at once whether the server is reachable. */
    public probe(): void {
        this._room.probe();
    }

    /** Extends the timeout of a running check (`probe`), because the network works but may lose packets. */
    public extendProbe(): void {
        this._room.extendProbe();
    }

    /** Replaces the current grant by a newer one. Rejects with an `RtcError`. */
    public async renewAsync(token: string): Promise<void> {
        this._notices.next({ ...(await this._room.askAsync("renew", { token })), type: "renewed" });
    }

    /** Blocks a user, or removes our block. Rejects with an `RtcError`. */
    public async blockAsync(id: string, blocked: boolean): Promise<void> {
        await this._room.askAsync("block", { id, blocked });
    }

    /** Performs a moderation action. Rejects with an `RtcError`. */
    public async moderateAsync(action: ModerationAction): Promise<void> {
        await this._room.askAsync("moderate", action);
    }

    /** Leaves the RTC room. Idempotent. Never rejects. */
    public async leaveAsync(): Promise<void> {
        this._end();
        await this._room.leaveAsync();
    }

    /** Handles messages of this connection from now on. */
    private _take({ room, begin }: IOpened): void {
        const isPresent = (): boolean => !this._ended && this._room === room;
        begin({
            onMessage: (message) => isPresent() && this._onMessage(message),
            onAway: () => isPresent() && this._away.next(true),
            onLost: (error) => isPresent() && this._onLost(error),
        });
    }

    private _onMessage(message: ServerMessage): void {
        switch (message.type) {
            case "welcome":
                this._onWelcome(message);
                break;
            case "peerChanged":
                this._onPeerChanged(message);
                break;
            case "interest":
                this._setWanted(message.payload.from, message.payload.interest);
                break;
            case "blocked":
                this._setBlocked(new Set(message.payload.ids));
                break;
            case "expiring":
                this._notices.next({ ...message.payload, type: "expiring" });
                break;
            case "unmuteInvited":
                this._notices.next({ type: "unmuteInvited", by: message.payload.by });
                break;
            case "message":
                this.messages.hear(message.payload);
                break;
            case "stopping":
                this._stop();
                break;
            case "closed":
                if (message.payload.code === "serverStopping") {
                    this._stop();
                }
                break;
            case "refused":
                this._refusals.next(errorFromServer(message.payload.code, message.payload));
                break;
            case "peerJoined":
                if (this._awaited.take(message.payload.id)) {
                    // From now on, this member is subject to the server's rules only. The server has already sent the blocks that concern the member.
                    this._setBlocked(this._blockedNow);
                }
                this._setPeers(message);
                // A member who has joined again has not received our earlier interest request.
                if ((this._interest.get(message.payload.id) ?? "on") !== "on") {
                    this._askAgain(message.payload.id);
                }
                break;
            default:
                this._setPeers(message);
        }
    }

    /** Reports once that the server stops. Called for the `stopping` message, and when the server closes the connection because it stops. */
    private _stop(): void {
        if (!this._isStopping) {
            this._isStopping = true;
            this._refusals.next(
                new RtcError(
                    "serverStopping",
                    "The server is stopping or restarting. Voices continue, and the client rejoins the room by itself.",
                ),
            );
        }
    }

    private _onWelcome(message: Extract<ServerMessage, { type: "welcome" }>): void {
        const before = this._state.value.peers;
        const { peers, blocked, peerToken, life } = message.payload;
        const isBack = this._away.value;
        const present = new Set(peers.map(({ id }) => id));
        this._peerToken = peerToken;
        this._awaited.welcome(life, before, new Map(peers.map((peer) => [peer.id, peer])));
        before.forEach((_, id) => !present.has(id) && !this._awaited.has(id) && this._departures.next({ id, reason: "dropped" }));
        // Blocks are applied before any link is made.
        this._setBlocked(new Set(blocked));
        this._setPeers(message);
        if (isBack) {
            this._sayAgain(before);
            this._away.next(false);
        }
    }

    /** Sends our own state again after a reconnect, because the server may not have received it. */
    private _sayAgain(before: PeerList): void {
        const [was, is] = [before, this._state.value.peers].map((peers) => peers.get(this.self.id)?.muted);
        // A restarted server has lost the moderators' mutes.
        if (was === "moderator" && is !== "moderator") {
            this._notices.next({ type: "unmuteInvited", by: null });
        }
        if (this._muted !== null) {
            this.setMuted(this._muted);
        }
        if (this._ownState) {
            this.setState(this._ownState);
        }
        for (const id of this._interest.keys()) {
            this._askAgain(id);
        }
    }

    private _onPeerChanged(message: Extract<ServerMessage, { type: "peerChanged" }>): void {
        const { id, reconnecting } = message.payload;
        const isBack = this._state.value.peers.get(id)?.reconnecting === true && reconnecting !== true;
        this._setPeers(message);
        if (isBack) {
            // Interest requests were lost while the member was away.
            this._askAgain(id);
        }
    }

    private _setWanted(from: string, interest: VoiceInterest): void {
        const { peers, wanted } = this._state.value;
        if (peers.has(from)) {
            this._change({ wanted: new Map(wanted).set(from, interest) });
        }
    }

    private _setBlocked(blockedNow: ReadonlySet<string>): void {
        const before = this._state.value.blocked;
        this._blockedNow = blockedNow;
        const blocked = new Set([...blockedNow, ...[...before].filter((id) => this._awaited.has(id))]);
        this._change({ blocked });
        // Interest requests that were sent during the block did not arrive.
        before.forEach((id) => !blocked.has(id) && this._askAgain(id));
    }

    /** Removes a member who has not rejoined in time after a restart of the server. */
    private _giveUp(id: string): void {
        const { peerId } = this._state.value.peers.get(id) ?? {};
        if (peerId !== undefined) {
            this._setPeers({ type: "peerLeft", payload: { id, peerId, reason: "dropped" } });
            this._setBlocked(this._blockedNow);
        }
    }

    /** Sends our interest in a member again. */
    private _askAgain(to: string): void {
        const interest = this._interest.get(to);
        if (interest !== undefined) {
            this._asked.ask(to, interest);
        }
    }

    private _setPeers(message: ServerMessage): void {
        const before = this._state.value;
        const peers = this._awaited.addTo(peersAfter(before.peers, message), before.peers);
        if (peers === before.peers) {
            return;
        }
        if (message.type === "peerLeft") {
            const { id, reason } = message.payload;
            this._departures.next({ id, reason: memberLeft(reason).voice });
        }
        // A member's interest in our voice is valid only as long as the member has the same peer id.
        const wanted = [...before.wanted].filter(([id]) => peers.get(id)?.peerId === before.peers.get(id)?.peerId);
        this._change({ peers, ...(wanted.length < before.wanted.size ? { wanted: new Map(wanted) } : {}) });
    }

    private _change(change: Partial<IControlState>): void {
        this._state.next({ ...this._state.value, ...change });
    }

    private _onLost(error: RtcError): void {
        if (error.code === "serverUnreachable" && this._displaced.observed) {
            this._away.next(true);
            this._displaced.next(error);
        } else {
            this._lost.next(error);
            this._end();
        }
    }

    private _end(): void {
        this._ended = true;
        this.messages.end();
        this._asked.close();
        this._awaited.clear();
        this._displaced.complete();
        this._state.complete();
        this._away.complete();
        this._departures.complete();
        this._notices.complete();
        this._refusals.complete();
        this._lost.complete();
    }
}

/** Enters the RTC room, and waits for the welcome. On failure it rejects with an `RtcError` and releases everything. */
async function openAsync(
    { server, token, seat, blocks, dataInRtp, signal }: IControlRequest,
    peerToken: string | undefined,
): Promise<IOpened> {
    const early: ServerMessage[] = [];
    let taker: ITaker | null = null;
    let lost = null as RtcError | null;
    const room: ControlRoom = await openServerRoomAsync<IRtcServerMessages, IRtcClientMessages, IRtcAsks>({
        server,
        type: "rtc",
        options: {
            ...(seat ? {} : { room: roomOfToken(token), token }),
            ...(blocks.length > 0 ? { blocks: [...blocks] } : {}),
            ...(dataInRtp ? { dataInRtp } : {}),
            ...(peerToken === undefined ? {} : { peerToken }),
        } satisfies Partial<IRtcJoinRequest>,
        create: true,
        ...(seat ? { seat } : {}),
        signal,
        onMessage: (message) => (taker ? taker.onMessage(message) : early.push(message)),
        onAway: () => taker?.onAway(),
        onLost: (error) => (taker ? taker.onLost(error) : (lost = error)),
    });
    const welcome = early.find(({ type }) => type === "welcome")?.payload as Welcome | undefined;
    const self = welcome?.peers.find(({ peerId }) => peerId === welcome.self);
    if (lost || !welcome || !self) {
        await room.leaveAsync();
        throw lost ?? new RtcError("unknown", "The server's member list lacks this member. Use the same version of client and server.");
    }
    const begin = (by: ITaker): void => {
        taker = by;
        early.splice(0).forEach((message) => by.onMessage(message));
    };
    return { room, self, welcome, begin };
}

/**
 * Applies a server message to the list of peers. Pure.
 * @param list - the list so far; not modified
 * @param message - message of the server
 * @returns the new list, or the same object if the message does not change the list
 */
export function peersAfter(list: PeerList, message: MessageOf<IRtcServerMessages>): PeerList {
    switch (message.type) {
        case "welcome":
            return new Map(message.payload.peers.map((peer) => [peer.id, peer]));
        case "peerJoined":
        case "peerChanged":
            return new Map(list).set(message.payload.id, message.payload);
        case "peerLeft": {
            // A member who has joined again has another peer id. A `peerLeft` with the old peer id does not concern the new entry.
            if (list.get(message.payload.id)?.peerId !== message.payload.peerId) {
                return list;
            }
            const next = new Map(list);
            next.delete(message.payload.id);
            return next;
        }
        default:
            return list;
    }
}

/**
 * Reads the room id from a grant's token, to know which room to request. Only the server checks the signature.
 * @param token - the grant's token, a JWT
 * @returns the room's id; throws `tokenInvalid`
 */
export function roomOfToken(token: string): string {
    const { room } = jwtClaims(token);
    if (typeof room !== "string") {
        throw new RtcError("tokenInvalid", "No babylon-rtc-server issued this voice token. Check the `token` function.", {
            cause: new TypeError("no room in the token"),
        });
    }
    return room;
}
