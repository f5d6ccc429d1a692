import { ClientState, Protocol, Room, getMessageBytes } from "@colyseus/core";
import { safeParse } from "valibot";
import { asked, withoutBigInt } from "../../../protocol/schemas.js";
import { byServer, byUser } from "../eventTeller.js";
import { describe } from "../log.js";
import { ProtocolError, closeCodeOf, parse } from "../protocolError.js";
import { TokenBucket } from "../util/tokenBucket.js";
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

/** A client that takes this much slower than it is sent to is as good as gone. */
const maxBufferedBytes = 1024 * 1024;
/** The same for what has left our memory and was not read. */
const maxUnreadBytes = 4 * 1024 * 1024;
/** Messages of one member that are put off for one other. */
const maxPutOff = 64;
const maxHandshakeMs = 5000;
/** Messages above the rate, at once, that end the connection. */
const maxRefused = 400;

/** Counters of one client. */
interface IManners {
    readonly allowance: TokenBucket;
    readonly frames: FrameGuard;
    /** Number of refusals for excess before the connection ends. */
    readonly patience: TokenBucket;
    /** At most one `rateLimited` answer a second. */
    readonly reminders: TokenBucket;
    readonly handshake: NodeJS.Timeout;
    /** Data sent before the handshake, which Colyseus keeps until then. */
    earlyBytes: number;
    /** What they have yet to be told; state by what it is the state of. */
    readonly putOff: Map<string, IPutOff>;
    /** How much of it comes from whom. */
    readonly putOffBy: Map<string, number>;
}

interface IPutOff {
    readonly type: string;
    readonly message: unknown;
    readonly from: string;
}

/** The part of a WebSocket that we use; other transports than WebSocket lack it. */
interface ISocketLike extends IQueueingSocket, IConfirmingSocket {
    terminate?(): void;
    once?(event: "error", listener: () => void): void;
}

/** The part of Colyseus' client that tells whether its client has ever said that it is in: until then it keeps what is sent. */
interface IHandshakingClient {
    readonly _enqueuedMessages?: readonly unknown[];
}

/** One stay in a room, which outlives its connections. */
export interface IStay {
    /** Its present connection, or the last one. */
    readonly client: Client;
    /** Proof of a client who comes back. */
    readonly secret: string;
    /** Those of the stays of the same user whose place it took, the last one first; a few of them. */
    readonly secretsBefore: readonly string[];
    /** True if the client can know the secret. */
    isKnown: boolean;
}

/** Earlier stays of one user that are told from a made-up secret. */
const maxStaysBefore = 8;

/**
 * @param before - the stay whose place is taken; undefined = none
 * @returns what `IStay.secretsBefore` of the new one is
 */
export function secretsOf(before: IStay | undefined): readonly string[] {
    return before ? [before.secret, ...before.secretsBefore].slice(0, maxStaysBefore) : [];
}

/** Argument of `onJoin` for somebody who comes back; it goes by JSON in Colyseus. */
export interface IResumeAuth {
    /** The secret of the stay; only `POST {path}/resume` makes it. */
    readonly resumes?: string;
}

/**
 * Base of our two room types: one place that sends, one that limits what comes in, and nothing that a client sends can throw out of.
 * They hold no Colyseus state: all that members learn comes in messages.
 */
export abstract class GuardedRoom extends Room {
    public override seatReservationTimeout = 10;
    /**
     * Frames of any kind; beyond it Colyseus closes the connection. Its second can last 1.5 s (`patchRate`), in which an honest sender has 2000 messages
     * taken: 500 at once, and 1000 a second. Our own limits come before.
     */
    public override maxMessagesPerSecond = 4000;
    /** There is no state to send; this only moves Colyseus' clock on. */
    public override patchRate = 500;

    /** Shared parts of the server. */
    protected abstract readonly _context: IServerContext;
    /** Name that it is counted by. */
    protected abstract readonly _kind: RoomKind;
    /** Limits of what a client may send. */
    protected abstract readonly _rate: IRate;
    /** Limits of what a client may send before it is decoded. */
    protected abstract get _frameLimits(): IFrameLimits;

