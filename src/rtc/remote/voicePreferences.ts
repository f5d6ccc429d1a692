import { maxBlocks } from "../../../protocol/limits.js";
import { BehaviorSubject, ReplaySubject, distinctUntilChanged, map } from "rxjs";
import type { Observable } from "rxjs";
import { checkOptions, checkSwitch } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import { checkVolume } from "../../audio/volume.js";
import type { IVoiceChoices, IVoiceStorage } from "./preferenceStorage.js";

/** As many members are kept in each list; the ones chosen longest ago go first. The server takes no more blocks either. */
const maxKept = maxBlocks;

/** Local playback preferences. They outlive rooms; silenced, blocked and volumes outlive the page, too. */
export class VoicePreferences {
    /** Emits itself when anything but one member's volume has changed. Replays. */
    public readonly changes$: Observable<VoicePreferences>;
    /** `volume`, and every change. Replays. */
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
    /** Those to whom the default does not apply. */
    private readonly _exceptions = new Set<string>();

    /**
     * @param storage - where they are kept; null = nowhere
     * @param autoSubscribe - whether whoever comes is heard at once
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

    /** True = nobody is heard. */
    public get deafened(): boolean {
        return this._deafened;
    }
    public set deafened(deafened: boolean) {
        checkSwitch("deafened", deafened);
        this._deafened = deafened;
        this._changes.next(this);
    }

    /** True while voices are switched on at all; while not, nobody counts as subscribed. */
    public get enabled(): boolean {
        return this._enabled;
    }
    public set enabled(enabled: boolean) {
        checkSwitch("voiceEnabled", enabled);
        this._enabled = enabled;
        this._changes.next(this);
    }

    /** Volume of everybody, 0 to 4. Throws `invalidArgument`. */
    public get volume(): number {
        return this._volume;
    }
    public set volume(volume: number) {
        this._volume = checkVolume(volume);
        this._changed();
    }

    /** Those who are blocked, in the order in which they were. */
    public get blocked(): readonly string[] {
        return [...this._blocked];
    }

    /** @returns whether that member is blocked by us */
    public isBlocked(id: string): boolean {
        return this._blocked.has(id);
    }

    /** @returns whether that member is silenced */
    public isSilenced(id: string): boolean {
        return this._silenced.has(id);
    }

    /** Silences a member or hears them again. */
    public setSilenced(id: string, silenced: boolean): void {
        toggle(this._silenced, id, silenced);
        this._changed();
    }

    /** Notes that a member is blocked or not. */
    public setBlocked(id: string, blocked: boolean): void {
        toggle(this._blocked, id, blocked);
        this._changed();
    }

    /** @returns whether that member's voice is asked for */
    public isSubscribed(id: string): boolean {
        return this._enabled && this._subscribedByDefault !== this._exceptions.has(id);
    }

    /** Asks for a member's voice, or no longer. */
    public setSubscribed(id: string, subscribed: boolean): void {
        toggle(this._exceptions, id, subscribed !== this._subscribedByDefault);
        this._changes.next(this);
    }

    /** Asks for everybody's voice, or nobody's: those who are there, and those who come. */
    public setAllSubscribed(subscribed: boolean): void {
        this._subscribedByDefault = subscribed;
        this._exceptions.clear();
        this._changes.next(this);
    }

    /** @returns how loud that member is heard, 0 to 4 */
    public volumeOf(id: string): number {
        return this._volumes.get(id) ?? 1;
    }

    /** Sets how loud that member is heard. Throws `invalidArgument`. */
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
            // Throws for what is no object. A promise comes too late.
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
        const message =
            "`storage` cannot load or save, so whom you silence or block, and how loud you hear whom, is forgotten with this page.";
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

/** Somebody else may have written there. */
function idsIn(value: unknown): string[] {
    return Array.isArray(value) ? value.filter((id) => typeof id === "string").slice(-maxKept) : [];
}

function volumeFrom(value: unknown): number {
    return typeof value === "number" && value >= 0 && value <= 4 ? value : 1;
}
