import { maxRoomMessageBytes, maxRoomNameLength } from "../../protocol/limits.js";
import { toName } from "../../protocol/text.js";
import { BehaviorSubject, Subject, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomAsks, IRoomClientMessages, IRoomJoinRequest, IRoomListReply, IRoomServerMessages } from "../../protocol/wire.js";
import { AwaitedMembers } from "../interop/awaitedMembers.js";
import { postAsync } from "../interop/serverApi.js";
import { comeBackAsync, isPassing } from "../interop/comeBack.js";
import { jwtClaims } from "../interop/jwtClaims.js";
import { openServerRoomAsync } from "../interop/serverRoom.js";
import type { TabMemory } from "../interop/tabMemory.js";
import type { IServerRoom, MessageOf, TakenSeat } from "../interop/serverRoom.js";
import { checkOptions } from "../errors/checkOptions.js";
import { RtcError, throwIfAborted } from "../errors/rtcError.js";
import { noMembers } from "./memberList.js";
import type { MemberList } from "./memberList.js";
import type { IRoomMember, RoomStatus } from "./room.js";
import { checkEntry, checkedDescription, checkedId, checkedJson, checkedPassword, checkedProperties, roomName } from "./roomChecks.js";
import type { RoomAction, RoomEvent } from "./roomEvent.js";
import { afterMessage, leaveReasonOf } from "./roomEvents.js";
import type { IRoomState } from "./roomEvents.js";
import type { IRoomInfo, IRoomInvitation, IRoomList } from "./roomInfo.js";
import {
    creationOf,
    invitationError,
    inviteRequest,
    revokeRequest,
    kickRequest,
    listRequest,
    lockRequest,
    passwordOf,
    selfError,
    selfRequest,
} from "./roomRequests.js";
import type { IRoomEntryOptions, IRoomJoinOptions, IRoomMessage, IRoomService, ISelfChanges } from "./roomService.js";
import type { ServerEntrance } from "./serverEntrance.js";
import type { IRtcUser, ServerIdentity } from "./serverIdentity.js";

type Connection = IServerRoom<IRoomClientMessages, IRoomAsks>;
type ServerMessage = MessageOf<IRoomServerMessages>;
/** Room to enter, with its options in case the join creates it. */
type Target = Omit<IRoomJoinRequest, "identity" | "attributes">;

/**
 * Time after a lost connection for which the client retries to enter a room that no longer exists, since another member may create it again, in
 * milliseconds.
 */
const roomAwaitedMs = 60_000;

const idle: RoomStatus = { state: "idle" };
const processing: RoomStatus = { state: "processing" };
const nowhere: IRoomState = { room: null, members: noMembers };

/** Room service of our own server, for one room at a time. */
export class ServerRoomService implements IRoomService {
    public readonly status$: Observable<RoomStatus>;
    public readonly members$: Observable<MemberList>;
    public readonly room$: Observable<IRoomInfo | null>;
    public readonly events$: Observable<RoomEvent>;
    public readonly messages$: Observable<IRoomMessage>;

    /** Sends a request to the current room; rejects with `aborted` outside of a room. */
    private readonly _askAsync: Connection["askAsync"] = (type, value) =>
        this._connection?.askAsync(type, value) ?? Promise.reject(new RtcError("aborted", "Enter a room first."));
    private readonly _status = new BehaviorSubject<RoomStatus>(idle);
    private readonly _state = new BehaviorSubject<IRoomState>(nowhere);
    private readonly _awaited = new AwaitedMembers<IRoomMember>(
        (member) => Object.freeze({ ...member, reconnecting: true }),
        (id) => this._onMessage({ type: "memberLeft", payload: { id, reason: "dropped" } }),
    );
    private readonly _events = new Subject<RoomEvent>();
    private readonly _messages = new Subject<IRoomMessage>();
    private readonly _server: string;
    private readonly _user: IRtcUser;
    private readonly _identity: ServerIdentity;
    private readonly _entrance: ServerEntrance | null;
    private readonly _memory: Pick<TabMemory, "claimAsync" | "change"> | null;
    private _connection: Connection | null = null;
    private _disposed = false;
    /** Target of the join that entered the current room. */
    private _target: Target | null = null;
    /** Attributes that were set while the connection was lost. */
    private _unsaid: Readonly<Record<string, unknown>> | null = null;
    /** AbortController of the pending join. */
    private _joining: AbortController | null = null;
    /** AbortController of the most recent join or leave, which aborts older ones. */
    private _wish = new AbortController();
    /** Resolves when the earlier joins are done, and the connections that they replaced are closed. Never rejects. */
    private _settled: Promise<void> = Promise.resolve();

