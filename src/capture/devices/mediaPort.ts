import type { Observable } from "rxjs";
import { EMPTY, defer, distinctUntilChanged, from, fromEvent, map, of, startWith, switchMap, catchError } from "rxjs";
import { RtcError } from "../../errors/rtcError.js";

/** Permission of the page to use the microphone: `prompt` = the browser will ask; `unknown` = it does not say, so ask. */
export type MicrophonePermission = "granted" | "denied" | "prompt" | "unknown";

/** Opens a microphone. */
export type MicrophoneOpener = (constraints: MediaTrackConstraints) => Promise<MediaStream>;

/** The part of a browser's media devices that is used; a port, so that tests need no browser. */
export interface IMediaPort {
    readonly openAsync: MicrophoneOpener;
    /** Lists the devices as the browser does. Rejects where it cannot. */
    listAsync(): Promise<readonly MediaDeviceInfo[]>;
    /** Emits when something was plugged in or out. Never errors. */
    readonly changes$: Observable<unknown>;
    /** The present state, and every change that the browser tells. Never errors. */
    readonly permission$: Observable<MicrophonePermission>;
}

/** Absent on pages that are neither https: nor localhost, and outside of browsers, whatever the types say. */
function browser(): Partial<Pick<Navigator, "mediaDevices" | "permissions">> {
    return (globalThis as { readonly navigator?: Navigator }).navigator ?? {};
}

function mediaDevices(): MediaDevices {
    const { mediaDevices: devices } = browser();
    if (!devices) {
        throw new RtcError(
            "unsupported",
            "Browsers give the microphone to secure pages only: serve this page from https: or from localhost.",
        );
    }
    return devices;
}

/** The browser's own devices. */
export const browserMedia: IMediaPort = {
    // async: what is thrown becomes a rejection.
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
        // Browsers that do not know the name throw (Firefox before 132).
        catchError(() => of<MicrophonePermission>("unknown")),
        distinctUntilChanged(),
    ),
};
