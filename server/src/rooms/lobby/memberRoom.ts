import { maxPropertiesBytes } from "../../../../protocol/limits.js";
import { roomClientMessages, roomJoinRequest } from "../../../../protocol/schemas.js";
import { byServer, byUser } from "../../eventTeller.js";
import { describe } from "../../log.js";
import { ProtocolError, parse } from "../../protocolError.js";
import { randomId } from "../../util/random.js";
import { TokenBucket } from "../../util/tokenBucket.js";
import { GuardedRoom, leaveReasonOf, secretsOf } from "../guardedRoom.js";
import { RoomRules } from "../roomRules.js";
import { admit } from "./admission.js";
import { requirePossible, toCreateOptions } from "./createOptions.js";
import { creatorOption, keyOption, visitOption } from "./memberAuth.js";
import { ownerRequests } from "./ownerRequests.js";
import type { Client } from "@colyseus/core";
import type { Json } from "../../../../protocol/plainJson.js";
import type { IMemberInfo, IRoomAsks, IRoomServerMessages, LeaveReason } from "../../../../protocol/wire.js";
import type { IEventOrigin } from "../../eventTeller.js";
import type { IServerEventRoom, ServerEventLeaveReason } from "../../serverEvents.js";
import type { IRate } from "../../util/tokenBucket.js";
import type { IResumeAuth, IStay } from "../guardedRoom.js";
import type { IFrameLimits } from "../frameGuard.js";
import type { IOwnRoom } from "../roomDirectory.js";
import type { IMemberAuth } from "./memberAuth.js";
import type { IAskedRoom, SelfChanges } from "./ownerRequests.js";

interface IMember extends IStay {
    info: IMemberInfo;
    client: Client;
    /** True for a guest, who may change their name. Names from the app cannot be changed. */
    readonly isGuest: boolean;
    /** Attributes from the app's `authorize`; the member cannot change them. */
    readonly vouched: Readonly<Record<string, Json>>;
    /** Rate limit of `self` requests. */
    readonly changes: TokenBucket;
}

/** Rate limit of one member's `self` requests. Each may sign an identity, and is sent to every member of the room and of its voice. */
const selfRate: IRate = { perSecond: 10, burst: 30 };

/** Largest frame, in bytes: twice the largest valid request, plus overhead. An oversized request is refused; a larger frame closes the connection. */
export const roomPayloadBytes = 2 * maxPropertiesBytes + 1024;

/** A room: its members, their attributes, and messages between them. The owner can change the room and remove members. */
export abstract class MemberRoom extends GuardedRoom implements IOwnRoom, IAskedRoom {
    protected override readonly _kind = "room";

    private readonly _members = new Map<string, IMember>();
    private _limits: IFrameLimits | null = null;
    private _rules: RoomRules | null = null;
    /** Id of the join that created the room (`visitOption`). */
    private _creator = "";
    /** True once the room has been created successfully. */
    private _hasBegun = false;

    protected override get _frameLimits(): IFrameLimits {
        const { perSecond, burst } = this._rate;
        // A page may send a message in each rendered frame, up to 144 per second. These frames are decoded, and the rate limit then drops the excess.
        this._limits ??= {
            largest: roomPayloadBytes,
            frames: { perSecond: Math.max(5 * perSecond, 300), burst: Math.max(10 * burst, 600) },
            bytes: { perSecond: 512 * 1024, burst: 1024 * 1024 },
        };
        return this._limits;
    }

    /** {@inheritDoc IOwnRoom.rules} */
    public get rules(): RoomRules {
        if (!this._rules) {
            throw new ProtocolError("internal", "The room is not ready yet.");
        }
        return this._rules;
    }

    /** Number of members. */
    public get size(): number {
        return this._members.size;
    }

    /** {@inheritDoc IOwnRoom.ownerIsGuest} */
    public get ownerIsGuest(): boolean {
        return this._members.get(this.rules.owner)?.isGuest === true;
    }