    /**
     * @param server - the server's address, without a slash at the end
     * @param user - the local user
     * @param identity - authenticates the user to the server
     * @param entrance - enters the room and its RTC room in one request. Default: null = separate requests.
     * @param memory - storage of a private room across a reload. Default: none.
     */
    public constructor(
        server: string,
        user: IRtcUser,
        identity: ServerIdentity,
        entrance: ServerEntrance | null = null,
        memory: Pick<TabMemory, "claimAsync" | "change"> | null = null,
    ) {
        this._server = server;
        this._user = user;
        this._identity = identity;
        this._entrance = entrance;
        this._memory = memory;
        // A subscriber may cause a newer status; the subscribers after it then get only the newer one.
        this.status$ = this._status.pipe(
            map(() => this._status.value),
            distinctUntilChanged(),
        );
        this.members$ = this._state.pipe(
            map(() => this._state.value.members),
            distinctUntilChanged(),
        );
        this.room$ = this._state.pipe(
            map(() => this._state.value.room),
            distinctUntilChanged(),
        );
        this.events$ = this._events.asObservable();
        this.messages$ = this._messages.asObservable();
    }

    /** {@inheritDoc IRoomService.joinAsync} */
    public async joinAsync(name: string, options: IRoomJoinOptions = {}): Promise<void> {
        // Untyped code may pass null.
        const given = options as IRoomJoinOptions | null;
        const action = given?.create === true || given?.private === true ? "create" : "join";
        await this._doAsync(
            action,
            () => this._joinAsync(() => ({ name: roomName(name), ...creationOf(options) }), options.create ?? true, options),
            options,
        );
    }

    /** {@inheritDoc IRoomService.joinByIdAsync} */
    public async joinByIdAsync(id: string, options: IRoomEntryOptions = {}): Promise<void> {
        await this._doAsync(
            "join",
            () => this._joinAsync(() => ({ id: checkedId(id, "A room's id"), ...passwordOf(options) }), false, options),
            options,
        );
    }

    /** {@inheritDoc IRoomService.acceptInvitationAsync} */
    public async acceptInvitationAsync(invitation: string, options: IRoomEntryOptions = {}): Promise<void> {
        await this._doAsync(
            "join",
            async () => {
                try {
                    await this._joinAsync(() => ({ invitation: checkedId(invitation, "An invitation") }), false, options);
                } catch (error) {
                    throw invitationError(error);
                }
            },
            options,
        );
    }

    /** {@inheritDoc IRoomService.leaveAsync} */
    public async leaveAsync(): Promise<void> {
        const inside = this._status.value.state === "inRoom";
        const { wish, ready } = this._newWish(inside ? processing : this._status.value);
        await ready;
        if (wish === this._wish) {
            this._status.next(idle);
        }
    }

    /** {@inheritDoc IRoomService.listAsync} */
    public async listAsync(
        options: { readonly cursor?: string; readonly limit?: number; readonly signal?: AbortSignal } = {},
    ): Promise<IRoomList> {
        return await this._doAsync(
            "list",
            () => {
                const { signal } = options;
                const request = listRequest(options);
                return this._identity.useAsync(
                    (bearer) => postAsync<IRoomListReply>(this._server, "/rooms", request, { bearer, signal }),
                    signal,
                );
            },
            options,
        );
    }

    /** {@inheritDoc IRoomService.setAttributes} */
    public setAttributes(attributes: Readonly<Record<string, unknown>>): void {
        checkOptions({ attributes }, "attributes!=object", "argument ");
        checkedJson(attributes, "The attributes");
        if (this._isAway) {
            const unsaid = { ...this._unsaid, ...attributes };
            // The join after the loss sends all attributes.
            checkedJson({ ...this._ownAttributes, ...unsaid }, "The attributes");
            this._unsaid = unsaid;
        }
        this._connection?.send("attributes", attributes);
    }

    /** {@inheritDoc IRoomService.setSelfAsync} */
    public async setSelfAsync(changes: ISelfChanges): Promise<void> {
        const { guest } = await this._doAsync("setSelf", async () => {
            try {
                return await this._askAsync("self", selfRequest(changes));
            } catch (error) {
                throw selfError(error);
            }
        });
        if (guest) {
            this._identity.rename(guest);
        }
    }

