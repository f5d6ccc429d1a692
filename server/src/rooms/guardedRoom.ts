import { ClientState, Protocol, Room, getMessageBytes } from "@colyseus/core";
import { safeParse } from "valibot";
import { asked, withoutBigInt } from "../../../protocol/schemas.js";
import { byServer, byUser } from "../eventTeller.js";
import { describe } from "../log.js";
import { ProtocolError, closeCodeOf, parse } from "../protocolError.js";
import { TokenBucket } from "../util/tokenBucket.js";
import { networkOf } from "../util/network.js";
import { sameSecret } from "../util/random.js";
import { Absences } from "./absences.js";
import { Backlogs } from "./backlogs.js";
import { FrameGuard, guardFrames, isReadableFrame, unreadableFrame } from "./frameGuard.js";
import type { Client } from "@colyseus/core";
import type { Schema } from "../../../protocol/schemas.js";
import type { IAnswer, IResume, LeaveReason, ProtocolErrorCode } from "../../../protocol/wire.js";
import type { IServerContext } from "../context.js";
import type { RoomKind } from "../metrics/tally.js";
import type { IEventOrigin } from "../eventTeller.js";
import type { IServerEventMember, IServerEventRoom } from "../serverEvents.js";
import type { IRate } from "../util/tokenBucket.js";
import type { IQueueingSocket } from "../util/unsentBudget.js";
import type { IConfirmingSocket } from "./backlogs.js";
import type { IFrameLimits } from "./frameGuard.js";

/** Send queue, in bytes, above which a client is disconnected. */
const maxBufferedBytes = 1024 * 1024;
/** Sent data that a client has not confirmed as read, in bytes, above which the client is disconnected. */
const maxUnreadBytes = 4 * 1024 * 1024;
/** Number of one member's messages that are queued for one slow client, above which further messages are dropped. New states are still queued. */
const maxPutOff = 64;
const maxHandshakeMs = 5000;
/** Data that waits for a client's handshake, in bytes, above which members cannot send it more. */
const maxEarlyFromMembers = 128 * 1024;
/** Number of messages above the rate limit that a client can send at once before it is disconnected. */
const maxRefused = 400;

/** Rate limits and queue of one client. */
interface IManners {
    readonly allowance: TokenBucket;
    readonly frames: FrameGuard;
    /** Refusals for exceeded limits that are tolerated before the client is disconnected. */
    readonly patience: TokenBucket;
    /** At most one `rateLimited` message per second. */
    readonly reminders: TokenBucket;
    readonly handshake: NodeJS.Timeout;
    /** Bytes sent before the handshake is complete; Colyseus queues them until then. */
    earlyBytes: number;
    /** Messages that wait until the client has read earlier ones. All messages of one state have the same key, so that only the newest one waits. */
    readonly putOff: Map<string, IPutOff>;
    /** Number of waiting messages, by sender. */
    readonly putOffBy: Map<string, number>;
}

interface IPutOff {
    readonly type: string;
    readonly message: unknown;
    readonly from: string;
}

/** Part of a WebSocket that is used here. Other transports of Colyseus lack it. */
interface ISocketLike extends IQueueingSocket, IConfirmingSocket {
    terminate?(): void;
    once?(event: "error", listener: () => void): void;
}

/** Part of Colyseus' server-side `Client` that shows whether the handshake is complete: until then, this field holds the queued messages. */
interface IHandshakingClient {
    readonly _enqueuedMessages?: readonly unknown[];
}

/** Seats of a Colyseus room that are reserved, and the timers of their reservations, by session id. */
interface IReservations {
    readonly _reservedSeats: Record<string, readonly [options: unknown, auth: unknown, isTaken: boolean, ...more: unknown[]]>;
    readonly _reservedSeatTimeouts: Record<string, NodeJS.Timeout>;
}