    /** {@inheritDoc IOwnRoom.owner} */
    public get owner(): { readonly id: string; readonly name: string } {
        const id = this.rules.owner;
        return { id, name: this.nameOf(id) ?? "" };
    }

    /**
     * @param userId - a user's id
     * @returns true if the user is a member of the room
     */
    public hasMember(userId: string): boolean {
        return this._members.has(userId);
    }

    /** {@inheritDoc IOwnRoom.holdsSeat} */
    public holdsSeat(sessionId: string): boolean {
        return this.hasReservedSeat(sessionId);
    }

    /** {@inheritDoc IOwnRoom.nameOf} */
    public nameOf(userId: string): string | undefined {
        return this._members.get(userId)?.info.name;
    }

    /**
     * Called by Colyseus when there is no room with that key. The options are checked again, because a client can also request a new room directly.
     * @param options - join options, as the client sent them
     */
    public override onCreate(options: Record<string, unknown>): void {
        this._creator = String(options[visitOption]);
        if (this._creator === "") {
            throw new ProtocolError("roomNotFound", "The room is closed.");
        }
        const { settings, guesses, rooms } = this._context;
        const asked = parse(roomJoinRequest, options);
        if (asked.name === undefined) {
            throw new ProtocolError("roomNotFound", "The room is closed.");
        }
        const plan = toCreateOptions(asked, settings);
        requirePossible(plan, settings);
        // 160 random bits, so that the id of a future room cannot be guessed.
        this.roomId = randomId();
        const creator = String(options[creatorOption]);
        this._rules = new RoomRules(this.roomId, String(options[keyOption]), asked.name, plan, creator, guesses);
        if (!plan.ownerless && rooms.countOf(creator) >= settings.roomsPerUser) {
            throw new ProtocolError(
                "notAllowed",
                `You have created ${settings.roomsPerUser} rooms that still exist, the maximum. Close one, or enter an existing room.`,
            );
        }
        if (!rooms.addRoom(this)) {
            throw new ProtocolError("forbidden", "A room with this name already exists. Join it.");
        }
        this._on("attributes", (client, patch) => this._onAttributes(client, patch));
        this._on("message", (client, message) => this._onSaid(client, message));
        for (const [type, answerAsync] of Object.entries(ownerRequests(this, this._context))) {
            this._onAsk(type, (client, value) => answerAsync(this._requireMember(client), value));
        }
        this._on("*", (client) => {
            if (this._allow(client)) {
                this._refuse(client, "invalidRequest", "The server does not know this message.");
            }
        });
        this._hasBegun = true;
        this._context.events?.tell({ type: "roomCreated", room: this._eventRoom });
    }

    /**
     * Called by Colyseus when a client's socket has opened.
     * @param client - the client
     * @param options - join options, as the client sent them
     * @param auth - authenticated user
     */
    public override onJoin(client: Client, options: Record<string, unknown>, auth: IMemberAuth & IResumeAuth): void {
        if (auth.resumes !== undefined) {
            this._takeBack(client, auth, auth.resumes);
            return;
        }
        if (auth.key !== this.rules.key) {
            throw new ProtocolError("forbidden", "This reservation is for another room. Join again.");
        }
        if (this._ending) {
            throw new ProtocolError("roomClosed", "The room is closed.");
        }
        const creates = auth.visit === this._creator;
        if (!creates) {
            // Checked again: since the seat was reserved, the room may have been locked, the user banned, or the password changed.
            admit(this._context, this, { ...auth, password: options.password });
        }
        const before = this._members.get(auth.id);
        const info: IMemberInfo = { id: auth.id, name: auth.name, attributes: auth.attributes };
        this._welcomeIn(client);
        const member: IMember = {
            info,
            client,
            secret: randomId(),
            secretsBefore: secretsOf(before),
            isKnown: false,
            isGuest: auth.isGuest,
            vouched: auth.vouched,
            changes: new TokenBucket(selfRate, this._context.settings.ticks),
        };
        this._members.set(auth.id, member);
        // The app's backend gets no `left` and `joined` for a member who returns within the grace period.
        if (this._letGo(auth.id)) {
            this._context.tally.resumes.add("room");
            this._tellReturned(auth, info, before);
        } else {
            this._context.tally.joins.add("room");
            if (before) {
                this._context.tally.leaves.add("room duplicateIdentity");
            }
            this._tellJoined(auth, info, before);
        }
        const { owner } = this.rules;
        if (!this.rules.ownerless && (creates || this._members.size === 1)) {
            this.rules.owner = auth.id;
        }
        this._sayWelcome(member);
        if (before) {
            // A member who connects again keeps their place in the list, so other members see neither a leave nor a join.
            this._close(before.client, "duplicateIdentity", "The same user connected from another page.");
            if (JSON.stringify(before.info) !== JSON.stringify(info)) {
                const told: IRoomServerMessages["memberChanged"] = info;
                this._tellInTime(this._clientsBut(auth.id), "memberChanged", told, auth.id, auth.id);
            }
        } else {
            this._sayToOthers(auth.id, "memberJoined", info);
        }
        if (owner !== "" && owner !== this.rules.owner) {
            // Another member joined before the creator, and was the owner until now.
            this._sayToOthers(auth.id, "roomChanged", this.rules.info);
            this._tellOwner(byServer);
        }
        this._context.rooms.memberJoined(this.roomId, auth.id);
    }

