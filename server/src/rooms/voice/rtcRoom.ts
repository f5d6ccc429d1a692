import { maxCallees } from "../../../../protocol/callOrder.js";
import { maxBlocks, maxMessageBytes } from "../../../../protocol/limits.js";
import { blockSentence, rtcAsks, rtcClientMessages, rtcJoinRequest } from "../../../../protocol/schemas.js";
import { byServer, byUser } from "../../eventTeller.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { GuardedRoom, leaveReasonOf, secretsOf } from "../guardedRoom.js";
import { Blocks } from "./blocks.js";
import { MessageRelay } from "./messageRelay.js";
import { SignallingPass } from "./peerDirectory.js";
import { RtcPeer, renamed } from "./rtcPeer.js";
import { VoiceModeration } from "./voiceModeration.js";
import type { Client } from "@colyseus/core";
import type { InferOutput } from "valibot";
import type {
    IRtcAsks,
    IRtcPeer,
    IRtcServerMessages,
    LeaveReason,
    ModerationAction,
    ProtocolErrorCode,
    VoiceLeaveReason,
} from "../../../../protocol/wire.js";
import type { IServerContext } from "../../context.js";
import type { IEventOrigin } from "../../eventTeller.js";
import type { IGrant } from "../../tokens/grants.js";
import type { IPrivileges } from "../../tokens/privileges.js";
import type { IServerEventMember, IServerEventRoom, ServerEventLeaveReason, ServerEventModeration } from "../../serverEvents.js";
import type { IRate } from "../../util/tokenBucket.js";
import type { IResumeAuth, IStay } from "../guardedRoom.js";
import type { IFrameLimits } from "../frameGuard.js";
import type { IOwnRtcRoom } from "../roomDirectory.js";

type Answer<Type extends keyof IRtcAsks> = IRtcAsks[Type][1];

/** Time from when a member leaves the room until the server removes them from the RTC room, in milliseconds. */
const leaveGraceMs = 500;

/** Largest frame, in bytes: twice the largest valid message, plus overhead. An oversized message is refused; a larger frame closes the connection. */
export const rtcPayloadBytes = 2 * maxMessageBytes + 1024;

/** Join options that apply to the peer, beside its grant. */
type IWishes = Pick<InferOutput<typeof rtcJoinRequest>, "blocks" | "dataInRtp" | "peerToken">;

/** Argument of `onJoin`. Colyseus passes it as JSON. */
export interface IPeerAuth extends IGrant {
    /** Peer id reserved together with the seat. If it is set, the client joins by sending `enter`. */
    readonly promised?: string;
    /** Session id of the seat in the room that was reserved together with this seat. */
    readonly memberSeat?: string;
    /** Network address that requested the seat; empty if unknown. */
    readonly address: string;
}

/** A connected client whose seat came with a reserved peer id, and that has not joined the RTC room yet. */
interface IArrival {
    /** The reserved peer id. */
    readonly promised: string;
    /** The client's `enter` message, kept until the user has joined the room. */
    readonly message?: unknown;
}

/**
 * Authenticates a client that wants to join an RTC room, before Colyseus searches for the RTC room.
 * @param context - shared parts of the server
 * @param options - join options, as the client sent them
 * @param address - network address of the client; empty if unknown
 * @returns argument of `onJoin`; rejects with a `ProtocolError`
 */
export async function authenticatePeerAsync(context: IServerContext, options: unknown, address: string): Promise<IPeerAuth> {
    context.lifecycle.requireOpen();
    const { token, room } = parse(rtcJoinRequest, options);
    context.events?.want(room, context.rooms.room(room)?.rules.title);
    const grant = await context.grants.verifyAsync(token, room);
    context.events?.identify(grant.user);
    requireMembership(context, grant);
    return { ...grant, address };
}

function requireMembership(context: IServerContext, grant: IGrant): void {
    context.rooms.requireNoBan(grant.room, grant.user.id);
    if (grant.membersOnly && !context.rooms.room(grant.room)?.hasMember(grant.user.id)) {
        throw new ProtocolError("forbidden", "This grant is valid only while you are in the room. Join the room first.");
    }
}

