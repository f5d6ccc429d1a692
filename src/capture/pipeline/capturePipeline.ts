import { BehaviorSubject, Subject, combineLatest, distinctUntilChanged, firstValueFrom, map, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import { checkOptions } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import type { CaptureChain, IChainFault } from "./captureChain.js";
import { needsGraph, plainPlan } from "./capturePlan.js";
import type * as ChainBuilder from "./chainBuilder.js";
import type { ICaptureLevels, ICapturePlan, IPartSettings, PartName, StageName } from "./capturePlan.js";
import type { MicrophoneState } from "../microphoneState.js";
import { MuteSwitch } from "./muteSwitch.js";
import type { WayToTalk } from "../talk/talkMode.js";
import type { ITalkOptions } from "../talk/talkOptions.js";

const couldNotStart = "The microphone's processor could not start.";

/** Change of a part that is not in effect yet. */
interface IPartChange {
    /** Settings before this change and before the pending changes of the part that it supersedes. */
    readonly before: IPartSettings;
    /** Error of the part; null = none so far. */
    failure: RtcError | null;
}

/**
 * Path from the live microphone to the sent track. It owns the plan and the chain that implements the plan. The chain is loaded and built
 * only if the plan needs an audio graph; otherwise the captured track is sent.
 */
export class CapturePipeline {
    /** The sent track; null while there is nothing to send. Replays. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** True while the talk mode passes the microphone's audio; false while nothing is sent. Replays. */
    public readonly open$: Observable<boolean>;
    /** The chain; null while there is none. Replays. */
    public readonly chain$: Observable<CaptureChain | null>;
    /** Errors of creating or releasing parts of the audio graph. Hot. */
    public readonly errors$: Observable<RtcError>;

    private readonly _host: Observable<AudioHost>;
    private readonly _errors = new Subject<RtcError>();
    private readonly _plan = new BehaviorSubject(plainPlan);
    private readonly _chain = new BehaviorSubject<CaptureChain | null>(null);
    private readonly _switch = new MuteSwitch(() => ({ captured: this._captured, chain: this._chain.value }));
    /** The microphone's live track; null while there is none. */
    private _captured: MediaStreamTrack | null = null;
    private _held = false;
    /** Identity of the latest attempt to build a chain; null = none, or cancelled. An attempt that finds a different one has been superseded. */
    private readonly _engagement = new BehaviorSubject<object | null>(null);
    /** Number of pending attempts to build a chain. */
    private _engaging = 0;
    /** The latest attempt to build a chain. */
    private readonly _attempts = new BehaviorSubject<Promise<CaptureChain | null>>(Promise.resolve(null));
    /** Pending changes, at most one for each part. */
    private readonly _pending = new Map<PartName, IPartChange>();
    /** Module that builds chains; null until the first chain is needed. */
    private _builder: typeof ChainBuilder | null = null;
    /** Promise of the suppressor that is added to the latest chain. */
    private _suppressing: Promise<void> | undefined;

    /**
     * @param host - audio host of the chain, once there is one
     * @param state$ - state of the microphone. The constructor subscribes, so the pipeline is up to date before later subscribers are notified.
     */
    public constructor(host: Observable<AudioHost>, state$: Observable<MicrophoneState>) {
        this._host = host;
        this.errors$ = this._errors.asObservable();
        this.chain$ = this._chain.asObservable();
        this.track$ = combineLatest([state$, this._chain, this._plan]).pipe(
            map(([now, chain, { processor, way, volume }]) =>
                now.state !== "live" ? null : (chain?.track ?? (processor || way !== "open" || !volume ? null : now.track)),
            ),
            distinctUntilChanged(),
        );
        this.open$ = combineLatest([this.track$, this._chain]).pipe(
            switchMap(([track, chain]) => (track ? (chain?.open$ ?? of(true)) : of(false))),
            distinctUntilChanged(),
        );
        state$.subscribe((state) => {
            if (state.state === "live") {
                this._take(state.track);
            } else {
                this._disengage();
            }
        });
    }

    /** Current settings of the audio graph. */
    public get plan(): ICapturePlan {
        return this._plan.value;
    }

    /** False = silence is sent. */
    public get enabled(): boolean {
        return this._switch.isOn;
    }
    public set enabled(enabled: boolean) {
        this._switch.isOn = enabled;
    }

    /** True while the button of push-to-talk or push-to-mute is held. */
    public get held(): boolean {
        return this._held;
    }
    public set held(held: boolean) {
        this._held = held;
        this._chain.value?.setHeld(held);
    }

    /** @returns the current value and changes of one setting of the plan. Replays. */
    public planned$<Key extends keyof ICapturePlan>(key: Key): Observable<ICapturePlan[Key]> {
        return this._plan.pipe(
            map((plan) => plan[key]),
            distinctUntilChanged(),
        );
    }

    /** Changes the levels. `errors$` reports failures. */
    public setLevels(levels: Partial<ICaptureLevels>): void {
        this._change(levels);
        if (this._chain.value) {
            this._level(this._chain.value);
        } else if (this._engaging === 0) {
            this._engage();
        }
    }

    /**
     * Sets or removes the processor of a stage, now and each time the microphone is opened.
     * @param name - name of the stage
     * @param make - creates the processor; null = none
     * @returns a promise that resolves when the change is in effect (at once while the microphone is off). Rejects with an `RtcError` if the
     * processor cannot be created; the previous one then stays.
     */
    public async setStageAsync(name: StageName, make: AudioProcessorFactory | null): Promise<void> {
        checkOptions({ [name]: make }, name, "");
        await this._setAsync(name, { [name]: make }, (chain) => chain.setStageAsync(name, make));
    }

    /** Sets the talk mode. `errors$` reports a failure, and then the previous mode stays. */
    public setWay(way: WayToTalk, talkOptions: ITalkOptions): void {
        const settings = { way, talkOptions };
        this._setAsync("way", settings, (chain) =>
            chain.setWayToTalkAsync(way, talkOptions).catch((error: unknown) => {
                throw this._builder?.hasMoved(settings, chain, this._chain.value) ? error : this._tell(error);
            }),
        ).catch(() => undefined);
    }

    /**
     * Fades the microphone out before its track is stopped.
     * @param isOvertaken - called after the fade-out; true if the track stays in use after all. The microphone is then faded in again, unless
     * another fade-out has started meanwhile.
     * @returns a promise that resolves when the microphone is silent; at once without a chain
     */
    public async hushAsync(isOvertaken: () => boolean): Promise<void> {
        const chain = this._chain.value;
        if (chain) {
            await this._builder?.hushAsync(chain, () => (isOvertaken() && chain === this._chain.value ? this._captured : null));
        }
    }

    /** Replaces the captured track. */
    private _take(track: MediaStreamTrack): void {
        const chain = this._chain.value;
        this._captured = track;
        track.enabled = this._switch.isOn;
        if (chain) {
            chain.setInput(track);
        } else {
            this._engage();
        }
    }

    /** Removes the chain, since the microphone is not live. */
    private _disengage(): void {
        this._captured = null;
        this._engagement.next(null);
        this._switch.reset();
        this._chain.value?.dispose();
        this._chain.next(null);
    }

    private _change(changes: Partial<ICapturePlan>): void {
        this._plan.next({ ...this.plan, ...changes });
    }

    private _tell(error: unknown): RtcError {
        const failure = RtcError.From(error, "unknown", couldNotStart);
        this._errors.next(failure);
        return failure;
    }

    /** Changes a part. Rejects with an `RtcError`, and then the settings in effect are restored. */
    private async _setAsync(
        part: PartName,
        settings: Partial<IPartSettings>,
        applyAsync: (chain: CaptureChain) => Promise<void>,
    ): Promise<void> {
        const chain = this._chain.value;
        const pending = chain?.settings[part] === this.plan[part] ? null : this._pending.get(part);
        const change: IPartChange = { before: pending?.before ?? this.plan, failure: null };
        this._pending.set(part, change);
        this._change(settings);
        try {
            await (chain ? applyAsync(chain) : this._reengageAsync(part));
            if (chain && chain !== this._chain.value && this._captured) {
                // The microphone has been restarted meanwhile.
                await this._builtAsync(part);
            }
            if (change.failure) {
                throw change.failure;
            }
        } catch (error) {
            if (this._builder?.hasMoved(settings, chain, this._chain.value)) {
                // Only the chain before a restart of the microphone has failed.
                return;
            }
            this._undo(part, change);
            throw RtcError.From(error, "unknown", couldNotStart);
        } finally {
            if (this._pending.get(part) === change) {
                this._pending.delete(part);
            }
        }
    }

    /** Restores the settings in effect, unless another change of the part has superseded this one. */
    private _undo(part: PartName, change: IPartChange): void {
        if (this._pending.get(part) === change) {
            this._pending.delete(part);
            const chain = this._chain.value;
            const isSuppressor = part === "suppressor";
            // The chain may not have got the previous suppressor yet.
            const { way, talkOptions, ...stages } = isSuppressor || !chain ? change.before : chain.settings;
            this._change(part === "way" ? { way, talkOptions } : { [part]: stages[part] });
            if (chain && isSuppressor) {
                this._suppress(chain);
            } else if (!chain && this._engaging > 0) {
                // The pending attempt has read the settings that are now undone.
                this._engage();
            }
        }
    }

    /** Does the same as `_reengageAsync`, but only `errors$` reports failures. */
    private _engage(): void {
        this._reengageAsync().catch(() => undefined);
    }

    /**
     * Builds the chain from the current plan, if the plan needs one. Supersedes a pending attempt.
     * @param awaited - part that the promise waits for; the suppressor is otherwise added later
     */
    private async _reengageAsync(awaited?: PartName): Promise<void> {
        if (needsGraph(this.plan)) {
            await this._engageAsync(awaited);
        } else {
            this._engagement.next(null);
        }
    }

    private async _engageAsync(awaited?: PartName): Promise<void> {
        this._engaging++;
        try {
            this._attempts.next(this._buildAsync());
            await this._builtAsync(awaited);
        } finally {
            this._engaging--;
        }
    }

    /** Waits for the latest attempt to build a chain. */
    private async _builtAsync(awaited?: PartName): Promise<void> {
        // An attempt that is superseded continues as the one that superseded it.
        const chain = await firstValueFrom(this._attempts.pipe(switchMap((attempt) => attempt)));
        if (chain && awaited === "suppressor") {
            await this._suppressing;
        }
    }

    /** @returns the chain, once it is in use; null if it is not needed or was superseded */
    private async _buildAsync(): Promise<CaptureChain | null> {
        const engagement = {};
        this._engagement.next(engagement);
        const present = (): MediaStreamTrack | null => (engagement === this._engagement.value ? this._captured : null);
        const host = present() && (await firstValueFrom(this._host, { defaultValue: null }));
        if (!host || !present()) {
            return null;
        }
        let made: CaptureChain | IChainFault | null;
        try {
            // Loaded on demand, since few apps need the chain.
            this._builder = await onDemandAsync(() => import("./chainBuilder.js"));
            made = await this._builder.buildChainAsync(host, this, present, this._engagement, (error) => this._errors.next(error));
        } catch (error) {
            throw this._tell(error);
        }
        if (made && "part" in made) {
            if (present()) {
                const change = this._pending.get(made.part);
                // A handler of the error may supersede this attempt.
                const failure = this._tell(made.error);
                if (change) {
                    // Only the change of this part fails. A new attempt goes on with the others.
                    change.failure = failure;
                    this._undo(made.part, change);
                } else if (present()) {
                    throw failure;
                }
            }
            return null;
        }
        if (!made || !present()) {
            made?.dispose();
            return null;
        }
        made.setHeld(this._held);
        this._level(made);
        this._chain.next(made);
        this._switch.apply();
        this._suppress(made);
        return made;
    }

    /** Adds the suppressor of the plan to the chain in use. */
    private _suppress(chain: CaptureChain): void {
        const { suppressor } = this.plan;
        this._suppressing = this._builder?.suppressAsync(chain, suppressor, (failure) => {
            if ((this._chain.value ?? chain) !== chain) {
                // The chain after a restart of the microphone gets the suppressor as well.
                return;
            }
            const change = this._pending.get("suppressor");
            if (this.plan.suppressor === suppressor) {
                if (change) {
                    change.failure = failure;
                    this._undo("suppressor", change);
                } else {
                    this._change({ suppressor: null });
                }
            }
            this._errors.next(failure);
        });
    }

    private _level(chain: CaptureChain): void {
        chain.setLevelsAsync(this.plan).catch((error: unknown) => this._tell(error));
    }
}