    private _sayWelcome(member: IMember): void {
        this._say(member.client, "welcome", {
            room: this.rules.info,
            self: member.info.id,
            members: [...this._members.values()].map(({ info }) => info),
            ...this._wayBack(member.info.id, member),
        });
    }

    /** Resumes a member's stay on a new connection. */
    private _takeBack(client: Client, auth: IMemberAuth, secret: string): void {
        const userId = auth.id;
        this._requireStay(userId, secret);
        const member = this._members.get(userId);
        if (member) {
            const { client: before } = member;
            this._context.tally.resumes.add("room");
            member.client = client;
            this._replace(before);
            this._welcomeIn(client);
            const wasAway = this._letGo(userId);
            this._setAway(member, false);
            this._sayWelcome(member);
            if (wasAway) {
                this._tellPresence(member);
            }
            this._tellAddress(member.info, "room", { before: (before.auth as IMemberAuth).address, now: auth.address });
        }
    }

    private _setAway(member: IMember, away: boolean): void {
        const { id, name, attributes } = member.info;
        member.info = { id, name, attributes, ...(away && { reconnecting: true }) };
    }

    protected override _stayOf(userId: string): IStay | undefined {
        return this._members.get(userId);
    }

    protected override _onPresence(userId: string, away: boolean): void {
        const member = this._members.get(userId);
        if (member) {
            this._setAway(member, away);
            this._tellPresence(member);
        }
    }

    /** Tells others that the member reconnects or is back. With flow control, because a client can drop and resume its connection all the time. */
    private _tellPresence({ info }: IMember): void {
        const told: IRoomServerMessages["memberChanged"] = info;
        this._tellInTime(this._clientsBut(info.id), "memberChanged", told, info.id, info.id);
    }

    protected override _onAbsenceOver(userId: string, reason: LeaveReason): void {
        const member = this._members.get(userId);
        if (member) {
            this._remove(member, reason);
        }
    }

    /** Sends a `changed` event if the name or attributes of a member who has returned differ from before. */
    private _tellReturned(auth: IMemberAuth, info: IMemberInfo, before: IMember | undefined): void {
        const { events } = this._context;
        if (events && before) {
            const { id, name, attributes } = before.info;
            const was: IMemberInfo = { id, name, attributes };
            if (JSON.stringify(was) !== JSON.stringify(info)) {
                events.tell({ type: "changed", room: this._eventRoom, member: info, before: was }, byUser(auth, auth.address));
            }
        }
    }

