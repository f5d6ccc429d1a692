import { Client } from "@colyseus/sdk";
import { WebSocket } from "ws";
import type { Room } from "@colyseus/sdk";
import type { IAnswer, IEnterReply, IGrantReply, IGuestReply, IMemberInfo, IRtcPeer, ISeat } from "../../protocol/wire.js";

const defaultWaitMs = 4500;

/** Keeps received messages, and waits for further ones. */
export class Inbox {
    public readonly all: { type: string; message: unknown }[] = [];
    private readonly _waiting = new Set<() => void>();

    public add(type: string, message: unknown): void {
        this.all.push({ type, message });
        this._waiting.forEach((look) => look());
    }

    /** Number of received messages of a type. */
    public count(type: string): number {
        return this.all.filter((entry) => entry.type === type).length;
    }

    /** First matching message of a type, whether already received or still to come. Rejects after `maxWaitMs`, by default 4.5 s. */
    public async firstAsync<T>(type: string, fits: (message: T) => boolean = () => true, maxWaitMs = defaultWaitMs): Promise<T> {
        return await new Promise<T>((resolve, reject) => {
            const timer = setTimeout(() => {
                this._waiting.delete(look);
                reject(new Error(`No ${type} came. What came: ${JSON.stringify(this.all)}`));
            }, maxWaitMs);
            const look = (): void => {
                const entry = this.all.find((one) => one.type === type && fits(one.message as T));
                if (entry) {
                    clearTimeout(timer);
                    this._waiting.delete(look);
                    resolve(entry.message as T);
                }
            };
            this._waiting.add(look);
            look();
        });
    }
}

/** Hides the warning that Colyseus' client prints for each connection that the server closes. Other warnings go to stderr. */
export function quieten(): void {
    jest.spyOn(console, "warn").mockImplementation((...parts: unknown[]) => {
        if (!String(parts[0]).startsWith("Room connection was closed unexpectedly")) {
            process.stderr.write(`${parts.map(String).join(" ")}\n`);
        }
    });
}

/** A joined Colyseus room with all messages it has received. */
export interface IJoined {
    readonly room: Room;
    readonly inbox: Inbox;
    /** Resolves with the close code of the connection. */
    readonly left: Promise<number>;
}

/** Posts a body as JSON, or a string unchanged. The response must be JSON. */
export async function postAsync(
    url: string,
    body: unknown,
    headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> {
    const response = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", ...headers },
        body: typeof body === "string" ? body : JSON.stringify(body),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown>, headers: response.headers };
}

export async function guestAsync(url: string, name: string): Promise<IGuestReply> {
    const { status, body } = await postAsync(`${url}/guest`, { name });
    expect({ status, body }).toMatchObject({ status: 200 });
    return body as unknown as IGuestReply;
}

export async function grantAsync(url: string, identity: string, room: string): Promise<IGrantReply> {
    const { status, body } = await postAsync(`${url}/token`, { room }, { Authorization: `Bearer ${identity}` });
    expect({ status, body }).toMatchObject({ status: 200 });
    return body as unknown as IGrantReply;
}

/** Joins a room of a type. Default method: `joinOrCreate`. */
export async function joinAsync(
    url: string,
    type: string,
    options: Record<string, unknown>,
    method: "joinOrCreate" | "join" | "create" | "joinById" = "joinOrCreate",
): Promise<IJoined> {
    return listenTo(await new Client(url)[method](type, options));
}

/** Joins with a reserved seat. */
export async function sitDownAsync(url: string, seat: ISeat): Promise<IJoined> {
    const { processId = "", ...more } = seat;
    return listenTo(await new Client(url).consumeSeatReservation({ processId, ...more }));
}

/** Requests seats in a room and in its voice, by default as a new guest. Returns the response. */
export async function askToEnterAsync(
    url: string,
    join: Record<string, unknown>,
    more: Record<string, unknown> = {},
    headers: Record<string, string> = {},
): Promise<{ status: number; body: Record<string, unknown> }> {
    return await postAsync(`${url}/enter`, { join, guest: { name: "Guest" }, create: true, voice: true, ...more }, headers);
}

/** Requests seats, and expects the server to accept. */
export async function seatsAsync(url: string, join: Record<string, unknown>, name: string): Promise<Required<IEnterReply>> {
    const { status, body } = await askToEnterAsync(url, join, { guest: { name } });
    expect({ status, body }).toMatchObject({ status: 200, body: { voice: {} } });
    return body as unknown as Required<IEnterReply>;
}

function listenTo(room: Room): IJoined {
    room.reconnection.enabled = false;
    const inbox = new Inbox();
    room.onMessage("*", (kind: string | number, message: unknown) => inbox.add(String(kind), message));
    const left = new Promise<number>((resolve) => room.onLeave((code) => resolve(code)));
    return { room, inbox, left };
}

/** The protocol's error code of a refused join; `joined` if the join succeeds. */
export async function refusalAsync(joining: Promise<unknown>): Promise<string> {
    return await joining.then(
        () => "joined",
        (error: unknown) => (error instanceof Error ? (error.message.split(":")[0] ?? "") : String(error)),
    );
}