    /** {@inheritDoc IRoomService.send} */
    public send(topic: string, data: unknown): void {
        checkOptions({ topic }, "topic!=string", "argument ");
        this._connection?.send("message", checkedJson({ topic, data }, "The message", maxRoomMessageBytes));
    }

    /** {@inheritDoc IRoomService.setLockedAsync} */
    public async setLockedAsync(locked: boolean): Promise<void> {
        await this._doAsync("lock", () => this._askAsync("lock", lockRequest(locked)));
    }

    /** {@inheritDoc IRoomService.kickAsync} */
    public async kickAsync(memberId: string, options: { readonly seconds?: number } = {}): Promise<void> {
        await this._doAsync("kick", () => this._askAsync("kick", kickRequest(memberId, options)), options);
    }

    /** {@inheritDoc IRoomService.setOwnerAsync} */
    public async setOwnerAsync(memberId: string): Promise<void> {
        await this._doAsync("setOwner", () => this._askAsync("owner", { id: checkedId(memberId, "A member's id") }));
    }

    /** {@inheritDoc IRoomService.setDescriptionAsync} */
    public async setDescriptionAsync(description: string): Promise<void> {
        await this._doAsync("describe", () => this._askAsync("describe", { description: checkedDescription(description) }));
    }

    /** {@inheritDoc IRoomService.setPropertiesAsync} */
    public async setPropertiesAsync(changes: Readonly<Record<string, unknown>>): Promise<void> {
        await this._doAsync("setProperties", () => this._askAsync("properties", { changes: checkedProperties(changes) }));
    }

    /** {@inheritDoc IRoomService.setPasswordAsync} */
    public async setPasswordAsync(password: string | null): Promise<void> {
        await this._doAsync("setPassword", () =>
            this._askAsync("password", { password: password === null ? null : checkedPassword(password) }),
        );
    }

    /** {@inheritDoc IRoomService.inviteAsync} */
    public async inviteAsync(options: { readonly seconds?: number; readonly userId?: string } = {}): Promise<IRoomInvitation> {
        return await this._doAsync("invite", () => this._askAsync("invite", inviteRequest(options)), options);
    }

    /** {@inheritDoc IRoomService.revokeInvitationsAsync} */
    public async revokeInvitationsAsync(options: { readonly by?: string } = {}): Promise<void> {
        await this._doAsync("revokeInvitations", () => this._askAsync("revoke", revokeRequest(options)), options);
    }

    /** {@inheritDoc IRoomService.destroyAsync} */
    public async destroyAsync(): Promise<void> {
        await this._doAsync("destroy", () => this._askAsync("destroy", {}));
    }

    /** Leaves the room and completes all streams. The service cannot be used afterwards. */
    public async disposeAsync(): Promise<void> {
        this._disposed = true;
        await this.leaveAsync();
        // If a newer leave has replaced the one above, that one did not set the status.
        this._status.next(idle);
        this._status.complete();
        this._state.complete();
        this._events.complete();
        this._messages.complete();
    }

    /** Checks the options and runs the action. Emits every failure except `aborted` on `events$`. */
    private async _doAsync<T>(action: RoomAction, actAsync: () => Promise<T>, options: unknown = {}): Promise<T> {
        try {
            checkEntry(options);
            return await actAsync();
        } catch (thrown) {
            const error = RtcError.From(thrown, "unknown", "The room did not answer.");
            if (error.code !== "aborted") {
                this._events.next({ type: "error", action, error });
            }
            throw error;
        }
    }

