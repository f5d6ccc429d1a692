import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import { onDemandAsync } from "../../interop/onDemand.js";
import { RtcError } from "../../errors/rtcError.js";
import { microphoneError } from "../microphoneError.js";
import { constraintsOf } from "./processing.js";
import type { ICaptureProcessing } from "./processing.js";

/** Actions that apply a change of processing. */
export interface IProcessingEffects {
    /** True if the browser's processing cannot be changed, since the app provides the stream. */
    isFixed(): boolean;
    /** Sets the cutoff of the high-pass filter, in hertz; 0 = off. */
    setHighPassAsync(hz: number): Promise<void>;
    /** Reopens the device, if it is open. */
    reopenAsync(): Promise<void>;
}

/** Current processing of the microphone, and its changes. */
export class ProcessingSwitch {
    /** Current value and changes of `processing`. Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;
    private readonly _processing: BehaviorSubject<ICaptureProcessing>;
    private readonly _effects: IProcessingEffects;
    private _asked: MediaTrackConstraints = {};

    /**
     * @param initial - initial settings
     * @param effects - actions that apply a change
     */
    public constructor(initial: ICaptureProcessing, effects: IProcessingEffects) {
        this._processing = new BehaviorSubject(initial);
        this.processing$ = this._processing.asObservable();
        this._effects = effects;
    }

    /** Current settings. */
    public get processing(): ICaptureProcessing {
        return this._processing.value;
    }

    /** Constraints of all settings that were changed since the start. */
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
            throw new RtcError("unsupported", "The app passed its own microphone stream, so only the app controls its processing.");
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
                // A newer switch, change or stop has superseded this change. The next opening of the device uses these constraints, too.
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
