import { BehaviorSubject } from "rxjs";
import type { Observable } from "rxjs";
import { onDemandAsync } from "../../interop/onDemand.js";
import type { MicrophoneState } from "../microphoneState.js";
import type { ICaptureProcessing } from "./processing.js";
import type { IProcessingEffects, IProcessingState } from "./processingChange.js";

/** Current processing of the microphone, and its changes. */
export class ProcessingSwitch implements IProcessingState {
    /** Current value and changes of `processing`. Replays. */
    public readonly processing$: Observable<ICaptureProcessing>;
    private readonly _processing: BehaviorSubject<ICaptureProcessing>;
    private readonly _effects: IProcessingEffects;
    private _asked: MediaTrackConstraints = {};
    /** Settings and constraints of the live track, or of the latest one. */
    private _opened: readonly [ICaptureProcessing, MediaTrackConstraints];

    /**
     * @param initial - initial settings
     * @param state$ - state of the microphone
     * @param effects - actions that apply a change
     */
    public constructor(initial: ICaptureProcessing, state$: Observable<MicrophoneState>, effects: IProcessingEffects) {
        this._processing = new BehaviorSubject(initial);
        this.processing$ = this._processing.asObservable();
        this._effects = effects;
        this._opened = [initial, this._asked];
        state$.subscribe(({ state }) => {
            if (state === "live") {
                this._opened = [this.processing, this._asked];
            }
        });
    }

    public get processing(): ICaptureProcessing {
        return this._processing.value;
    }

    public get asked(): MediaTrackConstraints {
        return this._asked;
    }

    public change(processing: ICaptureProcessing, asked = this._asked): void {
        this._asked = asked;
        this._processing.next(processing);
    }

    public revert(): void {
        const [opened, asked] = this._opened;
        if (asked !== this._asked) {
            this.change({ ...opened, highPassHz: this.processing.highPassHz }, asked);
        }
    }

    /** See `Microphone.setProcessingAsync`. */
    public async setAsync(changes: Partial<ICaptureProcessing>): Promise<void> {
        const { changeProcessingAsync } = await onDemandAsync(() => import("./processingChange.js"));
        await changeProcessingAsync(this, this._effects, changes);
    }
}