    private async _joinAsync(targetOf: () => Target, create: boolean, options: IRoomEntryOptions): Promise<void> {
        throwIfAborted(options.signal);
        if (this._disposed) {
            throw new RtcError("disposed", "The plugin is disposed; add it to the scene again to enter a room.");
        }
        const target = targetOf();
        const attributes = { ...checkedJson(options.attributes ?? this._user.attributes ?? {}, "The attributes") };
        const stays = options.stay === true && this._connection !== null && isElsewhere(target, this._state.value.room);
        const signalOf = ({ signal }: AbortController): AbortSignal =>
            options.signal ? AbortSignal.any([options.signal, signal]) : signal;
        // A private room may have to be entered by its id first, see `_reenterAsync`.
        const isFree = this._connection === null && this._status.value.state !== "processing" && target.private !== true;
        let seat: Promise<TakenSeat | null> | undefined;
        const request = (controller: AbortController): void => {
            if (isFree) {
                seat = this._entrance?.takeSeatAsync({ ...target, attributes }, create, signalOf(controller));
                seat?.catch(() => undefined);
            }
        };
        // Emits the new status synchronously, inside the caller's click, so that subscribers can start sound and ask for the microphone. The request is
        // sent before, since this work of the subscribers takes tens of milliseconds.
        const { wish, ready } = stays ? { wish: this._replaceWish(), ready: this._settled } : this._newWish(processing, request);
        const signal = signalOf(wish);
        this._joining = wish;
        const entering = ready.then(async () => {
            if (!(await this._reenterAsync(target, attributes, signal))) {
                await this._enterAsync({ ...target, attributes }, create, signal, seat);
            }
            this._target = target;
            const { room } = this._state.value;
            const status = this._status.value;
            const { name } = target;
            const isKept = room?.private === true && status.state === "inRoom" && name !== undefined;
            this._memory?.change({ room: isKept ? { name, id: room.id, user: status.self.id } : undefined });
        });
        this._settled = entering.then(
            () => undefined,
            () => undefined,
        );
        try {
            await entering;
        } catch (error) {
            if (wish === this._wish) {
                this._entrance?.drop();
                if (!stays) {
                    this._status.next(idle);
                }
            }
            throw RtcError.From(error, "unknown", "The room could not be joined.");
        } finally {
            if (this._joining === wish) {
                this._joining = null;
            }
        }
    }

    /** @param requested - the seat, if it is requested already */
    private async _enterAsync(
        join: Omit<IRoomJoinRequest, "identity">,
        create: boolean,
        signal: AbortSignal,
        requested?: Promise<TakenSeat | null>,
    ): Promise<void> {
        const seat = await (requested ?? this._entrance?.takeSeatAsync(join, create, signal));
        await (seat
            ? this._openAsync({}, create, signal, seat)
            : this._identity.useAsync((identity) => this._openAsync({ ...join, identity }, create, signal), signal));
    }