/** RTC room of a room: keeps its peers, their privileges, mutes and blocks, and passes on interests and messages between members. */
export abstract class RtcRoom extends GuardedRoom implements IOwnRtcRoom {
    /** Id of the room that this RTC room belongs to. */
    public voiceOf = "";

    protected override readonly _kind = "rtc";

    /** Rate limit of messages. A member sends its interest in up to fifteen others in one burst when it joins, and again when it moves. */
    protected readonly _rate: IRate = { perSecond: 100, burst: 300 };

    /**
     * Limits of frames. The relay accepts 1000 small messages or 1 MiB per second from a member. The babylon-rtc client has at most 128 unanswered
     * `send` requests, and sends at most 300 other messages in a burst.
     */
    private readonly _limits: IFrameLimits = {
        largest: rtcPayloadBytes,
        frames: { perSecond: 1500, burst: 600 },
        bytes: { perSecond: 2 * 1024 * 1024, burst: 4 * 1024 * 1024 },
    };

    private readonly _peers = new Map<string, RtcPeer>();
    private readonly _blocks = new Blocks();
    private readonly _moderation = new VoiceModeration({
        peers: this._peers,
        isOwner: (id) => this._context.rooms.room(this.voiceOf)?.owner.id === id,
        isOwnedByGuest: () => this._context.rooms.room(this.voiceOf)?.ownerIsGuest === true,
        inviteToUnmute: (peer, by) => this._say(peer.client, "unmuteInvited", { by }),
        remove: (id, seconds) => this._ban(id, seconds),
        teller: () => this._moderationTeller(),
        nameOf: (id) => this._nameOf(id),
    });
    /** Connected clients whose seat came with a reserved peer id and that have not joined the RTC room yet. */
    private readonly _arrivals = new Map<Client, IArrival>();
    private readonly _farewells = new Map<string, NodeJS.Timeout>();
    private readonly _relay = new MessageRelay<RtcPeer>({
        peers: this._peers,
        now: () => this._context.settings.ticks(),
        isBlocked: (a, b) => this.isBlocked(a, b),
        isFull: (from, { client }, bytes) => this._isFull(client, from.id, bytes),
        deliver: (to, message) => this._tellAll(clientsOf(to), "message", message satisfies IRtcServerMessages["message"], message.from),
    });
    private _order = 0;

    protected override get _frameLimits(): IFrameLimits {
        return this._limits;
    }

    /**
     * Called by Colyseus to create an RTC room. Refuses a second RTC room for the same room, which a client with a grant could request.
     * @param options - join options, as the client sent them
     */
    public override onCreate(options: Record<string, unknown>): void {
        this.voiceOf = String(options.room);
        if (!this._context.rooms.addRtcRoom(this)) {
            throw new ProtocolError("forbidden", "The RTC room of this room exists already. Join it.");
        }
        this._on("enter", (client, message) => this._onEnter(client, message));
        this._on("mute", (client, message) => this._onMute(client, message));
        this._on("state", (client, message) => this._onState(client, message));
        this._on("interest", (client, message) => this._onInterest(client, message));
        this._onAsk("renew", (client, value) => this._onRenewAsync(client, value));
        this._onAsk("block", (client, value) => this._onBlock(client, value));
        this._onAsk("moderate", (client, value) => this._moderation.moderate(parse(rtcAsks.moderate, value), this._presentPeerOf(client)));
        // The relay has its own limits of messages and bytes. Above them, it first queues messages and then refuses them.
        this._onAsk(
            "send",
            async (client, value) => await this._relay.sendAsync(this._presentPeerOf(client), value),
            () => true,
        );
        this._on("*", (client) => {
            if (this._allow(client)) {
                this._refuse(client, "invalidRequest", "Unknown message type.");
            }
        });
    }

    /**
     * Called by Colyseus when a client's socket has opened.
     * @param client - the client
     * @param options - join options, as the client sent them
     * @param auth - grant and seat of the client
     */
    public override onJoin(client: Client, options: unknown, auth: IPeerAuth & IResumeAuth): void {
        const { promised, resumes } = auth;
        if (resumes !== undefined) {
            this._takeBack(client, auth, resumes);
            return;
        }
        if (promised === undefined) {
            this._admit(client, auth, parse(rtcJoinRequest, options));
            return;
        }
        // The client is not announced before its `enter` message.
        if (!this._context.peers.holdPromise(promised, () => this._onPromiseEnded(client))) {
            throw tooLate();
        }
        this._arrivals.set(client, { promised });
        this._welcomeIn(client);
    }