    /** True while the room is closing, so that nobody need be told who left. */
    protected _ending = false;
    /** Why and by whom it is closing, for events. */
    protected _end: { readonly reason: "roomClosed" | "serverStopping"; readonly origin: IEventOrigin } | null = null;

    /** Members who are away and may come back. */
    protected readonly _absences = new Absences();

    private readonly _manners = new Map<Client, IManners>();
    private readonly _backlogs = new Backlogs<Client>(
        () => this._context.settings.ticks(),
        (client) => this._tellPutOff(client),
    );
    /** Connections that ended, or that another one has replaced. */
    private readonly _gone = new WeakSet<Client>();
    /** Connections that broke a rule: whoever is behind them has no way back. */
    private readonly _barred = new WeakSet<Client>();
    private _serial = 0;

    /** Called by Colyseus. */
    public constructor() {
        super();
        guardFrames(this, (client, frame) => this._letsThrough(client, frame));
    }

    /** The room, or the one that this is the voice of, as events name it. */
    protected abstract get _eventRoom(): IServerEventRoom;

    /** User behind a client, and the network address from which its seat was asked for; empty if that is not known. */
    protected abstract _personOf(client: Client): { readonly id: string; readonly name: string; readonly address: string };

    /** The stay of a user; undefined if they are not here. */
    protected abstract _stayOf(userId: string): IStay | undefined;

    /** Tells the others that a user is away, or back. */
    protected abstract _onPresence(userId: string, away: boolean): void;

    /** Takes a user out whose time to come back is over. */
    protected abstract _onAbsenceOver(userId: string, reason: LeaveReason): void;

    /**
     * Checks who comes back. In a time that does not depend on the secret.
     * @param userId - who they say they are
     * @param secret - what they show
     * @returns what `onJoin` gets; throws `roomNotFound`, or `duplicateIdentity` if another connection of theirs took the place
     */
    public resume(userId: string, secret: string): object & IResumeAuth {
        const stay = this._stayOf(userId);
        if (stay && !this._ending && sameSecret(secret, stay.secret)) {
            return { ...(stay.client.auth as object), resumes: stay.secret };
        }
        if (stay?.secretsBefore.some((each) => sameSecret(secret, each)) === true) {
            throw new ProtocolError("duplicateIdentity", "The same user connected again from elsewhere.");
        }
        throw notAwaited();
    }

    /** True once the room takes nobody any more. */
    public get isEnding(): boolean {
        return this._ending;
    }

    /**
     * Takes what was thrown by a method of the room; refusals are no news.
     * @param error - what was thrown
     * @param method - where
     */
    public override onUncaughtException(error: Error, method: string): void {
        if (!(error.cause instanceof ProtocolError)) {
            this._context.settings.log("error", `${method} of a room failed: ${describe(error.cause ?? error)}`);
        }
        // Every other refusal is an answer to a request.
        if (method === "onJoin" && "client" in error) {
            this._tellRefused(error.client as Client, "join", error.cause);
        }
    }

    /** Called by Colyseus when its server closes. */
    public override onBeforeShutdown(): void {
        this.endAsync().catch((error: unknown) => this._context.settings.log("error", `a room did not end: ${describe(error)}`));
    }

    /** Called by Colyseus when the room is over. It leaves the timers of seats behind that nobody took, which would keep the process alive. */
    public override onDispose(): void {
        const { _reservedSeatTimeouts: timers } = this as unknown as {
            readonly _reservedSeatTimeouts: Readonly<Record<string, NodeJS.Timeout>>;
        };
        Object.values(timers).forEach((timer) => clearTimeout(timer));
        this._absences.dispose();
        [...this._manners.keys()].forEach((client) => this._seeOff(client));
    }

    /**
     * Tells everybody that the server takes nobody new any more, and stops soon.
     * @param seconds - time until then at the latest
     */
    public tellStopping(seconds: number): void {
        this._tellAll(this.clients, "stopping", { seconds });
    }

