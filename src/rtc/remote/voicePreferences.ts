import { maxBlocks } from "../../../protocol/limits.js";
import { BehaviorSubject, ReplaySubject, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions, checkSwitch } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import { checkVolume } from "../../audio/volume.js";
import type { IVoiceChoices, IVoiceStorage } from "./preferenceStorage.js";

/** Maximum number of members in each list; the oldest entries are dropped first. Also the server's limit for blocks. */
const maxKept = maxBlocks;

/** Local playback preferences. Kept across rooms; silenced members, blocked members and volumes are also kept across page loads. */
export class VoicePreferences {
    /** Emits this object on every change, except of one member's volume. Replays. */
    public readonly changes$: Observable<VoicePreferences>;
    /** Current `volume`, and every change. Replays. */
    public readonly volume$: Observable<number>;
    /** The first failure of the storage. Replays. */
    public readonly error$: Observable<RtcError>;

    private readonly _storage: IVoiceStorage | null;
    private readonly _changes = new BehaviorSubject<VoicePreferences>(this);
    private readonly _errors = new ReplaySubject<RtcError>(1);
    private readonly _silenced = new Set<string>();
    private readonly _blocked = new Set<string>();
    private readonly _volumes = new Map<string, number>();
    private _volume = 1;
    private _deafened = false;
    private _enabled = true;
    private _subscribedByDefault: boolean;
    /** Ids of members whose subscription differs from the default. */
    private readonly _exceptions = new Set<string>();

    /**
     * @param storage - storage of the preferences; null = none
     * @param autoSubscribe - true = subscribe to new members at once
     */
    public constructor(storage: IVoiceStorage | null, autoSubscribe: boolean) {
        this._storage = storage;
        this._subscribedByDefault = autoSubscribe;
        this.changes$ = this._changes.asObservable();
        this.volume$ = this._changes.pipe(
            map(({ volume }) => volume),
            distinctUntilChanged(),
        );
        this.error$ = this._errors.asObservable();
        this._load();
    }

    /** True = no voice is heard. */
    public get deafened(): boolean {
        return this._deafened;
    }
    public set deafened(deafened: boolean) {
        checkSwitch("deafened", deafened);
        this._deafened = deafened;
        this._changes.next(this);
    }

    /** True while voice is enabled. If false, no member counts as subscribed. */
    public get enabled(): boolean {
        return this._enabled;
    }
    public set enabled(enabled: boolean) {
        checkSwitch("voiceEnabled", enabled);
        this._enabled = enabled;
        this._changes.next(this);
    }

    /** Volume of all voices, 0 to 4. Throws `invalidArgument`. */
    public get volume(): number {
        return this._volume;
    }
    public set volume(volume: number) {
        this._volume = checkVolume(volume);
        this._changed();
    }

    /** Ids of blocked members, in the order of blocking. */
    public get blocked(): readonly string[] {
        return [...this._blocked];
    }

    /** @returns true if the local member has blocked this member */
    public isBlocked(id: string): boolean {
        return this._blocked.has(id);
    }

    /** @returns true if the member is silenced */
    public isSilenced(id: string): boolean {
        return this._silenced.has(id);
    }

    /** Silences or unsilences a member. */
    public setSilenced(id: string, silenced: boolean): void {
        toggle(this._silenced, id, silenced);
        this._changed();
    }

    /** Blocks or unblocks a member, in the preferences only. */
    public setBlocked(id: string, blocked: boolean): void {
        toggle(this._blocked, id, blocked);
        this._changed();
    }

    /** @returns true if the local member subscribes to this member's voice */
    public isSubscribed(id: string): boolean {
        return this._enabled && this._subscribedByDefault !== this._exceptions.has(id);
    }

    /** Subscribes to a member's voice, or unsubscribes from it. */
    public setSubscribed(id: string, subscribed: boolean): void {
        toggle(this._exceptions, id, subscribed !== this._subscribedByDefault);
        this._changes.next(this);
    }

    /** Subscribes to all voices, or unsubscribes from all, for present and future members. */
    public setAllSubscribed(subscribed: boolean): void {
        this._subscribedByDefault = subscribed;
        this._exceptions.clear();
        this._changes.next(this);
    }

    /** @returns volume of the member, 0 to 4 */
    public volumeOf(id: string): number {
        return this._volumes.get(id) ?? 1;
    }

    /** Sets the volume of a member, 0 to 4. Throws `invalidArgument`. */
    public setVolumeOf(id: string, volume: number): void {
        checkVolume(volume);
        this._volumes.delete(id);
        if (volume !== 1) {
            this._volumes.set(id, volume);
        }
        this._save();
    }

    private _changed(): void {
        this._save();
        this._changes.next(this);
    }

    private _load(): void {
        try {
            const kept = this._storage?.load() ?? {};
            // `in` throws if the value is not an object. A promise is too late, and is reported as a failure.
            if ("then" in kept) {
                void Promise.resolve(kept).then(this._fail, this._fail);
            }
            const { silenced, blocked, volumes, volume } = kept;
            idsIn(silenced).forEach((id) => this._silenced.add(id));
            idsIn(blocked).forEach((id) => this._blocked.add(id));
            for (const [id, each] of Object.entries(volumes ?? {}).slice(-maxKept)) {
                this._volumes.set(id, volumeFrom(each));
            }
            this._volume = volumeFrom(volume);
        } catch (cause) {
            this._fail(cause);
        }
    }

    private _save(): void {
        for (const ids of [this._silenced, this._blocked, this._volumes]) {
            for (const id of [...ids.keys()].slice(0, -maxKept)) {
                ids.delete(id);
            }
        }
        const choices: IVoiceChoices = {
            silenced: [...this._silenced],
            blocked: [...this._blocked],
            volumes: Object.fromEntries(this._volumes),
            volume: this._volume,
        };
        try {
            void Promise.resolve(this._storage?.save(choices)).catch(this._fail);
        } catch (cause) {
            this._fail(cause);
        }
    }

    private readonly _fail = (cause: unknown): void => {
        const message = "`storage` cannot load or save, so silenced and blocked members and their volumes are lost with this page.";
        this._errors.next(new RtcError("storageFailed", message, { cause }));
        this._errors.complete();
    };
}

function toggle(ids: Set<string>, id: string, isIn: boolean): void {
    checkOptions({ memberId: id }, "memberId!=string", "argument ");
    ids.delete(id);
    if (isIn) {
        ids.add(id);
    }
}

/** Usable ids of a stored list. Other code may have written to the storage. */
function idsIn(value: unknown): string[] {
    return Array.isArray(value) ? value.filter((id) => typeof id === "string").slice(-maxKept) : [];
}

function volumeFrom(value: unknown): number {
    return typeof value === "number" && value >= 0 && value <= 4 ? value : 1;
}