    private _tellJoined(auth: IMemberAuth, info: IMemberInfo, before: IMember | undefined): void {
        const { events } = this._context;
        if (!events) {
            return;
        }
        const origin = byUser(auth, auth.address);
        const room = this._eventRoom;
        if (before) {
            events.tell({ type: "left", room, member: before.info, reason: "duplicateIdentity" }, origin);
        }
        events.tell({ type: "joined", room, member: info }, origin);
    }

    /**
     * Called by Colyseus when a client's socket has closed.
     * @param client - the client
     * @param code - close code
     */
    public override onLeave(client: Client, code?: number): void {
        this._seeOff(client);
        const member = this._memberOf(client);
        if (member && !this._await(member.info.id, client, code)) {
            this._remove(member, leaveReasonOf(code));
        }
    }

    /** Called by Colyseus when the room has ended, or could not be created. */
    public override onDispose(): void {
        super.onDispose();
        const { rooms, events } = this._context;
        // Absent members have no connection whose closing would remove them.
        this._members.forEach((member) => this._remove(member, "dropped"));
        rooms.removeRoom(this);
        if (this._hasBegun) {
            const { reason, origin } = this._end ?? { reason: "empty" as const, origin: byServer };
            events?.tell({ type: "roomEnded", room: this._eventRoom, reason }, origin);
        }
    }

    /** Sends the room's present state to all members. */
    public sayChanged(): void {
        this._sayToOthers("", "roomChanged", this.rules.info);
    }

    /**
     * Sets the owner and tells all members.
     * @param userId - id of the new owner
     */
    public setOwner(userId: string): void {
        this.rules.owner = userId;
        this.sayChanged();
    }

    private _tellOwner(origin: IEventOrigin): void {
        const { id, name } = this.owner;
        this._context.events?.tell({ type: "moderated", room: this._eventRoom, action: "setOwner", member: { id, name } }, origin);
    }

    /**
     * Removes a member from the room and its voice.
     * @param userId - the member's id; ignored if the user is not a member
     */
    public putOut(userId: string): void {
        const member = this._members.get(userId);
        if (member) {
            this._context.rooms.putOutOfVoice(this.roomId, userId, "removed", "You were removed from the room.");
            this._remove(member, "removed");
            this._close(member.client, "removed", "You were removed from the room.");
        }
    }

    /** Closes the room and its voice on behalf of the owner. The room's name can be used again at once. */
    public destroy(): void {
        const { rooms, settings } = this._context;
        if (this._ending) {
            return;
        }
        for (const userId of this._members.keys()) {
            rooms.putOutOfVoice(this.roomId, userId, "roomClosed", "The owner has closed the room.");
        }
        this.endAsync("roomClosed", "The owner has closed the room.").catch((error: unknown) =>
            settings.log("error", `a room could not be closed: ${describe(error)}`),
        );
    }

    /**
     * Changes a member's name or attributes at their own request. If they differ, all members are told before the answer is sent. A new name is also
     * passed on to the RTC room.
     * @param userId - the member's id
     * @param changes - new name, and keys of attributes to change
     * @returns the answer; rejects with a `ProtocolError` without any change
     */
    public async changeSelfAsync(userId: string, { name, attributes }: SelfChanges): Promise<IRoomAsks["self"][1]> {
        const member = this._members.get(userId);
        if (!member?.changes.take()) {
            throw new ProtocolError("rateLimited", `You made more than ${selfRate.perSecond} changes of yourself per second.`);
        }
        const { guests } = this._context;
        if (name !== undefined && (!member.isGuest || !guests)) {
            throw new ProtocolError("notAllowed", "Your name comes from your account. Change it there, and enter the room again.");
        }
        const changed = (): IMemberInfo => ({
            ...member.info,
            ...(name !== undefined && { name }),
            attributes: parse(roomClientMessages.attributes, { ...member.info.attributes, ...attributes, ...member.vouched }),
        });
        // Validates the change before an identity is signed.
        changed();
        const guest = name === undefined ? undefined : await guests?.mintAsync(name, userId);
        if (this._members.get(userId) !== member) {
            throw new ProtocolError("forbidden", "Only members of the room may ask it for something.");
        }
        const info = changed();
        if (JSON.stringify(info) !== JSON.stringify(member.info)) {
            this._change(member, info);
            this._context.rooms.memberRenamed(this.roomId, userId, info.name);
        }
        return guest ? { guest } : {};
    }

