import { BehaviorSubject, Subject, distinctUntilChanged } from "rxjs";
import type { Observable } from "rxjs";
import type { IRoomAsks, IRoomClientMessages, IRoomJoinRequest, IRoomServerMessages } from "../../server/src/protocol.js";
import { openServerRoomAsync } from "../interop/serverRoom.js";
import type { IServerRoom, MessageOf } from "../interop/serverRoom.js";
import { RtcError, throwIfAborted } from "../rtcError.js";
import { noMembers, withMessage } from "./memberList.js";
import type { MemberList } from "./memberList.js";
import type { IRoomJoinOptions, IRoomMessage, IRoomService, RoomStatus } from "./room.js";
import { roomName } from "./roomName.js";
import type { IRtcUser, ServerIdentity } from "./serverIdentity.js";

type Connection = IServerRoom<IRoomClientMessages, IRoomAsks>;
type ServerMessage = MessageOf<IRoomServerMessages>;

/** The most that attributes and a message may take, in bytes of JSON. The server has the same limit. */
const maxBytes = 2_048;

const idle: RoomStatus = { state: "idle" };
const processing: RoomStatus = { state: "processing" };

/** The rooms of our own server, one at a time. */
export class ServerRoomService implements IRoomService {
    public readonly status$: Observable<RoomStatus>;
    public readonly members$: Observable<MemberList>;
    public readonly messages$: Observable<IRoomMessage>;

    private readonly _status = new BehaviorSubject<RoomStatus>(idle);
    private readonly _members = new BehaviorSubject<MemberList>(noMembers);
    private readonly _messages = new Subject<IRoomMessage>();
    private readonly _server: string;
    private readonly _user: IRtcUser;
    private readonly _identity: ServerIdentity;
    private _connection: Connection | null = null;
    private _disposed = false;
    /** The latest wish; an older one that is still under way sees that it is no longer this one, and gives up. */
    private _wish = new AbortController();
    /** Ends when everything that earlier wishes opened is closed. Never rejects. */
    private _settled: Promise<void> = Promise.resolve();

    /**
     * @param server - the server's address, without a slash at the end
     * @param user - who enters
     * @param identity - proves it to the server
     */
    public constructor(server: string, user: IRtcUser, identity: ServerIdentity) {
        this._server = server;
        this._user = user;
        this._identity = identity;
        this.status$ = this._status.pipe(distinctUntilChanged());
        this.members$ = this._members.pipe(distinctUntilChanged());
        this.messages$ = this._messages.asObservable();
    }

    /** {@inheritDoc IRoomService.joinAsync} */
    public async joinAsync(name: string, options: IRoomJoinOptions = {}): Promise<void> {
        throwIfAborted(options.signal);
        if (this._disposed) {
            throw new RtcError("disposed", "The plugin is disposed; add it to the scene again to enter a room.");
        }
        const room = roomName(name);
        const attributes = checked(options.attributes ?? this._user.attributes ?? {}, "The attributes");
        const { wish, ready } = this._newWish();
        // Listeners hear of it inside the caller's click, so that sound and microphone can be asked for.
        this._status.next(processing);

        const signal = options.signal ? AbortSignal.any([options.signal, wish.signal]) : wish.signal;
        const entering = this._enterAsync(room, attributes, options, ready, signal);
        this._settled = entering.then(
            () => undefined,
            () => undefined,
        );
        try {
            await entering;
        } catch (error) {
            if (wish === this._wish) {
                this._status.next(idle);
            }
            throw RtcError.From(error, "unknown", "The room could not be joined.");
        }
    }

    /** {@inheritDoc IRoomService.leaveAsync} */
    public async leaveAsync(): Promise<void> {
        const { wish, ready } = this._newWish();
        if (this._status.value.state === "inRoom") {
            this._status.next(processing);
        }
        await ready;
        if (wish === this._wish) {
            this._status.next(idle);
        }
    }

    /** {@inheritDoc IRoomService.setAttributes} */
    public setAttributes(attributes: Readonly<Record<string, unknown>>): void {
        this._connection?.send("attributes", checked(attributes, "The attributes"));
    }

    /** {@inheritDoc IRoomService.send} */
    public send(topic: string, data: unknown): void {
        this._connection?.send("message", checked({ topic, data }, "The message"));
    }

    /** Leaves and ends all streams; nothing works afterwards. */
    public async disposeAsync(): Promise<void> {
        this._disposed = true;
        await this.leaveAsync();
        this._status.complete();
        this._members.complete();
        this._messages.complete();
    }

    /** Cancels what is under way and closes what is open; `ready` ends when that is done. */
    private _newWish(): { wish: AbortController; ready: Promise<void> } {
        this._wish.abort(new RtcError("aborted", "A later join or leave took its place."));
        this._wish = new AbortController();
        const open = this._connection;
        this._connection = null;
        this._members.next(noMembers);
        const ready = Promise.all([this._settled, open?.leaveAsync()]).then(() => undefined);
        this._settled = ready;
        return { wish: this._wish, ready };
    }

    private async _enterAsync(
        name: string,
        attributes: Readonly<Record<string, unknown>>,
        options: IRoomJoinOptions,
        ready: Promise<void>,
        signal: AbortSignal,
    ): Promise<void> {
        await ready;
        await this._identity.useAsync(
            (identity) => this._openAsync({ name, identity, attributes: { ...attributes } }, options, signal),
            signal,
        );
    }

    private async _openAsync(who: IRoomJoinRequest, options: IRoomJoinOptions, signal: AbortSignal): Promise<void> {
        const request: IRoomJoinRequest = { ...who, ...(options.maxMembers === undefined ? {} : { maxMembers: options.maxMembers }) };
        let members: MemberList = noMembers;
        let status = null as RoomStatus | null;
        const connection: Connection = await openServerRoomAsync<IRoomServerMessages, IRoomClientMessages, IRoomAsks>({
            server: this._server,
            type: "room",
            options: request,
            create: options.create ?? true,
            signal,
            onMessage: (message) => {
                members = withMessage(members, message);
                if (message.type === "welcome") {
                    status = inRoom(message.payload, members);
                } else if (this._connection === connection) {
                    this._onMessage(message, members);
                }
            },
            onLost: (error) => this._onLost(connection, error),
        });
        if (status === null || signal.aborted) {
            await connection.leaveAsync();
            throwIfAborted(signal);
            throw new RtcError("unknown", "The server's list of members lacks this one; are client and server of the same version?");
        }
        this._connection = connection;
        this._members.next(members);
        this._status.next(status);
    }

    private _onMessage(message: ServerMessage, members: MemberList): void {
        this._members.next(members);
        if (message.type === "message") {
            this._messages.next(message.payload);
        }
    }

    private _onLost(connection: Connection, error: RtcError): void {
        if (this._connection === connection) {
            this._connection = null;
            this._members.next(noMembers);
            this._status.next({ state: "notAvailable", error });
        }
    }
}

function inRoom(welcome: IRoomServerMessages["welcome"], members: MemberList): RoomStatus | null {
    const self = members.get(welcome.self);
    return self ? { state: "inRoom", room: { id: welcome.room.id, name: welcome.room.name }, self } : null;
}

function checked<T extends object>(value: T, what: string): T {
    let size: number;
    try {
        size = new TextEncoder().encode(JSON.stringify(value)).length;
    } catch (cause) {
        throw new RtcError("invalidArgument", `${what} must be something that JSON can hold.`, { cause });
    }
    if (size > maxBytes) {
        throw new RtcError("invalidArgument", `${what} may take ${maxBytes} bytes as JSON, not ${size}.`);
    }
    return value;
}
