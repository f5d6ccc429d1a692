import type { AbstractAudioBus } from "@babylonjs/core/AudioV2/abstractAudio/abstractAudioBus.js";
import { BehaviorSubject, combineLatest, distinctUntilChanged, endWith, map, of, switchMap, timer } from "rxjs";
import type { Observable, Subscription } from "rxjs";
import { RtcError } from "../index.js";
import type { IVoice, RtcBehavior } from "../index.js";

/** The part of Babylon's audio bus that ducking uses. A sound has it too. */
export type IDuckedBus = Pick<AbstractAudioBus, "volume" | "setVolume" | "onDisposeObservable">;

/** The part of `RtcBehavior` that ducking uses. */
export type IDuckingVoices = Pick<RtcBehavior, "speaking$" | "volume$"> & {
    readonly voices$: Observable<ReadonlyMap<string, Pick<IVoice, "volume">>>;
};

/** Options of ducking. */
export interface IDuckingOptions {
    /** Volume of the bus while somebody speaks, as a fraction of its own volume, 0 to 1. Default: 0.3, which is -10 dB. */
    readonly level?: number;
    /** Duration of the fade to that volume, in seconds, 0 to 10. Default: 0.1. */
    readonly attackSeconds?: number;
    /** Time after the last speech before the volume returns, in seconds, 0 to 60. Default: 0.7, to bridge the pauses between words. */
    readonly holdSeconds?: number;
    /** Duration of the fade back, in seconds, 0 to 10. Default: 0.8. */
    readonly releaseSeconds?: number;
    /** True = the local member's own speech lowers the bus, too. Default: false. */
    readonly ownVoice?: boolean;
}

/** Highest value of each option in numbers. The lowest is 0. */
const limits = { level: 1, attackSeconds: 10, holdSeconds: 60, releaseSeconds: 10 };

const defaults: Required<IDuckingOptions> = { level: 0.3, attackSeconds: 0.1, holdSeconds: 0.7, releaseSeconds: 0.8, ownVoice: false };

/**
 * Lowers the app's music and effects while a member is heard speaking. Voices do not pass this bus, so they keep their volume. Silenced members,
 * members out of earshot, and members at volume 0 do not lower the bus.
 * @example
 * ```ts
 * import { CreateAudioBusAsync, CreateSoundAsync } from "@babylonjs/core/AudioV2/abstractAudio/audioEngineV2.js";
 * import { RtcPlugin } from "babylon-rtc";
 * import { Ducking } from "babylon-rtc/space";
 *
 * const plugin = await RtcPlugin.AddToSceneAsync(scene, { server, user: { name: "Alice" } });
 * const bus = await CreateAudioBusAsync("music");
 * const ducking = new Ducking(plugin.rtc, bus);
 * const music = await CreateSoundAsync("theme", "/theme.mp3", { outBus: bus, loop: true });
 * music.play();
 * ```
 */
export class Ducking {
    /** True while the bus is lowered, the hold time included. Replays. Completes on disposal. */
    public readonly active$: Observable<boolean>;
    private readonly _bus: IDuckedBus;
    private readonly _options: Required<IDuckingOptions>;
    /** The bus's own volume. */
    private readonly _volume: number;
    private readonly _active = new BehaviorSubject(false);
    private readonly _following: Subscription;

    /**
     * @param rtc - the RTC behavior, `plugin.rtc`
     * @param bus - bus (or sound) of the app. Until `dispose`, its volume is set here; change the volumes of its sounds instead. Owned by the app.
     * @param options - options. Throws `invalidArgument`.
     */
    public constructor(rtc: IDuckingVoices, bus: IDuckedBus, options: IDuckingOptions = {}) {
        this._options = checked(options);
        this._bus = bus;
        this._volume = bus.volume;
        this.active$ = this._active.pipe(distinctUntilChanged());
        const { holdSeconds, ownVoice } = this._options;
        this._following = combineLatest([rtc.speaking$.pipe(endWith(new Set<string>())), rtc.voices$, rtc.volume$])
            .pipe(
                map(([ids, voices, volume]) =>
                    [...ids].some((id) => (voices.has(id) ? volume * (voices.get(id)?.volume ?? 0) > 0 : ownVoice)),
                ),
                distinctUntilChanged(),
                switchMap((speaks) => (speaks || !this._active.value ? of(speaks) : timer(holdSeconds * 1000).pipe(map(() => false)))),
            )
            .subscribe((active) => this._set(active));
        this._following.add(() => bus.onDisposeObservable.removeCallback(this._end));
        bus.onDisposeObservable.add(this._end);
    }

    /** Stops following the voices; the bus fades back to its own volume. Idempotent. */
    public dispose(): void {
        if (!this._following.closed) {
            this._set(false);
            this._end();
        }
    }

    /** Stops without a fade: at the end, or because the app has disposed the bus. */
    private readonly _end = (): void => {
        this._following.unsubscribe();
        this._active.next(false);
        this._active.complete();
    };

    private _set(active: boolean): void {
        if (active !== this._active.value) {
            const { level, attackSeconds, releaseSeconds } = this._options;
            this._bus.setVolume(this._volume * (active ? level : 1), { duration: active ? attackSeconds : releaseSeconds });
            this._active.next(active);
        }
    }
}

function checked(options: IDuckingOptions): Required<IDuckingOptions> {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    const all: Required<IDuckingOptions> = { ...defaults, ...given };
    for (const [name, highest] of Object.entries(limits) as [keyof typeof limits, number][]) {
        if (typeof all[name] !== "number" || !(all[name] >= 0 && all[name] <= highest)) {
            throw new RtcError("invalidArgument", `The option ${name} of Ducking must be a number from 0 to ${highest}.`);
        }
    }
    return all;
}