    private _onEnter(client: Client, message: unknown): void {
        const arrival = this._arrivals.get(client);
        if (!arrival || "message" in arrival) {
            if (this._allow(client)) {
                this._refuse(client, "invalidRequest", "`enter` was sent before, or you are already in the RTC room.");
            }
            return;
        }
        const { promised } = arrival;
        if (this._isYetToEnterRoom(client.auth as IPeerAuth)) {
            // The two sockets open in parallel. The wait ends when the user has joined the room, or when the reservation of the peer id expires.
            this._arrivals.set(client, { promised, message });
        } else {
            this._enter(client, promised, message);
        }
    }

    /** True while the room seat that was reserved together with this RTC seat is unused. */
    private _isYetToEnterRoom({ memberSeat, user }: IPeerAuth): boolean {
        const room = this._context.rooms.room(this.voiceOf);
        return memberSeat !== undefined && room?.hasMember(user.id) === false && room.holdsSeat(memberSeat);
    }

    /** {@inheritDoc IOwnRtcRoom.calleesOf} */
    public calleesOf(userId: string): string[] {
        const callees: string[] = [];
        for (const { id, pass, info } of this._peers.values()) {
            if (callees.length < maxCallees && info.ready && id !== userId && !this._blocks.between(userId, id)) {
                callees.push(pass.peerId);
            }
        }
        return callees;
    }

    /** {@inheritDoc IOwnRtcRoom.memberJoined} */
    public memberJoined(userId: string): void {
        for (const [client, arrival] of this._arrivals) {
            if ("message" in arrival && (client.auth as IPeerAuth).user.id === userId) {
                this._enter(client, arrival.promised, arrival.message);
            }
        }
    }

    private _enter(client: Client, promised: string, message: unknown): void {
        const { peers } = this._context;
        this._arrivals.delete(client);
        try {
            this._admit(client, client.auth as IPeerAuth, parse(rtcClientMessages.enter, message), promised);
        } catch (error) {
            peers.withdraw(promised);
            this._turnAway(client, error);
        }
    }

    /** Closes the connection of a client that was refused. */
    private _turnAway(client: Client, error: unknown): void {
        const { reason, sentence } = ProtocolError.From(error);
        this._close(client, reason, sentence);
        this._tellRefused(client, "join", error);
    }

    private _onPromiseEnded(client: Client): void {
        if (this._arrivals.delete(client)) {
            this._turnAway(client, tooLate());
        }
    }

    /**
     * Signalling pass with the first of these peer ids that is available: the user's earlier peer id (before a restart, proved by `peerToken`), the
     * reserved peer id, a new one. Throws a `ProtocolError` if the reservation has expired.
     */
    private _passFor(user: string, peerToken: string | undefined, promised: string | undefined): SignallingPass {
        const { peers, peerTokens, settings } = this._context;
        const before = peerTokens.read(peerToken, user);
        const isBack = before !== null && peers.passOf(before) === undefined;
        const pass = promised === undefined ? undefined : peers.takePromise(promised);
        if (promised !== undefined && !pass) {
            throw tooLate();
        }
        if (pass && !isBack) {
            return pass;
        }
        if (pass) {
            peers.sockets?.hangUp(pass.peerId);
        }
        return new SignallingPass(settings, user, isBack ? before : undefined);
    }