    /**
     * Tells everybody why, and ends the room. Resolves when everybody is out.
     * @param code - why
     * @param message - why, as a sentence
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
        await this.disconnect(closeCodeOf(code));
    }

    /**
     * Begins to count what a client sends. A second call changes nothing.
     * @param client - who
     */
    protected _welcomeIn(client: Client): void {
        if (this._manners.has(client)) {
            return;
        }
        const { ticks } = this._context.settings;
        const handshake = setTimeout(() => {
            // Data sent before the handshake waits in memory, so a client that never ends it may not stay.
            if (client.state === ClientState.JOINING) {
                this._barred.add(client);
                client.leave(closeCodeOf("invalidRequest"));
                this._tellRefused(client, "socket", new ProtocolError("invalidRequest", "The client never said that it is in."));
            }
        }, maxHandshakeMs);
        handshake.unref();
        // Only what breaks the protocol is an error of a socket that stands: a frame that is too large, or none.
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
        const { id, address } = this._personOf(client);
        this._context.tally.sockets.add(this._kind);
        this._backlogs.open(client, socket);
        this._context.unsent.add(socket, { address, user: id, end: (sentence) => this._cutOff(client, sentence) });
    }

    /**
     * Ends what `_welcomeIn` began.
     * @param client - who
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
     * Keeps the place of somebody whose connection dropped, or whose page closed and may be reloaded, if they may come back.
     * @param userId - who
     * @param client - the connection, which is that of their stay
     * @param code - its close code
     * @returns false if they are out at once
     */
    protected _await(userId: string, client: Client, code: number | undefined): boolean {
        const keepMs = this._keepMs(code);
        const stay = this._stayOf(userId);
        const isIn = stay?.isKnown === true || (client as IHandshakingClient)._enqueuedMessages === undefined;
        if (keepMs === 0 || !stay || !isIn || this._ending || this._context.lifecycle.stopping || this._barred.has(client)) {
            return false;
        }
        stay.isKnown = true;
        // Colyseus ends a room that nobody is connected to.
        this.autoDispose = false;
        this._absences.begin(userId, keepMs, () => {
            this._onAbsenceOver(userId, leaveReasonOf(code));
            this._letGo(userId);
        });
        this._onPresence(userId, true);
        return true;
    }

    /** Time for which the place of a connection that ended with this code is kept, in milliseconds. */
    private _keepMs(code: number | undefined): number {
        const { graceMs, reloadMs } = this._context.settings;
        return isDrop(code) ? graceMs : code === pageClosed ? Math.min(reloadMs, graceMs) : 0;
    }

    /**
     * Throws `roomNotFound` if a stay that somebody comes back to has ended meanwhile.
     * @param userId - who
     * @param secret - of the stay
     */
    protected _requireStay(userId: string, secret: string): void {
        if (this._ending || this._stayOf(userId)?.secret !== secret) {
            throw notAwaited();
        }
    }

    /**
     * Ends a connection that another one of the same stay has replaced. It may seem alive although its network is gone, so it is not asked.
     * @param client - the connection
     */
    protected _replace(client: Client): void {
        this._gone.add(client);
        this._seeOff(client);
        (client.ref as ISocketLike).terminate?.();
    }

    /**
     * Notes that somebody is no longer away: back, replaced or out.
     * @param userId - who
     * @returns whether they were away
     */
    protected _letGo(userId: string): boolean {
        const was = this._absences.end(userId);
        if (was && this._absences.isEmpty && !this._ending) {
            this.autoDispose = true;
            if (this.clients.length > 0) {
                // Colyseus waits a second now, in which the room could not end; it does the same when somebody joins.
                const self = this as unknown as { _autoDisposeTimeout: NodeJS.Timeout | undefined };
                clearTimeout(self._autoDisposeTimeout);
                self._autoDisposeTimeout = undefined;
            }
        }
        return was;
    }

