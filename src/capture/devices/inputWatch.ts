import { EMPTY, from, interval, map, merge, mergeMap, of, switchMap } from "rxjs";
import type { Observable } from "rxjs";
import type { AudioHost } from "../../audio/audioHost.js";
import type { IMediaPort } from "./mediaPort.js";
import type { MicrophoneState } from "../microphoneState.js";
import { silentTrack$ } from "./silence.js";

export { untilAwakeAsync } from "./silence.js";

/**
 * So often is looked whether the device is still there, in milliseconds. Chromium on Linux learns what PulseAudio has lost only by being
 * asked, while the system already lets it hear another one.
 */
const listPeriodMs = 4_000;

/** What is wrong with a microphone that says nothing of it. */
export interface IInputFault {
    /** Its device is listed no more / it gives nothing at all. */
    readonly type: "gone" | "silent";
    readonly track: MediaStreamTrack;
}

/** What is watched. */
export interface IWatchedInput {
    readonly media: IMediaPort;
    readonly state$: Observable<MicrophoneState>;
    /** Where it is measured. */
    readonly host: Observable<AudioHost>;
    /** Whether nothing shall be heard at present. */
    readonly isMuted: () => boolean;
    /** Whether it is the app's own stream, which is no device. */
    readonly isGiven: () => boolean;
}

/** Watches the live microphone while subscribed. Never errors. */
export function inputFaults$({ media, state$, host, isMuted, isGiven }: IWatchedInput): Observable<IInputFault> {
    const isGoneAsync = async (track: MediaStreamTrack): Promise<boolean> => {
        const { deviceId } = track.getSettings();
        if (!deviceId || isGiven()) {
            return false;
        }
        const list = await media.listAsync().catch(() => []);
        const ids = list.filter(({ kind }) => kind === "audioinput").map((input) => input.deviceId);
        // Without a permission they are listed without ids.
        return ids.length > 0 && !ids.includes("") && !ids.includes(deviceId);
    };
    return state$.pipe(
        switchMap((state) => {
            if (state.state !== "live") {
                return EMPTY;
            }
            const { track } = state;
            const gone$ = merge(media.changes$, interval(listPeriodMs)).pipe(
                switchMap(() => from(isGoneAsync(track))),
                mergeMap((gone) => (gone ? of<IInputFault>({ type: "gone", track }) : EMPTY)),
            );
            const silent$ = silentTrack$(host, track, isMuted).pipe(
                switchMap(() => from(isGoneAsync(track))),
                map((gone): IInputFault => ({ type: gone ? "gone" : "silent", track })),
            );
            return merge(gone$, silent$);
        }),
    );
}
