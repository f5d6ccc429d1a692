import { BehaviorSubject, combineLatest, distinctUntilChanged, filter, firstValueFrom, map, merge, of, skip, switchMap, timer } from "rxjs";
import type { Observable, Subject } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import { onDemandAsync } from "../../interop/onDemand.js";
import { RtcError } from "../../errors/rtcError.js";
import type { AudioProcessorFactory } from "./audioProcessor.js";
import type { CaptureChain, StageName } from "./captureChain.js";
import { crossfadeHeardMs } from "./crossfadeTimes.js";
import type { MicrophoneState } from "../microphoneState.js";
import { MuteSwitch } from "./muteSwitch.js";
import type { WayToTalk } from "../talk/talkMode.js";
import { defaultTalkOptions } from "../talk/talkOptions.js";
import type { ITalkOptions } from "../talk/talkOptions.js";

/** What becomes of the captured sound before it is sent. */
export interface ICapturePlan extends Readonly<Record<StageName, AudioProcessorFactory | null>> {
    /** 0 to 4. */
    readonly volume: number;
    /** 0 to 4; 0 = nobody listens. */
    readonly monitorVolume: number;
    readonly way: WayToTalk;
    readonly talkOptions: ITalkOptions;
}

const plainPlan: ICapturePlan = {
    highPass: null,
    suppressor: null,
    processor: null,
    volume: 1,
    monitorVolume: 0,
    way: "open",
    talkOptions: defaultTalkOptions,
};

/** Puts a chain between the live microphone and what is sent, once there is something for it to do: without one nothing is computed, nor loaded. */
export class CapturePipeline {
    /** What is sent; null while there is nothing to send. Replays. */
    public readonly track$: Observable<MediaStreamTrack | null>;
    /** Whether the way to talk lets the microphone through; false while nothing is sent. Replays. */
    public readonly open$: Observable<boolean>;
    /** The chain; null while there is none. Replays. */
    public readonly chain$: Observable<CaptureChain | null>;
    /** What it shall be like. Replays. */
    public readonly plan$: Observable<ICapturePlan>;

    private readonly _host: Observable<AudioHost>;
    private readonly _state: BehaviorSubject<MicrophoneState>;
    private readonly _errors: Subject<RtcError>;
    private readonly _plan = new BehaviorSubject(plainPlan);
    private readonly _chain = new BehaviorSubject<CaptureChain | null>(null);
    /** Grows with every try to put a chain in; one that finds another number has been overtaken. */
    private _engagement = 0;
    /** How many tries are under way. */
    private _engaging = 0;
    /** The suppressor that is on its way into the present chain. */
    private _suppressing: Promise<void> = Promise.resolve();
    private readonly _switch = new MuteSwitch(() => ({ captured: this._liveTrack(), chain: this._chain.value }));
    private _held = false;

    /**
     * @param host - where it is built, once there is one
     * @param state - the microphone's
     * @param errors - is told what goes wrong later than in a call
     */
    public constructor(host: Observable<AudioHost>, state: BehaviorSubject<MicrophoneState>, errors: Subject<RtcError>) {
        this._host = host;
        this._state = state;
        this._errors = errors;
        this.chain$ = this._chain.asObservable();
        this.plan$ = this._plan.asObservable();
        this.track$ = combineLatest([state, this._chain, this._plan]).pipe(
            map(([now, chain, { processor, way }]) =>
                now.state !== "live" ? null : (chain?.track ?? (processor || way !== "open" ? null : now.track)),
            ),
            distinctUntilChanged(),
        );
        this.open$ = combineLatest([this.track$, this._chain]).pipe(
            switchMap(([track, chain]) => (track ? (chain?.open$ ?? of(true)) : of(false))),
            distinctUntilChanged(),
        );
    }

    /** What it shall be like. */
    public get plan(): ICapturePlan {
        return this._plan.value;
    }