    /**
     * @param id - the user's id
     * @param stay - theirs
     * @returns what their welcome says of coming back; `resume` only where somebody may
     */
    protected _wayBack(id: string, { secret }: IStay): { readonly life: string; readonly resume?: IResume } {
        const { settings, life } = this._context;
        const { graceMs } = settings;
        return { life, ...(graceMs > 0 && { resume: { id, secret, seconds: graceMs / 1000 } }) };
    }

    /**
     * Sends a message, unless the client has long stopped reading.
     * @param client - to whom
     * @param type - its type
     * @param message - what it holds
     */
    protected _tell(client: Client, type: string, message: unknown): void {
        this._tellAll([client], type, message);
    }

    /**
     * Sends a message to several, which is put into bytes once. Whoever has long stopped reading is cut off.
     * @param clients - to whom
     * @param type - its type
     * @param message - what it holds
     * @param from - id of the member whose doing it is, to whom it is charged. Default: nobody's.
     */
    protected _tellAll(clients: Iterable<Client>, type: string, message: unknown, from = ""): void {
        let bytes: Buffer | null = null;
        for (const client of clients) {
            if (this._gone.has(client)) {
                continue;
            }
            if (this._isLost(client)) {
                this._cutOff(client, "What was sent to you is not read.");
            } else {
                bytes ??= getMessageBytes.raw(Protocol.ROOM_DATA, type, message);
                client.enqueueRaw(bytes);
                this._count(client, from, bytes.length);
            }
        }
    }

    /**
     * Tells several what a member says or is like. Who has not read what this member said before is told later: of a state the newest alone, of messages
     * some.
     * @param clients - to whom
     * @param type - type of the message
     * @param message - what it holds
     * @param from - id of the member
     * @param key - what it is the state of. Default: of nothing, it is a message.
     * @returns whether somebody misses it
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
     * Tells nobody any more what was put off.
     * @param from - id of the member who said it, and is gone
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
     * @param client - to whom something would be sent
     * @param from - id of the member whose doing it is
     * @param bytes - how much
     * @returns whether the member has sent them as much as they can read for now
     */
    protected _isFull(client: Client, from: string, bytes: number): boolean {
        return this._backlogs.isFull(client, from, bytes);
    }

    private _letsThrough(client: Client, frame: Uint8Array): boolean {
        if (this._barred.has(client)) {
            return false;
        }
        if (this._manners.get(client)?.frames.take(frame.length) === false) {
            this._cutOff(client, "You send more, or larger messages, than any client of this server does.");
            return false;
        }
        if (!isReadableFrame(frame)) {
            this._refuseFrame(client);
            return false;
        }
        return true;
    }

