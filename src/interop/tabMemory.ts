import { guestKeyLength } from "../../protocol/limits.js";
import { browserPage } from "./page.js";

/** A guest of a server, as stored for a tab. */
export interface IKeptGuest {
    /** Token that proves the identity. */
    readonly identity: string;
    /** Secret of the guest. The guest's id is the hash of this secret. Absent for a guest that was created without a secret. */
    readonly key?: string;
    /** The name that the app asked for. */
    readonly wanted: string;
    /** The name that the guest has. */
    readonly name: string;
    /** End of use of the identity, a minute before it expires, in milliseconds since the epoch by the local clock. */
    readonly until: number;
}

/** Stored state of a tab. Any member may be missing. */
export interface ITabRecord {
    readonly guest?: IKeptGuest | undefined;
    /** Private room that the user is in. It is stored, because a private room cannot be found by its name. */
    readonly room?: { readonly name: string; readonly id: string; readonly user: string } | undefined;
    /** True if the user was muted by their own choice. */
    readonly muted?: boolean | undefined;
}

/** Value in the storage. */
interface IStored {
    /** Random name of a Web Lock; the tab that holds the lock owns the record. */
    readonly lock: string;
    readonly record: ITabRecord;
}

/** The parts of a browser that are used here. An interface, so that tests need no browser. */
export interface ITabParts {
    readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
    readonly locks: Pick<LockManager, "request">;
    readonly newId: () => string;
}

/**
 * Timeout for acquiring the lock, in milliseconds. After a reload, the old page needs some time to release the lock; in a duplicated tab, the
 * timeout always expires.
 */
const lockMs = 500;

/** Names of the locks that this page holds. The page does not wait for its own locks. */
const held = new Set<string>();

/**
 * State of a tab that survives a reload, in `sessionStorage`. Browsers copy this storage when a tab is duplicated; a Web Lock prevents two tabs
 * from being the same guest. Without `sessionStorage` or Web Locks (which need a secure context), nothing is stored.
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
     * @param server - address of the server that the state belongs to
     * @param parts - storage and locks; null = nothing is stored. Default: the browser's.
     */
    public constructor(server: string, parts: ITabParts | null = browserParts()) {
        this._key = `babylon-rtc.tab ${server}`;
        this._parts = parts;
    }

    /** True if the state survives a reload. False until `claimAsync` is done. */
    public get keeps(): boolean {
        return this._lock !== null && this._isOurs();
    }

    /** True if the user was muted by their own choice before the page was reloaded, or in the tab that this tab is a duplicate of. */
    public get wasMuted(): boolean {
        return this._load()?.record.muted === true;
    }

    /**
     * Takes over the stored state, unless another tab or another plugin of this page owns it. Idempotent.
     * @returns the current state; resolves within half a second, never rejects
     */
    public async claimAsync(): Promise<ITabRecord> {
        this._claiming ??= this._claimAsync();
        await this._claiming;
        return this._record;
    }

    /**
     * Changes the state and stores it.
     * @param change - the members that change; undefined = removes a member
     */
    public change(change: ITabRecord): void {
        this._record = { ...this._record, ...change };
        this._save();
    }

    /** Removes the stored state, and stores nothing from then on. Idempotent. */
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

    /** True unless another plugin of this page, with the same server, owns the stored state. */
    private _isOurs(): boolean {
        const stored = this._load();
        return stored === null || stored.lock === this._lock || !held.has(stored.lock);
    }

    /**
     * Acquires a lock, which is held until `_letGo` or until the page is closed.
     * @returns true if the lock was acquired within half a second
     */
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

    /** Uses the storage. Ignores errors, because a page may have no permission to use the storage; then nothing is stored. */
    private _try(use: (storage: ITabParts["storage"]) => unknown): void {
        try {
            if (this._parts) {
                use(this._parts.storage);
            }
        } catch {
            // A reload then creates a new guest, as in a browser without storage.
        }
    }
}

/** Valid part of a record, which may have been written by an older version. */
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
        // Accessing `sessionStorage` throws if the page has no permission.
        return null;
    }
}