/** One stay of a user in a room. It can span several connections. */
export interface IStay {
    /** Current connection; while the user is absent, the last one. */
    readonly client: Client;
    /** Secret with which the client resumes. */
    readonly secret: string;
    /** Secrets of the user's earlier stays that this one replaced, newest first; at most 8. */
    readonly secretsBefore: readonly string[];
    /** True if the client may have received the secret. */
    isKnown: boolean;
}

/** Number of a user's replaced stays whose secrets are remembered, to tell them from invalid secrets. */
const maxStaysBefore = 8;

/**
 * @param before - stay that is replaced; undefined = none
 * @returns value of `IStay.secretsBefore` for the new stay
 */
export function secretsOf(before: IStay | undefined): readonly string[] {
    return before ? [before.secret, ...before.secretsBefore].slice(0, maxStaysBefore) : [];
}

/** Argument of `onJoin` for a member who resumes. Colyseus passes it as JSON. */
export interface IResumeAuth {
    /** Secret of the stay. Only `POST {path}/resume` sets it. */
    readonly resumes?: string;
}

/**
 * Base of our two room types: sends messages with flow control, applies rate limits, and catches errors in message handlers. These rooms have no
 * Colyseus state; members get everything as messages.
 */
export abstract class GuardedRoom extends Room {
    public override seatReservationTimeout = 10;
    /**
     * Frames per second above which Colyseus closes the connection. Colyseus' clock advances every 500 ms (`patchRate`), so its second can last
     * 1.5 s. In that time, an honest client may send 2000 messages: 500 at once, plus 1000 per second. Our own limits apply first.
     */
    public override maxMessagesPerSecond = 4000;
    /** Interval of Colyseus' clock, in milliseconds. There is no state to send. */
    public override patchRate = 500;

    /** Shared parts of the server. */
    protected abstract readonly _context: IServerContext;
    /** Room type, for metrics. */
    protected abstract readonly _kind: RoomKind;
    /** Rate limit of a client's messages. */
    protected abstract readonly _rate: IRate;
    /** Limits of a client's frames, which apply before decoding. */
    protected abstract get _frameLimits(): IFrameLimits;

    /** True while the room is closing. Leaves are then not announced to members. */
    protected _ending = false;
    /** Reason and origin of the closing, for events. */
    protected _end: { readonly reason: "roomClosed" | "serverStopping"; readonly origin: IEventOrigin } | null = null;

    /** Absent members who can still resume. */
    protected readonly _absences = new Absences();

    private readonly _manners = new Map<Client, IManners>();
    private readonly _backlogs = new Backlogs<Client>(
        () => this._context.settings.ticks(),
        (client) => this._tellPutOff(client),
    );
    /** Connections that are closed or replaced. */
    private readonly _gone = new WeakSet<Client>();
    /** Connections that broke a rule. Their members cannot resume. */
    private readonly _barred = new WeakSet<Client>();
    private _serial = 0;

    /** Called by Colyseus. */
    public constructor() {
        super();
        guardFrames(this, (client, frame) => this._letsThrough(client, frame));
    }

    /** For events: this room, or the room that this RTC room belongs to. */
    protected abstract get _eventRoom(): IServerEventRoom;

    /** User of a client, and the network address that requested its seat; empty if unknown. */
    protected abstract _personOf(client: Client): { readonly id: string; readonly name: string; readonly address: string };

    /** Stay of a user; undefined if the user is not in this room. */
    protected abstract _stayOf(userId: string): IStay | undefined;

    /** Tells the other members that a member is absent, or has returned. */
    protected abstract _onPresence(userId: string, away: boolean): void;

    /** Removes a member whose grace period is over. */
    protected abstract _onAbsenceOver(userId: string, reason: LeaveReason): void;

