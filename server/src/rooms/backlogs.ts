import { randomBytes } from "node:crypto";

/** Overhead of an unconfirmed message, in bytes. */
const overheadBytes = 256;
/** Initial, smallest and largest window of one client, in bytes. The window limits the unconfirmed data of all senders together. */
const firstWindow = 32 * 1024;
const minWindow = 8 * 1024;
const maxWindow = 192 * 1024;
/** Smallest number of senders that a window is divided by, so that a single sender leaves space for others. */
const minSenders = 2;
/**
 * Unconfirmed data of one client, in windows, at which no further member can start sending to it. Without this limit, many members could each send
 * one large message at the same time.
 */
const mostWindows = 8;
/** Times in milliseconds: a confirmation within `quickMs` doubles a client's window, and one after more than `slowMs` halves it. */
const quickMs = 500;
const slowMs = 1500;
/** Fraction of a client's window after which a confirmation is requested. */
const askPart = 1 / 8;
/** Upper limit of that fraction of the window, in bytes. */
const maxUnasked = 4 * 1024;
/** Maximum number of unanswered confirmation requests to one client. */
const maxQuestions = 32;

/** The members of a WebSocket that are used here. Other transports may lack `ping` and `on`; all data sent over them counts as received. */
export interface IConfirmingSocket {
    readonly readyState?: number;
    readonly OPEN?: number;
    ping?(data: Buffer): void;
    on?(event: "pong", listener: (data: Buffer) => void): unknown;
}

interface IQuestion {
    readonly word: Buffer;
    /** Bytes sent before this request. */
    readonly sent: number;
    readonly at: number;
}

/** Data that was sent to one client, and how much of it the client has confirmed. */
interface IBacklog {
    /** Total bytes sent, and total bytes confirmed (`received`). */
    sent: number;
    received: number;
    window: number;
    readonly socket: IConfirmingSocket;
    readonly questions: IQuestion[];
    /** Unconfirmed data, in the order of sending. `end`: value of `sent` after the part. */
    readonly parts: { readonly from: string; cost: number; end: number }[];
    readonly shares: Map<string, number>;
}

/**
 * Flow control: tracks the unconfirmed data of each client, by sender. The socket's own counter is not enough, because megabytes that it counts as
 * sent can still wait in the system's buffers. Therefore a WebSocket ping with unguessable content follows the messages; the pong confirms that they
 * have been read. A client's window grows while it confirms quickly and shrinks while it confirms slowly; all senders share the window. For a sender
 * that exceeds its share, `isFull` returns true; other senders can still send to the client.
 */
export class Backlogs<Client extends object> {
    private readonly _backlogs = new Map<Client, IBacklog>();
    private readonly _now: () => number;
    private readonly _onRead: (client: Client) => void;

    /**
     * @param now - the clock, in milliseconds
     * @param onRead - called when a client has confirmed data
     */
    public constructor(now: () => number, onRead: (client: Client) => void) {
        this._now = now;
        this._onRead = onRead;
    }

    /**
     * Starts tracking a client. Idempotent.
     * @param client - the client
     * @param socket - socket of the client
     */
    public open(client: Client, socket: IConfirmingSocket): void {
        if (this._backlogs.has(client) || !socket.ping || !socket.on) {
            return;
        }
        const backlog: IBacklog = {
            sent: 0,
            received: 0,
            window: firstWindow,
            socket,
            questions: [],
            parts: [],
            shares: new Map(),
        };
        this._backlogs.set(client, backlog);
        socket.on("pong", (word) => {
            if (this._onAnswer(backlog, word)) {
                this._onRead(client);
            }
        });
    }

    /**
     * Stops tracking a client.
     * @param client - the client
     */
    public close(client: Client): void {
        this._backlogs.delete(client);
    }

    /**
     * Counts data sent to a client.
     * @param client - receiver
     * @param from - id of the member who caused it; empty = no member
     * @param bytes - size of the data
     */
    public add(client: Client, from: string, bytes: number): void {
        const backlog = this._backlogs.get(client);
        if (!backlog) {
            return;
        }
        const cost = bytes + overheadBytes;
        backlog.sent += cost;
        const last = backlog.parts.at(-1);
        if (last?.from === from && last.end > (backlog.questions.at(-1)?.sent ?? backlog.received)) {
            last.cost += cost;
            last.end = backlog.sent;
        } else {
            backlog.parts.push({ from, cost, end: backlog.sent });
        }
        backlog.shares.set(from, (backlog.shares.get(from) ?? 0) + cost);
        this._ask(backlog);
    }

    /**
     * @param client - receiver
     * @returns unconfirmed data of the client, in bytes
     */
    public waitingFor(client: Client): number {
        const backlog = this._backlogs.get(client);
        return backlog ? backlog.sent - backlog.received : 0;
    }

    /**
     * @param client - receiver
     * @param from - id of the sending member
     * @param bytes - size of the next message
     * @returns true if the member must not send this client more for now
     */
    public isFull(client: Client, from: string, bytes: number): boolean {
        const backlog = this._backlogs.get(client);
        if (!backlog) {
            return false;
        }
        const { window, shares } = backlog;
        const waiting = backlog.sent - backlog.received;
        const share = shares.get(from) ?? 0;
        // A sender without unconfirmed data may send one message of any size, unless the client has `mostWindows` of unconfirmed data.
        const isFull =
            share === 0 ? waiting >= window * mostWindows : share + bytes + overheadBytes > window / Math.max(shares.size, minSenders);
        if (isFull && backlog.questions.length === 0) {
            // Otherwise, unconfirmed data below the threshold for a request would block the sender forever.
            this._ask(backlog, 1);
        }
        return isFull;
    }

    private _ask(backlog: IBacklog, atLeast = Math.min(backlog.window * askPart, maxUnasked)): void {
        const { socket, questions, sent } = backlog;
        const asked = questions.at(-1)?.sent ?? backlog.received;
        if (sent - asked >= atLeast && questions.length < maxQuestions && socket.readyState === socket.OPEN) {
            const word = randomBytes(8);
            questions.push({ word, sent, at: this._now() });
            socket.ping?.(word);
        }
    }

    private _onAnswer(backlog: IBacklog, word: Buffer): boolean {
        const index = backlog.questions.findIndex((question) => question.word.equals(word));
        const answered = backlog.questions[index];
        if (!answered) {
            return false;
        }
        backlog.questions.splice(0, index + 1);
        backlog.received = answered.sent;
        const { parts, shares } = backlog;
        const rest = parts.findIndex(({ end }) => end > backlog.received);
        for (const { from, cost } of parts.splice(0, rest < 0 ? parts.length : rest)) {
            const share = (shares.get(from) ?? 0) - cost;
            if (share > 0) {
                shares.set(from, share);
            } else {
                shares.delete(from);
            }
        }
        const took = this._now() - answered.at;
        if (took > slowMs) {
            backlog.window = Math.max(backlog.window / 2, minWindow);
        } else if (took < quickMs) {
            backlog.window = Math.min(backlog.window * 2, maxWindow);
        }
        this._ask(backlog);
        return true;
    }
}
