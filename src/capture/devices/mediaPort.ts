import type { Observable } from "rxjs";
import { EMPTY, defer, distinctUntilChanged, from, fromEvent, map, of, startWith, switchMap, catchError } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";

/** Permission of the page to use the microphone: `prompt` = the browser will ask the user; `unknown` = the browser does not report it. */
export type MicrophonePermission = "granted" | "denied" | "prompt" | "unknown";

/** Opens a microphone. */
export type MicrophoneOpener = (constraints: MediaTrackConstraints) => Promise<MediaStream>;

/** Port to the browser's media devices, so that tests need no browser. */
export interface IMediaPort {
    readonly openAsync: MicrophoneOpener;
    /** Lists the devices like `enumerateDevices`. Rejects if that is not possible. */
    listAsync(): Promise<readonly MediaDeviceInfo[]>;
    /** Emits when a device was plugged in or unplugged. Never errors. */
    readonly changes$: Observable<unknown>;
    /** Current permission, and every change that the browser reports. Never errors. */
    readonly permission$: Observable<MicrophonePermission>;
}

/** The browser's `navigator`. Outside of browsers and on pages that are neither https: nor localhost, it lacks members that its type promises. */
function browser(): Partial<Pick<Navigator, "mediaDevices" | "permissions">> {
    return (globalThis as { readonly navigator?: Navigator }).navigator ?? {};
}

function mediaDevices(): MediaDevices {
    const { mediaDevices: devices } = browser();
    if (!devices) {
        throw new RtcError(
            "unsupported",
            "Browsers allow the microphone only on secure pages. Serve this page over https or from localhost.",
        );
    }
    return devices;
}

/** Media devices of the browser. */
export const browserMedia: IMediaPort = {
    // `async` turns a thrown error into a rejection.
    openAsync: async (audio) => mediaDevices().getUserMedia({ audio }),
    listAsync: async () => mediaDevices().enumerateDevices(),
    changes$: defer(() => {
        const devices: Partial<MediaDevices> | undefined = browser().mediaDevices;
        return devices?.addEventListener ? fromEvent(devices as MediaDevices, "devicechange") : EMPTY;
    }),
    permission$: defer(() => {
        const { permissions } = browser();
        return permissions ? from(permissions.query({ name: "microphone" })) : of(null);
    }).pipe(
        switchMap((status) =>
            status
                ? fromEvent(status, "change").pipe(
                      startWith(null),
                      map((): MicrophonePermission => status.state),
                  )
                : of<MicrophonePermission>("unknown"),
        ),
        // The query rejects in browsers that do not know the permission name (Firefox before 132).
        catchError(() => of<MicrophonePermission>("unknown")),
        distinctUntilChanged(),
    ),
};
