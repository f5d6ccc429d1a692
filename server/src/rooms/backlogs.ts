import { randomBytes } from "node:crypto";

/** Overhead of a waiting message, in bytes. */
const overheadBytes = 256;
/** Sent and not yet received by one client, from all others together: at first, at least and at most. */
const firstWindow = 32 * 1024;
const minWindow = 8 * 1024;
const maxWindow = 192 * 1024;
/** Fewest that share it, so that one alone leaves room for others. */
const minSenders = 2;
/** A client to whom so much goes beyond it is sent nothing by members: many send large messages at once. */
const mostWindows = 8;
/** A client that has received within `quickMs` is sent twice as much at a time; one that has not within `slowMs`, half. */
const quickMs = 500;
const slowMs = 1500;
/** Part of a client's window after which it is asked to confirm. */
const askPart = 1 / 8;
/** The same at most, in bytes. */
const maxUnasked = 4 * 1024;
/** Questions that are open at a time. */
const maxQuestions = 32;

/** The part of a WebSocket that is used. Other transports may lack it; what they have sent then counts as received. */
export interface IConfirmingSocket {
    readonly readyState?: number;
    readonly OPEN?: number;
    ping?(data: Buffer): void;
    on?(event: "pong", listener: (data: Buffer) => void): unknown;
}

interface IQuestion {
    readonly word: Buffer;
    /** Bytes that had been sent before it. */
    readonly sent: number;
    readonly at: number;
}

/** Data that one client was sent and has not confirmed. */
interface IBacklog {
    /** All that was ever sent and confirmed. */
    sent: number;
    received: number;
    window: number;
    readonly socket: IConfirmingSocket;
    readonly questions: IQuestion[];
    /** In the order of sending. */
    readonly parts: { readonly from: string; cost: number; end: number }[];
    readonly shares: Map<string, number>;
}

/**
 * Unconfirmed data of each client, by its sender. A socket alone tells little of that: megabytes of what it
 * counts as gone wait in the system. So a WebSocket ping follows the messages, which is answered when they have been read; its content cannot be
 * guessed. Who sends to a client that reads slowly is told so, as soon as they themselves take up more than their part of what that client is sent at
 * a time, which is some two seconds' worth. Others' messages still go there.
 */
export class Backlogs<Client extends object> {
    private readonly _backlogs = new Map<Client, IBacklog>();
    private readonly _now: () => number;
    private readonly _onRead: (client: Client) => void;

    /**
     * @param now - the clock, in milliseconds
     * @param onRead - called when a client has read something
     */
    public constructor(now: () => number, onRead: (client: Client) => void) {
        this._now = now;
        this._onRead = onRead;
    }

    /**
     * Begins to count what a client is sent. A second call changes nothing.
     * @param client - who
     * @param socket - theirs
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
     * Forgets a client.
     * @param client - who is gone
     */
    public close(client: Client): void {
        this._backlogs.delete(client);
    }

    /**
     * Takes down what a client is sent.
     * @param client - to whom
     * @param from - id of the member whose doing it is; empty = nobody's
     * @param bytes - how much
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
     * @param client - to whom was sent
     * @returns how much of it has not arrived there, in bytes
     */
    public waitingFor(client: Client): number {
        const backlog = this._backlogs.get(client);
        return backlog ? backlog.sent - backlog.received : 0;
    }

    /**
     * @param client - who would be sent something
     * @param from - id of the member whose doing it is
     * @param bytes - how much
     * @returns whether the member has sent them enough for now
     */
    public isFull(client: Client, from: string, bytes: number): boolean {
        const backlog = this._backlogs.get(client);
        if (!backlog) {
            return false;
        }
        const { window, shares } = backlog;
        const waiting = backlog.sent - backlog.received;
        const share = shares.get(from) ?? 0;
        // Whoever has nothing there may send one message, however large and whatever others have there.
        const isFull =
            share === 0 ? waiting >= window * mostWindows : share + bytes + overheadBytes > window / Math.max(shares.size, minSenders);
        if (isFull && backlog.questions.length === 0) {
            // What is too little to be asked about would be in the way for ever.
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