    /** Whether what is heard is sent. */
    public get enabled(): boolean {
        return this._switch.isOn;
    }
    public set enabled(enabled: boolean) {
        this._switch.isOn = enabled;
    }

    /** Whether the button of pushing to talk or to mute is held. */
    public get held(): boolean {
        return this._held;
    }
    public set held(held: boolean) {
        this._held = held;
        this._chain.value?.setHeld(held);
    }

    /** Moves to other volumes. What fails is told to `errors`. */
    public setVolumes(volumes: Partial<Pick<ICapturePlan, "volume" | "monitorVolume">>): void {
        this._change(volumes);
        const chain = this._chain.value;
        if (chain) {
            chain.setVolume(this.plan.volume);
            this._monitor(chain);
        } else if (this._engaging === 0 && (this.plan.volume !== 1 || this.plan.monitorVolume > 0)) {
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
        const before = this.plan[name];
        this._change({ [name]: make });
        const chain = this._chain.value;
        try {
            if (chain) {
                await chain.setStageAsync(name, make);
            } else {
                await this._reengageAsync();
                await (name === "suppressor" ? this._suppressing : undefined);
            }
        } catch (error) {
            if (this.plan[name] === make) {
                this._change({ [name]: before });
            }
            throw RtcError.From(error, "unknown", "The microphone's processor could not be made.");
        }
    }

    /** Sends only when the way to talk says so. What fails is told to `errors`, and then the way before stays. */
    public setWay(way: WayToTalk, talkOptions: ITalkOptions): void {
        const before = this.plan;
        const revert = (): void => {
            if (this.plan.way === way) {
                this._change({ way: before.way, talkOptions: before.talkOptions });
            }
        };
        this._change({ way, talkOptions });
        const chain = this._chain.value;
        if (chain) {
            chain.setWayToTalkAsync(way, talkOptions).catch((error: unknown) => {
                revert();
                this._errors.next(RtcError.From(error, "unknown", "This way to talk could not be set."));
            });
        } else {
            this._reengageAsync().catch(revert);
        }
    }

    /** Sends another track from now on, its owner having just opened it and being about to say so. */
    public take(track: MediaStreamTrack): void {
        track.enabled = this._switch.isOn;
        this._chain.value?.setInput(track);
    }

    /**
     * Fades the microphone out, since its track is about to end.
     * @returns a promise that resolves when it is silent; at once where there is no chain
     */
    public async hushAsync(): Promise<void> {
        if (this._chain.value) {
            this._chain.value.setInput(null);
            await new Promise((resolve) => setTimeout(resolve, crossfadeHeardMs));
        }
    }

    /** Sees to it that there is a chain if one is needed; the microphone has just come alive. */
    public serve(): void {
        if (!this._chain.value && this._isNeeded) {
            this._engage();
        }
    }

    /** Takes the chain out; the microphone is about to be let go of. */
    public disengage(): void {
        this._engagement++;
        this._switch.reset();
        this._chain.value?.dispose();
        this._chain.next(null);
    }

    private get _isNeeded(): boolean {
        const { highPass, suppressor, processor, volume, monitorVolume, way } = this.plan;
        return Boolean(highPass ?? suppressor ?? processor) || volume !== 1 || monitorVolume > 0 || way !== "open";
    }

    private _liveTrack(): MediaStreamTrack | null {
        return this._state.value.state === "live" ? this._state.value.track : null;
    }

    private _change(changes: Partial<ICapturePlan>): void {
        this._plan.next({ ...this.plan, ...changes });
    }

    private _engage(): void {
        // What fails is told by `errors`.
        this._engageAsync().catch(() => undefined);
    }

    /** Builds the chain as it shall be now; one that is being built already is overtaken. */
    private async _reengageAsync(): Promise<void> {
        if (this._isNeeded) {
            await this._engageAsync();
        } else {
            this._engagement++;
        }
    }

    private async _engageAsync(): Promise<void> {
        this._engaging++;
        try {
            await this._buildAsync();
        } finally {
            this._engaging--;
        }
    }

    private async _buildAsync(): Promise<void> {
        const engagement = ++this._engagement;
        const isLatest = (): boolean => engagement === this._engagement;
        if (!this._liveTrack()) {
            return;
        }
        const host = await firstValueFrom(this._host, { defaultValue: null });
        if (!host || !isLatest() || !this._liveTrack()) {
            return;
        }
        let chain: CaptureChain | null = null;
        let input: MediaStreamTrack | null;
        try {
            // Few need it, so it does not come with the page.
            const { CaptureChain: Chain } = await onDemandAsync(() => import("./captureChain.js"));
            input = this._liveTrack();
            if (!isLatest() || !input) {
                return;
            }
            chain = new Chain(host, input, this.plan.volume);
            chain.setHeld(this._held);
            const { highPass, processor, way, talkOptions } = this.plan;
            await Promise.all([
                chain.setStageAsync("highPass", highPass),
                chain.setStageAsync("suppressor", null),
                chain.setStageAsync("processor", processor),
                chain.setWayToTalkAsync(way, talkOptions),
            ]);
        } catch (error) {
            chain?.dispose();
            const failure = RtcError.From(error, "unknown", "The microphone's processor could not be made, so nothing is sent.");
            this._errors.next(failure);
            throw failure;
        }
        if (this.plan.way === "open" && !this.plan.processor && this.enabled) {
            const overtaken$ = merge(
                this._plan.pipe(filter(({ way, processor }) => way !== "open" || processor !== null)),
                this._state.pipe(filter(({ state }) => state !== "live")),
            );
            await untilPauseAsync(chain.inputLevel$, overtaken$);
        }
        const now = this._liveTrack();
        if (!isLatest() || !now) {
            chain.dispose();
            return;
        }
        if (now !== input) {
            chain.setInput(now);
        }
        chain.setVolume(this.plan.volume);
        chain.setHeld(this._held);
        this._monitor(chain);
        this._suppressing = this._suppressAsync(chain);
        // Whoever asked for it is told; who did not is told by `errors`.
        this._suppressing.catch(() => undefined);
        this._chain.next(chain);
        this._switch.apply();
    }

    /** Unlike the app's own processor it is not waited for: noise is better than silence. */
    private async _suppressAsync(chain: CaptureChain): Promise<void> {
        const { suppressor } = this.plan;
        if (!suppressor) {
            return;
        }
        try {
            await chain.setStageAsync("suppressor", suppressor);
        } catch (error) {
            if (this.plan.suppressor === suppressor) {
                this._change({ suppressor: null });
            }
            const failure = RtcError.From(error, "unknown", "The noise suppressor could not be made, so noise is sent as well.");
            this._errors.next(failure);
            throw failure;
        }
    }

    private _monitor(chain: CaptureChain): void {
        chain
            .setMonitorAsync(this.plan.monitorVolume)
            .catch((error: unknown) => this._errors.next(RtcError.From(error, "unknown", "The ear monitor could not be made.")));
    }
}

/** Between two words it is softer, root mean square. */
const pauseLevel = 0.01;
/** A pause is waited for so long at most, in milliseconds. */
const pauseMs = 1_000;

/**
 * Waits until nobody speaks, so that what is sent can go another way unheard: what comes out of WebAudio comes later than what went in, so that to go
 * over to it is a jump in the sound. Of somebody who hums on and on it is heard, as a click of 0.4 % of the hum (Chromium 156).
 * @param level$ - of what is sent
 * @param overtaken$ - emits when nothing needs to be waited for any more
 * @returns a promise that resolves then, at the next pause, or after a second. Never rejects.
 */
async function untilPauseAsync(level$: Observable<number>, overtaken$: Observable<unknown>): Promise<void> {
    // The first figure may be of a time when nothing had come that far.
    const paused$ = level$.pipe(
        skip(1),
        filter((level) => level < pauseLevel),
    );
    await firstValueFrom(merge(paused$, overtaken$, timer(pauseMs)));
}
