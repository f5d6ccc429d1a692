import type { Link } from "./link.js";

/** Grace period in which a paused sender must stop, in milliseconds. An unmodified client stops 50 ms after it has received our interest. */
const graceMs = 2_000;

/** Poll interval, in milliseconds. */
const periodMs = 1_000;

/** State of a link on which no packets should arrive. */
interface IWatched {
    readonly link: Link;
    readonly since: number;
    packets: number | null;
}

/** Links for the guard to watch, and its callback. */
export interface IPausedSenderGuardOptions {
    /** Link to a member, if there is one. */
    readonly linkOf: (id: string) => Link | null;
    /** Called when a member continues to send although its voice is paused. */
    readonly onTrespass: (id: string) => void;
}

/** Watches the members whose voice we have paused, and cuts off a member that continues to send. While no member is paused, no timer runs. */
export class PausedSenderGuard {
    private readonly _options: IPausedSenderGuardOptions;
    private readonly _watched = new Map<string, IWatched>();
    /** Peer ids of the members that are cut off, by member id. A member who joins again with another peer id is not cut off. */
    private readonly _cutOff = new Map<string, string>();
    private _paused: ReadonlySet<string> = new Set();
    private _timer: ReturnType<typeof setInterval> | undefined;

    /** @param options - links and callback */
    public constructor(options: IPausedSenderGuardOptions) {
        this._options = options;
    }

    /**
     * Sets the members whose voice is paused.
     * @param ids - the complete set of member ids
     * @returns ids of members who were cut off and are not paused any more, so that they may be called again
     */
    public setPaused(ids: ReadonlySet<string>): readonly string[] {
        this._paused = ids;
        // Packets that arrive between two pauses are wanted, so watching starts anew with the next pause.
        this._watched.forEach((_, id) => !ids.has(id) && this._watched.delete(id));
        const back = [...this._cutOff.keys()].filter((id) => !ids.has(id));
        back.forEach((id) => this._cutOff.delete(id));
        if (ids.size === 0) {
            this.dispose();
        } else {
            this._timer ??= setInterval(() => void this._lookAsync(), periodMs);
        }
        return back;
    }

    /** True if the member is cut off with this peer id, so that no call is made or answered. */
    public isCutOff(id: string, peerId: string): boolean {
        return this._cutOff.get(id) === peerId;
    }

    /** Stops watching. */
    public dispose(): void {
        clearInterval(this._timer);
        this._timer = undefined;
        this._watched.clear();
    }

    private async _lookAsync(): Promise<void> {
        await Promise.all([...this._paused].map((id) => this._lookAtAsync(id)));
    }

    private async _lookAtAsync(id: string): Promise<void> {
        const link = this._options.linkOf(id);
        let watched = this._watched.get(id);
        if (!link) {
            this._watched.delete(id);
            return;
        }
        if (watched?.link !== link) {
            watched = { link, since: performance.now(), packets: null };
            this._watched.set(id, watched);
        }
        if (performance.now() - watched.since < graceMs) {
            return;
        }
        const { packetsReceived = null } = (await link.factsAsync()) ?? {};
        if (packetsReceived === null || this._watched.get(id) !== watched) {
            return;
        }
        if (watched.packets !== null && packetsReceived > watched.packets) {
            this._watched.delete(id);
            this._cutOff.set(id, link.peerId);
            this._options.onTrespass(id);
        } else {
            watched.packets = packetsReceived;
        }
    }
}
