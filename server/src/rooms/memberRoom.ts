import { ProtocolError } from "../protocolError.js";
import { isPlainObject, toPlainJson, toPlainObject } from "../util/plainJson.js";
import { randomId } from "../util/random.js";
import { toLine } from "../util/text.js";
import { GuardedRoom, leaveReasonOf } from "./guardedRoom.js";
import type { Client } from "@colyseus/core";
import type { IServerContext } from "../context.js";
import type { IMemberInfo, IRoomInfo, IRoomServerMessages, LeaveReason } from "../protocol.js";
import type { Json } from "../util/plainJson.js";
import type { IOwnRoom } from "./roomDirectory.js";

/** The option that Colyseus finds a room by. `name` would not do: Colyseus keeps that word for the room type. */
export const TITLE_OPTION = "babylonRtcTitle";

const MAX_TITLE = 64;
const MAX_BYTES = 2048;
const MAX_TOPIC = 64;

/** What `authenticateMemberAsync` hands on to `onJoin`, by way of JSON. */
interface IMemberAuth {
    readonly title: string;
    readonly id: string;
    readonly name: string;
    readonly attributes: Record<string, Json>;
    /** What the app's `authorize` said of them. */
    readonly vouched: Record<string, Json>;
}

interface IMember {
    info: IMemberInfo;
    client: Client;
    /** What the app vouches for; the member cannot change it. */
    readonly vouched: Readonly<Record<string, Json>>;
}

/**
 * Says who wants to enter which room, before Colyseus looks for the room.
 * @param context - what the parts of the server share
 * @param options - what the client sent; its `TITLE_OPTION` is set here
 * @param headers - the headers of the request
 * @returns what `onJoin` gets; rejects with a `ProtocolError`
 */
export async function authenticateMemberAsync(context: IServerContext, options: unknown, headers: Headers): Promise<IMemberAuth> {
    if (context.stopping) {
        throw new ProtocolError("serverStopping", "The server is closing.");
    }
    if (!isPlainObject(options)) {
        throw new ProtocolError("invalidRequest", "Join options are an object.");
    }
    const title = toLine(options.name, MAX_TITLE);
    if (title === undefined) {
        throw new ProtocolError("invalidRoomName", `A room's name is 1 to ${MAX_TITLE} characters without control characters.`);
    }
    options[TITLE_OPTION] = title;
    const own = toPlainObject(options.attributes ?? {}, MAX_BYTES);
    if (own === undefined) {
        throw new ProtocolError("invalidRequest", "Attributes are an object of at most 2 KiB as JSON.");
    }
    const user = await context.identities.recogniseAsync({ credential: options.identity, room: { name: title }, headers });
    if (!user) {
        throw new ProtocolError("unauthorized", "The server does not know who you are; sign in again.");
    }
    const room = context.rooms.roomByTitle(title);
    if (room?.full && !room.hasMember(user.id)) {
        throw new ProtocolError("roomFull", "The room is full.");
    }
    return { title, id: user.id, name: user.name, attributes: { ...own, ...user.attributes }, vouched: user.attributes };
}

/** A named gathering of members: who is there, what they attach to themselves, and what they say to each other. */
export abstract class MemberRoom extends GuardedRoom implements IOwnRoom {
    /** The name that two joins meet by. */
    public title = "";

    private readonly _members = new Map<string, IMember>();
    private _maxMembers = 1;

    /** How many members there are. */
    public get size(): number {
        return this._members.size;
    }

    /** Whether nobody new fits in. */
    public get full(): boolean {
        return this._members.size >= this._maxMembers;
    }

    /**
     * @param userId - somebody's id
     * @returns whether they are in the room
     */
    public hasMember(userId: string): boolean {
        return this._members.has(userId);
    }