    /**
     * Returns to the private room that the tab was in before a reload, if it has the name of the target. Uses the stored id, because a private
     * room cannot be found by its name.
     * @returns false if there is no such room, if it no longer exists, or if another user was in it; rejects if the room refuses entry
     */
    private async _reenterAsync(target: Target, attributes: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<boolean> {
        const room = target.private === true ? (await this._memory?.claimAsync())?.room : undefined;
        if (!room || room.name !== target.name) {
            return false;
        }
        try {
            const { id, user } = room;
            const { password } = target;
            await this._enterAsync({ id, user, ...(password !== undefined && { password }), attributes: { ...attributes } }, false, signal);
            return true;
        } catch (error) {
            if (RtcError.From(error, "unknown", "The room could not be joined.").code === "roomNotFound") {
                return false;
            }
            // Does not create another room with this name, since the other members are still in the old one.
            throw error;
        }
    }

    /** Aborts the pending join or leave, and returns the AbortController of the new one. */
    private _replaceWish(): AbortController {
        this._wish.abort(new RtcError("aborted", "A later join or leave replaced it."));
        this._wish = new AbortController();
        return this._wish;
    }

    /**
     * Aborts the pending join or leave, and leaves the current room. `ready` resolves when its connection is closed.
     * @param status - the new status
     * @param onWish - called with the new AbortController before the status is emitted
     */
    private _newWish(status: RoomStatus, onWish?: (wish: AbortController) => void): { wish: AbortController; ready: Promise<void> } {
        const wish = this._replaceWish();
        const open = this._connection;
        const ready = Promise.all([this._settled, open?.leaveAsync()]).then(() => undefined);
        this._settled = ready;
        this._entrance?.drop();
        onWish?.(wish);
        this._exit(status, (room) => ({ type: "left", room, reason: "left" }));
        return { wish, ready };
    }

    private _exit(status: RoomStatus, eventOf: (room: IRoomInfo) => RoomEvent): void {
        const { room } = this._state.value;
        this._connection = null;
        this._unsaid = null;
        this._awaited.clear();
        this._state.next(nowhere);
        this._status.next(status);
        if (room) {
            this._memory?.change({ room: undefined });
            this._events.next(eventOf(room));
        }
    }

    private async _openAsync(
        request: IRoomJoinRequest | Record<string, never>,
        create: boolean,
        signal: AbortSignal,
        seat?: TakenSeat,
    ): Promise<void> {
        const early: ServerMessage[] = [];
        let opened = null as Connection | null;
        const connection: Connection = await openServerRoomAsync<IRoomServerMessages, IRoomClientMessages, IRoomAsks>({
            server: this._server,
            type: "room",
            options: request,
            create,
            seat,
            signal,
            onMessage: (message) => {
                if (opened === null) {
                    early.push(message);
                } else if (this._connection === opened) {
                    this._onMessage(message);
                }
            },
            onAway: () => this._setAway(connection, true),
            onLost: (error) => this._onLost(connection, error),
        });
        const [welcome, ...later] = early;
        const entered = welcome?.type === "welcome" ? entryOf(welcome) : null;
        if (entered === null || signal.aborted) {
            await connection.leaveAsync();
            throwIfAborted(signal);
            throw new RtcError("unknown", "The server's member list lacks this member. Use the same version of client and server.");
        }
        opened = connection;
        // The old connection is still open only in a join with `stay`.
        const leaving = this._connection?.leaveAsync();
        if (leaving) {
            this._exit(processing, (room) => ({ type: "left", room, reason: "left" }));
            try {
                throwIfAborted(signal);
            } catch (error) {
                // A subscriber has left the room, or joins another one.
                await Promise.all([leaving, connection.leaveAsync()]);
                throw error;
            }
        }
        const { room: before, members } = this._state.value;
        this._connection = connection;
        if (before) {
            // The connection was lost, and the room is entered again.
            this._events.next({ type: "left", room: before, reason: "lost" });
        }
        const { life } = entered;
        this._awaited.welcome(life, members.has(entered.self) ? members : new Map(), entered.state.members);
        this._state.next({ ...entered.state, members: this._awaited.addTo(entered.state.members, members) });
        if (this._connection !== connection) {
            // A subscriber has left the room, or joins another one.
            throwIfAborted(signal);
            return;
        }
        this._status.next(entered.status);
        this._events.next({ type: "joined", room: entered.room });
        // Messages that arrived right after the welcome.
        later.forEach((message) => this._onMessage(message));
        await leaving;
    }

    private _onMessage(message: ServerMessage): void {
        const before = this._state.value;
        const { state, events } = afterMessage(before, this._heard(message));
        this._state.next({ ...state, members: this._awaited.addTo(state.members, before.members) });
        this._renameSelf(state.members);
        if (message.type === "welcome" && this._connection) {
            this._setAway(this._connection, false);
        }
        events
            .filter((event) => event.type !== "memberLeft" || !this._awaited.has(event.member.id))
            .forEach((event) => this._events.next(event));
        if (message.type === "message") {
            this._messages.next(message.payload);
        }
    }

    /** Turns the `memberJoined` of an awaited member into `memberChanged`: the app got no `memberLeft` for them, so it gets no `memberJoined`. */
    private _heard(message: ServerMessage): ServerMessage {
        if (message.type === "welcome") {
            message.payload.members.forEach(({ id }) => this._awaited.take(id));
        }
        return message.type === "memberJoined" && this._awaited.take(message.payload.id) ? { ...message, type: "memberChanged" } : message;
    }

    /** Attributes of the local member, as the room reported them; empty outside of a room. */
    private get _ownAttributes(): Readonly<Record<string, unknown>> {
        const status = this._status.value;
        return { ...(status.state === "inRoom" && this._state.value.members.get(status.self.id)?.attributes) };
    }

    private get _isAway(): boolean {
        const status = this._status.value;
        return status.state === "inRoom" && status.reconnecting === true;
    }

    private _setAway(connection: Connection, away: boolean): void {
        const status = this._status.value;
        if (this._connection === connection && status.state === "inRoom" && this._isAway !== away) {
            const { state, room, self } = status;
            this._status.next({ state, room, self, ...(away && { reconnecting: true }) });
            if (!away && this._unsaid) {
                connection.send("attributes", this._unsaid);
                this._unsaid = null;
            }
        }
    }

    /** Updates the local member's name in the status. */
    private _renameSelf(members: MemberList): void {
        const status = this._status.value;
        const self = status.state === "inRoom" && members.get(status.self.id);
        if (self && self.name !== status.self.name) {
            this._status.next({ ...status, self });
        }
    }

    private _onLost(connection: Connection, error: RtcError): void {
        if (this._connection !== connection) {
            return;
        }
        this._entrance?.drop();
        const target = this._target;
        const { room } = this._state.value;
        const status = this._status.value;
        // Does not reconnect while a join to another room is pending.
        if (target && room && status.state === "inRoom" && !this._joining && isPassing(error)) {
            this._setAway(connection, true);
            this._connection = null;
            const attributes = this._ownAttributes;
            this._settled = this._enterAgainAsync({ room, self: status.self.id, target, attributes });
        } else {
            this._exit({ state: "notAvailable", error }, (left) => ({ type: "left", room: left, reason: leaveReasonOf(error), error }));
        }
    }

    /** Enters the room again, with retries. There is no time limit while the room exists; see `roomAwaitedMs`. Never rejects. */
    private async _enterAgainAsync(stay: IStayBefore): Promise<void> {
        const wish = this._replaceWish();
        const begun = performance.now();
        let isGone = false;
        try {
            await comeBackAsync({
                server: this._server,
                tryAsync: async (signal) => {
                    const { target, create } = wayBackTo(stay, isGone);
                    const attributes = { ...stay.attributes, ...this._unsaid };
                    await this._enterAsync({ ...target, attributes }, create, signal);
                    this._unsaid = null;
                },
                isPassing: (error) => {
                    if (error instanceof RtcError && error.code === "roomNotFound") {
                        // The room no longer exists, for example after a server restart. A client that can create the room as it was does so.
                        isGone = true;
                        return canReturnByName(stay) && performance.now() - begun < roomAwaitedMs;
                    }
                    return isPassing(error);
                },
                signal: wish.signal,
            });
        } catch (failure) {
            if (wish === this._wish) {
                this._entrance?.drop();
                const error = RtcError.From(failure, "unknown", "The room could not be entered again.");
                this._exit({ state: "notAvailable", error }, (room) => ({ type: "left", room, reason: leaveReasonOf(error), error }));
            }
        }
    }
}

/** State in the room before its connection was lost. */
interface IStayBefore {
    readonly room: IRoomInfo;
    /** The local member's id. */
    readonly self: string;
    /** Target of the join that entered the room. */
    readonly target: Target;
    /** The local member's attributes. */
    readonly attributes: Readonly<Record<string, unknown>>;
}

/** True if the room can be found by its name. A private room can be found only by its id, and a room that is created again has a new id. */
function canReturnByName({ room }: IStayBefore): boolean {
    return !room.private;
}

/**
 * Chooses the request to enter a room again. Pure.
 * @param stay - state before the connection was lost
 * @param isGone - true if no room has this id any longer
 * @returns the target: the room by its id or invitation, or if it is gone, a room with the same name; `create` is true only if this client can
 * create the room as it was
 */
function wayBackTo({ room, self, target }: IStayBefore, isGone: boolean): { readonly target: Target; readonly create: boolean } {
    const { invitation, password } = target;
    const known = password === undefined ? {} : { password };
    if (!isGone) {
        return { target: invitation === undefined ? { id: room.id, ...known } : { invitation }, create: false };
    }
    const { name, maxMembers, policy, description, properties } = room;
    const isOpen = policy === "everyone" && (!room.hasPassword || password !== undefined);
    return { target: { name, ...known, maxMembers, policy, description, properties }, create: room.owner === self || isOpen };
}

function isElsewhere({ id, name, invitation }: Target, present: IRoomInfo | null): boolean {
    const room = invitation === undefined ? id : jwtClaims(invitation).room;
    return present !== null && room !== present.id && (name === undefined || plainName(name) !== plainName(present.name));
}

/** Room name in the server's form, in which names of the same room are equal. */
const plainName = (name: string): string | undefined => toName(name, maxRoomNameLength);

/** Result of entering a room, from the server's welcome. */
interface IEntry {
    readonly state: IRoomState;
    readonly status: RoomStatus;
    readonly room: IRoomInfo;
    /** The local member's id. */
    readonly self: string;
    /** Identifies one run of the server; different after a restart. */
    readonly life: string | undefined;
}

function entryOf(welcome: Extract<ServerMessage, { type: "welcome" }>): IEntry | null {
    const { state } = afterMessage(nowhere, welcome);
    const { room } = state;
    const { self: id, life } = welcome.payload;
    const self = state.members.get(id);
    return room && self ? { state, room, status: { state: "inRoom", room: { id: room.id, name: room.name }, self }, self: id, life } : null;
}