    /**
     * Authenticates a member who resumes. Compares the secret in constant time.
     * @param userId - id that the client claims
     * @param secret - secret that the client sent
     * @returns argument of `onJoin`; throws `roomNotFound`, `duplicateIdentity` if another connection of the user has replaced the stay, or `rateLimited`
     */
    public resume(userId: string, secret: string): object & IResumeAuth {
        const stay = this._stayOf(userId);
        if (stay && !this._ending && sameSecret(secret, stay.secret)) {
            this._countResume(userId);
            return { ...(stay.client.auth as object), resumes: stay.secret };
        }
        if (stay?.secretsBefore.some((each) => sameSecret(secret, each)) === true) {
            throw new ProtocolError("duplicateIdentity", "The same user connected from another page.");
        }
        throw notAwaited();
    }

    /** Applies the rate limit of a user's reconnects; throws `rateLimited`. Only requests with the secret count, so nobody can use up another user's limit. */
    private _countResume(userId: string): void {
        const { resumes, tally } = this._context;
        if (!resumes.take(userId)) {
            tally.limited.add("userRequests");
            const seconds = resumes.waitSeconds(userId);
            throw ProtocolError.TooMuch(`You reconnect too often. Wait ${seconds} s.`, seconds);
        }
    }

    /** True once the room is closing and accepts no more clients. */
    public get isEnding(): boolean {
        return this._ending;
    }

    /**
     * Called by Colyseus when a method of the room throws. Logs the error, unless it is a refusal.
     * @param error - Colyseus' wrapper of the thrown error
     * @param method - name of the method
     */
    public override onUncaughtException(error: Error, method: string): void {
        if (!(error.cause instanceof ProtocolError)) {
            this._context.settings.log("error", `${method} of a room failed: ${describe(error.cause ?? error)}`);
        }
        // All other refusals are answers to requests, and are reported there.
        if (method === "onJoin" && "client" in error) {
            this._tellRefused(error.client as Client, "join", error.cause);
        }
    }

    /** Called by Colyseus when its server closes. */
    public override onBeforeShutdown(): void {
        this.endAsync().catch((error: unknown) => this._context.settings.log("error", `a room could not be closed: ${describe(error)}`));
    }

    /** Called by Colyseus when the room ends. Clears the timers of unused seats, which Colyseus does not clear; they would keep the process alive. */
    public override onDispose(): void {
        const { _reservedSeatTimeouts: timers } = this as unknown as IReservations;
        Object.values(timers).forEach((timer) => clearTimeout(timer));
        this._absences.dispose();
        [...this._manners.keys()].forEach((client) => this._seeOff(client));
    }

    /**
     * Tells all clients that the server is draining and stops soon.
     * @param seconds - longest time until it stops
     */
    public tellStopping(seconds: number): void {
        this._tellAll(this.clients, "stopping", { seconds });
    }

    /**
     * Tells all clients the reason and closes the room. Resolves when all clients are disconnected.
     * @param code - reason
     * @param message - reason, as a sentence
     */
    public async endAsync(code: ProtocolErrorCode = "serverStopping", message = "The server is closing."): Promise<void> {
        this._ending = true;
        this._end ??=
            code === "roomClosed"
                ? { reason: code, origin: this._context.events?.origin ?? byServer }
                : { reason: "serverStopping", origin: byServer };
        for (const client of [...this.clients]) {
            this._tell(client, "closed", { code, message });
        }
        if (code === "serverStopping") {
            this._cancelSeats();
        }
        await this.disconnect(closeCodeOf(code));
    }

    /** Cancels the seats that are not taken yet. Otherwise, the room would end only after their reservations, ten seconds later. */
    private _cancelSeats(): void {
        const { _reservedSeats: seats, _reservedSeatTimeouts: timers } = this as unknown as IReservations;
        for (const [sessionId, [, , isTaken]] of Object.entries(seats)) {
            if (!isTaken) {
                clearTimeout(timers[sessionId]);
                Reflect.deleteProperty(timers, sessionId);
                Reflect.deleteProperty(seats, sessionId);
            }
        }
        this._forgetEmptyTimer();
    }

    /** Clears Colyseus' timer for an empty room, during which the room cannot end. */
    private _forgetEmptyTimer(): void {
        const self = this as unknown as { _autoDisposeTimeout: NodeJS.Timeout | undefined };
        clearTimeout(self._autoDisposeTimeout);
        self._autoDisposeTimeout = undefined;
    }