    /** Adds a client as a peer, or throws a `ProtocolError`. */
    private _admit(client: Client, grant: IGrant, wishes: IWishes, promised?: string): void {
        if (grant.room !== this.voiceOf) {
            throw new ProtocolError("forbidden", "This seat is for another room. Join again.");
        }
        if (grant.expiresAt <= this._context.settings.now()) {
            throw new ProtocolError("tokenExpired", "This grant has expired. Request a new one.");
        }
        requireMembership(this._context, grant);
        const { blocks = [], dataInRtp = false, peerToken } = wishes;
        const before = this._peers.get(grant.user.id);
        const { rooms, settings } = this._context;
        // A listed room may have a higher limit than the server. A lower limit is enforced only by the room, because a member who has just left it
        // may still be a peer here.
        if (!before && this._peers.size >= Math.max(settings.maxMembers, rooms.room(this.voiceOf)?.rules.maxMembers ?? 0)) {
            throw new ProtocolError("roomFull", "The RTC room is full.");
        }
        const pass = this._passFor(grant.user.id, peerToken, promised);
        const isBack = before?.away === true;
        const wasInfo = before?.info;
        const wasApart = before ? this._apartFrom(before) : [];
        if (isBack) {
            // The new peer takes the place of the previous one in the list.
            this._release(before);
        } else if (before) {
            this._putOut(before, "duplicateIdentity", "The same user connected from another page.");
        }
        this._welcomeIn(client);
        this._order += 1;
        const owner = {
            changed: (before?: IRtcPeer) => {
                this._tellInTime(clientsOf([...this._peers.values()]), "peerChanged", peer.info, peer.id, peer.pass.peerId);
                if (before) {
                    this._tellChanged(before, peer);
                }
            },
            unchanged: () => this._say(peer.client, "peerChanged", peer.info),
            expiring: () => this._say(peer.client, "expiring", peer.end),
            refused: (error: Error) => this._tellRefused(peer.client, "signalling", error),
            putOut: (code: ProtocolErrorCode, sentence: string) => this._putOut(peer, code, sentence),
        };
        const peer = new RtcPeer({
            room: this,
            client,
            grant: this._withPresentName(grant),
            pass,
            order: this._order,
            settings: this._context.settings,
            owner,
            standing: this._moderation.standingOf(grant.user.id),
            ready: this._context.peers.isOpen(pass.peerId),
            dataInRtp,
            secretsBefore: secretsOf(before),
        });
        this._peers.set(peer.id, peer);
        this._context.peers.add(peer);
        this._context.tally[isBack ? "resumes" : "joins"].add("rtc");
        this._blocks.set(peer.id, blocks);
        this._sayWelcome(peer);
        // Blocks are sent before the new peer is announced, so that no blocked peer answers its call. A returning member may have another block list.
        new Set([...(isBack ? wasApart : []), ...this._apartFrom(peer)]).forEach((other) => this._sayBlocked(other));
        // The other members still list an absent peer. The message tells them the new peer id, so that they accept its calls.
        this._sayToAll(isBack ? "peerChanged" : "peerJoined", peer.info, peer);
        const { events } = this._context;
        if (events) {
            const { name, muted } = peer.info;
            const origin = byUser({ id: peer.id, name }, this._personOf(client).address);
            if (isBack && wasInfo) {
                events.within("join", origin, () => this._tellChanged(wasInfo, peer));
            } else {
                events.tell({ type: "voiceJoined", room: this._eventRoom, member: { id: peer.id, name }, muted }, origin);
            }
        }
    }

    private _sayWelcome(peer: RtcPeer): void {
        const { peerId, secret } = peer.pass;
        const peers = [...this._peers.values()].map(({ info }) => info);
        const blocked = this._blocks.listOf(peer.id);
        const peerToken = this._context.peerTokens.sign(peer.id, peerId);
        this._say(peer.client, "welcome", { self: peerId, secret, peerToken, peers, blocked, ...this._wayBack(peer.id, peer) });
    }

    /** Resumes a peer's stay on a new connection. */
    private _takeBack(client: Client, { user, address }: IPeerAuth, secret: string): void {
        const userId = user.id;
        this._requireStay(userId, secret);
        const peer = this._peers.get(userId);
        if (peer) {
            const before = (peer.client.auth as IPeerAuth).address;
            this._replace(peer.client);
            this._context.tally.resumes.add("rtc");
            peer.client = client;
            this._welcomeIn(client);
            const wasAway = this._letGo(userId);
            peer.away = false;
            this._sayWelcome(peer);
            if (wasAway) {
                this._tellPresence(peer);
            }
            this._tellAddress(memberOf(peer.info), "voice", { before, now: address });
        }
    }

