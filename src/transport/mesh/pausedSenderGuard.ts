import type { Link } from "./link.js";

/** Time that a sender has to stop once it was asked, in milliseconds; honest ones need one message and 50 ms. */
const graceMs = 2_000;

/** Poll interval, in milliseconds. */
const periodMs = 1_000;

/** State of a link by which nothing may come. */
interface IWatched {
    readonly link: Link;
    readonly since: number;
    packets: number | null;
}

/** The links that the guard looks at, and its callback. */
export interface IPausedSenderGuardOptions {
    /** The link to that member, if there is one. */
    readonly linkOf: (id: string) => Link | null;
    /** Somebody goes on sending what nobody wants. */
    readonly onTrespass: (id: string) => void;
}

/** Looks after those whose voice we have paused: whoever goes on sending is cut off. While nobody is paused it does nothing. */
export class PausedSenderGuard {
    private readonly _options: IPausedSenderGuardOptions;
    private readonly _watched = new Map<string, IWatched>();
    /** Peer ids of those who were cut off, by member id: whoever enters again is another peer. */
    private readonly _cutOff = new Map<string, string>();
    private _paused: ReadonlySet<string> = new Set();
    private _timer: ReturnType<typeof setInterval> | undefined;

    /** @param options - what it looks at */
    public constructor(options: IPausedSenderGuardOptions) {
        this._options = options;
    }

    /**
     * Whose voice is paused from now on.
     * @param ids - all of them
     * @returns those who were cut off and may come back
     */
    public setPaused(ids: ReadonlySet<string>): readonly string[] {
        this._paused = ids;
        // Whoever is paused anew is looked after anew: what came in between was wanted.
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

    /** Tells whether nothing shall come of that member. */
    public isPaused(id: string): boolean {
        return this._paused.has(id);
    }

    /** Tells whether no call of that member's peer shall be made or answered. */
    public isCutOff(id: string, peerId: string): boolean {
        return this._cutOff.get(id) === peerId;
    }

    /** Looks no longer. */
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
