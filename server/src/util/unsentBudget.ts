/** Bounds of what waits unsent, in bytes. */
export interface IUnsentLimits {
    /** For all clients together. */
    readonly total: number;
    /** For the clients of one network address. */
    readonly perAddress: number;
    /** For the connections of one user. */
    readonly perUser: number;
}

/** Poll interval of the queues, in milliseconds. */
const lookMs = 1000;
/** A queue of which nothing goes out for so long has nobody at its other end who reads, in milliseconds. */
const stuckMs = 5000;

/** The part of a `ws` WebSocket that is used. Other transports lack it; they are not counted. */
export interface IQueueingSocket {
    readonly bufferedAmount?: number;
    readonly _socket?: { readonly _handle?: { readonly writeQueueSize?: number } | null } | null;
}

/** Whose a queue is, and what ends it. */
export interface IQueueOwner {
    /** Empty if it is not known: then only what is the user's counts, and the total. */
    readonly address: string;
    /** The user's id. */
    readonly user: string;
    /** Ends the connection; called once. */
    end(sentence: string): void;
}

interface IQueue {
    readonly socket: IQueueingSocket;
    readonly owner: IQueueOwner;
    size: number;
    /** Bytes in the system's queue when it was last seen to move, and that time. */
    moved: number;
    movedAt: number;
}

/**
 * Data sent to clients that waits in our memory: bounded in total, by address and by user. Whoever takes up most is ended, and so is
 * a connection of which nothing goes out any more.
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
     * @param limits - how much may wait
     * @param now - the clock, in milliseconds
     */
    public constructor(limits: IUnsentLimits, now: () => number) {
        this._limits = limits;
        this._now = now;
    }

    /** Waiting data as of the last look, in bytes. */
    public get total(): number {
        return this._total;
    }

    /**
     * Counts what waits in a socket, until `remove`.
     * @param socket - whose queue it is
     * @param owner - whose connection
     */
    public add(socket: IQueueingSocket, owner: IQueueOwner): void {
        this._queues.set(socket, { socket, owner, size: 0, moved: 0, movedAt: this._now() });
        this._timer ??= setInterval(() => this._look(), lookMs).unref();
    }

    /**
     * Forgets a socket that is gone.
     * @param socket - harmless if it is not counted
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
     * Looks at a socket to which something was sent. May end it, or another one.
     * @param socket - harmless if it is not counted
     */
    public sent(socket: IQueueingSocket): void {
        const queue = this._queues.get(socket);
        if (!queue) {
            return;
        }
        this._setSize(queue, socket.bufferedAmount ?? 0);
        const { address, user } = queue.owner;
        if ((this._byUser.get(user) ?? 0) > this._limits.perUser) {
            this._endLargest("What was sent to you is not read.", (each) => each.owner.user === user);
        }
        if (address !== "" && (this._byAddress.get(address) ?? 0) > this._limits.perAddress) {
            this._endLargest("What was sent to your network is not read.", (each) => each.owner.address === address);
        }
        if (this._total > this._limits.total) {
            this._endLargest("The server holds too much that is not read.", () => true);
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
        // The sizes are as of the last look.
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
            // Many messages leave our memory as one, so that their number tells nothing in between; what the system has yet to take of it does.
            if (size === 0 || (inSystem === undefined ? size < before : inSystem !== queue.moved)) {
                queue.moved = inSystem ?? size;
                queue.movedAt = now;
            } else if (now - queue.movedAt >= stuckMs) {
                this._end(queue, "What was sent to you has not been read for 5 s.");
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
