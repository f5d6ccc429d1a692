import { BehaviorSubject, Subject, combineLatest, distinctUntilChanged, filter, firstValueFrom, map, merge, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import { checkOptions } from "../../errors/checkOptions.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import type { CaptureChain } from "./captureChain.js";
import { needsGraph, plainPlan } from "./capturePlan.js";
import type { ICaptureLevels, ICapturePlan, StageName } from "./capturePlan.js";
import { crossfadeHeardMs } from "./crossfadeTimes.js";
import type { MicrophoneState } from "../microphoneState.js";
import { MuteSwitch } from "./muteSwitch.js";
import type { WayToTalk } from "../talk/talkMode.js";
import type { ITalkOptions } from "../talk/talkOptions.js";

/**
 * The way from the live microphone to what is sent. It owns the plan, and the chain that carries it out: that is built once there is something
 * for it to do; without one nothing is computed, nor loaded.
 */
export class CapturePipeline {
    /** The sent track; null while there is nothing to send. Replays. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** True while the talk mode lets the microphone through; false while nothing is sent. Replays. */
    public readonly open$: Observable<boolean>;
    /** The chain; null while there is none. Replays. */
    public readonly chain$: Observable<CaptureChain | null>;
    /** Errors outside of a call. Hot. */
    public readonly errors$: Observable<RtcError>;

    private readonly _host: Observable<AudioHost>;
    private readonly _state$: Observable<MicrophoneState>;
    private readonly _errors = new Subject<RtcError>();
    private readonly _plan = new BehaviorSubject(plainPlan);
    private readonly _chain = new BehaviorSubject<CaptureChain | null>(null);
    private readonly _switch = new MuteSwitch(() => ({ captured: this._captured, chain: this._chain.value }));
    /** The live track. */
    private _captured: MediaStreamTrack | null = null;
    private _held = false;
    /** Grows with every try to put a chain in; one that finds another number has been overtaken. */
    private _engagement = 0;
    /** Number of attempts under way. */
    private _engaging = 0;
    /** Grows with every fading out. */
    private _hush = 0;

    /**
     * @param host - where the chain is built, once there is one
     * @param state$ - the microphone's; whoever subscribes to it later finds the pipeline in that state
     */
    public constructor(host: Observable<AudioHost>, state$: Observable<MicrophoneState>) {
        this._host = host;
        this._state$ = state$;
        this.errors$ = this._errors.asObservable();
        this.chain$ = this._chain.asObservable();
        this.track$ = combineLatest([state$, this._chain, this._plan]).pipe(
            map(([now, chain, { processor, way }]) =>
                now.state !== "live" ? null : (chain?.track ?? (processor || way !== "open" ? null : now.track)),
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

    /** Settings of the audio graph. */
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

    /** True while the button of push to talk, or of push to mute, is held. */
    public get held(): boolean {
        return this._held;
    }
    public set held(held: boolean) {
        this._held = held;
        this._chain.value?.setHeld(held);
    }

    /** @returns one part of the plan, and every change. Replays. */
    public planned$<Key extends keyof ICapturePlan>(key: Key): Observable<ICapturePlan[Key]> {
        return this._plan.pipe(
            map((plan) => plan[key]),
            distinctUntilChanged(),
        );
    }

    /** Moves to other levels. What fails is told by `errors$`. */
    public setLevels(levels: Partial<ICaptureLevels>): void {
        this._change(levels);
        if (this._chain.value) {
            this._level(this._chain.value);
        } else if (this._engaging === 0) {
            this._engage();
        }
    }

    /**
     * Leads the sound through a processor from now on, and each time that the microphone is opened.
     * @param name - where it stands
     * @param make - makes it; null = none
     * @returns a promise that resolves when what is sent goes that way (at once while the microphone is off); rejects with an `RtcError` if it
     * cannot be made, and then the one before stays
     */
    public async setStageAsync(name: StageName, make: AudioProcessorFactory | null): Promise<void> {
        checkOptions({ [name]: make }, name, "");
        const before = this.plan[name];
        const chain = this._chain.value;
        this._change({ [name]: make });
        try {
            await (chain ? chain.setStageAsync(name, make) : this._reengageAsync(name));
        } catch (error) {
            if (this.plan[name] === make) {
                this._change({ [name]: before });
            }
            throw RtcError.From(error, "unknown", "The microphone's processor could not be made.");
        }
    }

    /** Sends only when the way to talk says so. What fails is told by `errors$`, and then the way before stays. */
    public setWay(way: WayToTalk, talkOptions: ITalkOptions): void {
        const before = this.plan;
        const chain = this._chain.value;
        this._change({ way, talkOptions });
        (chain ? chain.setWayToTalkAsync(way, talkOptions) : this._reengageAsync()).catch((error: unknown) => {
            if (this.plan.way === way) {
                this._change({ way: before.way, talkOptions: before.talkOptions });
            }
            if (chain) {
                this._tell(error, "This way to talk could not be set.");
            }
        });
    }

    /**
     * Fades the microphone out, since its track is about to end.
     * @param isOvertaken - asked when it is silent: whether the track lives on after all. Then it is faded in again, unless it has been faded
     * out once more meanwhile.
     * @returns a promise that resolves when it is silent; at once where there is no chain
     */
    public async hushAsync(isOvertaken: () => boolean): Promise<void> {
        const chain = this._chain.value;
        if (chain) {
            const hush = ++this._hush;
            chain.setInput(null);
            await new Promise((resolve) => setTimeout(resolve, crossfadeHeardMs));
            if (isOvertaken() && hush === this._hush && chain === this._chain.value) {
                chain.setInput(this._captured);
            }
        }
    }

    /** Sends another track from now on. */
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

    /** Takes the chain out; the microphone was let go of. */
    private _disengage(): void {
        this._captured = null;
        this._engagement++;
        this._switch.reset();
        this._chain.value?.dispose();
        this._chain.next(null);
    }

    private _change(changes: Partial<ICapturePlan>): void {
        this._plan.next({ ...this.plan, ...changes });
    }

    private _tell(error: unknown, message: string): RtcError {
        const failure = RtcError.From(error, "unknown", message);
        this._errors.next(failure);
        return failure;
    }

    /** Builds the chain if one is needed. What fails is told by `errors$`. */
    private _engage(): void {
        if (needsGraph(this.plan)) {
            this._engageAsync().catch(() => undefined);
        }
    }

    /** Builds the chain as it shall be now; one that is being built already is overtaken. */
    private async _reengageAsync(awaited?: StageName): Promise<void> {
        if (needsGraph(this.plan)) {
            await this._engageAsync(awaited);
        } else {
            this._engagement++;
        }
    }

    private async _engageAsync(awaited?: StageName): Promise<void> {
        this._engaging++;
        try {
            const chain = await this._buildAsync();
            const suppressing = chain && this._suppressAsync(chain);
            // Whoever asked for it is told; who did not is told by `errors$`.
            suppressing?.catch(() => undefined);
            await (awaited === "suppressor" ? suppressing : null);
        } finally {
            this._engaging--;
        }
    }

    /** @returns the chain, once what is sent goes through it; null if there is nothing to build, or it was overtaken */
    private async _buildAsync(): Promise<CaptureChain | null> {
        const engagement = ++this._engagement;
        const present = (): MediaStreamTrack | null => (engagement === this._engagement ? this._captured : null);
        const host = present() && (await firstValueFrom(this._host, { defaultValue: null }));
        if (!host || !present()) {
            return null;
        }
        let chain: CaptureChain;
        try {
            // Few need it, so it does not come with the page.
            const { CaptureChain: Chain } = await onDemandAsync(() => import("./captureChain.js"));
            const input = present();
            if (!input) {
                return null;
            }
            chain = await Chain.CreateAsync(host, input, this.plan, this._held, (error) => this._errors.next(error));
        } catch (error) {
            throw this._tell(error, "The microphone's processor could not be made, so nothing is sent.");
        }
        if (this.plan.way === "open" && !this.plan.processor && this.enabled) {
            // Until then what is captured is sent as it is.
            const overtaken$ = merge(this._plan, this._state$).pipe(
                filter(() => !present() || this.plan.way !== "open" || this.plan.processor !== null),
            );
            await chain.untilPauseAsync(overtaken$);
        }
        const now = present();
        if (!now) {
            chain.dispose();
            return null;
        }
        chain.setInput(now);
        chain.setHeld(this._held);
        this._level(chain);
        this._chain.next(chain);
        this._switch.apply();
        return chain;
    }

    /** Unlike the app's own processor it is not waited for: noise is better than silence. */
    private async _suppressAsync(chain: CaptureChain): Promise<void> {
        const { suppressor } = this.plan;
        if (suppressor) {
            try {
                await chain.setStageAsync("suppressor", suppressor);
            } catch (error) {
                if (this.plan.suppressor === suppressor) {
                    this._change({ suppressor: null });
                }
                throw this._tell(error, "The noise suppressor could not be made, so noise is sent as well.");
            }
        }
    }

    private _level(chain: CaptureChain): void {
        chain.setLevelsAsync(this.plan).catch((error: unknown) => this._tell(error, "The ear monitor could not be made."));
    }
}