    /**
     * Called by Colyseus when there is no room of that name. A client can also ask for a new one outright, so that is looked at again here.
     * @param options - what the client sent
     */
    public override onCreate(options: Record<string, unknown>): void {
        this.title = String(options[TITLE_OPTION]);
        // 160 random bits: nobody can name the id of a room that is yet to come.
        this.roomId = randomId();
        const limit = this._context.settings.maxMembers;
        const wanted = options.maxMembers;
        this._maxMembers = typeof wanted === "number" && Number.isFinite(wanted) ? Math.min(Math.max(Math.trunc(wanted), 1), limit) : limit;
        if (!this._context.rooms.addRoom(this)) {
            throw new ProtocolError("forbidden", "There is a room of that name; join it.");
        }
        this.onMessage("attributes", (client: Client, patch: unknown) => this._onAttributes(client, patch));
        this.onMessage("message", (client: Client, message: unknown) => this._onSaid(client, message));
        this.onMessage("*", (client: Client) => {
            if (this._allow(client)) {
                this._refuse(client, "invalidRequest", "The server knows no such message.");
            }
        });
    }

    /**
     * Called by Colyseus when a client's socket stands.
     * @param client - who
     * @param _options - what they sent
     * @param auth - who they are
     */
    public override onJoin(client: Client, _options: unknown, auth: IMemberAuth): void {
        if (auth.title !== this.title) {
            throw new ProtocolError("forbidden", "That is another room.");
        }
        const before = this._members.get(auth.id);
        if (!before && this.full) {
            throw new ProtocolError("roomFull", "The room is full.");
        }
        const info: IMemberInfo = { id: auth.id, name: auth.name, attributes: auth.attributes };
        this._welcomeIn(client);
        this._members.set(auth.id, { info, client, vouched: auth.vouched });
        const room: IRoomInfo = {
            id: this.roomId,
            name: this.title,
            maxMembers: this._maxMembers,
            owner: this._members.keys().next().value ?? auth.id,
            locked: false,
            private: false,
            policy: "everyone",
            hasPassword: false,
            description: "",
            properties: {},
        };
        this._say(client, "welcome", { room, self: auth.id, members: [...this._members.values()].map((member) => member.info) });
        if (before) {
            // Whoever comes again keeps their place, so the others see no coming and going.
            this._close(before.client, "duplicateIdentity", "The same user connected again from elsewhere.");
            if (JSON.stringify(before.info) !== JSON.stringify(info)) {
                this._sayToOthers(auth.id, "memberChanged", info);
            }
        } else {
            this._sayToOthers(auth.id, "memberJoined", info);
        }
    }

    /**
     * Called by Colyseus when a client's socket is gone.
     * @param client - who
     * @param code - the close code
     */
    public override onLeave(client: Client, code?: number): void {
        this._seeOff(client);
        const member = this._memberOf(client);
        if (member) {
            this._remove(member, leaveReasonOf(code));
        }
    }

    /** Called by Colyseus when the room is over, or could not be created. */
    public override onDispose(): void {
        this._context.rooms.removeRoom(this);
    }

    private _remove(member: IMember, reason: LeaveReason): void {
        this._members.delete(member.info.id);
        if (!this._ending) {
            this._sayToOthers(member.info.id, "memberLeft", { id: member.info.id, reason });
        }
        this._context.rooms.memberLeft(this.roomId, member.info.id);
    }

    private _onAttributes(client: Client, patch: unknown): void {
        const member = this._memberOf(client);
        if (!member || !this._allow(client)) {
            return;
        }
        const changes = toPlainObject(patch, MAX_BYTES);
        const attributes = changes && toPlainObject({ ...member.info.attributes, ...changes, ...member.vouched }, MAX_BYTES);
        if (attributes === undefined) {
            this._refuse(client, "invalidRequest", "Attributes are an object of at most 2 KiB as JSON.");
            return;
        }
        member.info = { ...member.info, attributes };
        for (const other of this._members.values()) {
            this._say(other.client, "memberChanged", member.info);
        }
    }

    private _onSaid(client: Client, message: unknown): void {
        const member = this._memberOf(client);
        if (!member || !this._allow(client)) {
            return;
        }
        const { topic, data } = isPlainObject(message) ? message : {};
        const line = toLine(topic, MAX_TOPIC);
        const json = toPlainJson(data ?? null, MAX_BYTES);
        if (line === undefined || json === undefined) {
            this._refuse(client, "invalidRequest", "A message has a topic of 1 to 64 characters and data of at most 2 KiB as JSON.");
            return;
        }
        this._sayToOthers(member.info.id, "message", { from: member.info.id, topic: line, data: json });
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
        for (const member of this._members.values()) {
            if (member.info.id !== id) {
                this._say(member.client, type, message);
            }
        }
    }
}