    protected override _stayOf(userId: string): IStay | undefined {
        return this._peers.get(userId);
    }

    protected override _onPresence(userId: string, away: boolean): void {
        const peer = this._peers.get(userId);
        if (peer) {
            peer.away = away;
            this._tellPresence(peer);
        }
    }

    /** Tells others that the peer reconnects or is back. With flow control, because a client can drop and resume its connection all the time. */
    private _tellPresence(peer: RtcPeer): void {
        const others = [...this._peers.values()].filter((each) => each !== peer);
        const told: IRtcServerMessages["peerChanged"] = peer.info;
        this._tellInTime(clientsOf(others), "peerChanged", told, peer.id, peer.pass.peerId);
    }

    protected override _onAbsenceOver(userId: string, reason: LeaveReason): void {
        const peer = this._peers.get(userId);
        if (peer) {
            this._remove(peer, reason);
        }
    }

    /** Sends events for a change of a peer's mute, and of its name. In rooms of this server, the room reports names. */
    private _tellChanged(before: IRtcPeer, { info }: RtcPeer): void {
        const { events, rooms } = this._context;
        if (events && info.muted !== before.muted) {
            events.tell({ type: "muted", room: this._eventRoom, member: memberOf(info), muted: info.muted });
        }
        if (events && info.name !== before.name && !rooms.room(this.voiceOf)) {
            events.tell({ type: "changed", room: this._eventRoom, member: memberOf(info), before: memberOf(before) });
        }
    }

    private _moderationTeller(): ((what: ServerEventModeration) => void) | null {
        const { events } = this._context;
        return events && ((what) => events.tell({ type: "moderated", room: this._eventRoom, ...what }));
    }

    private _nameOf(userId: string): string | null {
        return this._context.rooms.room(this.voiceOf)?.nameOf(userId) ?? this._peers.get(userId)?.info.name ?? null;
    }

    protected override get _eventRoom(): IServerEventRoom {
        return { id: this.voiceOf, name: this._context.rooms.room(this.voiceOf)?.rules.title ?? null };
    }

    protected override _personOf(client: Client): { readonly id: string; readonly name: string; readonly address: string } {
        const { user, address } = client.auth as IPeerAuth;
        return { id: user.id, name: this._nameOf(user.id) ?? user.name, address };
    }

    /**
     * Called by Colyseus when a client's socket has closed.
     * @param client - the client
     * @param code - close code
     */
    public override onLeave(client: Client, code?: number): void {
        this._seeOff(client);
        const arrival = this._arrivals.get(client);
        if (arrival) {
            this._arrivals.delete(client);
            this._context.peers.withdraw(arrival.promised);
        }
        const peer = this._peerOf(client);
        if (peer && !this._await(peer.id, client, code)) {
            this._remove(peer, leaveReasonOf(code));
        }
    }

    /** Called by Colyseus when the RTC room has ended, or could not be created. */
    public override onDispose(): void {
        super.onDispose();
        // Absent peers have no connection, so no `onLeave` removes them.
        this._peers.forEach((peer) => this._remove(peer, "dropped"));
        this._context.rooms.removeRtcRoom(this);
        this._relay.dispose();
        for (const timer of this._farewells.values()) {
            clearTimeout(timer);
        }
    }

    /**
     * Called when a member has left the room of this RTC room. Removes their peer, unless they rejoin the room within `leaveGraceMs`, or their grant
     * does not depend on membership.
     * @param userId - the member's id
     * @param why - reason. `dropped`: the peer is removed with `tokenExpired`, so that the client may rejoin automatically.
     */
    public memberLeft(userId: string, why: LeaveReason): void {
        clearTimeout(this._farewells.get(userId));
        const timer = setTimeout(() => {
            this._farewells.delete(userId);
            const peer = this._peers.get(userId);
            if (peer?.grant.membersOnly && !this._context.rooms.room(this.voiceOf)?.hasMember(userId)) {
                if (why === "dropped") {
                    this._putOut(peer, "tokenExpired", "You are no longer in the room. Enter it again.", why);
                } else {
                    this._putOut(peer, "removed", "You are no longer in the room.");
                }
            }
        }, leaveGraceMs);
        timer.unref();
        this._farewells.set(userId, timer);
    }

