import { BehaviorSubject, combineLatest, distinctUntilChanged, filter, map, shareReplay, skip } from "rxjs";
import type { Observable } from "rxjs";
import { presentHost } from "../../audio/audioHost.js";
import type { AudioHost } from "../../audio/audioHost.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { DeviceEvent } from "./deviceEvents.js";
import type { IWatchedOutput } from "./outputWatch.js";

/** Output device of the audio engine. */
export class OutputDevice implements IWatchedOutput {
    /** Current output device; null while the browser does not report one. Active while there is a subscriber. */
    public readonly device$: Observable<IAudioDevice | null>;
    /** Changes of the output device. Active while there is a subscriber. */
    public readonly events$: Observable<DeviceEvent>;
    /** Output devices that have an id. Active while there is a subscriber. */
    public readonly outputs$: Observable<readonly IAudioDevice[]>;
    /** Current value and changes of `id`. Replays. */
    public readonly id$: Observable<string | null>;

    private readonly _host: Observable<AudioHost>;
    private readonly _id = new BehaviorSubject<string | null>(null);

    /**
     * @param host - host of the audio engine, once there is one
     * @param devices$ - available devices
     */
    public constructor(host: Observable<AudioHost>, devices$: Observable<readonly IAudioDevice[]>) {
        this._host = host;
        this.id$ = this._id.asObservable();
        this.outputs$ = devices$.pipe(map((devices) => devices.filter(({ kind, id }) => kind === "output" && id !== "")));
        this.device$ = combineLatest([this.outputs$, this._id]).pipe(
            map(([outputs, id]) => outputs.find((device) => (id === null ? device.isDefault : device.id === id)) ?? null),
            distinctUntilChanged((a, b) => a?.id === b?.id && a?.label === b?.label),
            shareReplay({ bufferSize: 1, refCount: true }),
        );
        this.events$ = this.device$.pipe(
            filter((device) => device !== null),
            skip(1),
            map((device) => ({ type: "outputChanged", device })),
        );
    }

    /** Id of the chosen device; null = the system's default device. */
    public get id(): string | null {
        return this._id.value;
    }

    /**
     * Moves the audio engine to another device.
     * @param id - id of the device; null = the system's default device
     * @returns a promise that resolves to true when the engine uses the device, or to false if there is no audio engine; rejects like
     * `AudioHost.setOutputAsync`
     */
    public async selectAsync(id: string | null): Promise<boolean> {
        const host = presentHost(this._host);
        if (!host) {
            return false;
        }
        await host.setOutputAsync(id ?? "");
        this._id.next(id);
        return true;
    }
}