    /** Ends the connection of who goes on and on sending what is too much. */
    private _losePatience(client: Client): void {
        if (this._manners.get(client)?.patience.take() === false) {
            this._cutOff(client, "You go on sending more than you may.");
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
     * Ends a connection that breaks a rule, without a goodbye: it would not be read, or not be minded.
     * @param client - whose
     * @param sentence - why
     */
    protected _cutOff(client: Client, sentence: string): void {
        if (this._barred.has(client)) {
            return;
        }
        this._barred.add(client);
        this._context.tally.cutOff.add(this._kind);
        this._tellRefused(client, "socket", new ProtocolError("rateLimited", sentence));
        const { ref } = client as { readonly ref: ISocketLike };
        this._context.unsent.remove(ref);
        if (ref.terminate) {
            ref.terminate();
        } else {
            client.leave(closeCodeOf("rateLimited"));
        }
    }

    /**
     * Answers a message that changed nothing.
     * @param client - to whom
     * @param code - why
     * @param message - why, as a sentence
     */
    protected _refuse(client: Client, code: ProtocolErrorCode, message: string): void {
        this._tell(client, "refused", { code, message });
        this._context.tally.refusals.add(code);
        this._context.events?.refuse(new ProtocolError(code, message), this._eventRoom);
    }

    /**
     * Takes one kind of message. What it does and what it refuses is told as its sender's doing.
     * @param type - the type of the messages
     * @param take - gets who sent it, and any value at all; must not throw
     */
    protected _on(type: string, take: (client: Client, message: unknown) => void): void {
        this.onMessage(type, (client: Client, message: unknown) => this._as(client, type, () => take(client, message)));
    }

    /**
     * Does something that is told as a client's doing.
     * @param client - whose
     * @param request - what they asked for, as events name it
     * @param run - does it
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
     * Counts a refusal that the client is told of otherwise, or not at all, and tells the app's backend.
     * @param client - whose request was refused
     * @param request - what it asked for, as events name it
     * @param error - why
     */
    protected _tellRefused(client: Client, request: string, error: unknown): void {
        const { events, tally } = this._context;
        tally.refusals.add(ProtocolError.From(error).reason);
        if (events) {
            this._as(client, request, () => events.refuse(error, this._eventRoom));
        }
    }

    /**
     * Answers one kind of request: what `answerAsync` gives, or why it refuses. Whoever is gone by then gets no answer.
     * @param type - the type of the request's messages
     * @param answerAsync - gets who asks, and what exactly: any value at all, so it looks at everything; throws a `ProtocolError` to refuse
     * @param allow - counts requests that have a limit of their own. Default: they count like any message.
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
                        throw new ProtocolError("rateLimited", `More than ${this._rate.perSecond} messages a second are refused.`);
                    }
                    return answerAsync(client, value);
                });
            } else if (this._allow(client)) {
                this._refuse(client, "invalidRequest", `\`${type}\` wants \`{ ask: number, value }\`.`);
            }
        });
    }

    /**
     * Looks at a message that wants no answer.
     * @param client - who sent it
     * @param schema - what it must be
     * @param message - what it holds
     * @returns what the schema gives; undefined if it does not fit, which the client is told
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
     * Tells the app's backend of somebody who has come back from another network address.
     * @param member - who
     * @param of - what they came back to
     * @param addresses - before and now; empty = not known
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

    /** Ends the connection of a client that sends what cannot even be read. */
    private _refuseFrame(client: Client): void {
        // Nothing more of it is looked at until its socket is closed.
        client.ref.removeAllListeners("message");
        const sentence = "A message's type is a short text. Use the client of this server's version.";
        this._close(client, "invalidRequest", sentence);
        this._tellRefused(client, "*", new ProtocolError("invalidRequest", sentence));
    }

    /**
     * Tells a client why, and closes its connection.
     * @param client - who
     * @param code - why
     * @param message - why, as a sentence
     */
    protected _close(client: Client, code: ProtocolErrorCode, message: string): void {
        this._tell(client, "closed", { code, message });
        client.leave(closeCodeOf(code), code);
    }

    /**
     * Counts a message.
     * @param client - who sent it
     * @returns whether it may be looked at; if not, the client is told, once a second
     */
    protected _allow(client: Client): boolean {
        const manners = this._manners.get(client);
        if (manners?.allowance.take()) {
            return true;
        }
        this._context.tally.limited.add("messages");
        this._losePatience(client);
        this._remind(client, `More than ${this._rate.perSecond} messages a second are dropped.`);
        return false;
    }

    /**
     * Tells a client what it does too much, once a second.
     * @param client - who
     * @param sentence - what
     */
    protected _remind(client: Client, sentence: string): void {
        if (this._manners.get(client)?.reminders.take()) {
            this._refuse(client, "rateLimited", sentence);
        }
    }
}

function notAwaited(): ProtocolError {
    return new ProtocolError("roomNotFound", "Nobody waits for you in that room (any more). Enter it again.");
}

/** Close code of a page that is closed, left or reloaded: a browser does not say which. */
const pageClosed = 1001;

/** True if a connection ended without anybody's will: 4010 is what Colyseus' client closes with when its page is offline. */
function isDrop(code: number | undefined): boolean {
    return code === undefined || code === 1006 || code === 4010;
}

/**
 * @param code - the close code of a connection that ended without our doing
 * @returns whether the client said goodbye (a closed page does, a lost network does not)
 */
export function leaveReasonOf(code: number | undefined): LeaveReason {
    return code === 4000 || code === 1000 || code === pageClosed || code === 1005 ? "left" : "dropped";
}