    /** {@inheritDoc IOwnRtcRoom.memberRenamed} */
    public memberRenamed(userId: string, name: string): void {
        const peer = this._peers.get(userId);
        if (peer?.grant.membersOnly) {
            peer.rename(name);
        }
    }

    /** Grant with the user's present name in the room, which may have changed since the grant was signed. */
    private _withPresentName(grant: IGrant): IGrant {
        return grant.membersOnly ? renamed(grant, this._context.rooms.room(this.voiceOf)?.nameOf(grant.user.id)) : grant;
    }

    /** {@inheritDoc IMeetingPlace.isBlocked} */
    public isBlocked(a: string, b: string): boolean {
        return this._blocks.between(a, b);
    }

    /** {@inheritDoc IOwnRtcRoom.putOutUser} */
    public putOutUser(userId: string, code: ProtocolErrorCode, sentence: string): void {
        const peer = this._peers.get(userId);
        if (peer) {
            this._putOut(peer, code, sentence);
        }
    }

    /** {@inheritDoc IOwnRtcRoom.moderate} */
    public moderate(what: ModerationAction): void {
        this._moderation.moderate(what, null);
    }

    /** {@inheritDoc IOwnRtcRoom.setPrivileges} */
    public setPrivileges(userId: string, privileges: IPrivileges | null): void {
        this._moderation.setPrivileges(userId, privileges);
    }

    private _ban(userId: string, seconds: number): void {
        this._context.rooms.ban(this.voiceOf, userId, this._context.settings.ticks() + seconds * 1000);
        this.putOutUser(userId, "removed", "A moderator removed you.");
    }

    private _putOut(peer: RtcPeer, code: ProtocolErrorCode, sentence: string, why: VoiceLeaveReason = leaveReasonFor(code)): void {
        if (this._peers.get(peer.id) === peer) {
            this._remove(peer, why, code);
            this._close(peer.client, code, sentence);
            if (code === "rateLimited") {
                this._tellRefused(peer.client, "signalling", new ProtocolError(code, sentence));
            }
        }
    }

    private _remove(peer: RtcPeer, reason: VoiceLeaveReason, code?: ProtocolErrorCode): void {
        this._context.tally.leaves.add(`rtc ${reason}`);
        this._tellLeft(peer, this._end?.reason ?? (code === "roomClosed" ? code : reason));
        this._peers.delete(peer.id);
        this._release(peer);
        if (!this._ending) {
            this._sayToAll("peerLeft", { id: peer.id, peerId: peer.pass.peerId, reason });
        }
        const apart = this._apartFrom(peer);
        this._blocks.forget(peer.id);
        if (!this._ending) {
            apart.forEach((other) => this._sayBlocked(other));
        }
    }

    /** Ends what belongs to a peer: its absence, timers, waiting messages and signalling. */
    private _release(peer: RtcPeer): void {
        this._letGo(peer.id);
        peer.dispose();
        this._relay.forget(peer);
        this._context.peers.remove(peer.pass.peerId);
        if (!this._ending) {
            this._forgetFrom(peer.id);
        }
    }

    private _tellLeft(peer: RtcPeer, reason: ServerEventLeaveReason): void {
        const { events } = this._context;
        if (!events) {
            return;
        }
        const member = memberOf(peer.info);
        const byOthers: Partial<Record<ServerEventLeaveReason, IEventOrigin>> = {
            tokenExpired: byServer,
            serverStopping: byServer,
            roomClosed: events.origin,
            removed: events.origin,
        };
        const origin = byOthers[reason] ?? byUser(member, this._personOf(peer.client).address);
        events.tell({ type: "voiceLeft", room: this._eventRoom, member, reason }, origin);
    }

    private _onMute(client: Client, message: unknown): void {
        const peer = this._peerOf(client);
        if (!peer || !this._allow(client)) {
            return;
        }
        const wish = this._read(client, rtcClientMessages.mute, message);
        if (wish) {
            peer.muteSelf(wish.muted ? "self" : "no");
        }
    }