    /**
     * Starts the rate limits and the flow control of a client. Idempotent.
     * @param client - the client
     */
    protected _welcomeIn(client: Client): void {
        if (this._manners.has(client)) {
            return;
        }
        const { ticks } = this._context.settings;
        const { id, address } = this._personOf(client);
        const handshake = setTimeout(() => {
            // Data sent before the handshake is complete waits in memory, so a client that never completes it is disconnected.
            if (client.state !== ClientState.JOINING) {
                return;
            }
            if (this._stayOf(id)?.isKnown === true) {
                // A member who resumes over a slow or broken network: the grace period starts again.
                this._terminate(client, mayReturn);
            } else {
                this._barred.add(client);
                client.leave(closeCodeOf("invalidRequest"));
                this._tellRefused(client, "socket", new ProtocolError("invalidRequest", "The client did not complete the join."));
            }
        }, maxHandshakeMs);
        handshake.unref();
        // An open socket emits `error` only for a violation of the WebSocket protocol: a frame that is too large or malformed.
        (client.ref as ISocketLike).once?.("error", () => {
            this._barred.add(client);
            this._tellRefused(client, "socket", new ProtocolError("invalidRequest", unreadableFrame(this._frameLimits.largest)));
        });
        this._manners.set(client, {
            allowance: new TokenBucket(this._rate, ticks),
            frames: new FrameGuard(this._frameLimits, ticks),
            patience: new TokenBucket({ perSecond: 2 * this._rate.perSecond, burst: maxRefused }, ticks),
            reminders: new TokenBucket({ perSecond: 1, burst: 1 }, ticks),
            handshake,
            earlyBytes: 0,
            putOff: new Map(),
            putOffBy: new Map(),
        });
        const socket = client.ref as ISocketLike;
        this._context.tally.sockets.add(this._kind);
        this._backlogs.open(client, socket);
        this._context.unsent.add(socket, {
            address: networkOf(address),
            user: id,
            end: (sentence) => this._cutOff(client, sentence, { mayResume: true }),
        });
    }

    /**
     * Undoes `_welcomeIn` for a closed connection.
     * @param client - the client
     */
    protected _seeOff(client: Client): void {
        clearTimeout(this._manners.get(client)?.handshake);
        if (this._manners.delete(client)) {
            this._context.tally.sockets.add(this._kind, -1);
        }
        this._gone.add(client);
        this._backlogs.close(client);
        this._context.unsent.remove(client.ref as ISocketLike);
    }

    /**
     * Starts the grace period of a member who can resume, after the connection dropped, or after the page closed, which may be a reload.
     * @param userId - the member's id
     * @param client - connection of the member's stay
     * @param code - its close code
     * @returns false if there is no grace period, so that the member leaves at once
     */
    protected _await(userId: string, client: Client, code: number | undefined): boolean {
        const keepMs = this._keepMs(code);
        const stay = this._stayOf(userId);
        const isIn = stay?.isKnown === true || (client as IHandshakingClient)._enqueuedMessages === undefined;
        if (keepMs === 0 || !stay || !isIn || this._ending || this._context.lifecycle.stopping || this._barred.has(client)) {
            return false;
        }
        stay.isKnown = true;
        // Without this, Colyseus would dispose a room without connections.
        this.autoDispose = false;
        this._absences.begin(userId, keepMs, () => {
            this._onAbsenceOver(userId, leaveReasonOf(code));
            this._letGo(userId);
        });
        this._onPresence(userId, true);
        return true;
    }

    /** Grace period of a connection that closed with this code, in milliseconds; 0 = none. */
    private _keepMs(code: number | undefined): number {
        const { graceMs, reloadMs } = this._context.settings;
        return isDrop(code) ? graceMs : code === pageClosed ? Math.min(reloadMs, graceMs) : 0;
    }

