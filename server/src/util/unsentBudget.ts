/** Limits of unsent data, in bytes. */
export interface IUnsentLimits {
    /** For all clients together. */
    readonly total: number;
    /** For the clients of one network address. */
    readonly perAddress: number;
    /** For the connections of one user. */
    readonly perUser: number;
}

/** Poll interval of the send queues, in milliseconds. */
const lookMs = 1000;
/** Time without progress after which a send queue counts as stuck and its connection is closed, in milliseconds. */
const stuckMs = 5000;

/** Part of a `ws` WebSocket that is used here. Other transports lack these fields; their data is not counted. */
export interface IQueueingSocket {
    readonly bufferedAmount?: number;
    readonly _socket?: { readonly _handle?: { readonly writeQueueSize?: number } | null } | null;
}

/** Owner of a send queue, and the callback that closes its connection. */
export interface IQueueOwner {
    /** Network address. Empty if unknown; then only the limits per user and in total apply. */
    readonly address: string;
    /** The user's id. */
    readonly user: string;
    /** Closes the connection; called at most once. */
    end(sentence: string): void;
}

interface IQueue {
    readonly socket: IQueueingSocket;
    readonly owner: IQueueOwner;
    size: number;
    /** Bytes in libuv's write queue at the last progress; `size` if there is no such queue. */
    moved: number;
    /** Time of the last progress, or when the queue was last empty, in milliseconds. */
    movedAt: number;
}

/**
 * Limits unsent data in memory: in total, per address and per user. Above a limit, the connection with the largest of the queues
 * that count towards it is closed. A connection whose queue makes no progress for 5 s is closed, too.
 */
export class UnsentBudget {
    private readonly _queues = new Map<IQueueingSocket, IQueue>();
    private readonly _byAddress = new Map<string, number>();
    private readonly _byUser = new Map<string, number>();
    private readonly _limits: IUnsentLimits;
    private readonly _now: () => number;
    private _total = 0;
    private _timer: NodeJS.Timeout | undefined;

    /**
     * @param limits - limits of unsent data
     * @param now - the clock, in milliseconds
     */
    public constructor(limits: IUnsentLimits, now: () => number) {
        this._limits = limits;
        this._now = now;
    }

    /** Unsent data of all sockets, in bytes. Each socket is measured at each poll, and after a send of its own. */
    public get total(): number {
        return this._total;
    }

    /**
     * Counts the unsent data of a socket until `remove` is called.
     * @param socket - the socket
     * @param owner - owner of its connection
     */
    public add(socket: IQueueingSocket, owner: IQueueOwner): void {
        this._queues.set(socket, { socket, owner, size: 0, moved: 0, movedAt: this._now() });
        this._timer ??= setInterval(() => this._look(), lookMs).unref();
    }

    /**
     * Removes a closed socket.
     * @param socket - the socket; ignored if it was not added
     */
    public remove(socket: IQueueingSocket): void {
        const queue = this._queues.get(socket);
        if (queue) {
            this._setSize(queue, 0);
            this._queues.delete(socket);
        }
        if (this._queues.size === 0) {
            clearInterval(this._timer);
            this._timer = undefined;
        }
    }

    /**
     * Updates the count after a send. May close this connection or another one.
     * @param socket - the socket; ignored if it was not added
     */
    public sent(socket: IQueueingSocket): void {
        const queue = this._queues.get(socket);
        if (!queue) {
            return;
        }
        this._setSize(queue, socket.bufferedAmount ?? 0);
        const { address, user } = queue.owner;
        if ((this._byUser.get(user) ?? 0) > this._limits.perUser) {
            this._endLargest("You do not read the messages that are sent to you.", (each) => each.owner.user === user);
        }
        if (address !== "" && (this._byAddress.get(address) ?? 0) > this._limits.perAddress) {
            this._endLargest("Your network does not read the messages that are sent to it.", (each) => each.owner.address === address);
        }
        if (this._total > this._limits.total) {
            this._endLargest("The server holds too many unread messages.", () => true);
        }
    }

    private _setSize(queue: IQueue, size: number): void {
        const more = size - queue.size;
        if (more === 0) {
            return;
        }
        if (queue.size === 0) {
            queue.movedAt = this._now();
        }
        queue.size = size;
        this._total += more;
        addTo(this._byAddress, queue.owner.address, more);
        addTo(this._byUser, queue.owner.user, more);
    }

    private _endLargest(sentence: string, isOne: (queue: IQueue) => boolean): void {
        const ones = [...this._queues.values()].filter(isOne);
        // The recorded sizes can be outdated.
        ones.forEach((each) => this._setSize(each, each.socket.bufferedAmount ?? 0));
        const largest = ones.reduce<IQueue | null>((most, each) => (most && most.size >= each.size ? most : each), null);
        if (largest && largest.size > 0) {
            this._end(largest, sentence);
        }
    }

    private _end(queue: IQueue, sentence: string): void {
        this.remove(queue.socket);
        queue.owner.end(sentence);
    }

    private _look(): void {
        const now = this._now();
        for (const queue of [...this._queues.values()]) {
            const before = queue.size;
            const size = queue.socket.bufferedAmount ?? 0;
            const inSystem = queue.socket._socket?._handle?.writeQueueSize;
            this._setSize(queue, size);
            // Node passes many messages to libuv in one write. `bufferedAmount` changes only when that write is complete; `writeQueueSize` shows its
            // progress.
            if (size === 0 || (inSystem === undefined ? size < before : inSystem !== queue.moved)) {
                queue.moved = inSystem ?? size;
                queue.movedAt = now;
            } else if (now - queue.movedAt >= stuckMs) {
                this._end(queue, "You have not read messages for 5 s.");
            }
        }
    }
}

function addTo(sums: Map<string, number>, key: string, more: number): void {
    const sum = (sums.get(key) ?? 0) + more;
    if (sum > 0) {
        sums.set(key, sum);
    } else {
        sums.delete(key);
    }
}