/** Sends a request as clients do. @returns the answer's value, or the refusal */
export async function askAsync({ room, inbox }: IJoined, type: string, value: unknown): Promise<unknown> {
    const ask = inbox.count("answer") + Math.random();
    room.send(type, { ask, value });
    const answer = await inbox.firstAsync<IAnswer>("answer", (each) => each.ask === ask);
    return answer.refused ?? answer.value;
}

/** WebSocket URL of a reserved seat, as Colyseus' client builds it. */
export function seatUrl(
    url: string,
    { processId, roomId, sessionId }: Readonly<Partial<Record<"processId" | "roomId" | "sessionId", unknown>>>,
): string {
    return `${url.replace("http", "ws")}/${String(processId)}/${String(roomId)}?sessionId=${String(sessionId)}`;
}

/** A guest in a room. */
export interface IMember extends IJoined {
    readonly identity: string;
    readonly id: string;
    readonly roomId: string;
}

export async function enterAsync(url: string, roomName: string, name: string, more: Record<string, unknown> = {}): Promise<IMember> {
    const guest = await guestAsync(url, name);
    const joined = await joinAsync(url, "room", { name: roomName, identity: guest.identity, ...more });
    await joined.inbox.firstAsync("welcome");
    return { ...joined, identity: guest.identity, id: guest.user.id, roomId: joined.room.roomId };
}

/** A guest in an RTC room. */
export interface IVoice extends IJoined {
    readonly id: string;
    readonly identity: string;
    readonly grant: IGrantReply;
    readonly self: string;
    readonly secret: string;
    readonly peers: IRtcPeer[];
}

export async function enterVoiceAsync(url: string, guest: { identity: string; id: string }, roomId: string): Promise<IVoice> {
    const grant = await grantAsync(url, guest.identity, roomId);
    const joined = await joinAsync(url, "rtc", { room: roomId, token: grant.token });
    const welcome = await joined.inbox.firstAsync<{ self: string; secret: string; peers: IRtcPeer[] }>("welcome");
    return { ...joined, ...welcome, id: guest.id, identity: guest.identity, grant };
}

/** A guest in a room and in its voice. */
export async function enterBothAsync(url: string, roomName: string, name: string): Promise<{ member: IMember; voice: IVoice }> {
    const member = await enterAsync(url, roomName, name);
    return { member, voice: await enterVoiceAsync(url, member, member.roomId) };
}

/** Member names from a client's own list: the `welcome` message and all changes since. */
export function rosterOf(inbox: Inbox): string[] {
    const roster = new Map<string, string>();
    for (const { type, message } of inbox.all) {
        if (type === "welcome") {
            (message as { members: IMemberInfo[] }).members.forEach((member) => roster.set(member.id, member.name));
        } else if (type === "memberJoined" || type === "memberChanged") {
            roster.set((message as IMemberInfo).id, (message as IMemberInfo).name);
        } else if (type === "memberLeft") {
            roster.delete((message as { id: string }).id);
        }
    }
    return [...roster.values()];
}

/** A signalling socket. */
export interface ISignalSocket {
    readonly socket: WebSocket;
    readonly inbox: Inbox;
    readonly closed: Promise<number>;
    send(message: unknown): void;
}

export function signalUrl(url: string, id: string, token: string): string {
    return `${url.replace("http", "ws")}/signal/peerjs?${new URLSearchParams({ key: "peerjs", id, token, version: "1.5.5" }).toString()}`;
}

/** Opens a signalling socket; rejects with the HTTP status if it is refused. */
export async function openAsync(address: string, headers: Record<string, string> = {}): Promise<ISignalSocket> {
    const socket = new WebSocket(address, { headers, rejectUnauthorized: false });
    const inbox = new Inbox();
    socket.on("message", (data: Buffer) => {
        const message = JSON.parse(data.toString()) as { type: string };
        inbox.add(message.type, message);
    });
    const closed = new Promise<number>((resolve) => socket.once("close", (code) => resolve(code)));
    await new Promise<void>((resolve, reject) => {
        socket.once("open", resolve);
        socket.once("unexpected-response", (_request, response) => reject(new Error(`refused ${response.statusCode}`)));
        socket.once("error", reject);
    });
    socket.on("error", () => undefined);
    return { socket, inbox, closed, send: (message) => socket.send(typeof message === "string" ? message : JSON.stringify(message)) };
}

/** A signalling message about a call, as PeerJS sends it. `more`: additional fields of the payload. */
export function callSignal(type: "OFFER" | "ANSWER" | "CANDIDATE", dst: string, connectionId = "mc_1", more: object = {}): object {
    return { type, dst, payload: { type: "media", connectionId, ...more } };
}

/** Opens the signalling socket of a voice, and waits for the server's `OPEN`. */
export async function signalAsync(url: string, voice: IVoice): Promise<ISignalSocket> {
    const signal = await openAsync(signalUrl(url, voice.self, voice.secret));
    await signal.inbox.firstAsync("OPEN");
    return signal;
}