    /**
     * Throws `roomNotFound` if the stay that a member resumes has ended meanwhile.
     * @param userId - the member's id
     * @param secret - secret of the stay
     */
    protected _requireStay(userId: string, secret: string): void {
        if (this._ending || this._stayOf(userId)?.secret !== secret) {
            throw notAwaited();
        }
    }

    /**
     * Terminates a connection that was replaced by another connection of the same stay. There is no closing handshake, because the network of the
     * replaced connection may be down although its socket still counts as open.
     * @param client - the replaced connection
     */
    protected _replace(client: Client): void {
        this._gone.add(client);
        this._seeOff(client);
        (client.ref as ISocketLike).terminate?.();
    }

    /**
     * Ends the absence of a member who has resumed, was replaced or was removed.
     * @param userId - the member's id
     * @returns true if the member was absent
     */
    protected _letGo(userId: string): boolean {
        const was = this._absences.end(userId);
        if (was && this._absences.isEmpty && !this._ending) {
            this.autoDispose = true;
            if (this.clients.length > 0) {
                // Setting `autoDispose` starts that timer, for one second. On a join, Colyseus clears it in the same way.
                this._forgetEmptyTimer();
            }
        }
        return was;
    }

    /**
     * @param id - the user's id
     * @param stay - stay of the user
     * @returns fields of the welcome message for resuming; `resume` only if there is a grace period
     */
    protected _wayBack(id: string, { secret }: IStay): { readonly life: string; readonly resume?: IResume } {
        const { settings, life } = this._context;
        const { graceMs } = settings;
        return { life, ...(graceMs > 0 && { resume: { id, secret, seconds: graceMs / 1000 } }) };
    }

    /**
     * Sends a message to one client. A client that no longer reads is disconnected instead.
     * @param client - receiver
     * @param type - type of the message
     * @param message - content of the message
     */
    protected _tell(client: Client, type: string, message: unknown): void {
        this._tellAll([client], type, message);
    }

    /**
     * Sends a message to several clients. The message is serialized once. Clients that no longer read are disconnected instead.
     * @param clients - receivers
     * @param type - type of the message
     * @param message - content of the message
     * @param from - id of the member who caused it, for flow control. Default: no member.
     */
    protected _tellAll(clients: Iterable<Client>, type: string, message: unknown, from = ""): void {
        let bytes: Buffer | null = null;
        for (const client of clients) {
            if (this._gone.has(client)) {
                continue;
            }
            if (this._isLost(client)) {
                this._cutOff(client, "You do not read the messages that are sent to you.", { mayResume: true });
            } else {
                bytes ??= getMessageBytes.raw(Protocol.ROOM_DATA, type, message);
                client.enqueueRaw(bytes);
                this._count(client, from, bytes.length);
            }
        }
    }

    /**
     * Sends a member's message or state to several clients. It is queued for clients that have not read enough of what the member sent before. In the
     * queue, a newer state replaces an older one with the same key, and the number of messages is limited.
     * @param clients - receivers
     * @param type - type of the message
     * @param message - content of the message
     * @param from - id of the sending member
     * @param key - key of the state. Default: none, for a message that is not a state.
     * @returns true if at least one client misses the message because its queue is full
     */
    protected _tellInTime(clients: Iterable<Client>, type: string, message: unknown, from: string, key?: string): boolean {
        const now: Client[] = [];
        let misses = false;
        for (const client of clients) {
            const manners = this._manners.get(client);
            const waiting = manners?.putOffBy.get(from) ?? 0;
            if (!manners || (waiting === 0 && !this._isFull(client, from, 0))) {
                now.push(client);
            } else if (key === undefined && waiting >= maxPutOff) {
                misses = true;
            } else {
                this._putOff(manners, key ?? `message ${(this._serial += 1)}`, { type, message, from });
            }
        }
        this._tellAll(now, type, message, from);
        return misses;
    }

