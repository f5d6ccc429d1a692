import { BehaviorSubject, combineLatest, distinctUntilChanged, filter, map, shareReplay, skip } from "rxjs";
import type { Observable } from "rxjs";
import { presentHost } from "../../audio/audioHost.js";
import type { AudioHost } from "../../audio/audioHost.js";
import type { IAudioDevice } from "./audioDevice.js";
import type { DeviceEvent } from "./deviceEvents.js";
import type { IWatchedOutput } from "./outputWatch.js";

/** Output device of the audio engine. */
export class OutputDevice implements IWatchedOutput {
    /** The device; null while the browser tells of none. Followed while somebody listens. */
    public readonly device$: Observable<IAudioDevice | null>;
    /** Sound comes out elsewhere. Followed while somebody listens. */
    public readonly events$: Observable<DeviceEvent>;
    /** The outputs that have an id. Followed while somebody listens. */
    public readonly outputs$: Observable<readonly IAudioDevice[]>;
    /** `id`, and every change. Replays. */
    public readonly id$: Observable<string | null>;

    private readonly _host: Observable<AudioHost>;
    private readonly _id = new BehaviorSubject<string | null>(null);

    /**
     * @param host - whose output it is, once there is one
     * @param devices$ - what there is
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

    /** The chosen device's id; null = the system's choice. */
    public get id(): string | null {
        return this._id.value;
    }

    /**
     * Moves the audio engine to another device.
     * @param id - the device's; null = the system's choice
     * @returns a promise of whether there was an engine to be moved; rejects with `unsupported`, `deviceNotFound` or `microphoneDenied`
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
