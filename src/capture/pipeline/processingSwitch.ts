import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import { onDemandAsync } from "../../interop/onDemand.js";
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import { constraintsOf } from "./processing.js";
import type { ICaptureProcessing } from "./processing.js";

/** Effects of a change of processing. */
export interface IProcessingEffects {
    /** True if the browser's processing cannot be changed, since the stream is the app's. */
    isFixed(): boolean;
    /** Takes away what is lower, in hertz; 0 = nothing. */
    setHighPassAsync(hz: number): Promise<void>;
    /** Opens the device anew, if it is open. */
    reopenAsync(): Promise<void>;
}

/** The present processing of the microphone, and its changes. */
export class ProcessingSwitch {
    /** Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;
    private readonly _processing: BehaviorSubject<ICaptureProcessing>;
    private readonly _effects: IProcessingEffects;
    private _asked: MediaTrackConstraints = {};

    /**
     * @param initial - what is asked for at first
     * @param effects - what a change does
     */
    public constructor(initial: ICaptureProcessing, effects: IProcessingEffects) {
        this._processing = new BehaviorSubject(initial);
        this.processing$ = this._processing.asObservable();
        this._effects = effects;
    }

    /** At present. */
    public get processing(): ICaptureProcessing {
        return this._processing.value;
    }

    /** Constraints that differ from those asked for at first. */
    public get asked(): MediaTrackConstraints {
        return this._asked;
    }

    /** See `Microphone.setProcessingAsync`. */
    public async setAsync(changes: Partial<ICaptureProcessing>): Promise<void> {
        const { changesOf, resolveProcessing } = await onDemandAsync(() => import("./processingChange.js"));
        const before = { processing: this.processing, asked: this._asked };
        const after = resolveProcessing(changes, before.processing);
        const news = changesOf(after, before.processing);
        const asked = constraintsOf(news);
        const isAsked = Object.keys(asked).length > 0;
        if (isAsked && this._effects.isFixed()) {
            throw new RtcError("unsupported", "The app gave a microphone stream of its own: it alone says what is done to its sound.");
        }
        this._asked = { ...before.asked, ...asked };
        this._processing.next(after);
        try {
            if (news.highPassHz !== undefined) {
                await this._effects.setHighPassAsync(after.highPassHz);
            }
            if (isAsked) {
                await this._effects.reopenAsync();
            }
        } catch (error) {
            const failure = microphoneError(error);
            if (failure.code === "aborted") {
                // Whatever was chosen meanwhile has been opened so, too.
                return;
            }
            if (this.processing === after) {
                this._asked = before.asked;
                this._processing.next(before.processing);
                if (news.highPassHz !== undefined) {
                    await this._effects.setHighPassAsync(before.processing.highPassHz).catch(() => undefined);
                }
            }
            throw failure;
        }
    }
}