    /**
     * Discards the queued messages of a member.
     * @param from - id of the member, who has left
     */
    protected _forgetFrom(from: string): void {
        for (const { putOff, putOffBy } of this._manners.values()) {
            if (putOffBy.delete(from)) {
                putOff.forEach((each, key) => each.from === from && putOff.delete(key));
            }
        }
    }

    private _putOff({ putOff, putOffBy }: IManners, key: string, what: IPutOff): void {
        if (!putOff.has(key)) {
            putOffBy.set(what.from, (putOffBy.get(what.from) ?? 0) + 1);
        }
        putOff.set(key, what);
    }

    /**
     * @param client - receiver
     * @param from - id of the sending member
     * @param bytes - size of the next message
     * @returns true if the member must not send more to this client for now
     */
    protected _isFull(client: Client, from: string, bytes: number): boolean {
        const manners = this._manners.get(client);
        return manners && client.state === ClientState.JOINING
            ? manners.earlyBytes + bytes > maxEarlyFromMembers
            : this._backlogs.isFull(client, from, bytes);
    }

    private _letsThrough(client: Client, frame: Uint8Array): boolean {
        if (this._barred.has(client) || this._gone.has(client)) {
            return false;
        }
        if (this._manners.get(client)?.frames.take(frame.length) === false) {
            this._cutOff(client, "You send too many or too large messages.");
            return false;
        }
        if (!isReadableFrame(frame)) {
            this._refuseFrame(client);
            return false;
        }
        if (client.state === ClientState.JOINING && frame[0] === Protocol.JOIN_ROOM) {
            // Colyseus sends the queued messages when it has handled this frame. From then on, they count as unconfirmed.
            queueMicrotask(() => this._countEarly(client));
        }
        return true;
    }

    private _countEarly(client: Client): void {
        const manners = this._manners.get(client);
        if (manners && manners.earlyBytes > 0) {
            this._backlogs.add(client, "", manners.earlyBytes);
            manners.earlyBytes = 0;
            this._tellPutOff(client);
        }
    }

    /** Counts an exceeded limit. Disconnects a client that exceeds limits too often. */
    private _losePatience(client: Client): void {
        if (this._manners.get(client)?.patience.take() === false) {
            this._cutOff(client, "You continue to exceed the rate limit.");
        }
    }

    private _isLost(client: Client): boolean {
        const early = client.state === ClientState.JOINING ? this._manners.get(client)?.earlyBytes : undefined;
        const waiting = early ?? (client.ref as ISocketLike).bufferedAmount ?? 0;
        return waiting > maxBufferedBytes || this._backlogs.waitingFor(client) > maxUnreadBytes;
    }

    private _count(client: Client, from: string, bytes: number): void {
        const manners = this._manners.get(client);
        if (manners && client.state === ClientState.JOINING) {
            manners.earlyBytes += bytes;
        } else {
            this._backlogs.add(client, from, bytes);
            this._context.unsent.sent(client.ref as ISocketLike);
        }
    }

    private _tellPutOff(client: Client): void {
        const { putOff, putOffBy } = this._manners.get(client) ?? {};
        if (!putOff || !putOffBy) {
            return;
        }
        const full = new Set<string>();
        for (const [key, { type, message, from }] of putOff) {
            if (full.has(from) || this._isFull(client, from, 0)) {
                full.add(from);
                continue;
            }
            putOff.delete(key);
            const left = (putOffBy.get(from) ?? 0) - 1;
            if (left > 0) {
                putOffBy.set(from, left);
            } else {
                putOffBy.delete(from);
            }
            this._tellAll([client], type, message, from);
        }
    }