    private _onState(client: Client, message: unknown): void {
        const peer = this._peerOf(client);
        if (!peer || !this._allow(client)) {
            return;
        }
        const state = this._read(client, rtcClientMessages.state, message);
        if (state) {
            const { publishing = peer.info.publishing, capturing = peer.info.capturing } = state;
            peer.setState({ publishing, capturing });
        }
    }

    private _onInterest(client: Client, message: unknown): void {
        const peer = this._peerOf(client);
        if (!peer || !this._allow(client)) {
            return;
        }
        const wish = this._read(client, rtcClientMessages.interest, message);
        // An unknown id is ignored, because the receiver may just have left.
        const other = wish && this._peers.get(wish.to);
        if (other && other !== peer && !this.isBlocked(peer.id, other.id)) {
            const told: IRtcServerMessages["interest"] = { from: peer.id, interest: wish.interest };
            this._tellInTime([other.client], "interest", told, peer.id, `interest of ${peer.id}`);
        }
    }

    private async _onRenewAsync(client: Client, value: unknown): Promise<Answer<"renew">> {
        const { token } = parse(rtcAsks.renew, value);
        const grant = await this._context.grants.verifyAsync(token, this.voiceOf);
        const peer = this._peerOf(client);
        if (grant.user.id !== peer?.id) {
            throw new ProtocolError("tokenInvalid", "This grant is for another user.");
        }
        requireMembership(this._context, grant);
        peer.renew(this._withPresentName(grant));
        return peer.end;
    }

    private _onBlock(client: Client, value: unknown): Answer<"block"> {
        const peer = this._presentPeerOf(client);
        const { id, blocked } = parse(rtcAsks.block, value);
        if (id === peer.id) {
            throw new ProtocolError("invalidRequest", blockSentence);
        }
        if (blocked && this._blocks.count(peer.id) >= maxBlocks) {
            throw new ProtocolError("invalidRequest", `At most ${maxBlocks} users can be blocked.`);
        }
        this._blocks.change(peer.id, id, blocked);
        // The callee (the peer with the lower `order`) is told first, so that after an unblock it already accepts the caller's call.
        const both = [peer, this._peers.get(id)].filter((each) => each !== undefined);
        both.sort((a, b) => a.info.order - b.info.order).forEach((each) => this._sayBlocked(each));
        return undefined;
    }

    private _apartFrom(peer: RtcPeer): RtcPeer[] {
        return [...this._peers.values()].filter((other) => other !== peer && this.isBlocked(peer.id, other.id));
    }

    private _sayBlocked(peer: RtcPeer): void {
        const told: IRtcServerMessages["blocked"] = { ids: this._blocks.listOf(peer.id) };
        this._tellInTime([peer.client], "blocked", told, "", "blocked");
    }

    private _presentPeerOf(client: Client): RtcPeer {
        const peer = this._peerOf(client);
        if (!peer) {
            throw new ProtocolError("removed", "You are no longer in the RTC room.");
        }
        return peer;
    }

    private _peerOf(client: Client): RtcPeer | undefined {
        const peer = this._peers.get((client.auth as IGrant).user.id);
        return peer?.client === client ? peer : undefined;
    }

    private _say<T extends keyof IRtcServerMessages>(client: Client, type: T, message: IRtcServerMessages[T]): void {
        this._tell(client, type, message);
    }

    private _sayToAll<T extends keyof IRtcServerMessages>(type: T, message: IRtcServerMessages[T], except?: RtcPeer): void {
        const peers = [...this._peers.values()].filter((peer) => peer !== except);
        this._tellAll(clientsOf(peers), type, message);
    }
}

function tooLate(): ProtocolError {
    return new ProtocolError("forbidden", "The reserved seat has expired after ten seconds. Join again.");
}

/** Leave reason for the other members when a peer is removed with this code. */
function leaveReasonFor(code: ProtocolErrorCode): VoiceLeaveReason {
    return code === "duplicateIdentity" || code === "tokenExpired" ? code : "removed";
}

function memberOf({ id, name }: IRtcPeer): IServerEventMember {
    return { id, name };
}

function clientsOf(peers: readonly RtcPeer[]): Client[] {
    return peers.map(({ client }) => client);
}