    private _remove(member: IMember, reason: LeaveReason): void {
        const { id } = member.info;
        this._members.delete(id);
        this._letGo(id);
        this._setAway(member, false);
        this._context.tally.leaves.add(`room ${reason}`);
        this._tellLeft(member, reason);
        if (!this._ending) {
            this._forgetFrom(id);
            this._sayToOthers(id, "memberLeft", { id, reason });
            const ids = [...this._members.keys()];
            const next = ids.find((each) => !this._absences.has(each)) ?? ids[0];
            if (this.rules.owner === id && next !== undefined) {
                this.setOwner(next);
                this._tellOwner(byServer);
            }
        }
        this._context.rooms.memberLeft(this.roomId, id, reason);
    }

    private _tellLeft({ info, client }: IMember, why: LeaveReason): void {
        const { events } = this._context;
        if (events) {
            const reason: ServerEventLeaveReason = this._end?.reason ?? why;
            const own = why === "removed" ? events.origin : byUser(info, this._personOf(client).address);
            events.tell({ type: "left", room: this._eventRoom, member: info, reason }, this._end?.origin ?? own);
        }
    }

    private _onAttributes(client: Client, patch: unknown): void {
        const member = this._memberOf(client);
        if (!member || !this._allow(client)) {
            return;
        }
        const schema = roomClientMessages.attributes;
        const changes = this._read(client, schema, patch);
        const attributes = changes && this._read(client, schema, { ...member.info.attributes, ...changes, ...member.vouched });
        if (attributes) {
            this._change(member, { ...member.info, attributes });
        }
    }

    private _change(member: IMember, info: IMemberInfo): void {
        const before = member.info;
        member.info = info;
        const told: IRoomServerMessages["memberChanged"] = info;
        this._tellInTime(this._clientsBut(""), "memberChanged", told, info.id, info.id);
        const { events } = this._context;
        if (events && JSON.stringify(info) !== JSON.stringify(before)) {
            events.tell({ type: "changed", room: this._eventRoom, member: info, before });
        }
    }

    private _onSaid(client: Client, message: unknown): void {
        const member = this._memberOf(client);
        if (!member || !this._allow(client)) {
            return;
        }
        const said = this._read(client, roomClientMessages.message, message);
        if (said) {
            const { id } = member.info;
            const told: IRoomServerMessages["message"] = { from: id, ...said };
            if (this._tellInTime(this._clientsBut(id), "message", told, id)) {
                this._remind(client, "A member reads more slowly than you send, and missed a message.");
            }
        }
    }

    protected override get _eventRoom(): IServerEventRoom {
        return { id: this.roomId, name: this._rules?.title ?? null };
    }

    protected override _personOf(client: Client): { readonly id: string; readonly name: string; readonly address: string } {
        const { id, name, address } = client.auth as IMemberAuth;
        return { id, name: this.nameOf(id) ?? name, address };
    }

    private _requireMember(client: Client): string {
        const member = this._memberOf(client);
        if (!member) {
            throw new ProtocolError("forbidden", "Only members of the room may ask it for something.");
        }
        return member.info.id;
    }

    private _memberOf(client: Client): IMember | undefined {
        const { id } = client.auth as IMemberAuth;
        const member = this._members.get(id);
        return member?.client === client ? member : undefined;
    }

    private _say<T extends keyof IRoomServerMessages>(client: Client, type: T, message: IRoomServerMessages[T]): void {
        this._tell(client, type, message);
    }

    private _sayToOthers<T extends keyof IRoomServerMessages>(id: string, type: T, message: IRoomServerMessages[T]): void {
        this._tellAll(this._clientsBut(id), type, message);
    }

    private _clientsBut(id: string): Client[] {
        return [...this._members.values()].filter(({ info }) => info.id !== id).map(({ client }) => client);
    }
}