    /**
     * Terminates a connection that breaks a rule. No `closed` message is sent, because such a client would not read or follow it.
     * @param client - the client
     * @param sentence - reason, as a sentence
     * @param options - `mayResume`: true = the member has a grace period, as after a lost connection. For clients that do not read, since their network
     * may be down. Default: false.
     */
    protected _cutOff(client: Client, sentence: string, { mayResume = false }: { readonly mayResume?: boolean } = {}): void {
        if (this._barred.has(client) || this._gone.has(client)) {
            return;
        }
        (mayResume ? this._gone : this._barred).add(client);
        this._context.tally.cutOff.add(this._kind);
        this._tellRefused(client, "socket", new ProtocolError("rateLimited", sentence));
        this._context.unsent.remove(client.ref as ISocketLike);
        this._terminate(client, mayResume ? mayReturn : closeCodeOf("rateLimited"));
    }

    /** Closes a socket at once; with this code if the transport cannot. */
    private _terminate(client: Client, code: number): void {
        const { ref } = client as { readonly ref: ISocketLike };
        if (ref.terminate) {
            ref.terminate();
        } else {
            client.leave(code);
        }
    }

    /**
     * Refuses a message: tells its sender, counts the refusal and sends an event.
     * @param client - sender of the refused message
     * @param code - reason
     * @param message - reason, as a sentence
     */
    protected _refuse(client: Client, code: ProtocolErrorCode, message: string): void {
        this._tell(client, "refused", { code, message });
        this._context.tally.refusals.add(code);
        this._context.events?.refuse(new ProtocolError(code, message), this._eventRoom);
    }

    /**
     * Registers a message handler. Events that it causes have the sender as their actor.
     * @param type - type of the messages
     * @param take - handler; gets the sender, and a value of any type; must not throw
     */
    protected _on(type: string, take: (client: Client, message: unknown) => void): void {
        this.onMessage(type, (client: Client, message: unknown) => this._as(client, type, () => take(client, message)));
    }

    /**
     * Runs a function whose events have a client's user as their actor.
     * @param client - the client
     * @param request - kind of request, as in the event `refused`
     * @param run - function to run
     */
    protected _as(client: Client, request: string, run: () => void): void {
        const { events } = this._context;
        if (events) {
            const person = this._personOf(client);
            events.within(request, byUser(person, person.address), run);
        } else {
            run();
        }
    }

    /**
     * Counts a refusal and sends an event to the app's backend. Does not tell the client.
     * @param client - client that was refused
     * @param request - kind of request, as in the event `refused`
     * @param error - reason
     */
    protected _tellRefused(client: Client, request: string, error: unknown): void {
        const { events, tally } = this._context;
        tally.refusals.add(ProtocolError.From(error).reason);
        if (events) {
            this._as(client, request, () => events.refuse(error, this._eventRoom));
        }
    }

    /**
     * Registers a request handler. The client gets its result or its refusal; a client that has disconnected meanwhile gets no answer.
     * @param type - message type of the requests
     * @param answerAsync - handler; gets the client, and a value of any type, which it must validate; throws a `ProtocolError` to refuse
     * @param allow - applies the rate limit. Default: requests count like any message.
     */
    protected _onAsk(
        type: string,
        answerAsync: (client: Client, value: unknown) => unknown,
        allow = (client: Client): boolean => this._manners.get(client)?.allowance.take() === true,
    ): void {
        this._on(type, (client, message) => {
            const { success, output } = safeParse(asked, withoutBigInt(message), { abortEarly: true });
            if (success) {
                const { ask, value } = output;
                void this._answerAsync(client, type, ask, () => {
                    if (!allow(client)) {
                        this._context.tally.limited.add("messages");
                        throw new ProtocolError("rateLimited", `You sent more than ${this._rate.perSecond} messages per second.`);
                    }
                    return answerAsync(client, value);
                });
            } else if (this._allow(client)) {
                this._refuse(client, "invalidRequest", `\`${type}\` must have the form \`{ ask: number, value }\`.`);
            }
        });
    }

    /**
     * Validates a message that is not a request.
     * @param client - sender
     * @param schema - schema of the message
     * @param message - value of any type
     * @returns the output of the schema; undefined if the message is invalid, and was refused
     */
    protected _read<Value>(client: Client, schema: Schema<Value>, message: unknown): Value | undefined {
        try {
            return parse(schema, message);
        } catch (error) {
            const { reason, sentence } = ProtocolError.From(error);
            this._refuse(client, reason, sentence);
            return undefined;
        }
    }

