import { guestKeyLength } from "../../protocol/limits.js";
import { browserPage } from "./page.js";

/** A guest of a server, as a tab remembers one. */
export interface IKeptGuest {
    /** Token that proves the identity. */
    readonly identity: string;
    /** Secret whose hash is the id of a guest that was minted with it. */
    readonly key?: string;
    /** The name that the app asked for. */
    readonly wanted: string;
    /** The name that the guest has. */
    readonly name: string;
    /** End of the identity's use, in milliseconds since the epoch. */
    readonly until: number;
}

/** Stay of a tab, as it is remembered. Anything may be missing. */
export interface ITabRecord {
    readonly guest?: IKeptGuest | undefined;
    /** The private room that its user is in, which nobody finds by its name. */
    readonly room?: { readonly name: string; readonly id: string; readonly user: string } | undefined;
    /** True if its user had muted themselves. */
    readonly muted?: boolean | undefined;
}

/** A record as it is stored. */
interface IStored {
    /** Random name of a Web Lock; its holder has the record. */
    readonly lock: string;
    readonly record: ITabRecord;
}

/** The parts of a browser that a memory stands on; a port, so that tests need no browser. */
export interface ITabParts {
    readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
    readonly locks: Pick<LockManager, "request">;
    readonly newId: () => string;
}

/** Time that a page which was reloaded may take to let go of its lock, in milliseconds. A copy of a tab waits so long in vain. */
const lockMs = 500;

/** Locks that this very page holds: nobody need wait for them. */
const held = new Set<string>();

/**
 * Memory of a tab through a reload, in its `sessionStorage`. A browser copies that along with a tab; a lock keeps two tabs from being the same
 * guest. Without both (Web Locks are for secure pages) nothing is kept.
 */
export class TabMemory {
    private readonly _key: string;
    private readonly _parts: ITabParts | null;
    private _record: ITabRecord = {};
    private _claiming: Promise<ITabRecord> | null = null;
    private _lock: string | null = null;
    private _release: (() => void) | null = null;
    private _ended = false;

    /**
     * @param server - address of the server that the stay is with
     * @param parts - what it stands on; null = nothing is kept. Default: the browser's.
     */
    public constructor(server: string, parts: ITabParts | null = browserParts()) {
        this._key = `babylon-rtc.tab ${server}`;
        this._parts = parts;
    }

    /** True if the memory outlives a reload. False until it was claimed. */
    public get keeps(): boolean {
        return this._lock !== null && this._isOurs();
    }

    /** True if the user had muted themselves before the page was reloaded, or in the tab that this one is a copy of. */
    public get wasMuted(): boolean {
        return this._load()?.record.muted === true;
    }

    /**
     * Takes over what was kept, unless another tab has it. A second call gives the same.
     * @returns what is remembered; resolves within half a second, never rejects
     */
    public async claimAsync(): Promise<ITabRecord> {
        this._claiming ??= this._claimAsync();
        await this._claiming;
        return this._record;
    }

    /**
     * Remembers something else.
     * @param change - the parts that change; undefined = not any more
     */
    public change(change: ITabRecord): void {
        this._record = { ...this._record, ...change };
        this._save();
    }

    /** Forgets everything, for good. Harmless if called twice. */
    public end(): void {
        this._ended = true;
        this._forget();
    }

    private async _claimAsync(): Promise<ITabRecord> {
        if (!this._parts) {
            return this._record;
        }
        const stored = this._load();
        if (stored && (await this._lockAsync(this._parts, stored.lock))) {
            this._record = { ...stored.record, ...this._record };
        } else if (!this._ended) {
            await this._lockAsync(this._parts, this._parts.newId());
        }
        if (this._ended) {
            this._forget();
        }
        this._save();
        return this._record;
    }

    private _forget(): void {
        if (this._lock !== null && this._isOurs()) {
            this._try((storage) => storage.removeItem(this._key));
        }
        this._letGo();
    }

    /** True unless another plugin of this page, with the same server, has stored it. */
    private _isOurs(): boolean {
        const stored = this._load();
        return stored === null || stored.lock === this._lock || !held.has(stored.lock);
    }

    /** @returns whether the lock is ours now, until the page ends or lets go */
    private async _lockAsync({ locks }: ITabParts, name: string): Promise<boolean> {
        if (held.has(name)) {
            return false;
        }
        return await new Promise<boolean>((resolve) => {
            const hold = async (): Promise<void> => {
                held.add(name);
                this._lock = name;
                await new Promise<void>((release) => {
                    this._release = release;
                    resolve(true);
                });
            };
            locks.request(`babylon-rtc.tab ${name}`, { signal: AbortSignal.timeout(lockMs) }, hold).catch(() => resolve(false));
        });
    }

    private _letGo(): void {
        if (this._lock !== null) {
            held.delete(this._lock);
        }
        this._lock = null;
        this._release?.();
        this._release = null;
    }

    private _load(): IStored | null {
        let stored: unknown;
        this._try((storage) => (stored = JSON.parse(storage.getItem(this._key) ?? "null")));
        const { lock, record } = Object(stored) as Partial<IStored>;
        return typeof lock === "string" && typeof record === "object" ? { lock, record: readable(record) } : null;
    }

    private _save(): void {
        if (this._lock !== null && this._isOurs()) {
            const stored: IStored = { lock: this._lock, record: this._record };
            this._try((storage) => storage.setItem(this._key, JSON.stringify(stored)));
        }
    }

    /** A page may be forbidden to store anything, and then nothing is kept. */
    private _try(use: (storage: ITabParts["storage"]) => unknown): void {
        try {
            if (this._parts) {
                use(this._parts.storage);
            }
        } catch {
            // A reload makes another guest then, as in a browser without storage.
        }
    }
}

/** The usable part of a record, which an older version may have written. */
function readable(record: ITabRecord | null): ITabRecord {
    const { guest, room, muted } = Object(record) as ITabRecord;
    const isGuest =
        [guest?.identity, guest?.wanted, guest?.name].every((each) => typeof each === "string") && typeof guest?.until === "number";
    const isKeyed = guest?.key === undefined || (typeof guest.key === "string" && guest.key.length === guestKeyLength);
    const isRoom = [room?.name, room?.id, room?.user].every((each) => typeof each === "string");
    return { ...(isGuest && isKeyed && { guest }), ...(isRoom && { room }), ...(muted === true && { muted }) };
}

function browserParts(): ITabParts | null {
    const { navigator, crypto } = globalThis as { readonly navigator?: Partial<Navigator>; readonly crypto?: Partial<Crypto> };
    try {
        const { sessionStorage: storage } = globalThis as { readonly sessionStorage?: Storage };
        const locks = navigator?.locks;
        return browserPage() && storage && locks && crypto?.randomUUID
            ? { storage, locks, newId: () => globalThis.crypto.randomUUID() }
            : null;
    } catch {
        // A page may be forbidden to look.
        return null;
    }
}