    private async _answerAsync(client: Client, type: string, ask: number, valueAsync: () => unknown): Promise<void> {
        let answer: IAnswer;
        try {
            answer = { ask, value: await valueAsync() };
        } catch (error) {
            const { reason, sentence } = ProtocolError.From(error);
            if (reason === "rateLimited") {
                this._losePatience(client);
            }
            if (reason === "internal") {
                this._context.settings.log("error", `\`${type}\` failed: ${describe(error)}`);
            }
            answer = { ask, refused: { code: reason, message: sentence } };
            this._context.tally.refusals.add(reason);
            this._context.events?.refuse(error, this._eventRoom);
        }
        if (this._manners.has(client) && !this._barred.has(client)) {
            this._tell(client, "answer", answer);
        }
    }

    /**
     * Sends an `addressChanged` event if a member has resumed from another network address.
     * @param member - the member
     * @param of - room, or its RTC room
     * @param addresses - previous and present address; empty = unknown
     */
    protected _tellAddress(
        member: IServerEventMember,
        of: "room" | "voice",
        { before, now }: { readonly before: string; readonly now: string },
    ): void {
        if (before !== "" && now !== before) {
            this._context.events?.tell({ type: "addressChanged", room: this._eventRoom, member, of, before }, byUser(member, now));
        }
    }

    /** Closes the connection of a client that sends an unreadable frame. */
    private _refuseFrame(client: Client): void {
        // Further frames are ignored until the socket is closed.
        client.ref.removeAllListeners("message");
        const sentence = "The type of a message must be a short text. Use a client of the server's version.";
        this._close(client, "invalidRequest", sentence);
        this._tellRefused(client, "*", new ProtocolError("invalidRequest", sentence));
    }

    /**
     * Tells a client the reason and closes its connection.
     * @param client - the client
     * @param code - reason
     * @param message - reason, as a sentence
     */
    protected _close(client: Client, code: ProtocolErrorCode, message: string): void {
        this._tell(client, "closed", { code, message });
        client.leave(closeCodeOf(code), code);
    }

    /**
     * Applies the rate limit of messages.
     * @param client - sender
     * @returns true if the message may be handled; if false, the client is told, at most once per second
     */
    protected _allow(client: Client): boolean {
        const manners = this._manners.get(client);
        if (manners?.allowance.take()) {
            return true;
        }
        this._context.tally.limited.add("messages");
        this._losePatience(client);
        this._remind(client, `You sent more than ${this._rate.perSecond} messages per second. The others were dropped.`);
        return false;
    }

    /**
     * Tells a client that it exceeds a limit, at most once per second.
     * @param client - the client
     * @param sentence - the limit, as a sentence
     */
    protected _remind(client: Client, sentence: string): void {
        if (this._manners.get(client)?.reminders.take()) {
            this._refuse(client, "rateLimited", sentence);
        }
    }
}

function notAwaited(): ProtocolError {
    return new ProtocolError("roomNotFound", "Your membership of this room has expired. Enter it again.");
}

/** Close code of a page that is closed, left or reloaded: browsers use the same code for all three. */
const pageClosed = 1001;

/** Close code of a connection whose member may resume. Colyseus' client SDK closes with it when the browser goes offline. */
const mayReturn = 4010;

/** True if a connection was lost, not closed on purpose. */
function isDrop(code: number | undefined): boolean {
    return code === undefined || code === 1006 || code === mayReturn;
}

/**
 * @param code - close code of a connection that the server did not close
 * @returns `left` if the client closed the connection, as a closed page does; `dropped` if it was lost
 */
export function leaveReasonOf(code: number | undefined): LeaveReason {
    return code === 4000 || code === 1000 || code === pageClosed || code === 1005 ? "left" : "dropped";
}
